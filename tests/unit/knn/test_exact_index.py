"""Exact search among resident keys against brute force in float64, and the choosing from wide rows."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from support.small_index import DIMENSION, brute_force, random_keys, random_queries
from support.workflow import examples

from knnkd.core.errors import KnnKdError
from knnkd.knn import exact_index
from knnkd.knn.exact_index import ExactIndex, smallest


@given(st.integers(0, 10**6), st.integers(1, 1200), st.integers(1, 30), st.sampled_from([1, 7, 10**6]))
@examples(80)
def test_the_smallest_of_wide_rows(seed, width, count, different):
    """The values are those that sorting gives, whatever the ties, and each place is named once."""
    count = min(count, width)
    values = torch.from_numpy(np.random.default_rng(seed).integers(0, different, (4, width)).astype(np.float32))
    values[0, : width // 2] = torch.inf
    places = smallest(values, count)
    assert places.shape == (4, count)
    assert all(len(set(row)) == count for row in places.tolist())
    assert values.gather(1, places).sort(1).values.equal(values.sort(1).values[:, :count])


@pytest.fixture(params=["one product", "many products", "one product at a time"])
def blocks(request, monkeypatch):
    """Blocks far smaller than the data, so that every seam is crossed."""
    if request.param != "one product":
        monkeypatch.setattr(exact_index, "PRODUCT_VALUES", {"cpu": 23 * 40})
        monkeypatch.setattr(exact_index, "QUERY_BLOCK", 23)
        monkeypatch.setattr(exact_index, "READ_ROWS", 41)
        monkeypatch.setattr(exact_index, "RERANK_VALUES", 7 * DIMENSION)
    if request.param == "one product at a time":
        monkeypatch.setattr(exact_index, "HELD_VALUES", 1)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("k", [1, 8, 64, 301])
def test_exact_is_brute_force(k, dtype, blocks):
    keys, queries = random_keys(301, dtype=dtype), random_queries(60)
    distances, rows = ExactIndex(keys, "cpu").search(queries, k)
    expected, expected_rows = brute_force(keys, queries.numpy(), k)
    assert distances.dtype == torch.float32
    assert rows.dtype == torch.int64
    assert np.allclose(distances, expected, rtol=1e-5)
    different = rows.numpy() != expected_rows
    assert np.allclose(distances[torch.from_numpy(different)], expected[different], rtol=1e-6)
    assert different.mean() < 0.01


@pytest.mark.parametrize("rows", [1, 3, 8, 9, 17])
def test_few_rows(rows):
    keys, queries = random_keys(rows), random_queries(5)
    distances, found = ExactIndex(keys, "cpu").search(queries, rows)
    expected, expected_rows = brute_force(keys, queries.numpy(), rows)
    assert np.array_equal(found, expected_rows)
    assert np.allclose(distances, expected, rtol=1e-5)


@given(st.integers(0, 10_000), st.integers(1, 12))
@examples(30)
def test_equal_keys_stand_in_the_order_of_their_rows(seed, k):
    distinct = np.random.default_rng(seed).integers(-3, 4, size=(20, DIMENSION)).astype(np.float16)
    keys = np.concatenate([distinct, distinct[::-1], distinct])
    queries = torch.from_numpy(distinct[:5].astype(np.float32))
    distances, rows = ExactIndex(keys, "cpu").search(queries, k)
    expected, expected_rows = brute_force(keys, queries.numpy(), k)
    assert np.array_equal(distances, expected)
    assert np.array_equal(rows, expected_rows)


def test_own_key_is_at_distance_0_even_far_from_the_origin():
    keys = (random_keys(50) + 200).astype(np.float16)
    distances, rows = ExactIndex(keys, "cpu").search(torch.from_numpy(keys).half(), 3)
    assert (distances[:, 0] == 0).all()
    assert rows[:, 0].tolist() == list(range(50))


def test_half_precision_as_a_gpu_has_it(monkeypatch):
    """Keys and queries stay float16 there, and a product has float32 sums, which a CPU's float16 product has not."""

    def mm(a, b, out_dtype, out):
        assert a.dtype == b.dtype == torch.float16
        return torch.matmul(a.to(out_dtype), b.to(out_dtype), out=out)

    keys, queries = random_keys(301), random_queries(40).half()
    expected = ExactIndex(keys, "cpu").search(queries, 8)
    monkeypatch.setattr(torch, "mm", mm)
    index = ExactIndex(keys, "cpu")
    index.keys = index.keys.half()
    found = index.search(queries, 8)
    assert found[0].equal(expected[0])
    assert found[1].equal(expected[1])


def test_a_key_that_is_not_finite_is_refused():
    keys = random_keys(50)
    keys[17, 3] = np.nan
    with pytest.raises(KnnKdError, match="row 17"):
        ExactIndex(keys, "cpu")


def test_queries_that_are_nan_or_none_at_all_end_no_run():
    """What a model that diverged says is garbage; so are its neighbours, but rows they are."""
    index = ExactIndex(random_keys(50), "cpu")
    distances, rows = index.search(torch.full((2, DIMENSION), torch.nan), 50)
    assert distances.isnan().all()
    assert ((rows >= 0) & (rows < 50)).all()
    assert index.search(random_queries(0), 3)[1].shape == (0, 3)
