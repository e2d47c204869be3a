"""Table 4: the split of the other dataset, that dataset's metric, the paper's pair, marks against the first system."""

import math

import pandas as pd
import pytest
from support.latex import assert_compiles, needs_latex
from support.making import as_json, make_exhibit
from support.small_trainings import trainings_csv
from support.workflow import ROOT, one_error

from knnkd.core.errors import KnnKdError
from knnkd.core.files import write_json
from knnkd.core.settings import read_settings
from knnkd.reporting import frames
from knnkd.reporting.frames import Shown, read_significance
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.cross_domain import Pair, Settings, table4, table4_blocks, table4_notes

PAPER = ROOT / "workflow" / "report" / "paper_results.csv"
SHOWN = Shown(
    systems={"transformer": "Base", "knn_kd": "KD"},
    datasets={"l": "Law", "m": "Medical"},
    metrics={"l": "bleu_tok", "m": "sacrebleu"},
    scored=["bleu_tok", "sacrebleu", "chrf"],
    paper_datasets={"l": "law", "m": "medical"},
)
PAIRS = [Pair("l", "m"), Pair("m", "l")]


@pytest.fixture
def scores():
    """Law → Medical whole; of Medical → Law the Transformer alone. The test sets' own scores are all 99."""
    rows = [("l", name, seed, "test", "sacrebleu", 99.0) for name in SHOWN.systems for seed in (1, 2)]
    for system, values in (("transformer", (10, 12)), ("knn_kd", (14, 14))):
        for seed, value in enumerate(values, 1):
            for metric, extra in (("bleu_tok", 40), ("sacrebleu", 0), ("chrf", 20)):
                rows.append(("l", system, seed, "test_of_m", metric, value + extra))
    rows.append(("m", "transformer", 1, "test_of_l", "bleu_tok", 3.0))
    return pd.DataFrame(rows, columns=frames.SCORE_COLUMNS)


@pytest.fixture
def files(tmp_path):
    """The tests of Law → Medical (p = 0.01), and of Law itself, whose opposite verdict is not this table's."""
    written = []
    for split, metric, of_kd in (("test_of_m", "sacrebleu", (14, 0.01)), ("test", "bleu_tok", (5, 0.01))):
        for seed in (1, 2):
            numbers = {"transformer": (11, None), "knn_kd": of_kd}
            systems = {
                name: {"bleu": bleu, "ci": 0.5, "p_value": p, "delta": p, "delta_low": p, "delta_high": p}
                for name, (bleu, p) in numbers.items()
            }
            content = {"dataset": "l", "seed": seed, "split": split, "metric": metric, "baseline": "transformer"}
            written.append(tmp_path / f"{split}-{seed}.json")
            write_json(written[-1], content | {"samples": 1000, "systems": systems})
    return written


def long_table(scores, files=(), shown=SHOWN):
    tests = read_significance(files, shown.metrics, "transformer", split=None)
    return table4(scores, read_paper(PAPER), tests, PAIRS, shown), tests


def test_cells(scores, files):
    blocks = table4_blocks(long_table(scores, files)[0], SHOWN)
    assert list(blocks) == ["Law → Medical", "Medical → Law"]
    assert list(blocks["Law → Medical"].columns) == ["Models", "BLEU", "gain", "paper", "chrF"]
    assert blocks["Law → Medical"].values.tolist() == [
        ["Base", "11.00 ± 1.41", "", "18.73", "31.00"],
        ["KD", "14.00 ± 0.00", "+3.00†", "22.31", "34.00"],
    ]
    assert blocks["Medical → Law"].values.tolist() == [
        ["Base", "3.00", "", "2.07", "–"],
        ["KD", "–", "–", "14.82", "–"],
    ]


def test_notes(scores, files):
    long, tests = long_table(scores, files)
    notes = table4_notes(long, tests, PAIRS, SHOWN)
    text = " ".join(notes)
    assert "trained on A, as in the other tables, and tested on the test set of B" in notes[0]
    assert "dataset tested on: Medical: sacreBLEU of plain text; Law: tokenised BLEU. gain: over Base." in notes[1]
    assert "better, worse than Base by paired bootstrap (1,000 samples)" in notes[2]
    assert "on its own data (Law: law; Medical: medical)" in text
    assert "BLEU and gain, no such run: KD on Medical → Law. chrF, not measured: all on Medical → Law." in text
    long, tests = long_table(scores)
    assert "Significance was not tested" in " ".join(table4_notes(long, tests, PAIRS, SHOWN))
    assert long["mark"].tolist() == ["", "", "", ""]


def test_a_seed_that_was_not_tested_leaves_no_mark(scores, files):
    long, tests = long_table(scores, files[:1])
    assert long["mark"].tolist() == ["", "", "", ""]
    assert "Not tested in every seed: KD on Law → Medical." in " ".join(table4_notes(long, tests, PAIRS, SHOWN))


def test_a_pair_that_the_paper_has_not(scores):
    shown = Shown(SHOWN.systems, SHOWN.datasets, SHOWN.metrics, {"l": "law"})
    long, tests = long_table(scores, shown=shown)
    assert all(math.isnan(value) for value in long["paper_bleu"])
    text = " ".join(table4_notes(long, tests, PAIRS, shown))
    assert "paper, it has no such number: all on Law → Medical, Medical → Law." in text
    assert "Law: law; Medical: none" in text


@pytest.mark.parametrize("pair", [["l"], ["l", "m", "l"], "l:m"])
def test_bad_pairs_are_named(pair):
    with pytest.raises(KnnKdError, match=r"--settings: .* `\$.pairs\[0\]`"):
        read_settings(as_json({"shown": SHOWN, "pairs": [pair]}), Settings)


@pytest.fixture
def inputs(scores, files, tmp_path):
    """The files that the table is made from."""
    frames.write_csv(scores, tmp_path / "scores.csv")
    found = {"scores": tmp_path / "scores.csv", "paper": PAPER, "trainings": trainings_csv(tmp_path, "lm")}
    return found | {"significance": files}


@pytest.fixture
def written(inputs, tmp_path):
    """The folder of the table."""
    process = make_exhibit("table4", {"shown": SHOWN, "pairs": PAIRS}, inputs, tmp_path)
    assert process.returncode == 0, process.stderr
    return tmp_path


def test_script(written, inputs):
    text = (written / "table4.md").read_text(encoding="utf-8")
    assert "**Law → Medical**" in text
    assert "+3.00†" in text
    assert r"\emph{Law $\rightarrow$ Medical}" in (written / "table4.tex").read_text(encoding="utf-8")
    assert (written / "table4.tex").read_text(encoding="utf-8").isascii()
    assert 'data-block="Law → Medical"' in (written / "table4.html").read_text(encoding="utf-8")
    assert pd.read_csv(written / "table4.csv")["gain"].tolist()[1] == 3.0
    process = make_exhibit("table4", {"shown": SHOWN, "pairs": [("l", "k")]}, inputs, written)
    assert "pairs: shown.datasets has no k" in one_error(process)


@needs_latex
def test_latex_compiles(written):
    assert_compiles(written / "table4.tex")
