"""Indexes of faiss against the exact search: what they find, what is measured again, and what is refused."""

import numpy as np
import pytest
import torch
from support.small_index import built, random_keys, random_queries, store_of

from knnkd.core.arrays import read_meta
from knnkd.core.errors import KnnKdError
from knnkd.knn import faiss_index
from knnkd.knn.exact_index import ExactIndex
from knnkd.knn.faiss_index import FaissIndex, make_index, usual_cells
from knnkd.knn.faiss_settings import IndexSettings
from knnkd.knn.index import open_index, recall


@pytest.fixture(scope="module")
def coded(tmp_path_factory):
    """A datastore and its index of codes, which takes seconds to train."""
    folder = tmp_path_factory.mktemp("coded")
    store = store_of(random_keys(10_000), folder)
    return store, built(store, folder, "ivfpq", nlist=16)


@pytest.mark.parametrize("rerank", [0, 1, 3])
@pytest.mark.parametrize("kind", ["flat", "ivfflat"])
def test_faiss_with_all_cells_is_exact(kind, rerank, tmp_path, monkeypatch):
    monkeypatch.setattr(faiss_index, "READ_ROWS", 100)
    store, queries = store_of(random_keys(400), tmp_path), random_queries(30)
    index = FaissIndex.open(built(store, tmp_path, kind), store, "cpu", 100, rerank)
    distances, rows = index.search(queries, 10)
    expected, expected_rows = ExactIndex(store.keys, "cpu").search(queries, 10)
    assert rows.equal(expected_rows)
    # faiss measures what lies in cells as we do, but finds the others by products.
    assert torch.allclose(distances, expected, rtol=1e-6 if kind == "ivfflat" else 1e-4)
    assert kind == "ivfflat" or distances.equal(expected) == bool(rerank)


@pytest.mark.parametrize("nprobe", [1, 3, 16])
@pytest.mark.parametrize("kind", ["ivfflat", "ivfpq"])
def test_our_choice_of_cells_is_faiss_own(kind, nprobe, coded, tmp_path):
    (store, folder), queries = coded, random_queries(40)
    folder = folder if kind == "ivfpq" else built(store, tmp_path, kind, nlist=16)
    index = FaissIndex.open(folder, store, "cpu", nprobe, rerank=0)
    distances, rows = index.search(queries, 10)
    own_distances, own_rows = index.index.search(queries, 10)
    assert rows.equal(own_rows)
    assert torch.allclose(distances, own_distances, rtol=1e-4)


def test_several_share_one_index(tmp_path):
    store, queries = store_of(random_keys(800), tmp_path), random_queries(50)
    made, settings = make_index(store, IndexSettings("ivfflat", None))
    assert settings.nlist == usual_cells(800) == 20
    few, all_cells = (FaissIndex(made, "cpu", store.keys, nprobe) for nprobe in (1, 20))
    before, whole = (index.search(queries, 8)[1] for index in (few, all_cells))
    assert few.search(queries, 8)[1].equal(before)
    assert not before.equal(whole)
    assert whole.equal(ExactIndex(store.keys, "cpu").search(queries, 8)[1])


@pytest.mark.parametrize(("rows", "cells"), [(10, 1), (500, 12), (10_000, 256), (40_000, 800), (1_000_000, 4000)])
def test_cells_suit_any_size(rows, cells):
    assert usual_cells(rows) == cells


def test_codes_are_measured_again(coded):
    (store, folder), queries = coded, random_queries(100)
    exact, index = ExactIndex(store.keys, "cpu"), open_index("ivfpq", store, folder, "cpu", 4)
    share = recall(index, exact, queries, 8)
    print(f"recall of ivfpq: {share:.3f}")
    assert 8 / 10_000 < share <= 1
    assert recall(index, exact, queries, 8) == share
    distances, rows = index.search(queries, 8)
    measured = np.square(store.keys[rows.numpy()].astype(np.float64) - queries.numpy()[:, None]).sum(-1)
    assert np.allclose(distances, measured, rtol=1e-5)
    assert (distances.diff(dim=1) >= 0).all()
    approximate, as_found = open_index("ivfpq", store, folder, "cpu", 4, rerank=0).search(queries, 8)
    assert as_found.sort(1).values.equal(rows.sort(1).values), "the same rows in another order"
    assert not np.allclose(approximate, measured, rtol=1e-2), "the example's codes must lose something"


def test_more_rows_measured_again_are_more_found(coded):
    (store, folder), queries = coded, random_queries(100)
    exact = ExactIndex(store.keys, "cpu")
    opened = {rerank: open_index("ivfpq", store, folder, "cpu", 16, rerank) for rerank in (1, 4, 2000)}
    shares = {rerank: recall(index, exact, queries, 8) for rerank, index in opened.items()}
    assert shares[1] < shares[4] < shares[2000] == 1, "of all rows, measured exactly, none is missed"
    distances, rows = opened[2000].search(queries, 8)
    expected, expected_rows = exact.search(queries, 8)
    assert rows.equal(expected_rows)
    assert distances.equal(expected)


def test_keys_on_a_gpu_are_measured_as_those_on_the_disk(coded):
    """There they are a tensor float16, and no row leaves the device."""
    (store, folder), queries = coded, random_queries(20)
    index = open_index("ivfpq", store, folder, "cpu", 4, rerank=2)
    expected = index.search(queries, 8)
    index.keys = torch.from_numpy(store.keys)
    found = index.search(queries, 8)
    assert found[0].equal(expected[0])
    assert found[1].equal(expected[1])


@pytest.mark.parametrize("kind", ["flat", "ivfflat"])
def test_keys_on_the_disk_are_indexed_also_after_a_search(kind, tmp_path):
    """Opening an index teaches faiss torch's tensors, for the whole process."""
    first = store_of(random_keys(400), tmp_path)
    FaissIndex.open(built(first, tmp_path, "flat"), first, "cpu")
    np.save(tmp_path / "keys.npy", random_keys(400, seed=3))
    store = store_of(np.load(tmp_path / "keys.npy", mmap_mode="r"), tmp_path)
    index = FaissIndex.open(built(store, tmp_path / "again", kind), store, "cpu")
    rows = index.search(torch.from_numpy(store.keys[:20].astype(np.float32)), 1)[1]
    assert rows[:, 0].tolist() == list(range(20))


def test_the_same_seed_builds_the_same_index(tmp_path):
    store, queries = store_of(random_keys(800), tmp_path), random_queries(50)
    found = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        folder = built(store, tmp_path / name, "ivfflat", seed=seed)
        found.append(FaissIndex.open(folder, store, "cpu", nprobe=1).search(queries, 10)[1])
    assert found[0].equal(found[1])
    assert not found[0].equal(found[2])


def test_rows_that_no_cell_gives_are_infinitely_far(tmp_path):
    store = store_of(random_keys(400), tmp_path)
    index = FaissIndex.open(built(store, tmp_path, "ivfflat"), store, "cpu", nprobe=1)
    distances, rows = index.search(random_queries(20), 200)
    assert (rows < 0).any()
    assert (rows[:, 0] >= 0).all()
    assert distances.isinf().equal(rows < 0)
    for row in rows.tolist():
        found = [each for each in row if each >= 0]
        assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("kind", "chosen", "words"),
    [
        ("ivfflat", {"nlist": 11}, "400 rows train 1 to 10 cells, not nlist = 11; lower nlist"),
        ("ivfflat", {"nlist": 0}, "nlist = 0"),
        ("ivfpq", {"code_bytes": 5}, "5 code bytes do not divide dimension 16"),
        ("ivfpq", {}, "codes take 9984"),
    ],
)
def test_impossible_settings_are_refused(kind, chosen, words, tmp_path):
    with pytest.raises(KnnKdError, match=words):
        built(store_of(random_keys(400), tmp_path), tmp_path, kind, **chosen)
    assert not (tmp_path / kind).exists()


@pytest.mark.parametrize(("nprobe", "rerank"), [(0, 1), (1, -1)])
def test_impossible_searches_are_refused(nprobe, rerank, tmp_path):
    store = store_of(random_keys(400), tmp_path)
    with pytest.raises(KnnKdError, match=f"nprobe = {nprobe}, rerank = {rerank}"):
        FaissIndex.open(built(store, tmp_path, "ivfflat"), store, "cpu", nprobe, rerank)


def test_an_index_says_how_it_was_built(tmp_path):
    store = store_of(random_keys(400), tmp_path)
    settings = read_meta(built(store, tmp_path, "ivfflat", nlist=None), ["settings"])["settings"]
    assert settings == {"kind": "ivfflat", "nlist": 10, "code_bytes": 4, "seed": 1}
