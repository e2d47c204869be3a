"""The plan of a run: its counts are the DAG's, its costs the cost model's."""

import copy
import re

import pandas as pd
import pytest
from conftest import ROOT, TINY, run_snakemake

from knnkd.config import complete
from knnkd.cost_model import training_operations
from knnkd.run_plan import STAGES, Run, gpu, network_of, plan_blocks, plan_table
from knnkd.tables import PAPER_COLUMNS, read_csv

PAPER = read_csv(ROOT / "workflow" / "report" / "paper_results.csv", PAPER_COLUMNS)
GPU = gpu(100, 0.5, 0.01)


@pytest.fixture
def config():
    return complete(copy.deepcopy(TINY))


def test_training_is_rows_times_operations_times_epochs(config):
    runs = [Run("tiny_de_en", "transformer", 1)]
    (row,) = plan_table(config, runs, PAPER, GPU).to_dict("records")
    pairs = config["datasets"]["tiny_de_en"]["generator"]["train"]
    assert row["rows"] == 25 * pairs
    operations = training_operations(network_of(config, "tiny_de_en"))
    assert row["training"] == pytest.approx(25 * pairs * operations * config["training"]["max_epoch"] / 5e13)
    assert row["teachers"] == row["datastore and search"] == 0


def test_each_system_adds_what_it_needs(config):
    def cost(*systems):
        runs = [Run("tiny_de_en", system, 1) for system in systems]
        return plan_table(config, runs, PAPER, GPU).iloc[0]

    alone, dense = cost("transformer"), cost("transformer", "word_kd")
    assert dense["training"] > 2 * alone["training"], "the teacher passes over the text as well"
    assert cost("transformer", "seq_kd")["teachers"] > 0
    assert cost("transformer", "bert_kd")["teachers"] > 0
    assert cost("transformer", "knn_kd")["datastore and search"] > cost("transformer", "knn_mt")["datastore and search"]
    assert cost("transformer", "knn_mt")["trainings"] == 1
    assert cost("transformer", "knn_mt")["decoding"] > 2 * alone["decoding"]
    twice = plan_table(config, [Run("tiny_de_en", "knn_kd", seed) for seed in (1, 2)], PAPER, GPU).iloc[0]
    assert twice["datastore and search"] == pytest.approx(2 * cost("knn_kd")["datastore and search"])


def test_the_papers_sizes_are_the_papers(tmp_path):
    """Through the workflow: as many trainings as the DAG has, |D| of Table 1, and `only` leaves the rest out."""
    paper = ROOT / "config" / "paper.yaml"
    process = run_snakemake(tmp_path, "-n", "--configfile", paper, "--", "all")
    planned = int(re.search(r"(?m)^train +(\d+)$", process.stdout + process.stderr)[1])
    process = run_snakemake(tmp_path, "--cores", "1", "--configfile", paper, "--", "plan")
    assert process.returncode == 0, process.stdout + process.stderr
    table = pd.read_csv(tmp_path / "results" / "paper" / "plan" / "plan.csv")
    assert table["trainings"].sum() == planned
    assert dict(zip(table["dataset"], table["rows"], strict=True)) == {
        "iwslt14_de_en": 3949106,
        "iwslt15_en_vi": 3581500,
        "koran": 524374,
        "medical": 6903141,
        "law": 19062738,
    }
    assert "| Koran" in process.stdout
    flags = ["--configfile", paper, "--config", "only=['koran']", "--", "plan"]
    assert run_snakemake(tmp_path, "--cores", "1", "--forcerun", "plan", *flags).returncode == 0
    table = pd.read_csv(tmp_path / "results" / "paper" / "plan" / "plan.csv")
    assert table["dataset"].tolist() == ["koran"]
    assert table["trainings"].tolist() == [40]


def test_what_is_not_known_is_a_gap(config):
    config["datasets"]["tiny_de_en"].pop("generator")
    config["datasets"]["tiny_de_en"].pop("paper", None)
    table = plan_table(config, [Run("tiny_de_en", "transformer", 1)], PAPER, GPU)
    assert table[list(STAGES)].isna().all(axis=None)
    (block,) = plan_blocks(table).values()
    assert block["GPU hours"].tolist()[0] == "–"
    assert block["trainings"].tolist() == ["1", "1"]
