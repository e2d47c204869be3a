"""The notes of Table 2 on how the systems were made: losses, settings, kNN-MT's choice, what the speeds compare."""

import pandas as pd
import pytest
from support.making import make_exhibit
from support.small_trainings import trainings_csv
from support.workflow import ROOT, one_error

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, write_json
from knnkd.reporting import frames
from knnkd.reporting.frames import Shown, read_significance, read_speed
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.system_notes import About, read_tuned
from knnkd.reporting.tables.systems import table2, table2_notes
from knnkd.reporting.typeset import latex

PAPER = ROOT / "workflow" / "report" / "paper_results.csv"
SHOWN = Shown(
    systems={"transformer": "Base", "seq_kd": "Seq-KD", "bert_kd": "BERT-KD", "knn_mt": "kNN-MT", "knn_kd": "KD"},
    datasets={"a": "Set A", "b": "Set B"},
    metrics={"a": "bleu_tok", "b": "bleu_tok"},
    paper_datasets={},
)
SMOOTHING = {"knn_kd": 0.0, "transformer": 0.1, "seq_kd": 0.1, "bert_kd": 0.0}


@pytest.fixture
def scores():
    rows = [(dataset, system, 1, "test", "bleu_tok", 30.0) for dataset in SHOWN.datasets for system in SHOWN.systems]
    return pd.DataFrame(rows, columns=frames.SCORE_COLUMNS)


@pytest.fixture
def speed_csv(tmp_path):
    row = {"dataset": "a", "system": "transformer", "metric": "updates_per_second", "median": 2.0, "ratio": 1.0}
    row |= {"low": 1.0, "high": 3.0, "ratio_low": 1.0, "ratio_high": 1.0, "rounds": 5, "unit": "updates/s"}
    pd.DataFrame([row | {"device": "a CPU", "threads": 1}]).to_csv(tmp_path / "speed.csv", index=False)
    return tmp_path / "speed.csv"


def notes_of(scores, about, speed=None, tuned=None):
    speed = read_speed(speed, "transformer")
    long = table2(scores, read_paper(PAPER), read_significance([], {}), speed, SHOWN, ["knn_mt"])
    return table2_notes(long, read_significance([], {}), speed, SHOWN, about, tuned)


def tuned_file(folder, dataset="a", system="knn_mt", seed=1, **changes):
    content = {"dataset": dataset, "system": system, "seed": seed, "k": 16, "tau": 10.0, "lambda": 0.7, "bleu": 30.0}
    content |= {"index": "exact", "recall": 1.0} | changes
    path = folder / "knn_mt" / dataset / system / f"seed{seed}" / "tuned.json"
    write_json(path, {key: value for key, value in content.items() if value is not ...})
    return path


def tuned_note(scores, files):
    notes = notes_of(scores, About(), tuned=read_tuned(files, SHOWN))
    found = [note for note in notes if "chosen on the valid" in note]
    assert len(found) == 1
    return found[0]


def test_nothing_is_said_of_what_is_not_known(scores):
    assert notes_of(scores, None) == notes_of(scores, About())
    text = " ".join(notes_of(scores, None))
    assert not [word for word in ("ross-entropy", "config", "chosen", "Table 7") if word in text]


def test_losses_stand_in_the_order_of_the_table(scores):
    plain = "Cross-entropy, label-smoothed (ε = 0.1): Base, Seq-KD; plain: BERT-KD, KD."
    note = next(note for note in notes_of(scores, About(smoothing=SMOOTHING)) if note.startswith("Cross"))
    assert note.startswith(plain)
    assert "Table 7" not in note
    note = next(note for note in notes_of(scores, About(smoothing=SMOOTHING, controls=["a"])) if "Cross" in note)
    assert note.endswith("Table 7 has gains over a Base of the same loss, for its systems (Set A).")
    assert latex(note).isascii()


@pytest.mark.parametrize(("epsilon", "words"), [(0.0, "plain"), (0.2, "label-smoothed (ε = 0.2)")])
def test_one_loss_for_all_needs_no_table_7(scores, epsilon, words):
    about = About(smoothing=dict.fromkeys(SMOOTHING, epsilon), controls=["a"])
    assert f"Cross-entropy of every trained system: {words}." in notes_of(scores, about)


def test_settings_are_one_line(scores):
    about = About(settings={"knn_kd": "k = 64, τ = 50", "bert_kd": "k = 8", "seq_kd": ""})
    assert "Set in the config: BERT-KD: k = 8; KD: k = 64, τ = 50." in notes_of(scores, about)


def test_choice_of_one_seed(scores, tmp_path):
    files = [tuned_file(tmp_path, "b", k=4, tau=2.5, **{"lambda": 0.25}), tuned_file(tmp_path, "a")]
    assert tuned_note(scores, files) == (
        "kNN-MT, chosen on the validation set: Set A: k = 16, τ = 10, λ = 0.7, exact index; "
        "Set B: k = 4, τ = 2.5, λ = 0.25, exact index."
    )


def test_choice_of_several_seeds(scores, tmp_path):
    files = [
        tuned_file(tmp_path, seed=seed, k=k, edge=edge) for seed, k, edge in ((10, 8, ["k", "lambda"]), (2, 4, []))
    ]
    assert tuned_note(scores, files) == (
        "kNN-MT, chosen on the validation set: Set A: k = 4/8, τ = 10, λ = 0.7 (seeds 2/10), exact index, "
        "at the edge of the grid: k, λ (seed 10)."
    )


def test_an_approximate_index_has_its_recall(scores, tmp_path):
    files = [
        tuned_file(tmp_path, "a", index="ivfpq", recall=0.9137),
        tuned_file(tmp_path, "b", index="hnsw", recall=None),
    ]
    note = tuned_note(scores, files)
    assert "ivfpq index, which finds 0.914 of the nearest at the largest k;" in note
    assert "hnsw index, recall not measured." in note


def test_two_tuned_systems_have_a_line_each(tmp_path):
    shown = Shown({"transformer": "Base", "second": "Second", "knn_mt": "kNN-MT"}, SHOWN.datasets, SHOWN.metrics, {})
    files = [tuned_file(tmp_path), tuned_file(tmp_path, system="second", seed=3)]
    tuned = read_tuned(files, shown)
    assert tuned[["system", "dataset", "seed"]].values.tolist() == [["second", "a", 3], ["knn_mt", "a", 1]]


def test_tuned_files_that_say_nothing_are_named(tmp_path):
    path = tuned_file(tmp_path)
    with pytest.raises(KnnKdError, match="a second record of a/knn_mt/1; keep one"):
        read_tuned([path] * 2, SHOWN)
    with pytest.raises(KnnKdError, match="tuned.json: shown.datasets has no c; add it there"):
        read_tuned([tuned_file(tmp_path, "c")], SHOWN)
    with pytest.raises(KnnKdError, match="tuned.json: shown.systems has no other; add it there"):
        read_tuned([tuned_file(tmp_path, system="other")], SHOWN)
    with pytest.raises(KnnKdError, match="lacks tau, index, as those of older versions; run the rule that tunes"):
        read_tuned([tuned_file(tmp_path, tau=..., index=...)], SHOWN)
    record = read_json(tuned_file(tmp_path))
    write_json(path, {key: record[key] for key in record if key != "system"})
    with pytest.raises(KnnKdError, match="lacks system, as those of older versions; run the rule that tunes"):
        read_tuned([path], SHOWN)


def test_what_speeds_compare(scores, speed_csv):
    note = next(note for note in notes_of(scores, About(), speed_csv) if note.startswith("upd/s"))
    assert "The quartiles are in the CSV. token/s counts each system's own subwords. n/a" in note
    about = About(other_text=["seq_kd", "bert_kd"], other_subwords=["bert_kd"])
    note = next(note for note in notes_of(scores, about, speed_csv) if note.startswith("upd/s"))
    assert "own subwords, which are other ones in BERT-KD." in note
    assert "upd/s of Seq-KD, BERT-KD: over other batches, made of other text or subwords." in note


def test_script(scores, speed_csv, tmp_path):
    scores.to_csv(tmp_path / "scores.csv", index=False)
    inputs = {"scores": tmp_path / "scores.csv", "paper": PAPER, "trainings": trainings_csv(tmp_path, "ab")}
    inputs |= {"speed": speed_csv, "tuned": [tuned_file(tmp_path, seed=seed) for seed in (1, 2)]}
    about = About(SMOOTHING, {"knn_kd": "k = 64, τ = 50"}, ["seq_kd"], ["bert_kd"], controls=["a"])
    for wrong, words in (
        ({"smoothing": {"transformer": "much"}}, "Expected `float`, got `str` - at `$.about.smoothing[...]`"),
        ({"smoothing": {"word_kd": 0.1}}, "about.smoothing: shown.systems has no word_kd"),
        ({"settings": {"word_kd": "k = 1"}}, "about.settings: shown.systems has no word_kd"),
        ({"other_text": ["word_kd"]}, "about.other_text: shown.systems has no word_kd"),
        ({"controls": ["c"]}, "about.controls: shown.datasets has no c"),
    ):
        settings = {"shown": SHOWN, "about": vars(about) | wrong}
        assert words in one_error(make_exhibit("table2", settings, inputs, tmp_path))
    process = make_exhibit("table2", {"shown": SHOWN, "untrained": ["knn_mt"], "about": about}, inputs, tmp_path)
    assert process.returncode == 0, process.stderr
    text = (tmp_path / "table2.md").read_text(encoding="utf-8")
    assert "- Set in the config: KD: k = 64, τ = 50.\n" in text
    assert "Set A: k = 16, τ = 10, λ = 0.7 (seeds 1/2), exact index." in text
    assert "for its systems (Set A)." in text
    assert "other ones in BERT-KD." in text
    assert "upd/s of Seq-KD: over" in text
    assert (tmp_path / "table2.tex").read_text(encoding="utf-8").isascii()
