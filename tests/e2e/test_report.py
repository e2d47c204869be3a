"""The report of the tiny run: every figure in it can be traced to the file that it came from."""

import random
import re
import time
from html.parser import HTMLParser

import numpy as np
import pytest
from support.workflow import TINY

from knnkd.core.files import read_json
from knnkd.experiment.config import complete
from knnkd.experiment.resolve import control_variants, shown_datasets
from knnkd.reporting.frames import TEST_OF

pytestmark = pytest.mark.e2e

CONFIG = complete(TINY)
LOSSES, ORDERS = {"paper": "paper", "released": "released"}, {"length": "length-sorted", "corpus": "corpus order"}
NEIGHBOURS = {"keep": "kept", "drop": "dropped", "none": "n/a"}
MEASURES = {"KL(p*‖p)": "kl_true", "others": "mass_acceptable", "above": "mass_above", "accepted": "accepted"}
MEASURES |= {"ECE": "ece", "entropy": "entropy"}
RATES = {"upd/s": "training", "token/s": "decoding"}


@pytest.fixture(scope="module")
def results(tiny_run):
    return tiny_run / "results" / "tiny"


class Cells(HTMLParser):
    """Collects {(table, block, row, column): text} of every figure's cell."""

    def __init__(self):
        super().__init__()
        self.cells, self.place, self.column = {}, {}, None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        for name in ("table", "block", "row"):
            if f"data-{name}" in given:
                self.place[name] = given[f"data-{name}"]
        if tag == "td" and "data-column" in given:
            self.column = given["data-column"]
            self.cells[self.key()] = ""

    def key(self):
        return (self.place.get("table"), self.place.get("block"), self.place.get("row"), self.column)

    def handle_data(self, data):
        if self.column is not None:
            self.cells[self.key()] += data

    def handle_endtag(self, tag):
        if tag == "td":
            self.column = None


@pytest.fixture(scope="module")
def cells(results):
    parser = Cells()
    parser.feed((results / "report.html").read_text(encoding="utf-8"))
    return parser.cells


def named(kind, label):
    """Return the name that a label of the config stands for."""
    (name,) = (name for name, block in CONFIG[kind].items() if block["label"] == label)
    return name


def score(results, folder, dataset, system, metric, split="test"):
    """Return one figure of the JSON that the rule score or measure wrote."""
    scores = read_json(results / folder / dataset / system / "seed1" / f"{split}.json")["scores"]
    return next(each["value"] for each in scores if each["metric"] == metric)


def places(table, block):
    """Return (dataset trained on, split, dataset tested on) of a block's title."""
    if table != "table4":
        name = named("datasets", block)
        return name, "test", name
    first, second = (named("datasets", label) for label in block.split(" → "))
    return first, f"{TEST_OF}{second}", second


def system_of(table, dataset, row):
    """Return the system of a row: by its label, in Table 7 by its three choices too."""
    if table != "table7":
        return named("systems", row)
    label, *choices = row.split(" | ")
    for name, (system, order, loss, own, _) in control_variants(CONFIG, dataset).items():
        if CONFIG["systems"][system]["label"] == label and choices == [ORDERS[order], LOSSES[loss], NEIGHBOURS[own]]:
            return name
    raise AssertionError(f"no variant {row}")


def recomputed(results, table, block, row, column):
    """Return what a cell must begin with, from the files of its run; None for a column that is not about a run."""
    if table not in ("table2", "table3", "table4", "table7", "overcorrection") or row == "p*":
        return None
    dataset, split, tested = places(table, block)
    system, metric = system_of(table, dataset, row), CONFIG["datasets"][tested]["metric"]
    if column in RATES:
        rates = read_json(results / "bench" / dataset / f"{RATES[column]}.json")["rates"].get(system)
        value = float("nan") if rates is None else float(np.median(rates))
        return None if rates is None else f"{value:.{2 if value < 100 else 1 if value < 1000 else 0}f}"
    if table == "overcorrection":
        return f"{score(results, 'measures', dataset, system, MEASURES[column]):.3f}"
    if column in ("BLEU", "chrF"):
        return f"{score(results, 'scores', dataset, system, metric if column == 'BLEU' else 'chrf', split):.2f}"
    if column != "gain":
        return None
    first = CONFIG["tables"][table]["systems"][0]
    scores = [score(results, "scores", dataset, name, metric, split) for name in (system, first)]
    return f"{scores[0] - scores[1]:+.2f}"


def test_ten_cells_of_the_report_are_the_score_files(results, cells):
    """Ten cells at random, another ten in every run; the seed stands in the message."""
    seed = time.time_ns()
    expected = {key: recomputed(results, *key) for key, text in cells.items() if text.strip()}
    traced = [key for key, value in expected.items() if value is not None]
    assert {key[0] for key in traced} == {"table2", "table3", "table4", "table7", "overcorrection"}
    for key in random.Random(seed).sample(sorted(traced), 10):
        assert cells[key].startswith(expected[key]), f"{key}: {cells[key]}, not {expected[key]} (seed {seed})"


def test_counts_are_those_of_the_corpus_and_the_datastore(results, cells):
    checked = 0
    for (table, _, row, column), text in cells.items():
        if table not in ("table1", "table5") or column not in ("|D|", "Train", "Valid", "Test"):
            continue
        dataset = named("datasets", row)
        if column == "|D|":
            goal = CONFIG["systems"]["knn_kd"] | CONFIG["datasets"][dataset]["systems"].get("knn_kd", {})
            meta = read_json(results / "datastore" / dataset / goal["teacher"] / "seed1" / "meta.json")
            assert text.replace(",", "").startswith(str(meta["rows"]))
        else:
            manifest = read_json(results / "corpus" / dataset / "manifest.json")
            assert text.replace(",", "").startswith(str(manifest["splits"][column.lower()]["pairs_after"]))
        checked += 1
    assert checked >= len(shown_datasets(CONFIG, "table3")) * 4


def test_the_page_stands_alone(results):
    """No address of another host is loaded, and no path of this machine is in it."""
    page = (results / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"""(?:src|href)=["'](?!#|data:)""", page)
    assert not re.search(r"@import|url\((?!['\"]?(?:data:|#))", page)
    assert str(results) not in page
