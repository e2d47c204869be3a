"""The target bench after a finished run: every benchmark, the cost model and the page. No time is asserted."""

import re

import pandas as pd
import pytest
from support.workflow import TINY, run_snakemake

from knnkd.core.files import read_json

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def bench(tiny_copy):
    """The folder of the benchmarks of the tiny run."""
    process = run_snakemake(tiny_copy, "--cores", "2", "bench", config=TINY)
    assert process.returncode == 0, process.stdout + process.stderr
    return tiny_copy / "results" / "tiny" / "bench"


def test_the_page_shows_every_benchmark(bench):
    html = (bench / "bench.html").read_text(encoding="utf-8")
    parts = set(re.findall(r'<section id="part-([^"]*)"', html))
    of_datasets = {f"{path.stem}-{path.parent.name}" for path in bench.glob("*/*.json")}
    assert parts == of_datasets | {"search", "gathering", "cost_validation", "cost_curve", "cost_model"}
    assert {f"{kind}-tiny_de_en" for kind in ("training", "decoding", "steps", "serving", "dump", "index")} <= parts
    assert "decoding-tiny_law" in parts
    assert not re.findall(r'(?:src|href)="(?!#|data:)', html), "it opens without a network"


def test_the_costs_are_predicted_from_them(bench):
    validation = pd.read_csv(bench / "cost_validation.csv")
    assert validation["rows"].tolist() == TINY["bench"]["search"]["sizes"]
    assert validation.loc[validation["used"] == "foretold", "rows"].tolist() == [300, 500]
    table = pd.read_csv(bench / "cost_model.csv")
    assert (table["seconds"] > 0).all()
    assert table["target"].unique().tolist() == ["iwslt14_de_en", "iwslt15_en_vi", "koran", "medical", "law", "beyond"]
    found = read_json(bench / "search.json")
    assert [size["rows"] for size in found["sizes"]] == TINY["bench"]["search"]["sizes"]
