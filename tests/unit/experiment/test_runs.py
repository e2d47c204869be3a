"""The files that a run reads: teachers, starts, models, text; and what has no seed."""

import copy

import pytest
from support.workflow import TINY

from knnkd.experiment import runs
from knnkd.experiment.config import complete
from knnkd.experiment.runs import Experiment, Run

R = "results/tiny"
BASE = "tiny_de_en/transformer/seed2"


def experiment_of(**changes):
    return Experiment(complete(copy.deepcopy(TINY) | {"seeds": [1, 2]} | changes))


@pytest.fixture(scope="module")
def experiment():
    return experiment_of()


@pytest.mark.parametrize(
    ("system", "kind", "teacher", "data"),
    [
        ("transformer", "none", [], "bpe"),
        ("word_kd", "model", [f"{R}/train/{BASE}/checkpoint_best.pt"], "bpe"),
        ("selective_kd", "model", [f"{R}/train/{BASE}/checkpoint_best.pt"], "bpe"),
        ("seq_kd", "translations", [], "distilled/transformer/seed2"),
        ("bert_kd", "bert", [f"{R}/candidates/bert/tiny_de_en/seed2/meta.json"], "wordpiece"),
        ("knn_kd", "knn", [f"{R}/candidates/knn/{BASE}/meta.json", f"{R}/datastore/{BASE}/meta.json"], "bpe"),
    ],
)
def test_what_each_system_learns_from(experiment, system, kind, teacher, data):
    run = Run("tiny_de_en", system, 2)
    assert runs.kind_of_teacher(experiment, run) == kind
    assert runs.teacher(experiment, run) == teacher
    assert runs.training_data(experiment, run) == [f"{R}/data/tiny_de_en/{data}"]


def test_a_pretrained_model_has_one_seed(experiment):
    run = Run("tiny_law", "knn_kd", 2)
    pretrained = f"{R}/train/tiny_general/transformer/seed1/checkpoint_best.pt"
    assert runs.checkpoint(experiment, Run("tiny_law", "pretrained", 1)) == [pretrained]
    assert runs.teacher(experiment, run)[1] == f"{R}/datastore/tiny_law/pretrained/seed1/meta.json"
    assert runs.datastore(experiment, Run("tiny_law", "knn_mt", 1)) == [runs.teacher(experiment, run)[1]]
    assert runs.codes(experiment, run) == [f"{R}/corpus/tiny_general/codes"]
    assert runs.dictionaries(experiment, run) == [f"{R}/data/tiny_general/bpe"]
    every = runs.every_run(experiment, experiment.paths.score, ["pretrained", "knn_kd"], ["tiny_law"])
    assert [path.split("/")[-2] for path in every] == ["seed1", "seed1", "seed2"]


def test_knn_mt_reads_its_base(experiment):
    run = Run("tiny_de_en", "knn_mt", 2)
    assert runs.checkpoint(experiment, run) == [f"{R}/train/{BASE}/checkpoint_best.pt"]
    tuned = f"{R}/knn_mt/tiny_de_en/knn_mt/seed2/tuned.json"
    assert runs.nearest(experiment, run) == [f"{R}/datastore/{BASE}/meta.json", tuned]
    assert runs.nearest(experiment, Run("tiny_de_en", "knn_kd", 2)) == []
    indexed = experiment_of(knn_mt=TINY["knn_mt"] | {"index": "ivfflat"})
    assert runs.nearest(indexed, run)[2] == f"{R}/index/{BASE}/meta.json"


def test_a_test_on_another_dataset_reads_its_text(experiment):
    run = Run("tiny_law", "knn_kd", 1, "test_of_tiny_medical")
    assert runs.test_data(experiment, run) == [f"{R}/data/tiny_medical/bpe"]
    assert runs.split_of(run) == "test"
    assert runs.sentence_files(experiment, run) == ["test.de", "test.en"]
    assert runs.valid_files(experiment, Run("tiny_de_en")) == ["valid.de", "valid.en"]


def test_starts_choices_and_equal_updates():
    systems = copy.deepcopy(TINY["systems"])
    systems["knn_kd"]["grid"] = {"k": [4, 8]}
    tuned = {"label": "tuned", "init": "transformer", "settings_of": "knn_kd"}
    systems["tuned"] = {key: value for key, value in systems["knn_kd"].items() if key not in ("k", "grid")} | tuned
    systems["same"] = {"label": "same", "term": "none", "updates_of": "transformer"}
    experiment = experiment_of(systems=systems)
    tuned, same = Run("tiny_de_en", "tuned", 2), Run("tiny_de_en", "same", 2)
    assert runs.start(experiment, tuned) == [f"{R}/train/{BASE}/checkpoint_best.pt"]
    assert runs.choice(experiment, tuned) == [f"{R}/chosen/tiny_de_en/knn_kd/chosen.json"]
    assert runs.chosen_names(experiment, tuned) == ["k"]
    assert runs.equal_updates(experiment, same) == [f"{R}/train/{BASE}/train.json"]
    assert runs.start(experiment, same) == runs.choice(experiment, same) == runs.equal_updates(experiment, tuned) == []
    points = runs.points(experiment, Run("tiny_de_en", "knn_kd"), experiment.paths.score)
    assert points == [f"{R}/scores/tiny_de_en/knn_kd_k{k}/seed1/valid.json" for k in (4, 8)], "seeds of the grid"
    assert f"tiny_de_en/knn_kd/seed{1}" in experiment.taken and len(experiment.taken) == len(experiment.datasets)


def test_wildcards_of_a_job_name_its_run():
    assert Run.of({"dataset": "d", "system": "s", "seed": "3", "split": "valid"}) == Run("d", "s", 3, "valid")
    assert Run.of({"dataset": "d"}) == Run("d", "", 0, "test")
