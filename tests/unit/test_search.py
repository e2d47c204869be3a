"""Exact search against brute force in float64, with ties, duplicates, odd sizes and little memory."""

import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from knnkd import search
from knnkd.errors import KnnKdError
from knnkd.search import Blocks, exact_search, plan_blocks


def brute_force(keys, queries, k, own_rows=None):
    """Plain and slow: all distances, sorted by distance, own row, row number."""
    rows, distances = [], []
    for i, query in enumerate(queries):
        distance = np.square(keys.astype(np.float64) - query.astype(np.float64)).sum(1)
        own = -1 if own_rows is None else own_rows[i]
        order = sorted(range(len(keys)), key=lambda row: (distance[row], row != own, row))[:k]
        rows.append(order)
        distances.append(distance[order])
    return np.array(rows), np.array(distances)


def agree(keys, queries, k, own_rows=None, **settings):
    """Search both ways; rows must be the same wherever float32 can tell the distances apart."""
    rows, distances = exact_search(keys, queries, k, own_rows, **settings)
    expected_rows, expected = brute_force(keys, queries, k, own_rows)
    assert np.allclose(distances, expected, rtol=1e-5, atol=1e-6)
    assert rows.dtype == np.int64
    assert distances.dtype == np.float32
    different = rows != expected_rows
    measured = np.square(keys[rows].astype(np.float64) - queries[:, None].astype(np.float64)).sum(-1)
    assert np.allclose(measured[different], expected[different], rtol=1e-6)
    assert all(len(set(row)) == k for row in rows.tolist())
    return rows, distances


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks far smaller than the data, so that every seam is crossed."""
    monkeypatch.setattr(search, "KEY_BLOCK", 37)
    monkeypatch.setattr(search, "MAX_QUERY_BLOCK", 23)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("k", [1, 8, 64])
def test_self_join(k, dtype, small_blocks):
    keys = np.random.default_rng(k).normal(size=(300, 16)).astype(dtype)
    rows, distances = agree(keys, keys, k, np.arange(300))
    assert (rows[:, 0] == np.arange(300)).all()
    assert (distances[:, 0] == 0).all()
    assert (np.diff(distances, axis=1) >= 0).all()


def test_other_queries(small_blocks):
    generator = np.random.default_rng(1)
    agree(generator.normal(size=(200, 8)).astype(np.float16), generator.normal(size=(50, 8)).astype(np.float16), 5)


def test_ties_are_broken_by_own_row_then_row(small_blocks):
    """Each key stands there 40 times: more equal rows than k and the margin hold together."""
    distinct = np.random.default_rng(2).normal(size=(6, 8)).astype(np.float16)
    keys = np.tile(distinct, (40, 1))
    rows, distances = exact_search(keys, keys, 10, np.arange(240))
    expected, _ = brute_force(keys, keys, 10, np.arange(240))
    assert np.array_equal(rows, expected)
    assert (distances == 0).all()


def test_all_keys_equal(small_blocks):
    keys = np.full((150, 4), 0.5, dtype=np.float16)
    rows, distances = exact_search(keys, keys, 7, np.arange(150))
    assert (distances == 0).all()
    assert np.array_equal(rows[100], [100, 0, 1, 2, 3, 4, 5])
    assert np.array_equal(rows[3], [3, 0, 1, 2, 4, 5, 6])


def test_far_from_the_origin(small_blocks):
    """Large norms and small distances: the product alone would lose all digits of the distance."""
    keys = (1000 + np.random.default_rng(3).integers(0, 4, size=(200, 12))).astype(np.float16)
    rows, distances = exact_search(keys, keys, 20, np.arange(200))
    expected_rows, expected = brute_force(keys, keys, 20, np.arange(200))
    assert np.array_equal(distances, expected.astype(np.float32))
    assert np.array_equal(rows, expected_rows)


@settings(max_examples=60)
@given(
    hnp.arrays(np.float16, st.tuples(st.integers(1, 60), st.integers(1, 5)), elements=st.integers(-3, 3).map(float)),
    st.data(),
)
def test_any_small_grid(keys, data):
    """Whole numbers are exact in float32, so the order must be the reference's to the last tie."""
    k = data.draw(st.integers(1, len(keys)))
    rows, distances = exact_search(keys, keys, k, np.arange(len(keys)))
    expected_rows, expected = brute_force(keys, keys, k, np.arange(len(keys)))
    assert np.array_equal(rows, expected_rows)
    assert np.array_equal(distances, expected)


@pytest.mark.parametrize("cuts", [[0, 300], [0, 1, 150, 299, 300], [0, 100, 100, 300]])
def test_shards_of_unequal_size_are_the_whole(cuts, small_blocks):
    keys = np.random.default_rng(4).normal(size=(300, 16)).astype(np.float16)
    whole = exact_search(keys, keys, 9, np.arange(300))
    parts = [exact_search(keys, keys[a:b], 9, np.arange(a, b)) for a, b in zip(cuts, cuts[1:], strict=False)]
    assert np.array_equal(np.concatenate([rows for rows, _ in parts]), whole[0])
    assert np.array_equal(np.concatenate([distances for _, distances in parts]), whole[1])


def test_memory_is_planned_within_the_budget():
    for memory in (0.5, 1.0, 8.0):
        blocks = plan_blocks(10**9, 1024, 1024, memory)
        held = blocks.keys * 1024 * 6 + blocks.queries * (4 * blocks.keys + 4 * 1024 + 48 * (1024 + search.MARGIN))
        assert held <= memory * 1e9
    assert plan_blocks(100, 8, 4, 8.0) == Blocks(search.MAX_QUERY_BLOCK, 100)
    with pytest.raises(KnnKdError, match="memory_gb"):
        plan_blocks(10**9, 1024, 1024, 0.01)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_key_that_is_not_finite_is_refused(value, small_blocks):
    keys = np.random.default_rng(5).normal(size=(300, 4)).astype(np.float16)
    keys[123, 2] = value
    with pytest.raises(KnnKdError, match="row 123 of the keys is not finite"):
        exact_search(keys, keys[:10], 5)


def test_results_may_be_memory_maps():
    keys = np.random.default_rng(6).normal(size=(50, 4)).astype(np.float16)
    out = np.zeros((50, 3), np.int64), np.zeros((50, 3), np.float32)
    found = exact_search(keys, keys, 3, np.arange(50), out=out)
    assert found[0] is out[0]
    assert np.array_equal(out[0][:, 0], np.arange(50))


# Random keys in a whole block of queries, so that the buffer is full; equal keys are slow, and a few queries suffice.
@pytest.mark.parametrize(("equal", "queries"), [(False, 2000), (True, 300)], ids=["random", "all equal"])
def test_memory_stays_within_the_budget(equal, queries):
    """Peak memory of a process above what it needs to start, against the budget and a tenth of it."""
    program = f"""
import resource, sys
sys.path.insert(0, {str(ROOT / "workflow")!r})
import numpy as np, torch
from knnkd.search import exact_search
torch.set_num_threads(2)
keys = np.random.default_rng(0).normal(size=(40000, 256)).astype(np.float16)
if {equal}:
    keys[:] = 0.5
small = keys[:200].copy()
exact_search(small, small, 8, np.arange(200), memory_gb=0.25)  # what the libraries take on first use
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
exact_search(keys, keys[:{queries}], 64, np.arange({queries}), memory_gb=0.5)
print(1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e9)
"""
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    assert float(process.stdout) < 0.55


def test_k_above_the_datastore_is_refused():
    keys = np.zeros((5, 4), dtype=np.float16)
    with pytest.raises(KnnKdError, match="5 rows"):
        exact_search(keys, keys, 6)
