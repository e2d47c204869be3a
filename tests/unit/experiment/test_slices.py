"""Each setting of the config reaches just the jobs that depend on it: what a change of one key makes again."""

import copy

import pytest
from support.workflow import TINY

from knnkd.experiment import bench_settings, decoding_settings, training_settings
from knnkd.experiment.config import complete, read_schema
from knnkd.experiment.runs import Experiment, Run

KNN_KD, KNN_MT = Run("tiny_de_en", "knn_kd", 1), Run("tiny_de_en", "knn_mt", 1)
# The settings of every job of a run, by the rule that has them.
SETTINGS = {
    "train": lambda experiment: training_settings.training(experiment, KNN_KD),
    "dump_datastore": lambda experiment: decoding_settings.forward(experiment, KNN_KD),
    "search": lambda experiment: decoding_settings.joining(experiment, KNN_KD),
    "translate": lambda experiment: decoding_settings.translation(experiment, KNN_KD),
    "decode": lambda experiment: decoding_settings.decoding(experiment, KNN_KD),
    "measure": lambda experiment: decoding_settings.measuring(experiment, KNN_KD),
    "build_index": lambda experiment: decoding_settings.index(experiment, KNN_MT),
    "tune_knn_mt": lambda experiment: decoding_settings.tuning(experiment, KNN_MT),
    "decode_knn_mt": lambda experiment: decoding_settings.decoding(experiment, KNN_MT),
    "export_model": lambda experiment: bench_settings.exporting(experiment, KNN_KD),
}
DECODERS = {"translate", "decode", "tune_knn_mt", "decode_knn_mt", "export_model"}
# What a change of a key changes; of the keys that are not here, nothing.
CHANGED = {
    **{("model", key): {"train"} for key in read_schema()["$defs"]["model"]["properties"]},
    **{("training", key): {"train"} for key in read_schema()["$defs"]["training"]["properties"]},
    ("search", "k"): {"search"},
    **{("decode", key): DECODERS for key in ("beam", "lenpen", "max_len_a", "max_len_b")},
    **{("decode", key): DECODERS | {"dump_datastore", "measure"} for key in ("max_tokens", "threads")},
    **{("knn_mt", key): {"tune_knn_mt"} for key in ("k", "tau", "lambda", "decoded")},
    **{("knn_mt", key): {"build_index"} for key in ("nlist", "code_bytes")},
    **{("knn_mt", key): {"tune_knn_mt", "decode_knn_mt"} for key in ("nprobe", "rerank")},
    ("knn_mt", "index"): {"build_index", "tune_knn_mt", "decode_knn_mt"},
}
KEYS = [
    (section, key)
    for section in ("model", "training", "search", "decode", "knn_mt", "bert")
    for key in read_schema()["$defs"][section]["properties"]
]


@pytest.fixture(scope="module")
def config():
    config = copy.deepcopy(TINY)
    config["knn_mt"] |= {"index": "ivfpq", "nlist": 40, "code_bytes": 32}
    return complete(config)


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_a_key_changes_just_the_settings_that_depend_on_it(config, section, key):
    other = copy.deepcopy(config)
    other[section][key] = "flat" if key == "index" else "another value"
    experiments = Experiment(config), Experiment(other)
    changed = {name for name, of in SETTINGS.items() if of(experiments[0]) != of(experiments[1])}
    assert changed == CHANGED.get((section, key), set())


@pytest.mark.parametrize(
    ("system", "keys"),
    [
        ("transformer", {"term", "label_smoothing"}),
        ("word_kd", {"term", "label_smoothing", "alpha", "tau"}),
        ("knn_kd", {"term", "label_smoothing", "alpha", "tau", "k", "self_neighbour", "neighbours"}),
        ("selective_kd", {"term", "label_smoothing", "alpha", "tau", "options"}),
    ],
)
def test_an_objective_has_just_what_its_term_uses(config, system, keys):
    settings = training_settings.training(Experiment(config), Run("tiny_de_en", system, 1))
    assert set(settings["objective"]) == keys


def test_what_a_grid_chooses_is_in_no_settings(config):
    """So that another value in the config retrains nothing."""
    own = copy.deepcopy(TINY)
    own["systems"]["knn_kd"]["grid"] = {"k": [4, 8], "tau": [10, 100], "lr": [0.01, 0.02]}
    own["seeds"] = [1, 2]
    settings = training_settings.training(Experiment(complete(own)), Run("tiny_de_en", "knn_kd", 2))
    assert settings["take"] == ["k", "tau", "lr"]
    assert not {"k", "tau"} & set(settings["objective"])
    assert settings["training"]["lr"] is None


def test_a_dataset_and_a_system_override_sections(config):
    own = copy.deepcopy(TINY)
    own["datasets"]["tiny_de_en"]["decode"] = {"beam": 2}
    own["systems"]["knn_kd"]["training"] = {"lr": 0.5}
    experiment = Experiment(complete(own))
    assert decoding_settings.decoding(experiment, KNN_KD)["beam"]["beam"] == 2
    assert training_settings.training(experiment, KNN_KD)["training"]["lr"] == 0.5
    assert training_settings.training(experiment, Run("tiny_de_en", "word_kd", 1))["training"]["lr"] == 0.01
