"""Table 1: what each run says of its datastore, k and tau; the best of the ablation; the paper's; gaps with reasons."""

import pandas as pd
import pytest
from support.latex import assert_compiles, needs_latex
from support.making import as_json, make_exhibit, train_record
from support.workflow import ROOT, one_error

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_lines
from knnkd.core.settings import read_settings
from knnkd.reporting import frames
from knnkd.reporting.frames import Shown
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.datastores import Settings, read_taught, table1, table1_blocks, table1_notes
from knnkd.reporting.variants import Point

PAPER = ROOT / "workflow" / "report" / "paper_results.csv"
SHOWN = Shown(
    systems={"knn_kd": "KD", "other_kd": "Other"},
    datasets={"a": "Set A", "k": "Koran", "x": "Own"},
    metrics={"a": "bleu_tok", "k": "sacrebleu", "x": "sacrebleu"},
    paper_datasets={"a": "iwslt14_de_en", "k": "koran"},
)
TAUGHT = {"a": "knn_kd", "k": "knn_kd", "x": "knn_kd"}
POINTS = [("knn_kd_k4", 4, 50), ("knn_kd", 16, 50), ("knn_kd_k64", 64, 50)]
POINTS = {"a": [Point(*each) for each in [*POINTS, ("knn_kd_tau10", 16, 10), ("knn_kd_tau90", 16, 90)]]}
BLEU = {"knn_kd_k4": (20, 22), "knn_kd": (25, 25), "knn_kd_k64": (26, 20), "knn_kd_tau10": (30, 30)}


@pytest.fixture
def scores():
    """tau = 90 was not scored; a test score that is not to be read."""
    rows = [
        ("a", name, seed, "valid", "bleu_tok", value)
        for name, both in BLEU.items()
        for seed, value in enumerate(both, 1)
    ]
    rows.append(("a", "knn_kd_k4", 1, "test", "bleu_tok", 99))
    return pd.DataFrame(rows, columns=frames.SCORE_COLUMNS)


def write_run(folder, dataset="a", system="knn_kd", seed=1, k=16, tau=50.0, own="keep", rows=12345, **changes):
    """Write a train.json."""
    meta = {"rows": rows, "k": 65, "teacher": {"kind": "knn", "datastore": {"rows": rows, "dimension": 128}}}
    objective = {"term": "sparse", "alpha": 0.5, "k": k, "tau": tau, "self_neighbour": own}
    content = {"teacher": meta, "settings": {"objective": objective}} | changes
    return train_record(folder, dataset, system, seed, content)


def long_table(scores, files, points=POINTS, shown=SHOWN, taught=TAUGHT):
    paper = read_paper(PAPER)
    return table1(read_taught(files), scores, paper, points, shown, taught)


@pytest.fixture
def files(tmp_path):
    """Two seeds on Set A, one on Koran with another k, none on the dataset of one's own."""
    return [write_run(tmp_path), write_run(tmp_path, seed=2), write_run(tmp_path, "k", k=4, tau=10.5, own="drop")]


def test_cells(scores, files):
    block = table1_blocks(long_table(scores, files))["KD"]
    columns = ["Datasets", "|D|", "d", "k", "τ", "best k", "best τ", "paper |D|", "paper k", "paper τ"]
    assert list(block.columns) == columns
    assert block.values.tolist() == [
        ["Set A", "12,345", "128", "16", "50", "16", "10", "3,949,106", "64", "100"],
        ["Koran", "12,345", "128", "4", "10.5", "–", "–", "524,374", "16", "100"],
        ["Own", "–", "–", "–", "–", "–", "–", "–", "–", "–"],
    ]


def test_notes(scores, files):
    notes = table1_notes(long_table(scores, files), read_taught(files), SHOWN, TAUGHT)
    text = " ".join(notes)
    assert "from the record of each training (1 to 2 seeds): |D|: rows of its teacher's datastore" in notes[0]
    assert "the other of the two as run (Set A: k = 4, 16, 64; Set A: τ = 10, 50)" in text
    assert "At the edge of what was tried: τ on Set A." in text
    assert "A token's own row is left out of its neighbours: Koran." in text
    assert "on its own data (Set A: iwslt14_de_en; Koran: koran; Own: none)" in text
    assert "|D|, d, k and τ, no such run: KD on Own." in text
    assert "best k, not varied there: KD on Koran, Own. best τ, not varied there: KD on Koran, Own." in text
    assert "paper, it has no such numbers: KD on Own." in text


def test_one_value_is_no_choice(scores, files):
    long = long_table(scores, files, {"a": [Point("knn_kd", 16, 50)]})
    assert long["best_k"].isna().all()
    assert not [note for note in table1_notes(long, read_taught(files), SHOWN, TAUGHT) if note.startswith("best")]


def test_what_a_grid_chose_is_as_found(scores, files, tmp_path):
    grid = {"k": [4, 16, 64], "tau": [1, 50]}
    choice = {"system": "knn_kd", "point": "p", "settings": {"k": 16, "tau": 50}, "grid": grid, "points": 6}
    chosen = choice | {"seeds": [1], "edge": ["tau"], "mean": 30.0}
    files = [write_run(tmp_path, seed=seed, chosen=chosen | {"trained": seed > 1}) for seed in (1, 2)] + files[2:]
    long = long_table(scores, files)
    assert (long["best_k"][0], long["best_tau"][0], long["tried_k"][0]) == (16, 50, "4, 16, 64")
    notes = table1_notes(long, read_taught(files), SHOWN, TAUGHT)
    lead = "As found, together, by the highest validation BLEU, and held for further seeds: "
    assert f"{lead}Set A: k, τ among 6 points (seed 1), at the edge of the grid: τ." in notes
    assert not [note for note in notes if note.startswith("best")]


def test_a_grid_of_one_axis_leaves_the_other_to_the_ablation(scores, files, tmp_path):
    choice = {"grid": {"k": [4, 16]}, "settings": {"k": 16}, "points": 2, "seeds": [1, 2], "edge": ["k"], "mean": 30.0}
    files = [write_run(tmp_path, seed=seed, chosen=choice) for seed in (1, 2)] + files[2:]
    long = long_table(scores, files)
    assert (long["best_k"][0], long["best_tau"][0], long["tried_k"][0]) == (16, 10, "4, 16")
    text = " ".join(table1_notes(long, read_taught(files), SHOWN, TAUGHT))
    assert "Set A: k among 2 points (seeds 1, 2), at the edge of the grid: k." in text
    assert "the other of the two as run (Set A: τ = 10, 50)" in text


def test_equals_take_the_smaller(scores, files):
    scores.loc[scores["system"] == "knn_kd_k4", "value"] = 25
    assert long_table(scores, files)["best_k"].tolist()[0] == 4


def test_systems_of_two_tables_have_a_block_each(scores, files, tmp_path):
    files = [*files[:2], write_run(tmp_path, "k", "other_kd", k=8, rows=7)]
    blocks = table1_blocks(long_table(scores, files, taught=TAUGHT | {"k": "other_kd"}))
    assert list(blocks) == ["KD", "Other"]
    assert blocks["Other"].values.tolist()[0][:5] == ["Koran", "7", "128", "8", "50"]


def test_seeds_of_different_settings_are_refused(scores, files, tmp_path):
    with pytest.raises(KnnKdError, match="the seeds of knn_kd on a differ in k; run their training again"):
        long_table(scores, [*files, write_run(tmp_path, seed=3, k=8)])


@pytest.mark.parametrize("changes", [{"teacher": None}, {"teacher": {"teacher": {"kind": "bert"}}}, {"settings": {}}])
def test_a_run_without_a_datastore_is_named(tmp_path, changes):
    with pytest.raises(KnnKdError, match="seed1/train.json: names no datastore, k and tau"):
        read_taught([write_run(tmp_path, **changes)])


@pytest.mark.parametrize("point", [{"name": "a", "k": 1}, {"name": "a", "k": 1.5, "tau": 1}, ["a", 1, 1]])
def test_bad_points_are_named(point):
    settings = {"shown": SHOWN, "taught": TAUGHT, "points": {"a": [point]}}
    with pytest.raises(KnnKdError, match=r"--settings: .* `\$.points"):
        read_settings(as_json(settings), Settings)


def make(folder, files, **changes):
    settings = {"shown": SHOWN, "taught": {"a": "knn_kd", "k": "knn_kd"}, "points": POINTS} | changes
    inputs = {"scores": folder / "scores.csv", "paper": PAPER, "runs": files}
    return make_exhibit("table1", settings, inputs, folder)


@pytest.fixture
def written(scores, files, tmp_path):
    """The folder of the table."""
    frames.write_csv(scores, tmp_path / "scores.csv")
    process = make(tmp_path, files)
    assert process.returncode == 0, process.stderr
    return tmp_path


def test_script(written, files):
    table = [line for line in read_lines(written / "table1.md") if line.startswith("|")]
    assert table[0].startswith(r"| Datasets |  \|D\| |")
    assert len({len(line) for line in table}) == 1
    text = (written / "table1.tex").read_text(encoding="utf-8")
    assert text.isascii()
    assert r"$|$D$|$" in text
    assert pd.read_csv(written / "table1.csv")["datastore_size"].tolist() == [12345, 12345]
    process = make(written, files, taught={"a": "unknown"})
    assert "taught: shown.systems has no unknown" in one_error(process)


@needs_latex
def test_latex_compiles(written):
    assert_compiles(written / "table1.tex")
