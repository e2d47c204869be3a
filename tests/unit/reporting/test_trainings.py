"""Trainings behind results: of which others a run is made, what their records say, and whom a limit cut off."""

import copy
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.making import as_json, train_record
from support.workflow import TINY, one_error, run_script

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, write_json
from knnkd.experiment.config import complete
from knnkd.experiment.lineage import RunName, ancestors, lineage, parents
from knnkd.reporting.frames import write_csv
from knnkd.reporting.trainings import TRAINING_COLUMNS, Trainings, collect_trainings, gained, read_records

T = RunName.parse


@pytest.fixture(scope="module")
def config():
    return complete(copy.deepcopy(TINY) | {"seeds": [1, 2]})


@pytest.mark.parametrize(
    ("run", "made_of"),
    [
        ("tiny_de_en/transformer/2", []),
        ("tiny_de_en/bert_kd/2", []),
        ("tiny_de_en/word_kd/2", ["tiny_de_en/transformer/2"]),
        ("tiny_de_en/selective_kd/1", ["tiny_de_en/transformer/1"]),
        ("tiny_de_en/seq_kd/2", ["tiny_de_en/transformer/2"]),
        ("tiny_de_en/knn_kd/2", ["tiny_de_en/transformer/2"]),
        ("tiny_de_en/knn_mt/2", ["tiny_de_en/transformer/2"]),
        ("tiny_law/transformer/2", []),
        ("tiny_law/knn_kd/2", ["tiny_general/transformer/1"]),
        ("tiny_law/knn_mt/1", ["tiny_general/transformer/1"]),
        ("tiny_law/pretrained/1", ["tiny_general/transformer/1"]),
    ],
)
def test_what_each_system_is_made_of(config, run, made_of):
    assert list(map(str, parents(config, T(run)))) == made_of


def test_a_pretrained_model_from_elsewhere_is_no_training(config):
    other = copy.deepcopy(config)
    other["pretrained"]["general"] = {"checkpoint": "model.pt"}
    for system in ("pretrained", "knn_mt", "knn_kd"):
        assert parents(other, RunName("tiny_law", system, 1)) == []


def test_a_start_counts_beside_the_teacher(config):
    other = copy.deepcopy(config)
    other["systems"]["word_kd"]["init"] = "seq_kd"
    assert list(map(str, parents(other, T("tiny_de_en/word_kd/2")))) == [
        "tiny_de_en/transformer/2",
        "tiny_de_en/seq_kd/2",
    ]


def test_equal_updates_are_cut_off_where_the_other_run_was(config, tmp_path):
    """The end of such a run is by design, and says nothing of convergence: the run that it follows does."""
    other = copy.deepcopy(config)
    other["systems"]["word_kd"]["updates_of"] = "seq_kd"
    run, followed = T("tiny_de_en/word_kd/1"), T("tiny_de_en/seq_kd/1")
    made_of = {each: [] for each in parents(other, run)} | {run: parents(other, run)}
    assert followed in made_of[run]
    for stopped, mark in (("max_epoch", "base"), ("patience", "")):
        reasons = dict.fromkeys(made_of, "patience") | {run: "updates_of", followed: stopped}
        assert Trainings(reasons, made_of).marks("tiny_de_en", "word_kd")["cut_off"] == mark
    other["systems"]["transformer"]["init"] = "pretrained"
    assert list(map(str, parents(other, T("tiny_law/transformer/2")))) == ["tiny_general/transformer/1"]
    other["systems"]["transformer"]["init"] = None
    assert parents(other, T("tiny_law/transformer/2")) == []


def test_lineage_is_whole(config):
    other = copy.deepcopy(config)
    other["systems"]["word_kd"]["init"] = "knn_kd"
    known = lineage(other, [T("tiny_de_en/word_kd/2"), T("tiny_law/knn_mt/1")])
    assert set(map(str, known)) == {
        "tiny_de_en/word_kd/2",
        "tiny_de_en/knn_kd/2",
        "tiny_de_en/transformer/2",
        "tiny_law/knn_mt/1",
        "tiny_general/transformer/1",
    }
    assert list(map(str, ancestors(T("tiny_de_en/word_kd/2"), known))) == [
        "tiny_de_en/transformer/2",
        "tiny_de_en/knn_kd/2",
    ]


@given(st.dictionaries(st.integers(0, 7), st.lists(st.integers(0, 7), max_size=3)))
def test_ancestors_are_those_of_a_closure(edges):
    """Edges to smaller numbers alone make no circle; the plain closure adds parents until nothing is new."""
    graph = {
        RunName("d", "s", run): [RunName("d", "s", base) for base in bases if base < run]
        for run, bases in edges.items()
    }
    for run, own in graph.items():
        closed = set(own)
        while more := {base for each in closed for base in graph.get(each, ())} - closed:
            closed |= more
        found = ancestors(run, graph)
        assert set(found) == closed
        assert len(found) == len(closed)


def test_a_circle_is_named():
    graph = {T("d/a/1"): [T("d/b/1")], T("d/b/1"): [T("d/a/1")]}
    with pytest.raises(KnnKdError, match="d/a/1: is made of itself"):
        ancestors(T("d/a/1"), graph)


@pytest.mark.parametrize("text", ["a/b", "a/b/c", "a//1", "a/b/1/2", "a/b/-1"])
def test_bad_runs_are_named(text):
    with pytest.raises(KnnKdError, match="no run; give DATASET/SYSTEM/SEED"):
        RunName.parse(text)


@pytest.mark.parametrize(
    ("history", "value"),
    [
        ([{"bleu": 30, "loss": 9}, {"bleu": 32, "loss": 1}, {"bleu": 31.5, "loss": 5}], -0.5),
        ([{"bleu": 30, "loss": 9}, {"bleu": 32, "loss": 10}], 2),
        ([{"loss": 3.0}, {"loss": 2.5}, {"loss": 2.75}], -0.25),
        ([{"loss": 3.0}, {"loss": 2.5}], 0.5),
    ],
)
def test_what_the_last_validation_gained(history, value):
    assert gained(history) == pytest.approx(value)


@pytest.mark.parametrize("history", [[], [{"bleu": 3, "loss": 1}]])
def test_one_validation_gained_over_none(history):
    assert math.isnan(gained(history))


def write_run(folder, dataset, system, seed=1, stopped="patience", **changes):
    """Write a train.json; a change to ... takes a key out."""
    content = {"updates": 100, "epochs": 4, "updates_per_epoch": 25.0, "tokens_per_update": 800.5, "stopped": stopped}
    content["history"] = [{"bleu": 30.0, "loss": 2.0}, {"bleu": 30.5, "loss": 2.0}]
    return train_record(folder, dataset, system, seed, content | changes)


EDGES = {
    T("a/kd/1"): [T("a/base/1")],
    T("a/mt/1"): [T("a/kd/1")],
    T("a/ready/1"): [],
}


def test_rows(tmp_path):
    files = [write_run(tmp_path, "a", "kd"), write_run(tmp_path, "a", "base", stopped="max_epoch")]
    table = collect_trainings(files, EDGES)
    assert list(table.columns) == TRAINING_COLUMNS
    assert table["system"].tolist() == ["base", "kd", "mt", "ready"]
    assert table["stopped"].tolist() == ["max_epoch", "patience", "", ""]
    assert table["made_of"].tolist() == ["", "a/base/1", "a/kd/1 a/base/1", ""]
    assert table["updates"].tolist()[:2] == [100, 100]
    assert table["gained"].tolist()[:2] == [0.5, 0.5]
    assert table.loc[2:, ["updates", "tokens_per_update", "gained"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stopped": ...}, "seed1/train.json: lacks stopped, as those of older versions; run its training again"),
        ({"stopped": "boredom"}, "stopped by boredom, which is not known"),
        ({"history": ...}, "lacks history"),
    ],
)
def test_a_record_that_does_not_say_is_refused(tmp_path, changes, words):
    with pytest.raises(KnnKdError, match=words):
        collect_trainings([write_run(tmp_path, "a", "kd", **changes)], {})


def test_a_record_that_does_not_name_its_run_is_refused(tmp_path):
    file = write_run(tmp_path, "a", "kd")
    write_json(file, {key: value for key, value in read_json(file).items() if key not in ("dataset", "system")})
    with pytest.raises(KnnKdError, match="lacks dataset, system, as those of older versions; run its training again"):
        read_records([file])


def test_records_are_whole(tmp_path):
    file = write_run(tmp_path, "a", "kd")
    with pytest.raises(KnnKdError, match="no train.json of a/base/1, of which another run is made"):
        collect_trainings([file], EDGES)
    with pytest.raises(KnnKdError, match="a second record of a/kd/1"):
        collect_trainings([file, file], {})


@pytest.fixture
def trainings(tmp_path):
    """kd (two seeds) learns from base, of which one seed was cut off; mt decodes with kd; other stands alone."""
    stopped = {"a/base/1": "patience", "a/base/2": "max_epoch", "a/kd/1": "patience", "a/kd/2": "patience"}
    stopped |= {"a/other/1": "min_lr", "b/kd/1": "patience"}
    files = [write_run(tmp_path, run.dataset, run.system, run.seed, why) for run, why in map_runs(stopped)]
    edges = {T(f"a/kd/{seed}"): [T(f"a/base/{seed}")] for seed in (1, 2)} | {T("a/mt/2"): [T("a/kd/2")]}
    edges |= {T("a/ready/1"): []}
    write_csv(collect_trainings(files, edges), tmp_path / "trainings.csv")
    return Trainings.read(tmp_path / "trainings.csv")


def map_runs(stopped):
    return [(T(run), why) for run, why in stopped.items()]


@pytest.mark.parametrize(
    ("dataset", "system", "kind", "by"),
    [
        ("a", "base", "own", "max_epoch"),
        ("a", "kd", "base", "max_epoch"),
        ("a", "mt", "base", "max_epoch"),
        ("a", "ready", "", ""),
        ("a", "other", "own", "min_lr"),
        ("b", "kd", "", ""),
    ],
)
def test_who_was_cut_off(trainings, dataset, system, kind, by):
    assert trainings.marks(dataset, system) == {"cut_off": kind, "cut_off_by": by}
    assert trainings.marks(dataset, system, runs=0) == {"cut_off": "", "cut_off_by": ""}


def test_what_is_behind_a_system(trainings):
    assert set(map(str, trainings.behind("a", "mt"))) == {"a/kd/2", "a/base/2"}, "it trains nothing itself"
    assert trainings.behind("a", "ready") == []
    with pytest.raises(KnnKdError, match="no row of base on b; run the rule collect_trainings again"):
        trainings.behind("b", "base")
    half = Trainings({T("a/kd/1"): "patience"}, {T("a/kd/1"): [T("a/base/1")]})
    with pytest.raises(KnnKdError, match="no row of a/base/1"):
        half.behind("a", "kd")


def test_script(tmp_path):
    files = [write_run(tmp_path, "a", "kd"), write_run(tmp_path, "a", "base")]
    flags = ["--runs", *files, "--output", tmp_path / "trainings.csv"]
    settings = as_json({"made_of": list(EDGES.items())})
    process = run_script("collect_trainings.py", *flags, "--settings", settings)
    assert process.returncode == 0, process.stderr
    written = pd.read_csv(tmp_path / "trainings.csv", keep_default_na=False)
    assert written["made_of"].tolist() == ["", "a/base/1", "a/kd/1 a/base/1", ""]
    assert written["stopped"].tolist() == ["patience", "patience", "", ""]
    assert written["updates"].tolist() == ["100", "100", "", ""]
    settings = as_json({"made_of": [[["a", "kd", 1]]]})
    assert "--settings: " in one_error(run_script("collect_trainings.py", *flags, "--settings", settings))
    write_csv(pd.read_csv(tmp_path / "trainings.csv").drop(columns="made_of"), tmp_path / "half.csv")
    with pytest.raises(KnnKdError, match="lacks the columns made_of"):
        Trainings.read(tmp_path / "half.csv")
