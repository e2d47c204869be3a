"""The cost model's formulas: what they count, how they grow, and that they say what the code does."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.workflow import ROOT

from knnkd.core.errors import KnnKdError
from knnkd.costs.model import (
    MARGIN,
    Machine,
    Network,
    Plan,
    Search,
    Target,
    decoding_operations,
    entries_a_row,
    forward_operations,
    on_gpu,
    pieces_a_row,
    query_seconds,
    row_bytes,
    search_counts,
    search_gb,
    search_seconds,
    stages,
    traffic_gb,
    training_operations,
)
from knnkd.knn.selfjoin import join
from knnkd.knn.selfjoin.packing import pieces_of
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.cost_model import cost_table, paper_targets, size, span

pytest_plugins = ["support.small_model"]
PAPER = ROOT / "workflow" / "report" / "paper_results.csv"
NETWORK = Network(encoder_layers=2, decoder_layers=3, width=16, ffn=32, vocabulary=100)
TARGET = Target("t", "T", NETWORK, rows=1e6, k=8, test=1000, max_tokens=512, epochs=3)
HERE = Machine("a CPU", Search(1e10, 1e-9, 1e-7, 0.05), 1e9, 2e9, 5e8, gathering=(1e-7, 2e-8), teaching=0.5)
PLAN = Plan(budget_gb=1.0, jobs=1, beam=5, batch=4096)


def by_stage(costs):
    return {cost.stage: cost for cost in costs}


# Networks


def test_weights_are_those_of_fairseqs_model(trained):
    """Every matrix that a token is multiplied with is counted once, and nothing else."""
    options = trained.model.cfg
    network = Network(
        options.encoder.layers,
        options.decoder.layers,
        options.encoder.embed_dim,
        options.encoder.ffn_embed_dim,
        len(trained.task.target_dictionary),
    )
    matrices = {name: each.numel() for name, each in trained.model.named_parameters() if each.dim() == 2}
    assert network.parameters == sum(count for name, count in matrices.items() if "embed_tokens" not in name)


def test_operations():
    assert NETWORK.encoder == 2 * (4 * 16 * 16 + 2 * 16 * 32)
    assert NETWORK.decoder == 3 * (8 * 16 * 16 + 2 * 16 * 32)
    assert forward_operations(NETWORK) == 2 * (NETWORK.encoder + NETWORK.decoder)
    assert training_operations(NETWORK) == 6 * NETWORK.parameters
    assert decoding_operations(NETWORK, 1) == 2 * NETWORK.parameters
    both = decoding_operations(NETWORK, 2) - decoding_operations(NETWORK, 1)
    assert both == 2 * (NETWORK.decoder + NETWORK.projection), "a second hypothesis reads the source for nothing"


# Search


@pytest.mark.parametrize("jobs", range(1, 14))
def test_pieces_are_those_of_the_jobs(jobs):
    rows = 4 * jobs
    met = sum(piece.size for job in range(1, jobs + 1) for piece in pieces_of(rows, (job, jobs)))
    assert pieces_a_row(jobs) == met / rows


@given(st.floats(1e3, 1e9), st.integers(8, 2048), st.integers(1, 64))
def test_twice_the_rows_are_four_times_the_search(rows, dimension, k):
    once, twice = (search_counts(n, dimension, k) for n in (rows, 2 * rows))
    assert twice[0] == pytest.approx(4 * once[0])
    assert twice[1] == pytest.approx(4 * once[1])
    assert once[0] == pytest.approx(rows**2 * dimension), "half of all pairs, two operations for each number"
    assert 2 * once[2] <= twice[2] <= 4 * once[2]
    products = Search(1e10)
    ratio = search_seconds(products, 2 * rows, dimension, k) / search_seconds(products, rows, dimension, k)
    assert ratio == pytest.approx(4)


@given(st.floats(1e6, 1e9), st.integers(1, 64))
def test_two_nodes_halve_it(rows, jobs):
    one, two = (search_counts(rows, 512, 64, n) for n in (jobs, 2 * jobs))
    assert two[:2] == pytest.approx((one[0] / 2, one[1] / 2))
    products = Search(1e10, 1e-9)
    assert search_seconds(products, rows, 512, 64, 2) == pytest.approx(search_seconds(products, rows, 512, 64) / 2)


@pytest.mark.parametrize(("rows", "k"), [(1000, 8), (100_000, 64)])
def test_entries_are_what_rows_in_random_order_give(rows, k):
    """The i-th row is among the nearest K so far with probability K / i."""
    kept = k + MARGIN
    expected = np.minimum(1, kept / np.arange(1, rows + 1)).sum()
    assert entries_a_row(rows, k) == pytest.approx(expected, rel=0.01)
    assert entries_a_row(k, k) == k, "fewer rows than a list has room for: each is on it"


def test_a_query_meets_every_row_and_serves_none():
    machine = Search(1e10, 1e-9, 0.0)
    assert query_seconds(machine, 1e6, 512, 8) == pytest.approx(1e6 * (2 * 512 / 1e10 + 1e-9))
    all_queries = 1e6 * query_seconds(machine, 1e6, 512, 8)
    assert all_queries == pytest.approx(2 * search_seconds(machine, 1e6, 512, 8)), "in advance each pair serves two"


@pytest.mark.parametrize(("dimension", "k"), [(64, 4), (1024, 64)])
def test_memory_is_planned_as_the_search_plans_it(dimension, k):
    assert MARGIN == join.MARGIN
    budget = 2.0
    block = join.plan_block(dimension, k, budget, taken=0)
    fixed = join.RESCAN_BYTES + 8 * join.READ_ROWS * dimension
    assert block == int((budget * 1e9 - fixed) // (2 * row_bytes(dimension, k) + 4 * dimension))


def test_memory_grows_up_to_the_budget_and_shrinks_with_jobs():
    few, many = (search_gb(HERE.search, rows, 64, 8, budget_gb=1.0) for rows in (1e5, 1e9))
    assert few == pytest.approx(0.05 + 1e5 * (row_bytes(64, 8) + 8 * 8) / 1e9)
    assert many == 1.0
    assert search_gb(HERE.search, 1e5, 64, 8, 1.0, jobs=4) < few


def test_traffic_is_none_where_all_is_held_and_else_falls_with_the_budget():
    assert traffic_gb(1e5, 64, 8, 1.0) == 0
    assert traffic_gb(1e9, 64, 8, 2.0) == pytest.approx(traffic_gb(1e9, 64, 8, 1.0) / 2)


# Stages


def test_stages_of_one_node():
    costs = by_stage(stages(TARGET, HERE, PLAN))
    epoch = costs["baseline, one epoch"]
    assert epoch.seconds == pytest.approx(1e6 * 6 * NETWORK.parameters / 1e9)
    assert costs["kNN-KD, one epoch"].seconds == pytest.approx(2 * epoch.seconds), "at half the speed"
    assert epoch.disk_gb == pytest.approx(4 * NETWORK.parameters / 1e9)
    assert costs["datastore"].seconds == pytest.approx(1e6 * forward_operations(NETWORK) / 2e9)
    assert costs["datastore"].disk_gb == pytest.approx(1e6 * (2 * 16 + 4) / 1e9)
    found = costs["search in advance"]
    assert found.seconds == search_seconds(HERE.search, 1e6, 16, 8)
    assert found.disk_gb == 0 and found.passing_gb > 8 * 8 * 1e6 / 1e9
    assert costs["gathering"].seconds == pytest.approx(8e6 * 1.2e-7)
    assert costs["gathering"].disk_gb == pytest.approx(8e6 * 6 / 1e9), "two bytes a token, four a score"
    plain, searched = costs["test set, plain"], costs["test set, kNN-MT"]
    assert plain.seconds == pytest.approx(1000 * decoding_operations(NETWORK, 5) / 5e8)
    assert searched.seconds - plain.seconds == pytest.approx(5000 * query_seconds(HERE.search, 1e6, 16, 8))
    assert searched.memory_gb - plain.memory_gb == pytest.approx(4 * 17 * 1e6 / 1e9)
    assert all(cost.seconds > 0 and cost.memory_gb > 0 for cost in costs.values())


def test_nodes_share_the_search_alone():
    one, eight = (by_stage(stages(TARGET, HERE, Plan(1.0, jobs, 5, 4096))) for jobs in (1, 8))
    changed = {stage for stage, cost in one.items() if eight[stage].seconds != cost.seconds}
    assert changed == {"search in advance", "gathering"}
    assert eight["search in advance"].seconds < one["search in advance"].seconds / 6
    assert eight["gathering"].seconds > one["gathering"].seconds, "more lists are merged"


def test_a_gpu_is_projected_from_its_rate():
    gpu = on_gpu(HERE, tflops=100, share=0.5, decoding=0.01)
    assert not gpu.measured and HERE.measured
    costs = by_stage(stages(TARGET, gpu, PLAN))
    assert costs["search in advance"].seconds == pytest.approx(1e12 * 16 / 5e13)
    assert costs["baseline, one epoch"].seconds == pytest.approx(1e6 * 6 * NETWORK.parameters / 5e13)
    assert costs["test set, plain"].seconds == pytest.approx(1000 * decoding_operations(NETWORK, 5) / 1e12)
    assert costs["gathering"].seconds == by_stage(stages(TARGET, HERE, PLAN))["gathering"].seconds


# The paper's data sets


def test_targets_are_the_papers_and_one_beyond():
    targets = {each.name: each for each in paper_targets(read_paper(PAPER), 1e9)}
    law, beyond = targets["law"], targets["beyond"]
    assert list(targets) == ["iwslt14_de_en", "iwslt15_en_vi", "koran", "medical", "law", "beyond"]
    assert (law.rows, law.k, law.network.width, law.epochs, law.max_tokens) == (19_062_738, 4, 1024, 120, 1280)
    assert targets["iwslt14_de_en"].network.width == 512
    assert law.test == pytest.approx(2000 * 19_062_738 / 467_309)
    assert (beyond.rows, beyond.k, beyond.network, beyond.epochs) == (1e9, 4, law.network, None)
    assert beyond.label == "1e9 tokens (model and k as Law)"


def test_a_number_that_the_paper_lacks_is_named():
    paper = read_paper(PAPER)
    with pytest.raises(KnnKdError, match="0 values of the paper for k, table1, koran"):
        paper_targets(paper[(paper["metric"] != "k") | (paper["dataset"] != "koran")], 1e9)


def test_the_table_has_every_stage_of_every_target_on_every_machine():
    machines = [HERE, on_gpu(HERE, 100, 0.5, 0.01)]
    table = cost_table([TARGET], machines, PLAN, nodes=4)
    assert len(table) == 2 * 2 * 7
    assert table.groupby(["machine", "nodes"]).size().tolist() == [7] * 4
    assert set(table.loc[table["machine"] == "one GPU", "measured"]) == {0}
    searches = table[table["stage"] == "search in advance"]
    assert searches["traffic_gb"].notna().all() and table["traffic_gb"].notna().sum() == len(searches)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "< 0.1 s"), (0.44, "0.4 s"), (1, "1.0 s"), (59, "59 s"), (90, "1.5 min"), (3.6e4, "10 h")]
    + [(2 * 86400, "2.0 days"), (364 * 86400, "364 days"), (1216.2 * 365.25 * 86400, "1,216 years")],
)
def test_span(seconds, text):
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("gb", "text"), [(0, "–"), (0.0004, "< 1 MB"), (0.146, "146 MB"), (5.64, "5.6 GB"), (4100, "4.1 TB")]
)
def test_size(gb, text):
    assert size(gb) == text
    assert not math.isnan(gb)
