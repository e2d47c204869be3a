"""Random keys and queries, a datastore of them in memory, and brute force among them."""

import numpy as np
import torch

from knnkd.knn.datastore import Datastore
from knnkd.knn.faiss_index import build_index
from knnkd.knn.faiss_settings import IndexSettings

DIMENSION = 16


def random_keys(rows, seed=0, dtype=np.float16):
    return np.random.default_rng(seed).normal(size=(rows, DIMENSION)).astype(dtype)


def random_queries(rows, seed=1):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(rows, DIMENSION)).astype(np.float32))


def brute_force(keys, queries, k):
    """Plain and slow: all distances, sorted by distance, then by row number."""
    distances = np.square(keys.astype(np.float64) - queries.astype(np.float64)[:, None]).sum(-1)
    rows = np.array([sorted(range(len(keys)), key=lambda row, of=of: (of[row], row))[:k] for of in distances])
    return np.take_along_axis(distances, rows, 1), rows


def store_of(keys, folder, checkpoint="c"):
    """A datastore in memory, whose folder is named in errors only."""
    meta = {"rows": len(keys), "dimension": keys.shape[1], "sentences": 1, "checkpoint": checkpoint, "data": "d"}
    values = np.arange(len(keys), dtype=np.int32) % 7
    return Datastore(folder / "store", keys, values, np.array([0, len(keys)]), meta)


def built(store, folder, kind, **chosen):
    """The folder of an index of that kind, with few cells and short codes."""
    build_index(store, IndexSettings(kind, **({"nlist": 8, "code_bytes": 4} | chosen)), folder / kind)
    return folder / kind
