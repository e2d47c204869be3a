"""What `bench` plans: every benchmark, the cost model where there is something to predict from, and the page of all."""

import copy
import re

import pytest
from support.workflow import TINY, run_snakemake

WITHOUT_KD = {"without": ["knn_kd"], "controls": None, "ablation": None, "case_study": None}


def planned(folder, config):
    """Return {rule: its inputs} of a dry run of the target bench."""
    process = run_snakemake(folder, "-n", "bench", config=config)
    output = process.stdout + process.stderr
    assert process.returncode == 0, output
    found = {}
    for text in re.split(r"(?m)^(?:local)?rule ", output)[1:]:
        inputs = re.search(r"(?m)^    input: (.*)$", text)
        found.setdefault(text.partition(":")[0], set()).update(inputs[1].split(", ") if inputs else [])
    return found


def test_the_page_shows_every_benchmark(tmp_path):
    jobs = planned(tmp_path, copy.deepcopy(TINY))
    root = "results/tiny/bench"
    shown = {f"{root}/{name}.json" for name in ("search", "gathering")}
    for kind in ("training", "decoding", "steps", "dump", "serving", "index"):
        shown.add(f"{root}/tiny_de_en/{kind}.json")
    shown |= {f"{root}/tiny_{name}/decoding.json" for name in ("medical", "law")}
    assert {path for path in jobs["bench_page"] if path.endswith(".json")} == shown
    assert {f"{root}/cost_model.html", f"{root}/cost_validation.svg", f"{root}/cost_curve.svg"} <= jobs["bench_page"]
    assert "results/tiny/train/tiny_de_en/transformer/seed1/train.json" in jobs["cost_model"]


@pytest.mark.parametrize("changes", [{"only": ["tiny_law"]}, WITHOUT_KD])
def test_without_a_distilled_system_there_is_no_cost_model(tmp_path, changes):
    jobs = planned(tmp_path, copy.deepcopy(TINY) | changes)
    assert "cost_model" not in jobs
    assert "results/tiny/bench/search.json" in jobs["bench_page"]


def test_the_first_trained_system_that_is_run_is_the_baseline(tmp_path):
    jobs = planned(tmp_path, copy.deepcopy(TINY) | {"without": ["word_kd", "seq_kd", "bert_kd", "selective_kd"]})
    assert "results/tiny/train/tiny_de_en/transformer/seed1/train.json" in jobs["cost_model"]


def test_all_plans_no_page_of_benchmarks(tmp_path):
    process = run_snakemake(tmp_path, "-n", "all", config=copy.deepcopy(TINY))
    assert "bench_page" not in process.stdout + process.stderr
