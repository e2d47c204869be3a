"""Search among resident keys against brute force in float64; faiss against the exact search, and its refusals."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from knnkd import retrieval
from knnkd.datastore import Datastore
from knnkd.errors import KnnKdError
from knnkd.retrieval import ExactIndex, FaissIndex, IndexSettings, build_index, open_index, recall

DIMENSION = 16


def brute_force(keys, queries, k):
    """Plain and slow: all distances, sorted by distance, then by row number."""
    distances = np.square(keys.astype(np.float64) - queries.astype(np.float64)[:, None]).sum(-1)
    rows = np.array([sorted(range(len(keys)), key=lambda row, of=of: (of[row], row))[:k] for of in distances])
    return np.take_along_axis(distances, rows, 1), rows


def random_keys(rows, seed=0, dtype=np.float16):
    return np.random.default_rng(seed).normal(size=(rows, DIMENSION)).astype(dtype)


def random_queries(rows, seed=1):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(rows, DIMENSION)).astype(np.float32))


def store_of(keys, folder, checkpoint="c"):
    """A datastore in memory, whose folder is named in errors only."""
    meta = {"rows": len(keys), "dimension": keys.shape[1], "sentences": 1, "checkpoint": checkpoint, "data": "d"}
    values = np.arange(len(keys), dtype=np.int32) % 7
    return Datastore(folder / "store", keys, values, np.array([0, len(keys)]), meta)


def built(store, folder, kind, **chosen):
    build_index(store, IndexSettings(kind, **({"nlist": 8, "nprobe": 8, "code_bytes": 4} | chosen)), folder / kind)
    return folder / kind


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks far smaller than the data, so that every seam is crossed."""
    monkeypatch.setattr(retrieval, "PRODUCT_KEYS", 37)
    monkeypatch.setattr(retrieval, "QUERY_BLOCK", 23)
    monkeypatch.setattr(retrieval, "KEY_BLOCK", 41)
    monkeypatch.setattr(retrieval, "RERANK_VALUES", 7 * DIMENSION)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("k", [1, 8, 64, 300])
def test_exact_is_brute_force(k, dtype, small_blocks):
    keys, queries = random_keys(300, dtype=dtype), random_queries(60)
    distances, rows = ExactIndex(keys, "cpu").search(queries, k)
    expected, expected_rows = brute_force(keys, queries.numpy(), k)
    assert distances.dtype == torch.float32
    assert rows.dtype == torch.int64
    assert np.allclose(distances, expected, rtol=1e-5)
    different = rows.numpy() != expected_rows
    assert np.allclose(distances[torch.from_numpy(different)], expected[different], rtol=1e-6)
    assert different.mean() < 0.01


@given(st.integers(0, 10_000), st.integers(1, 12))
@settings(max_examples=30)
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


@pytest.mark.parametrize("k", [0, -1, 51])
def test_impossible_k_is_refused(k, tmp_path):
    store = store_of(random_keys(50), tmp_path)
    flat = FaissIndex.open(built(store, tmp_path, "flat"), store, "cpu")
    for index in (ExactIndex(store.keys, "cpu"), flat):
        assert index.search(random_queries(2), 50)[1].shape == (2, 50)
        with pytest.raises(KnnKdError, match=f"k = {k}, but the datastore has 50 rows"):
            index.search(random_queries(2), k)


def test_a_key_that_is_not_finite_is_refused():
    keys = random_keys(50)
    keys[17, 3] = np.nan
    with pytest.raises(KnnKdError, match="row 17"):
        ExactIndex(keys, "cpu")


@pytest.mark.parametrize("rerank", [True, False])
@pytest.mark.parametrize("kind", ["flat", "ivfflat"])
def test_faiss_with_all_cells_is_exact(kind, rerank, tmp_path, monkeypatch):
    monkeypatch.setattr(retrieval, "KEY_BLOCK", 100)
    store, queries = store_of(random_keys(400), tmp_path), random_queries(30)
    index = FaissIndex.open(built(store, tmp_path, kind), store, "cpu", rerank)
    distances, rows = index.search(queries, 10)
    expected, expected_rows = ExactIndex(store.keys, "cpu").search(queries, 10)
    assert rows.equal(expected_rows)
    assert torch.allclose(distances, expected, rtol=1e-4)
    assert (distances.equal(expected)) == rerank


def test_codes_are_measured_again(tmp_path):
    store, queries = store_of(random_keys(10_000), tmp_path), random_queries(100)
    folder = built(store, tmp_path, "ivfpq", nlist=16, nprobe=4)
    exact, index = ExactIndex(store.keys, "cpu"), open_index("ivfpq", store, folder, "cpu")
    share = recall(index, exact, queries, 8)
    print(f"recall of ivfpq: {share:.3f}")
    assert 8 / 10_000 < share <= 1
    assert recall(index, exact, queries, 8) == share
    distances, rows = index.search(queries, 8)
    measured = np.square(store.keys[rows.numpy()].astype(np.float64) - queries.numpy()[:, None]).sum(-1)
    assert np.allclose(distances, measured, rtol=1e-5)
    assert (distances.diff(dim=1) >= 0).all()
    approximate, _ = FaissIndex.open(folder, store, "cpu", rerank=False).search(queries, 8)
    assert not np.allclose(approximate, measured, rtol=1e-2), "the example's codes must lose something"


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
        folder = built(store, tmp_path / name, "ivfflat", nprobe=1, seed=seed)
        found.append(FaissIndex.open(folder, store, "cpu").search(queries, 10)[1])
    assert found[0].equal(found[1])
    assert not found[0].equal(found[2])


def test_rows_that_no_cell_gives_are_infinitely_far(tmp_path):
    store = store_of(random_keys(400), tmp_path)
    index = FaissIndex.open(built(store, tmp_path, "ivfflat", nprobe=1), store, "cpu")
    distances, rows = index.search(random_queries(20), 200)
    assert (rows < 0).any()
    assert (rows[:, 0] >= 0).all()
    assert distances.isinf().equal(rows < 0)
    for row in rows.tolist():
        found = [each for each in row if each >= 0]
        assert len(set(found)) == len(found)


class Fixed:
    """An index that returns the rows it is given."""

    def __init__(self, rows):
        self.rows = torch.tensor(rows)

    def search(self, queries, k):
        return torch.zeros(len(queries), k), self.rows[:, :k]


def test_recall_counts_rows_in_any_order():
    true = Fixed([[0, 1, 2, 3], [4, 5, 6, 7]])
    queries = torch.zeros(2, 1)
    assert recall(Fixed([[3, 2, 1, 0], [7, 6, 5, 4]]), true, queries, 4) == 1
    assert recall(Fixed([[3, 9, 8, 7], [7, 6, 1, -1]]), true, queries, 4) == 3 / 8
    assert recall(Fixed([[9, 8, 7, -1], [-1, -1, -1, -1]]), true, queries, 4) == 0


@pytest.mark.parametrize(
    ("kind", "chosen", "words"),
    [
        ("ivfflat", {"nlist": 11}, "400 rows train 1 to 10 cells, not nlist = 11; lower nlist"),
        ("ivfflat", {"nlist": 0}, "nlist = 0"),
        ("ivfflat", {"nprobe": 9}, "nprobe = 9"),
        ("ivfpq", {"code_bytes": 5}, "5 code bytes do not divide dimension 16"),
        ("ivfpq", {}, "codes take 9984"),
        ("hnsw", {}, "index kind hnsw"),
    ],
)
def test_impossible_settings_are_refused(kind, chosen, words, tmp_path):
    with pytest.raises(KnnKdError, match=words):
        built(store_of(random_keys(400), tmp_path), tmp_path, kind, **chosen)
    assert not (tmp_path / kind).exists()


def test_a_foreign_or_broken_index_is_refused(tmp_path):
    store = store_of(random_keys(400), tmp_path)
    folder = built(store, tmp_path, "flat")
    with pytest.raises(KnnKdError, match="is not an index of"):
        open_index("flat", store_of(store.keys, tmp_path, checkpoint="other"), folder, "cpu")
    with pytest.raises(KnnKdError, match="of kind flat, not ivfpq"):
        open_index("ivfpq", store, folder, "cpu")
    with pytest.raises(KnnKdError, match="--index"):
        open_index("flat", store, None, "cpu")
    whole = (folder / retrieval.INDEX_FILE).read_bytes()
    (folder / retrieval.INDEX_FILE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(KnnKdError, match="missing or broken"):
        open_index("flat", store, folder, "cpu")
