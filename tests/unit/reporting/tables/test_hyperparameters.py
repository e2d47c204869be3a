"""Table 6: what the runs say they were run with, grouped where alike, the paper's beside it, the others named."""

from dataclasses import replace

import pandas as pd
import pytest
from support.latex import assert_compiles, needs_latex
from support.making import make_exhibit, train_record
from support.workflow import ROOT, one_error

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, read_lines
from knnkd.distil.hyperparameters import FAIRSEQ_KEYS
from knnkd.reporting.frames import Shown
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.hyperparameters import CAME_TO, ROWS, read_recipes, table6, table6_blocks, table6_notes

PAPER = ROOT / "workflow" / "report" / "paper_results.csv"
SHOWN = Shown(
    systems={"transformer": "Base", "word_kd": "Word-KD", "knn_kd": "KD", "other_kd": "Other"},
    datasets={"a": "Set A", "b": "Set B", "k": "Koran"},
    metrics={},
    paper_datasets={},
)
TAUGHT = dict.fromkeys(SHOWN.datasets, "knn_kd")
# The paper's own values for IWSLT, and what it leaves out.
RECIPE = {
    "max_tokens": 8192,
    "learning_rate": 0.0005,
    "lr_scheduler": "inverse_sqrt",
    "minimal_lr": 1e-9,
    "warmup_lr": 1e-7,
    "warmup_steps": 4000,
    "gradient_clipping": 0.0,
    "weight_decay": 0.0,
    "dropout": 0.3,
    "attention_dropout": 0.0,
    "activation_dropout": 0.0,
    "alpha": 0.5,
    "optimizer": "adam",
    "adam_beta1": 0.9,
    "adam_beta2": 0.98,
    "adam_eps": 1e-8,
    "label_smoothing": 0.0,
    "update_freq": 1,
    "max_epoch": 200,
    "patience": 20,
} | dict(zip(list(FAIRSEQ_KEYS)[20:], (6, 6, 512, 512, 1024, 1024, 4, 4), strict=True))


def write_run(folder, dataset="a", system="knn_kd", seed=1, updates=5000, without=(), **changes):
    """Write a train.json, with changes to the hyper-parameters."""
    content = {"updates": updates, "epochs": 40, "tokens_per_update": 3100.4, "hyperparameters": RECIPE | changes}
    return train_record(folder, dataset, system, seed, content | dict.fromkeys(without, ...))


@pytest.fixture
def files(tmp_path):
    """Sets A (two seeds) and B alike, Koran with another dropout and decoder; two other systems."""
    return [
        write_run(tmp_path),
        write_run(tmp_path, seed=2, updates=6001),
        write_run(tmp_path, "b", updates=700),
        write_run(tmp_path, "k", dropout=0.2, decoder_layers=3),
        *(write_run(tmp_path, name, "transformer", alpha=None, label_smoothing=0.1) for name in ("a", "b")),
        write_run(tmp_path, "a", "word_kd", alpha=0.3, learning_rate=0.001),
        write_run(tmp_path, "k", "transformer", dropout=0.2, decoder_layers=3, alpha=None),
    ]


def long_table(files, taught=TAUGHT):
    runs = read_recipes(files)
    return table6(runs, read_paper(PAPER), SHOWN, taught), runs


def block_of(long, title="KD"):
    return table6_blocks(long)[title].set_index("Hyper-parameters")


def test_datasets_that_are_alike_share_a_column(files):
    block = block_of(long_table(files)[0])
    assert list(block.columns) == ["Set A, Set B", "Koran", "paper, IWSLT", "paper, multi-domain"]
    assert block.loc["max tokens"].tolist() == ["8192", "8192", "8192", "1280"]
    assert block.loc["minimal LR"].tolist() == ["1e-09"] * 4
    assert block.loc["LR scheduler"].tolist() == ["inverse sqrt"] * 4
    assert block.loc["dropout"].tolist() == ["0.3", "0.2", "0.3", "0.2"]
    assert block.loc["layers"].tolist() == ["6", "6 / 3", "6", "6"]
    assert block.loc["feed-forward width"].tolist() == ["1024", "1024", "1024", "8192"]
    assert block.loc["epochs at most"].tolist() == ["200", "200", "200", "250 / 100 / 120"]
    assert block.loc["label smoothing"].tolist() == ["0", "0", "–", "–"]
    assert block.loc["updates"].tolist() == ["5,500 / 700", "5,000", "–", "–"]
    assert block.loc["token/upd"].tolist() == ["3,100 / 3,100", "3,100", "–", "–"]


def test_every_hyperparameter_has_its_row():
    assert [name for names in ROWS.values() for name in names if name not in FAIRSEQ_KEYS] == []
    assert {name for names in ROWS.values() for name in names} == set(FAIRSEQ_KEYS)


def test_what_the_paper_says_is_the_papers(files):
    """Where ours are the paper's own values, both columns of the block are the same."""
    block = block_of(long_table(files)[0])
    said = block[block["paper, IWSLT"] != "–"]
    assert said["Set A, Set B"].tolist() == said["paper, IWSLT"].tolist()
    assert list(block.index[block["paper, IWSLT"] == "–"]) == ["label smoothing", "batches an update", *CAME_TO]


def test_notes(files):
    long, runs = long_table(files)
    notes = table6_notes(long, runs, SHOWN, TAUGHT)
    text = " ".join(notes)
    assert "in the record of each training (1 to 2 seeds)" in notes[0]
    assert (
        "Other systems of Tables 2 and 3 were run with other values: label smoothing = 0.1: Base on Set A, Set B. "
        "learning rate = 0.001: Word-KD on Set A. α in Equation 12 = 0.3: Word-KD on Set A."
    ) in text
    assert text.endswith("–: paper, it does not say: label smoothing, batches an update, updates, epochs, token/upd.")


def test_others_alike_are_said_to_be(files):
    long, runs = long_table([*files[:4], files[-1]])
    notes = table6_notes(long, runs, SHOWN, TAUGHT)
    assert "Every other trained system of Tables 2 and 3 was run with the same values." in notes
    long, runs = long_table(files[:4])
    assert "ther systems" not in " ".join(table6_notes(long, runs, SHOWN, TAUGHT))


def test_a_dataset_without_a_run_leaves_gaps(files):
    long, runs = long_table([file for file in files if "/k/knn_kd/" not in str(file)])
    block = block_of(long)
    assert set(block["Koran"]) == {"–"}
    assert "no such run: KD on Koran." in " ".join(table6_notes(long, runs, SHOWN, TAUGHT))


def test_systems_of_two_tables_are_told_apart(files, tmp_path):
    files = [*files, write_run(tmp_path, "k", "other_kd")]
    blocks = table6_blocks(long_table(files, TAUGHT | {"k": "other_kd"})[0])
    assert list(blocks) == ["KD, Other"]
    assert list(blocks["KD, Other"].columns)[1:3] == ["Set A, Set B (KD)", "Koran (Other)"]


def test_seeds_of_different_recipes_are_refused(files, tmp_path):
    with pytest.raises(KnnKdError, match="the seeds of knn_kd on a differ in dropout; run their training again"):
        long_table([*files, write_run(tmp_path, seed=3, dropout=0.1)])


@pytest.mark.parametrize("without", ["hyperparameters", "tokens_per_update"])
def test_a_record_of_an_older_version_is_named(tmp_path, without):
    path = write_run(tmp_path, without=[without])
    with pytest.raises(
        KnnKdError, match=f"train.json: lacks {without}, as those of older versions; run its training again"
    ):
        read_recipes([path])
    assert without not in read_json(path)


def make(files, folder, shown=SHOWN):
    return make_exhibit("table6", {"shown": shown, "taught": TAUGHT}, {"paper": PAPER, "runs": files}, folder)


@pytest.fixture
def written(files, tmp_path):
    """The folder of the table."""
    process = make(files, tmp_path)
    assert process.returncode == 0, process.stderr
    return tmp_path


def test_script(written, files):
    table = [line for line in read_lines(written / "table6.md") if line.startswith("|")]
    assert len({len(line) for line in table}) == 1
    text = (written / "table6.tex").read_text(encoding="utf-8")
    assert text.isascii()
    assert r"$\alpha$ in Equation 12" in text
    csv = pd.read_csv(written / "table6.csv")
    assert len(csv) == 3 * (len(FAIRSEQ_KEYS) + len(CAME_TO))
    assert csv.loc[csv["name"] == "dropout", "value"].tolist() == ["0.3", "0.3", "0.2"]
    few = replace(SHOWN, systems={"transformer": "Base", "knn_kd": "KD"})
    assert "runs: shown.systems has no word_kd" in one_error(make(files, written, few))


@needs_latex
def test_latex_compiles(written):
    assert_compiles(written / "table6.tex")
