"""Nearest neighbours of a decoder's hidden states while it decodes: exact on the model's device, or by faiss.

The search of `search.py` answers for every training position in advance and never holds the keys; here the keys stay
on the device, and one search answers for all hypotheses of a step.
"""

from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from knnkd.core.arrays import read_meta
from knnkd.core.errors import KnnKdError
from knnkd.knn.datastore import Datastore
from knnkd.knn.exact_index import ExactIndex
from knnkd.knn.faiss_index import FaissIndex


class Index(Protocol):
    """What finds neighbours among the N keys of a datastore, on `device`."""

    device: torch.device

    def search(self, queries: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """Return the k nearest keys of queries float [n, d], nearest first, on the queries' device.

        Squared L2 distances float32 [n, k] and rows int64 [n, k]; where an approximate index finds fewer than k, the
        rest is row -1 at distance inf. Raises KnnKdError where k is not within 1..N.
        """
        ...


def open_index(
    kind: str, store: Datastore, folder: Path | None, device: torch.device | str, nprobe: int = 32, rerank: int = 1
) -> Index:
    """Return the index that searches `store`: "exact", or the one of `build_index` in `folder`, of that kind.

    nprobe, rerank: see `FaissIndex`. Raises KnnKdError where the folder is missing or holds an index of another kind or
    datastore.
    """
    if kind == "exact":
        return ExactIndex(store.keys, device)
    if folder is None:
        raise KnnKdError(f"index kind {kind}: name the folder of build_index.py with --index")
    built = read_meta(folder, ("settings",))["settings"]["kind"]
    if built != kind:
        raise KnnKdError(f"{folder}: holds an index of kind {built}, not {kind}; name another or build it again")
    return FaissIndex.open(folder, store, device, nprobe, rerank)


def recall(index: Index, exact: Index, queries: Tensor, k: int) -> float:
    """Return the share 0..1 of the true k nearest of queries float [n, d] that `index` returns, mean over queries."""
    found, true = (each.search(queries, k)[1] for each in (index, exact))
    return recalled(found, true)


def recalled(found: Tensor, true: Tensor) -> float:
    """Return the share 0..1 of the rows in `true` int64 [n, k] that `found` int64 [n, k] has, mean over queries."""
    return float((true[:, :, None] == found[:, None, :]).any(-1).float().mean())
