"""What every index promises, opening one, and recall."""

import pytest
import torch
from support.small_index import built, random_keys, random_queries, store_of

from knnkd.core.errors import KnnKdError
from knnkd.knn.exact_index import ExactIndex
from knnkd.knn.faiss_index import INDEX_FILE, FaissIndex
from knnkd.knn.index import open_index, recall


@pytest.mark.parametrize("k", [0, -1, 51])
def test_impossible_k_is_refused(k, tmp_path):
    store = store_of(random_keys(50), tmp_path)
    flat = FaissIndex.open(built(store, tmp_path, "flat"), store, "cpu")
    for index in (ExactIndex(store.keys, "cpu"), flat):
        assert index.search(random_queries(2), 50)[1].shape == (2, 50)
        with pytest.raises(KnnKdError, match=f"k = {k}, but the datastore has 50 rows"):
            index.search(random_queries(2), k)


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


def test_a_foreign_or_broken_index_is_refused(tmp_path):
    store = store_of(random_keys(400), tmp_path)
    folder = built(store, tmp_path, "flat")
    with pytest.raises(KnnKdError, match="is not an index of"):
        open_index("flat", store_of(store.keys, tmp_path, checkpoint="other"), folder, "cpu")
    with pytest.raises(KnnKdError, match="of kind flat, not ivfpq"):
        open_index("ivfpq", store, folder, "cpu")
    with pytest.raises(KnnKdError, match="--index"):
        open_index("flat", store, None, "cpu")
    whole = (folder / INDEX_FILE).read_bytes()
    (folder / INDEX_FILE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(KnnKdError, match=r"index\.faiss: cut short or changed, .*snakemake --force"):
        open_index("flat", store, folder, "cpu")
