"""What the rules say to tables and figures: the slices of the config, narrow, and in the order of the tables."""

import copy

import pytest
from support.workflow import SYSTEMS, TINY

from knnkd.experiment import exhibit_settings
from knnkd.experiment.config import complete
from knnkd.experiment.runs import Experiment, Run


def experiment_of(**changes):
    return Experiment(complete(copy.deepcopy(TINY) | changes))


@pytest.fixture
def experiment():
    return experiment_of()


@pytest.fixture
def gridded():
    """kNN-KD with a grid, in two seeds, of which the first chooses."""
    config = copy.deepcopy(TINY) | {"seeds": [1, 2], "grid_seeds": [1]}
    config["systems"]["knn_kd"]["grid"] = {"k": [2, 8], "tau": [10, 100]}
    return Experiment(complete(config))


def test_labels_metrics_and_the_papers_data(experiment):
    assert exhibit_settings.shown_in(experiment, "table4") == {
        "systems": {"transformer": "Transformer", "knn_kd": "kNN-KD"},
        "datasets": {"tiny_law": "tiny Law", "tiny_medical": "tiny Medical"},
        "metrics": {"tiny_law": "sacrebleu", "tiny_medical": "sacrebleu"},
        "scored": ["bleu_tok", "sacrebleu", "chrf"],
        "paper_datasets": {"tiny_law": "law", "tiny_medical": "medical"},
    }
    assert list(exhibit_settings.shown_in(experiment, "table2", "systems")["systems"]) == SYSTEMS
    assert exhibit_settings.shown(experiment, [], ["tiny_general"], "paper_datasets") == {"paper_datasets": {}}


def test_table1_has_the_points_that_vary_its_systems(experiment):
    settings = exhibit_settings.table1(experiment)
    assert settings["taught"] == dict.fromkeys(["tiny_de_en", "tiny_medical", "tiny_law"], "knn_kd")
    points = settings["points"]["tiny_de_en"]
    assert {(each["k"], each["tau"]) for each in points} == {(2, 10), (8, 10), (8, 100)}
    assert next(each["name"] for each in points if (each["k"], each["tau"]) == (8, 10)) == "knn_kd"
    assert list(settings["points"]) == ["tiny_de_en"], "the others are not varied"


def test_notes_of_the_systems_tables(experiment):
    settings = exhibit_settings.table2(experiment)
    about = settings["about"]
    assert settings["untrained"] == ["knn_mt"]
    assert about["smoothing"] == {"transformer": 0.1, "seq_kd": 0.1} | dict.fromkeys(about["smoothing"], 0.0) | {
        "transformer": 0.1,
        "seq_kd": 0.1,
    }
    assert about["settings"]["knn_kd"] == "α = 0.5, k = 8, τ = 10"
    assert (about["other_text"], about["other_subwords"]) == (["seq_kd", "bert_kd"], ["bert_kd"])
    assert (about["one_run"], about["controls"]) == ([], ["tiny_de_en"])
    assert "second" not in settings


def test_table3_has_gains_over_a_second_system_and_single_runs():
    settings = exhibit_settings.table3(experiment_of(seeds=[1, 2]))
    assert (settings["second"], settings["untrained"]) == ("transformer", ["pretrained", "knn_mt"])
    single = [(dataset, name) for dataset in ("tiny_medical", "tiny_law") for name in ("pretrained", "knn_mt")]
    assert settings["about"]["one_run"] == single
    assert settings["about"]["controls"] == [], "those of Table 2 are not its own"


def test_what_a_grid_chooses_is_not_said_to_be_set(gridded):
    about = exhibit_settings.table2(gridded)["about"]
    assert about["settings"]["knn_kd"] == "α = 0.5, k chosen on validation, τ chosen on validation"


def test_another_value_of_a_dataset_is_said_of_it(experiment):
    config = copy.deepcopy(TINY)
    config["datasets"]["tiny_law"]["systems"]["knn_kd"]["k"] = 2
    text = exhibit_settings.table3(Experiment(complete(config)))["about"]["settings"]["knn_kd"]
    assert text == "tiny Medical: α = 0.5, k = 4, τ = 10; tiny Law: α = 0.5, k = 2, τ = 10"


def test_corpora_of_table5(experiment):
    settings = exhibit_settings.table5(experiment)
    assert settings["made"] == list(TINY["datasets"])
    assert settings["generated"] == list(TINY["datasets"])
    assert settings["borrowed"] == ["tiny_medical", "tiny_law"]
    assert list(settings["shown"]) == ["datasets", "paper_datasets"]
    few = exhibit_settings.table5(experiment_of(only=["tiny_de_en"]))
    assert few["made"] == ["tiny_de_en"]


def test_variants_of_table7_begin_with_the_baseline(experiment):
    variants = exhibit_settings.table7(experiment)["variants"]
    first = {"name": "transformer", "system": "transformer", "order": "length", "loss": "released"}
    assert variants[0] == first | {"neighbour": "none", "budget": "epochs"}
    assert {each["system"] for each in variants} == {"transformer", "knn_kd"}


def test_points_of_the_ablation_and_what_stays_fixed(experiment):
    settings = exhibit_settings.ablation(experiment)
    assert (settings["fixed_k"], settings["fixed_tau"]) == (8, 10)
    assert settings["shown"]["systems"] == {"transformer": "Transformer"}
    assert exhibit_settings.ablation(Experiment(complete({k: v for k, v in TINY.items() if k != "ablation"}))) == {}


def test_panels_of_the_grid(experiment):
    panel = {"dataset": "tiny_de_en", "system": "knn_mt", "label": "tiny De-En"}
    assert exhibit_settings.knn_mt_grid(experiment) == {"panels": [panel]}
    config = copy.deepcopy(TINY)
    config["systems"]["second"] = config["systems"]["knn_mt"] | {"label": "Second"}
    config["tables"]["table2"]["systems"] = [*SYSTEMS, "second"]
    found = exhibit_settings.knn_mt_grid(Experiment(complete(config)))["panels"]
    assert [each["label"] for each in found] == ["tiny De-En, kNN-MT", "tiny De-En, Second"]
    assert exhibit_settings.knn_mt_grid(experiment_of(without=["knn_mt"])) == {"panels": []}


def test_what_a_job_leaves(experiment):
    settings = exhibit_settings.costs(experiment)
    assert settings["root"] == "results/tiny/benchmarks"
    assert settings["outputs"]["clean_corpus"] == ["results/tiny/corpus/{}/text", "results/tiny/corpus/{}/tok"]
    assert settings["outputs"]["train"] == ["results/tiny/train/{}"]
    assert settings["outputs"]["measure"] == ["results/tiny/measures/{}.json"]
    assert settings["outputs"]["bert_candidates"] == ["results/tiny/candidates/bert/{}"]
    assert settings["outputs"]["decode"] == ["results/tiny/hypotheses/{}"]


def test_what_runs_are_made_of(experiment):
    made_of = dict(exhibit_settings.trainings(experiment)["made_of"])
    assert made_of["tiny_de_en", "knn_kd", 1] == [("tiny_de_en", "transformer", 1)]
    assert made_of["tiny_law", "pretrained", 1] == [("tiny_general", "transformer", 1)]
    assert ("tiny_de_en", "transformer", 1) not in made_of, "it is made of nothing else"


def test_the_cost_model_is_of_the_baseline_and_the_taught_system(experiment):
    settings = exhibit_settings.cost_model(experiment)
    assert (settings["dataset"], settings["baseline"], settings["taught"]) == ("tiny De-En", "transformer", "knn_kd")
    assert settings["network"] == {
        "encoder_layers": 1,
        "decoder_layers": 1,
        "embed_dim": 32,
        "ffn_dim": 64,
        "decoder_ffn_dim": None,
    }
    assert settings["memory_gb"] == 1.0
    assert exhibit_settings.cost_model(experiment_of(only=["tiny_law"])) == {}


def test_labels_of_pages(experiment):
    settings = exhibit_settings.report(experiment)
    assert list(settings["datasets"]) == list(TINY["datasets"])
    assert list(settings["systems"]) == [*SYSTEMS, "pretrained"], "what a reader may pick"
    assert set(exhibit_settings.bench_page(experiment)["systems"]) == set(experiment.config["systems"])
    assert exhibit_settings.index_curve(experiment, Run("tiny_law")) == {"label": "tiny Law"}


def test_the_plan_has_every_run_once(experiment):
    runs = [tuple(each.values()) for each in exhibit_settings.plan(experiment)["runs"]]
    assert len(runs) == len(set(runs))
    assert ("tiny_general", "transformer", 1) in runs, "the pre-trained model is trained here"


@pytest.mark.parametrize("section", ["training", "decode", "search", "bert"])
def test_tables_know_nothing_of_how_fast_things_are_done(experiment, section):
    """So that a change there makes no table anew."""
    config = copy.deepcopy(TINY)
    config[section] = config[section] | {"threads": 7}
    other = Experiment(complete(config))
    for name in ("table1", "table2", "table3", "table4", "table5", "table6", "table7", "ablation", "curves"):
        make = getattr(exhibit_settings, name)
        assert make(experiment) == make(other), name
