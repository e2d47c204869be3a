"""Table 5: counts from manifest and data, marks where the paper's own data set differs, never on a generated one."""

import pandas as pd
import pytest
from support.latex import assert_compiles, needs_latex
from support.making import make_exhibit
from support.workflow import ROOT, one_error

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, write_json
from knnkd.corpus.length_limits import OVERLONG
from knnkd.reporting.frames import Shown
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.corpora import read_counts, table5, table5_blocks, table5_notes
from knnkd.reporting.verdict.results import read_pairs

PAPER = ROOT / "workflow" / "report" / "paper_results.csv"
SHOWN = Shown(
    systems={},
    datasets={"k": "Koran", "mini": "mini Law", "own": "Own", "away": "Medical"},
    metrics={},
    paper_datasets={"k": "koran", "mini": "law", "away": "medical"},
)


def write_corpus(folder, name, kept, entries=(100, 100), **changes):
    """Write the two records of a corpus that lost one training pair; kept: pairs of train, valid and test."""
    pairs = dict(zip(("train", "valid", "test"), kept, strict=True))
    cleaned = {split: {"pairs_before": n + (split == "train"), "pairs_after": n} for split, n in pairs.items()}
    data = {"languages": ["de", "en"], "types": dict(zip(("dict.de.txt", "dict.en.txt"), entries, strict=True))}
    data["splits"] = {split: {"sentences": n, "target_tokens": 10 * n} for split, n in pairs.items()}
    manifest, binarised = folder / f"{name}.manifest.json", folder / name / "data.json"
    write_json(manifest, {"splits": cleaned})
    write_json(binarised, data | changes)
    return manifest, binarised


@pytest.fixture
def files(tmp_path):
    """Koran with two training pairs too few, a generated corpus beside Law, and one that the paper has not."""
    return {
        "k": write_corpus(tmp_path, "k", (17980, 2000, 2000)),
        "mini": write_corpus(tmp_path, "mini", (300, 30, 30), (4000, 3000)),
        "own": write_corpus(tmp_path, "own", (5, 4, 3)),
    }


@pytest.fixture
def long(files):
    counts = {name: read_counts(*both) for name, both in files.items()}
    return table5(counts, read_paper(PAPER), SHOWN, ["mini"])


def test_cells(long):
    block = table5_blocks(long)["Sentence pairs"]
    counts = ["Train", "Valid", "Test", "dropped", "paper Train", "paper Valid", "paper Test", "tokens", "types"]
    assert list(block.columns) == ["Datasets", *counts]
    assert block.values.tolist() == [
        ["Koran", "17,980≠", "2,000", "2,000", "1", "17,982", "2,000", "2,000", "179,800", "100"],
        ["mini Law", "300", "30", "30", "1", "467,309", "2,000", "2,000", "3,000", "4,000 / 3,000"],
        ["Own", "5", "4", "3", "1", "–", "–", "–", "50", "100"],
        ["Medical", "–", "–", "–", "–", "248,099", "2,000", "2,000", "–", "–"],
    ]
    assert long["read"].dropna().tolist() == [17981, 2000, 2000, 301, 30, 30, 6, 4, 3]


def test_notes(long):
    notes = table5_notes(long, SHOWN, ["mini"], ["k"])
    assert notes[0].endswith("Of a pre-trained model: the dictionary of Koran.")
    assert notes[1] == "paper: Table 5 of the paper (Koran: koran; mini Law: law; Medical: medical)."
    assert notes[2] == "≠: not the paper's count, of the same data set: Koran: train."
    assert notes[3].endswith("so that its counts are not compared: mini Law.")
    assert notes[4] == "–: no such corpus was made: Medical. the paper has no such data set: Own."


def test_a_pair_that_no_model_takes_is_the_corpus_own(tmp_path):
    manifest, data = write_corpus(tmp_path, "law", (467308, 2000, 2000))
    content = read_json(manifest)
    content["splits"]["train"]["dropped"] = {"empty": 0, OVERLONG: 1}
    write_json(manifest, content)
    shown = Shown({}, {"law": "Law"}, {}, {"law": "law"})
    long = table5({"law": read_counts(manifest, data)}, read_paper(PAPER), shown)
    assert long["kept"].tolist() == [467308, 2000, 2000]
    assert long["overlong"].tolist() == [1, 0, 0]
    assert not long["differs"].any()
    notes = table5_notes(long, shown)
    assert "Dropped as too long for the model, and part of the corpus when it is compared: Law: 1." in notes
    assert read_pairs({"law": manifest}) == {"law": {"train": 467309, "valid": 2000, "test": 2000}}


def test_the_papers_own_counts(tmp_path):
    counts = {"k": read_counts(*write_corpus(tmp_path, "k", (17982, 2000, 2000)))}
    shown = Shown({}, {"k": "Koran"}, {}, {"k": "koran"})
    long = table5(counts, read_paper(PAPER), shown)
    assert not long["differs"].any()
    notes = table5_notes(long, shown)
    assert "The paper's counts, of the same data sets: Koran." in notes
    assert not [note for note in notes if "≠" in note or "Generated" in note or "–" in note]


def test_records_that_disagree_are_named(tmp_path):
    manifest, _ = write_corpus(tmp_path, "a", (5, 4, 3))
    _, data = write_corpus(tmp_path, "b", (5, 5, 3))
    with pytest.raises(KnnKdError, match="b/data.json: 5 sentences in valid, but 4 in .*a.manifest.json; binarise"):
        read_counts(manifest, data)
    with pytest.raises(KnnKdError, match="lack 'dict.de.txt'; clean and binarise the corpus again"):
        read_counts(*write_corpus(tmp_path, "c", (5, 4, 3), types={}))


def make(files, folder, made=None, **changes):
    """Make the table of the corpora in `files`."""
    settings = {"shown": SHOWN, "made": made or list(files), "generated": ["mini"], "borrowed": ["k"]} | changes
    manifests, data = zip(*files.values(), strict=True)
    inputs = {"paper": PAPER, "manifests": list(manifests), "data": [path.parent for path in data]}
    return make_exhibit("table5", settings, inputs, folder)


@pytest.fixture
def written(files, tmp_path):
    """The folder of the table."""
    process = make(files, tmp_path)
    assert process.returncode == 0, process.stderr
    return tmp_path


def test_script(written, files):
    assert "17,980≠" in (written / "table5.md").read_text(encoding="utf-8")
    text = (written / "table5.tex").read_text(encoding="utf-8")
    assert r"17,980$\neq$" in text
    assert text.isascii()
    assert pd.read_csv(written / "table5.csv")["kept"].dropna().tolist()[:3] == [17980, 2000, 2000]
    assert "give both files for each corpus" in one_error(make(files, written, ["k"]))
    assert "shown.datasets has no z" in one_error(make(files, written, ["k", "z", "own"]))


@needs_latex
def test_latex_compiles(written):
    assert_compiles(written / "table5.tex")
