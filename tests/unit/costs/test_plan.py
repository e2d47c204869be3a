"""The plan of a run: its counts are the DAG's, its costs the cost model's, its rates a GPU's or this machine's."""

import copy
import re
from dataclasses import asdict

import pandas as pd
import pytest
from support.making import make_exhibit
from support.workflow import ROOT, TINY, one_error, run_snakemake

from knnkd.core.errors import KnnKdError
from knnkd.core.files import write_json
from knnkd.costs.model import decoding_operations, forward_operations, training_operations
from knnkd.costs.plan import STAGES, Run, epochs_of, plan_table
from knnkd.costs.work import gpu, is_measured, jobs_of, network_of, rates_of, read_measured, work_of
from knnkd.experiment.config import complete
from knnkd.experiment.runs import Experiment
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.run_plan import cpu_notes, gpu_notes, plan_blocks

PAPER = read_paper(ROOT / "workflow" / "report" / "paper_results.csv")
NAME = "tiny_de_en"
GPU = {NAME: gpu(100, 0.5, 0.01)}
TOKENS_A_SECOND = {"training": 1000.0, "validating": 500.0, "decoding": 100.0, "forward": 4000.0}


@pytest.fixture
def config():
    return complete(copy.deepcopy(TINY))


def measured_job(config, **changes):
    """Return what measure_plan.py writes of the tiny dataset's work."""
    job = {"datasets": [NAME], "work": asdict(work_of(config, NAME))}
    return job | {"tokens_per_second": TOKENS_A_SECOND, "product": 1e10, "batch": 512} | changes


def on_cpu(config, cores=4):
    """Return the rates of the tiny dataset on a CPU."""
    return {NAME: rates_of(work_of(config, NAME), measured_job(config), cores)}


def row_of(config, *systems, rates=GPU):
    """Return the plan's row of some systems on the tiny dataset."""
    return plan_table(config, [Run(NAME, system, 1) for system in systems], PAPER, rates).iloc[0]


# Operations


def test_training_is_rows_times_operations_times_epochs(config):
    row = row_of(config, "transformer")
    pairs = config["datasets"][NAME]["generator"]["train"]
    assert row["rows"] == 25 * pairs
    operations = training_operations(network_of(config, NAME))
    assert row["training"] == pytest.approx(25 * pairs * operations * config["training"]["max_epoch"] / 5e13)
    assert row["teachers"] == row["datastore and search"] == 0


def test_each_system_adds_what_it_needs(config):
    def cost(*systems):
        return row_of(config, *systems)

    alone, dense = cost("transformer"), cost("transformer", "word_kd")
    assert dense["training"] > 2 * alone["training"], "the teacher passes over the text as well"
    assert dense["validation"] == 2 * alone["validation"], "and is not asked in validation"
    assert cost("transformer", "seq_kd")["teachers"] > 0
    assert cost("transformer", "bert_kd")["teachers"] > 0
    assert cost("transformer", "knn_kd")["datastore and search"] > cost("transformer", "knn_mt")["datastore and search"]
    assert cost("transformer", "knn_mt")["trainings"] == 1
    assert cost("transformer", "knn_mt")["validation"] == alone["validation"], "nothing is trained"
    assert cost("transformer", "knn_mt")["decoding"] > 2 * alone["decoding"]
    twice = plan_table(config, [Run(NAME, "knn_kd", seed) for seed in (1, 2)], PAPER, GPU).iloc[0]
    assert twice["datastore and search"] == pytest.approx(2 * cost("knn_kd")["datastore and search"])


def test_validation_is_a_sum_over_epochs_and_sentences(config):
    """Slowly: after every second epoch, each sentence once teacher-forced and once by beam search."""
    config["training"] |= {"valid_interval": 2, "max_epoch": 5, "valid_beam": 3}
    network, seconds = network_of(config, NAME), 0.0
    for epoch in range(1, 6):
        if epoch % 2 and epoch < 5:  # the last epoch's is made whatever the interval
            continue
        for _ in range(config["datasets"][NAME]["generator"]["valid"]):
            seconds += 25 * (forward_operations(network) + 2 * network.projection) / 5e13
            seconds += 25 * decoding_operations(network, 3) / 1e12
    assert row_of(config, "transformer")["validation"] == pytest.approx(seconds)
    config["training"]["metric"] = "loss"
    assert row_of(config, "transformer")["validation"] < seconds / 10


def test_checkpoints_inside_an_epoch_are_validated_too(config):
    alone = row_of(config, "transformer")["validation"]
    epochs = config["training"]["max_epoch"]
    updates = epochs * 25 * config["datasets"][NAME]["generator"]["train"] / 512
    config["training"]["save_interval_updates"] = 10
    assert row_of(config, "transformer")["validation"] == pytest.approx(alone * (epochs + updates // 10) / epochs)


def test_a_training_ends_with_max_epoch_or_max_update(config):
    rows = 25 * config["datasets"][NAME]["generator"]["train"]
    assert epochs_of(config, NAME, "transformer", rows) == 4
    config["training"]["max_update"] = 30
    config["training"]["update_freq"] = 2
    assert epochs_of(config, NAME, "transformer", rows) == pytest.approx(30 * 2 * 512 / rows)
    config["training"]["max_update"] = 1_000_000
    assert epochs_of(config, NAME, "transformer", rows) == 4
    del config["training"]["max_update"]
    assert epochs_of(config, NAME, "transformer", rows) == 4


def test_as_many_updates_as_another_system_are_as_many_epochs(config):
    config["systems"]["knn_kd"] |= {"updates_of": "transformer", "training": {"max_epoch": 40}}
    config["systems"]["transformer"]["training"] = {"max_epoch": 7}
    assert epochs_of(config, NAME, "knn_kd", 15000) == 7


# This machine


def test_measured_tokens_give_the_seconds(config):
    """Rows over tokens a second, whatever the operations: the rate of each kind is undone by its own formula."""
    row = row_of(config, "transformer", rates=on_cpu(config))
    generated, epochs = config["datasets"][NAME]["generator"], config["training"]["max_epoch"]
    assert row["training"] == pytest.approx(25 * generated["train"] * epochs / 1000)
    network = network_of(config, NAME)
    forced = (1 + 2 * network.projection / forward_operations(network)) / 4000
    assert row["validation"] == pytest.approx(epochs * 25 * generated["valid"] * (1 / 500 + forced))
    assert row["decoding"] == pytest.approx(25 * generated["test"] / 100)
    taught = row_of(config, "knn_kd", rates=on_cpu(config))
    rows, width, kept = 25 * generated["train"], network.width, taught["datastore and search"]
    assert taught["training"] == row["training"], "kNN-KD costs what the Transformer costs"
    assert kept == pytest.approx(rows / 4000 + rows**2 * width / 1e10)


def test_threads_are_core_hours_and_trainings_side_by_side(config):
    config["training"]["threads"] = 2
    row = row_of(config, "transformer", "knn_kd", rates=on_cpu(config, cores=5))
    trained = row["training"] + row["validation"]
    others = row["datastore and search"] + row["decoding"]
    assert row["side_by_side"] == 2, "five cores have room for two trainings of two threads"
    assert row["core_seconds"] == pytest.approx(2 * trained + others)
    assert row["wall_seconds"] == pytest.approx(trained / 2 + others / 5)
    few = row_of(config, "transformer", rates=on_cpu(config, cores=1))
    assert few["side_by_side"] == 1, "one core runs one, however many threads it asks for"
    stated = row_of(config, "transformer")
    assert pd.isna(stated["core_seconds"]) and pd.isna(stated["wall_seconds"])


def test_each_distinct_work_is_measured_once(config):
    experiment = Experiment(config)
    (job,) = jobs_of(experiment)
    assert sorted(job.datasets) == sorted(config["datasets"])
    assert job.work == work_of(config, NAME)
    assert job.training == config["training"]
    config["datasets"]["tiny_law"]["training"] = {"threads": 3}
    found = jobs_of(Experiment(config))
    assert [each.datasets for each in found if each.work.threads == 3] == [["tiny_law"]]
    assert len(found) == 2


def test_the_first_system_that_is_trained_gives_the_settings(config):
    config["systems"]["transformer"]["training"] = {"lr": 0.5}
    jobs = {name: job for job in jobs_of(Experiment(config)) for name in job.datasets}
    assert jobs["tiny_law"].training["lr"] == 0.5, "the pre-trained model, which is not trained, stands before it"


def test_what_a_measurement_lacks_is_said(config, tmp_path):
    whole = {"hardware": "a CPU", "cores": 4, "load": 0.1, "jobs": [measured_job(config)]}
    write_json(tmp_path / "measured.json", whole)
    assert read_measured(tmp_path / "measured.json") == (whole, on_cpu(config))
    write_json(tmp_path / "measured.json", {key: value for key, value in whole.items() if key != "cores"})
    with pytest.raises(KnnKdError, match=r"measured.json: lacks cores; measure again"):
        read_measured(tmp_path / "measured.json")
    job = measured_job(config, tokens_per_second=TOKENS_A_SECOND | {"decoding": 0.0})
    write_json(tmp_path / "measured.json", whole | {"jobs": [job]})
    with pytest.raises(KnnKdError, match=rf"{NAME}: no rate of decoding; measure again"):
        read_measured(tmp_path / "measured.json")


def test_a_dataset_that_was_not_measured_is_named(config, tmp_path):
    whole = {"hardware": "a CPU", "cores": 4, "load": 0.1, "jobs": []}
    write_json(tmp_path / "measured.json", whole)
    inputs = {"paper": ROOT / "workflow" / "report" / "paper_results.csv", "measured": tmp_path / "measured.json"}
    process = make_exhibit("plan", {"config": config, "runs": [Run(NAME, "transformer", 1)]}, inputs, tmp_path)
    assert f"measured.json: no rates of {NAME}; measure again" in one_error(process)


# What is printed


def test_a_cpu_has_cpu_hours_and_no_gpu(config):
    table = plan_table(config, [Run(NAME, "transformer", 1)], PAPER, on_cpu(config))
    (block,) = plan_blocks(table).values()
    assert "CPU hours" in block and "hours, 4 side by side" in block
    assert not [head for head in block if "GPU" in head]
    text = " ".join(cpu_notes({"hardware": "a CPU", "cores": 4, "load": 0.1, "jobs": [measured_job(config)]}))
    assert "On this machine: a CPU. Measured just now" in text
    assert "training 1,000 target tokens/s (batches of 512 tokens, 1 thread)" in text
    short = {"hardware": "a CPU", "cores": 4, "load": 0.1, "jobs": [measured_job(config, batch=400)]}
    assert "batches of 400 tokens instead of 512" in " ".join(cpu_notes(short))


def test_what_is_not_known_is_a_gap(config):
    config["datasets"][NAME].pop("generator")
    config["datasets"][NAME].pop("paper", None)
    for rates, head in ((GPU, "GPU hours"), (on_cpu(config), "CPU hours")):
        table = plan_table(config, [Run(NAME, "transformer", 1)], PAPER, rates)
        assert table[list(STAGES)].isna().all(axis=None)
        (block,) = plan_blocks(table).values()
        assert block[head].tolist() == ["–", "–"]
        assert block["trainings"].tolist() == ["1", "1"]


# Through the workflow


def test_the_papers_sizes_are_the_papers(tmp_path):
    """As many trainings as the DAG has, |D| of Table 1, and `only` leaves the rest out; nothing is measured."""
    paper = ROOT / "config" / "paper.yaml"
    process = run_snakemake(tmp_path, "-n", "--configfile", paper, "--", "all")
    planned = int(re.search(r"(?m)^train +(\d+)$", process.stdout + process.stderr)[1])
    process = run_snakemake(tmp_path, "--cores", "1", "--configfile", paper, "--", "plan")
    assert process.returncode == 0, process.stdout + process.stderr
    assert "measure_plan" not in process.stdout + process.stderr
    table = pd.read_csv(tmp_path / "results" / "paper" / "plan" / "plan.csv")
    assert table["trainings"].sum() == planned
    assert dict(zip(table["dataset"], table["rows"], strict=True)) == {
        "iwslt14_de_en": 3949106,
        "iwslt15_en_vi": 3581500,
        "koran": 524374,
        "medical": 6903141,
        "law": 19062738,
    }
    assert (table["validation"] > 0).all()
    assert "| Koran" in process.stdout and "GPU hours" in process.stdout and "CPU hours" not in process.stdout
    flags = ["--configfile", paper, "--config", "only=['koran']", "--", "plan"]
    assert run_snakemake(tmp_path, "--cores", "1", "--forcerun", "plan", *flags).returncode == 0
    table = pd.read_csv(tmp_path / "results" / "paper" / "plan" / "plan.csv")
    assert table["dataset"].tolist() == ["koran"]
    assert table["trainings"].tolist() == [40]


def test_a_plan_for_a_cpu_is_measured_on_this_one(tmp_path):
    process = run_snakemake(tmp_path, "--cores", "1", "--", "plan", config=TINY)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "Measured just now" in process.stdout and "CPU hours" in process.stdout
    assert "GPU hours" not in process.stdout
    folder = tmp_path / "results" / "tiny" / "plan"
    table = pd.read_csv(folder / "plan.csv")
    assert (table[["training", "validation", "decoding", "core_seconds", "wall_seconds"]] > 0).all(axis=None)
    assert not (folder / "measured.json").exists(), "the next plan measures anew"
    assert not list(folder.glob(".*")), "nor is the random text left"


@pytest.mark.parametrize(("device", "measured"), [("cpu", True), ("auto", False), ("cuda", False)])
def test_only_a_cpu_that_the_config_names_is_measured(device, measured):
    """With `auto` the plan may be made on a laptop for GPUs elsewhere."""
    assert is_measured(complete(copy.deepcopy(TINY) | {"device": device})) is measured
    assert "with `device: cpu` this machine is" in gpu_notes(complete(copy.deepcopy(TINY))["bench"]["cost"])[0]
