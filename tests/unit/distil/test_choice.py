"""The choice of a grid's point: the arg max of the scores, ties by the smaller k, then tau; and who takes it."""

import copy
import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.workflow import TINY

from knnkd.core.errors import KnnKdError
from knnkd.core.files import write_json
from knnkd.core.integrity import sealed
from knnkd.distil.choice import choose, read_choice, said_of_choice
from knnkd.distil.settings import Objective, Settings, with_chosen
from knnkd.experiment.config import complete
from knnkd.experiment.grids import chosen_of, grid_systems, is_taken
from knnkd.experiment.resolve import ablation_points, control_variants, objective

GRID = {"k": [2, 8], "tau": [10, 100]}
POINTS = {f"kd_k{k}_tau{tau}": {"k": k, "tau": tau} for k, tau in itertools.product(*GRID.values())}
values = st.lists(st.integers(0, 3), min_size=4, max_size=4)


@given(values, values)
def test_the_arg_max_of_the_means(first, second):
    scores = {name: {1: a, 2: b} for name, a, b in zip(POINTS, first, second, strict=True)}
    found = choose(GRID, POINTS, scores)
    best = None
    for name, point in POINTS.items():  # in the order of k, then tau: a later one must be better
        mean = sum(scores[name].values()) / 2
        if best is None or mean > best[0]:
            best = mean, name, point
    assert (found["chosen"]["mean"], found["chosen"]["system"], found["chosen"]["settings"]) == best
    assert found["edge"] == ["k", "tau"], "with two values each is an end"
    assert len(found["points"]) == 4


@given(values)
def test_of_ter_the_least_mean_wins(numbers):
    scores = {name: {1: value} for name, value in zip(POINTS, numbers, strict=True)}
    negated = {name: {1: -value} for name, value in zip(POINTS, numbers, strict=True)}
    found, expected = choose(GRID, POINTS, scores, -1)["chosen"], choose(GRID, POINTS, negated)["chosen"]
    assert (found["system"], found["mean"]) == (expected["system"], -expected["mean"])


def test_an_inner_value_is_no_edge_and_a_single_one_neither():
    grid = {"k": [4], "tau": [1, 10, 100]}
    points = {f"t{tau}": {"k": 4, "tau": tau} for tau in grid["tau"]}
    found = choose(grid, points, {"t1": {1: 1.0}, "t10": {1: 3.0}, "t100": {1: 2.0}})
    assert (found["chosen"]["settings"]["tau"], found["edge"]) == (10, [])


def test_a_point_without_a_seed_is_refused():
    scores = {name: {1: 1.0} for name in POINTS}
    scores["kd_k8_tau10"] = {2: 1.0}
    with pytest.raises(KnnKdError, match="no score of seed"):
        choose(GRID, POINTS, scores)


def gridded(**more):
    config = copy.deepcopy(TINY)
    config["seeds"] = [1, 2]
    config["systems"]["knn_kd"]["grid"] = GRID
    config["systems"]["control"] = {"label": "c", "term": "sparse", "teacher": "transformer", "alpha": 0.5} | {
        "settings_of": "knn_kd",
        "neighbours": "shuffled",
    }
    config["systems"]["control"] |= more
    return config


def test_systems_that_take_the_choice():
    config = complete(gridded())
    assert list(grid_systems(config, "tiny_de_en", "knn_kd")) == [f"knn_{name}" for name in POINTS]
    assert objective(config, "tiny_de_en", "knn_kd_k2_tau100")["tau"] == 100
    assert chosen_of(config, "tiny_de_en", "control") == ("knn_kd", ["k", "tau"])
    assert chosen_of(config, "tiny_de_en", "transformer") is None
    assert chosen_of(config, "tiny_de_en", "knn_kd_k2_tau10") is None
    assert [is_taken(config, "tiny_de_en", "knn_kd", seed) for seed in (1, 2)] == [True, False]
    for variant in control_variants(config, "tiny_de_en"):
        expected = ("knn_kd", ["k", "tau"]) if variant.startswith("knn_kd") else None
        assert chosen_of(config, "tiny_de_en", variant) == expected, variant
    figure = set(ablation_points(config, "tiny_de_en", "k")) | set(ablation_points(config, "tiny_de_en", "tau"))
    assert figure <= set(grid_systems(config, "tiny_de_en", "knn_kd")), "figures show the grid's own trainings"


def test_what_a_system_says_itself_is_not_chosen():
    assert chosen_of(complete(gridded(k=4)), "tiny_de_en", "control") == ("knn_kd", ["tau"])


def test_a_dataset_may_do_without_the_grid():
    config = gridded()
    config["datasets"]["tiny_law"]["systems"]["knn_kd"]["grid"] = None
    config = complete(config)
    assert not grid_systems(config, "tiny_law", "knn_kd")
    assert chosen_of(config, "tiny_law", "control") is None
    assert (objective(config, "tiny_law", "control")["k"], objective(config, "tiny_de_en", "control")["k"]) == (4, 8)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"settings_of": "nobody"}, "settings_of: no 'nobody' under systems"),
        ({"settings_of": "word_kd", "k": 2, "tau": 1}, "settings_of: 'word_kd' has no grid"),
        ({"k": 2, "tau": 1}, "it sets itself all that the grid of 'knn_kd' chooses"),
        ({"init": "nobody"}, "init: 'nobody' is no system with a model of its own"),
        ({"init": "bert_kd"}, "init: 'bert_kd' has other subwords"),
        ({"init": "control"}, "it cannot be its own"),
        ({"updates_of": "knn_mt"}, "updates_of: no trained system 'knn_mt' under systems"),
        ({"grid": {"share": [0.1]}}, "has no use for share"),
        ({"grid": {"heads": [1]}}, "unknown key 'heads'"),
    ],
)
def test_bad_links_are_refused(more, words):
    with pytest.raises(KnnKdError, match=words):
        complete(gridded(**more))


def test_a_grid_beyond_what_is_stored_is_refused():
    config = gridded()
    config["systems"]["knn_kd"]["grid"] = {"k": [4, 400], "tau": [10]}
    with pytest.raises(KnnKdError, match="takes 400 candidates, but search\.k stores"):
        complete(config)


def test_seeds_of_the_grid_are_seeds():
    with pytest.raises(KnnKdError, match="grid_seeds: 7 is not one of seeds"):
        complete(gridded() | {"grid_seeds": [7]})


def test_shuffled_neighbours_need_a_search():
    config = gridded()
    config["systems"]["bert_kd"]["neighbours"] = "shuffled"
    with pytest.raises(KnnKdError, match="bert_kd on tiny_de_en: neighbours: shuffled goes with candidates: knn"):
        complete(config)


def test_a_training_reads_its_settings_from_the_choice(tmp_path):
    grid = GRID | {"label_smoothing": [0.0, 0.2]}
    point = {"k": 2, "tau": 100, "label_smoothing": 0.2}
    choice = {"dataset": "d", "system": "kd", "metric": "bleu_tok"} | choose(grid, {"kd_p": point}, {"kd_p": {1: 3.0}})
    write_json(tmp_path / "chosen.json", sealed(choice))
    assert said_of_choice(read_choice(tmp_path / "chosen.json"), trained=False)["point"] == "kd_p"
    goal = Objective(term="sparse", k=8, tau=1.0, label_smoothing=None)
    settings = Settings("d", "kd", 2, goal, {}, {"lr": None}, take=["tau", "label_smoothing"])
    taken, record = with_chosen(settings, tmp_path / "chosen.json")
    assert (taken.objective.k, taken.objective.tau, taken.objective.label_smoothing) == (8, 100, 0.2)
    assert (taken.model, taken.training) == ({}, {"lr": None}), "the grid has none of these"
    assert record["settings"] == {"tau": 100, "label_smoothing": 0.2}
    with pytest.raises(KnnKdError, match="its grid has no alpha"):
        with_chosen(replace(settings, take=["alpha"]), tmp_path / "chosen.json")
