"""Table 3: what has one run beside several seeds, gains over two systems with their own marks, and one speed."""

import pandas as pd
import pytest
from support.latex import assert_compiles, needs_latex
from support.making import make_exhibit
from support.small_trainings import trainings_csv
from support.workflow import ROOT, one_error

from knnkd.core.files import write_json
from knnkd.reporting import frames
from knnkd.reporting.frames import Shown, read_significance, read_speed
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.system_notes import About
from knnkd.reporting.tables.systems import table2, table2_blocks, table2_notes

PAPER = ROOT / "workflow" / "report" / "paper_results.csv"
SHOWN = Shown(
    systems={"pretrained": "Ready", "knn_mt": "kNN-MT", "transformer": "Base", "knn_kd": "KD"},
    datasets={"k": "Koran", "m": "Medical"},
    metrics={"k": "sacrebleu", "m": "sacrebleu"},
    scored=["bleu_tok", "sacrebleu", "chrf"],
    paper_datasets={"k": "koran", "m": "medical"},
)
BLEU = {"pretrained": (20,), "knn_mt": (25,), "transformer": (10, 12), "knn_kd": (30, 32)}
ONE_RUN = [("k", "pretrained"), ("k", "knn_mt"), ("m", "pretrained"), ("m", "knn_mt")]
# p-values of seeds 1 and 2 against each baseline.
P_VALUES = {
    "pretrained": {"knn_mt": (0.01, 0.01), "transformer": (0.01, 0.01), "knn_kd": (0.01, 0.2)},
    "transformer": {"pretrained": (0.01, 0.01), "knn_mt": (0.01, 0.06), "knn_kd": (0.01, 0.01)},
}


@pytest.fixture
def scores():
    """Koran whole; Medical lacks kNN-KD."""
    rows = [
        (dataset, system, seed, "test", metric, value + extra)
        for dataset in SHOWN.datasets
        for system, values in BLEU.items()
        for seed, value in enumerate(values, 1)
        for metric, extra in (("sacrebleu", 0), ("chrf", 20))
        if (dataset, system) != ("m", "knn_kd")
    ]
    return pd.DataFrame(rows, columns=frames.SCORE_COLUMNS)


@pytest.fixture
def files(tmp_path):
    """The comparisons of Koran, a file for each baseline and seed; a system with one run is in both."""
    written = []
    for baseline, p_values in P_VALUES.items():
        for seed in (1, 2):
            names = {baseline: None} | {name: both[seed - 1] for name, both in p_values.items()}
            systems = {
                name: {"bleu": BLEU[name][min(seed, len(BLEU[name])) - 1], "ci": 0.5, "p_value": p}
                | dict.fromkeys(("delta", "delta_low", "delta_high"))
                for name, p in names.items()
            }
            about = {"dataset": "k", "seed": seed, "split": "test", "metric": "sacrebleu", "baseline": baseline}
            written.append(tmp_path / f"{baseline}-{seed}.json")
            write_json(written[-1], about | {"samples": 1000, "systems": systems})
    return written


@pytest.fixture
def speed_csv(tmp_path):
    """Decoding of Koran, against the pre-trained model; and a benchmark of Table 2, against another baseline."""
    rows = [("k", "pretrained", 1000.0, 1.0), ("k", "knn_mt", 240.0, 0.24), ("other", "transformer", 5.0, 1.0)]
    rest = {"metric": "tokens_per_second", "low": 1.0, "high": 3.0, "ratio_low": 0.9, "ratio_high": 1.1, "rounds": 5}
    rest |= {"unit": "tokens/s", "device": "a CPU", "threads": 1}
    named = ["dataset", "system", "median", "ratio"]
    pd.DataFrame([dict(zip(named, row, strict=True)) | rest for row in rows]).to_csv(tmp_path / "s.csv", index=False)
    return tmp_path / "s.csv"


def long_table(scores, tests=None, speed=None, second="transformer"):
    tests = read_significance([], {}) if tests is None else tests
    speed = read_speed(speed, "pretrained", SHOWN.datasets)
    paper = read_paper(PAPER)
    return table2(scores, paper, tests, speed, SHOWN, ["pretrained", "knn_mt"], second, training=False), tests, speed


def test_cells(scores, files, speed_csv):
    long, _, _ = long_table(scores, read_significance(files, SHOWN.metrics), speed_csv)
    block = table2_blocks(long, SHOWN)["Koran"]
    assert list(block.columns) == ["Models", "BLEU", "gain", "gain (Base)", "paper", "chrF", "token/s"]
    assert block.values.tolist() == [
        ["Ready", "20.00", "", "+9.00†", "16.26", "40.00", "1000 (1.00×)"],
        ["kNN-MT", "25.00†", "+5.00", "+14.00", "19.45", "45.00", "240.0 (0.24×)"],
        ["Base", "11.00 ± 1.41‡", "-9.00", "", "13.84", "31.00", "–"],
        ["KD", "31.00 ± 1.41", "+11.00", "+20.00†", "24.86", "51.00", "–"],
    ]
    assert not [column for column in long if "updates" in column]
    assert long.loc[long["system"] == "kNN-MT", "second_p_value"].iloc[0] == 0.06, "seed 2 of Base counts for one run"


def test_the_second_system_may_be_the_first(scores):
    long, tests, speed = long_table(scores, second="")
    assert list(table2_blocks(long, SHOWN)["Koran"].columns) == ["Models", "BLEU", "gain", "paper", "chrF"]
    assert "gain (" not in " ".join(table2_notes(long, tests, speed, SHOWN))


def test_notes_of_one_run_beside_several(scores, files, speed_csv):
    long, tests, speed = long_table(scores, read_significance(files, SHOWN.metrics), speed_csv)
    notes = table2_notes(long, tests, speed, SHOWN, About(one_run=ONE_RUN))
    assert "(Koran: sacreBLEU of plain text, 2 seeds; Medical: sacreBLEU of plain text, 2 seeds)" in notes[0]
    assert notes[0].endswith("gain: over Ready; gain (Base): over Base.")
    assert notes[1] == (
        "One run, of a model that no seed changes, and so no spread: Ready, kNN-MT on Koran, Medical. "
        "It is held against every seed of the others."
    )
    assert "†, ‡: better, worse than Ready (behind BLEU), than Base (behind gain (Base)) by paired" in notes[2]
    assert "Not tested in every seed: kNN-MT, Base on Medical. Not tested in every seed (gain (Base)): " in notes[2]
    # What is one run by chance is not called one by nature.
    assert "1 to 2 seeds" in table2_notes(long, tests, speed, SHOWN)[0]


def test_every_gap_is_explained(scores, speed_csv):
    long, tests, speed = long_table(scores, speed=speed_csv)
    assert table2_blocks(long, SHOWN)["Medical"].values.tolist()[-1] == ["KD", "–", "–", "–", "56.50", "–", "–"]
    notes = " ".join(table2_notes(long, tests, speed, SHOWN))
    assert "BLEU, no such run: KD on Medical." in notes
    assert "gain (Base), one of the two has no run: KD on Medical." in notes
    assert "token/s, not measured: Base, KD on Koran; all on Medical." in notes
    assert "upd/s, not" not in notes
    assert "No upd/s, as in Table 3 of the paper: most of its systems train nothing." in notes
    assert "No upd/s" in " ".join(table2_notes(*long_table(scores), SHOWN))


def test_table_7_holds_a_loss_against_the_trained_system(scores):
    about = About(smoothing={"transformer": 0.1, "knn_kd": 0.0}, controls=["k"])
    notes = " ".join(table2_notes(*long_table(scores), SHOWN, about))
    assert "Table 7 has gains over a Base of the same loss" in notes


@pytest.fixture
def inputs(scores, files, speed_csv, tmp_path):
    """The files that the table is made from."""
    frames.write_csv(scores, tmp_path / "scores.csv")
    tuned = {"dataset": "k", "system": "knn_mt", "seed": 1, "k": 16, "tau": 10.0, "lambda": 0.7}
    write_json(tmp_path / "tuned.json", tuned | {"index": "exact", "recall": 1.0})
    found = {"scores": tmp_path / "scores.csv", "paper": PAPER, "trainings": trainings_csv(tmp_path, "km")}
    return found | {"speed": speed_csv, "significance": files, "tuned": [tmp_path / "tuned.json"]}


def make(inputs, folder, **changes):
    settings = {"shown": SHOWN, "untrained": ["pretrained", "knn_mt"], "second": "transformer"}
    return make_exhibit("table3", settings | {"about": {"one_run": ONE_RUN}} | changes, inputs, folder)


@pytest.fixture
def written(inputs, tmp_path):
    """The folder of the table."""
    process = make(inputs, tmp_path)
    assert process.returncode == 0, process.stderr
    return tmp_path


def test_script(written, inputs):
    text = (written / "table3.md").read_text(encoding="utf-8")
    assert "+20.00†" in text
    assert "kNN-MT, chosen on the validation set: Koran: k = 16, τ = 10, λ = 0.7, exact index." in text
    assert (written / "table3.tex").read_text(encoding="utf-8").isascii()
    assert 'data-column="gain (Base)"' in (written / "table3.html").read_text(encoding="utf-8")
    assert pd.read_csv(written / "table3.csv")["second_mark"].tolist()[3] == "†"
    assert "second: shown.systems has no bert_kd" in one_error(make(inputs, written, second="bert_kd"))
    unknown = {"one_run": [("z", "knn_mt")]}
    assert "about.one_run: shown.datasets has no z" in one_error(make(inputs, written, about=unknown))


@needs_latex
def test_latex_compiles(written):
    assert_compiles(written / "table3.tex")
