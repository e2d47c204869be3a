"""What the verdict is decided on: parts and the systems that play them, and what of them is compared."""

import copy

import pytest
from support.workflow import TINY

from knnkd.experiment import verdict_settings
from knnkd.experiment.config import complete
from knnkd.experiment.runs import Experiment


@pytest.fixture
def experiment():
    return Experiment(complete(copy.deepcopy(TINY)))


def test_every_part_has_its_system(experiment):
    roles = verdict_settings.role_systems(experiment)
    assert all(role == name for role, name in roles.items())
    assert set(roles) == set(verdict_settings.KINDS)


def test_a_system_of_another_name_plays_its_part():
    config = copy.deepcopy(TINY)
    config["systems"]["student"] = config["systems"].pop("knn_kd")
    for table in config["tables"].values():
        table["systems"] = ["student" if name == "knn_kd" else name for name in table["systems"]]
    for dataset in config["datasets"].values():
        if "knn_kd" in dataset.get("systems", {}):
            dataset["systems"]["student"] = dataset["systems"].pop("knn_kd")
    for section in ("ablation", "controls", "case_study"):
        del config[section]
    roles = verdict_settings.role_systems(Experiment(complete(config)))
    assert roles["knn_kd"] == "student"


def test_places_and_datasets(experiment):
    places = verdict_settings.places(experiment)
    assert places["table4"] == [["tiny_law", "tiny_medical"]]
    assert places["controls"] == places["ablation"] == ["tiny_de_en"]
    assert verdict_settings.asked_datasets(experiment) == ["tiny_de_en", "tiny_medical", "tiny_law"]
    few = Experiment(complete(copy.deepcopy(TINY) | {"only": ["tiny_law"]}))
    assert verdict_settings.made_datasets(few) == ["tiny_law"]
    assert verdict_settings.manifests(few) == ["results/tiny/corpus/tiny_law/manifest.json"]


def test_comparisons_are_of_tables_controls_and_the_ends_of_the_ablation(experiment):
    paths = verdict_settings.decisive_comparisons(experiment)
    assert len(paths) == len(set(paths))
    assert "results/tiny/significance/tiny_de_en/word_kd/seed1/test.json" in paths
    assert "results/tiny/significance/tiny_law/transformer/seed1/test_of_tiny_medical.json" in paths
    ends = verdict_settings.ablation_ends(experiment, "tiny_de_en")
    assert len(ends) == 2, "the least and the largest k, of which the latter has the least tau as well"
    for name in ends:
        assert f"results/tiny/significance/tiny_de_en/{name}/seed1/valid.json" in paths
    assert not [path for path in paths if "tiny_general" in path]


def test_trainings_are_those_of_the_parts(experiment):
    paths = verdict_settings.decisive_trainings(experiment, experiment.paths.train_json)
    assert "results/tiny/train/tiny_de_en/selective_kd/seed1/train.json" in paths
    assert "results/tiny/train/tiny_law/transformer/seed1/train.json" in paths
    assert not [path for path in paths if "knn_mt" in path or "pretrained" in path]


def test_settings_are_whole(experiment):
    settings = verdict_settings.verdict(experiment)
    assert (settings["fixed_k"], settings["fixed_tau"], settings["samples"]) == (8, 10, 100)
    assert settings["made"] == ["tiny_de_en", "tiny_medical", "tiny_law"]
    without = Experiment(complete({key: value for key, value in TINY.items() if key != "ablation"}))
    assert "points" not in verdict_settings.verdict(without)
