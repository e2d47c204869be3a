"""Exact k-nearest-neighbour search in advance (Section 3.1, step 2): every training position against the datastore.

Blocked matrix products give approximate squared distances, |k|^2 - 2 q.k, of which each query keeps the best k and a
margin; those few are measured again, as sum((q - k)^2) in float32, which is exact where it matters: a row's distance
to itself is 0, and equal keys are equally far. Where rounding or ties leave it open whether a row outside the margin
belongs in, the query is searched again with a threshold, so the result is exact whatever the data.

Order of neighbours: by distance; at the same distance the query's own row first, then by row number.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from knnkd.errors import KnnKdError
from knnkd.io import Progress

MARGIN = 16  # neighbours kept beyond k, so that hardly any query must be searched twice
KEY_BLOCK = 32768  # datastore rows in one product: wide enough that choosing from a row costs less than making it
MAX_QUERY_BLOCK = 2048  # more queries in one product save nothing once the product runs at full rate
RERANK_VALUES = 1 << 24  # key values gathered at once when distances are measured again (64 MB)
UNIT_ROUNDOFF = 2.0**-24  # of float32


@dataclass(frozen=True)
class Blocks:
    """How many queries and how many keys meet in one product."""

    queries: int
    keys: int


def plan_blocks(rows: int, dimension: int, k: int, memory_gb: float) -> Blocks:
    """Return block sizes whose buffers stay within `memory_gb` (1e9 bytes), whatever the number of rows.

    Raises KnnKdError where the budget does not hold even one query.
    """
    keys = min(rows, KEY_BLOCK)
    budget = memory_gb * 1e9 - keys * dimension * 6 - RERANK_VALUES * 12
    # Distances of one block, its chosen ones, the running ones and their union.
    per_query = 4 * keys + 4 * dimension + 4 * 12 * (k + MARGIN)
    queries = int(min(budget // per_query, MAX_QUERY_BLOCK))
    if queries < 1:
        raise KnnKdError(f"search.memory_gb = {memory_gb}: too small for d = {dimension}, k = {k}; raise it")
    return Blocks(queries, keys)


def exact_search(
    keys: np.ndarray,
    queries: np.ndarray,
    k: int,
    own_rows: np.ndarray | None = None,
    memory_gb: float = 4.0,
    device: torch.device | str = "cpu",
    out: tuple[np.ndarray, np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the k nearest keys of each query: rows int64 [Q, k] and squared L2 distances float32 [Q, k].

    keys: float16 or float32 [N, d], may be a memory map; queries: likewise [Q, d]; own_rows: int64 [Q], the row that
    is the query itself, put first among equals; out: the arrays to fill, memory maps where Q * k is large. Memory is
    then bounded by `memory_gb` alone, never by N or Q.
    Raises KnnKdError where k > N, a key is not finite, or the budget is too small.
    """
    rows, dimension = keys.shape
    if not 1 <= k <= rows:
        raise KnnKdError(f"k = {k}, but the datastore has {rows} rows; lower k")
    blocks = plan_blocks(rows, dimension, k, memory_gb)
    found, distances = out or (np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32))
    searcher = _Searcher(keys, k, blocks, torch.device(device))
    with Progress("search", len(queries) * rows, " distances") as progress:
        for first in range(0, len(queries), blocks.queries):
            block = slice(first, first + blocks.queries)
            own = np.full(len(queries[block]), -1) if own_rows is None else own_rows[block]
            found[block], distances[block] = searcher.search(queries[block], own, progress)
    return found, distances


class _Searcher:
    """One datastore, searched block by block."""

    def __init__(self, keys: np.ndarray, k: int, blocks: Blocks, device: torch.device):
        self.keys = keys
        self.k = k
        self.blocks = blocks
        self.device = device
        self.kept = min(k + MARGIN, len(keys))
        self.longest = self._longest_key()
        # The bound on rounding is float32's; TensorFloat-32 would keep ten bits of it.
        torch.backends.cuda.matmul.allow_tf32 = False
        self.buffer = torch.empty(blocks.queries * blocks.keys, device=device)

    def search(self, queries: np.ndarray, own: np.ndarray, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
        """Search one block of queries: rows int64 [Q, k], distances float32 [Q, k]."""
        block = self._to_device(queries)
        rows, outside = self._shortlist(block, progress)
        exact = self._measure(queries, rows)
        order = np.lexsort((rows, rows != own[:, None], exact), axis=-1)[:, : self.k]
        rows, exact = np.take_along_axis(rows, order, -1), np.take_along_axis(exact, order, -1)
        open_queries = np.flatnonzero(outside <= exact[:, -1] + self._rounding(queries))
        if self.kept < len(self.keys) and len(open_queries):
            rows[open_queries], exact[open_queries] = self._search_again(
                queries[open_queries], own[open_queries], exact[open_queries, -1]
            )
        return rows, exact

    def _shortlist(self, queries: Tensor, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
        """Return the `kept` nearest by the product, int64 [Q, kept], and how near a row left out may be, float [Q]."""
        best = torch.full((len(queries), self.kept), torch.inf, device=self.device)
        rows = torch.zeros((len(queries), self.kept), dtype=torch.int64, device=self.device)
        for first, near in self._products(queries):
            count = min(self.kept, near.size(1))
            values, columns = torch.topk(near, count, largest=False, sorted=False)
            values, chosen = torch.topk(torch.cat([best, values], 1), self.kept, largest=False, sorted=False)
            best, rows = values, torch.cat([rows, columns + first], 1).gather(1, chosen)
            progress.add(near.numel())
        outside = best.amax(1) + queries.square().sum(1)
        return rows.cpu().numpy(), outside.cpu().numpy()

    def _products(self, queries: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Yield (first row, |k|^2 - 2 q.k float32 [Q, rows of the block]) over the whole datastore."""
        for first in range(0, len(self.keys), self.blocks.keys):
            keys = self._to_device(self.keys[first : first + self.blocks.keys])
            near = self.buffer[: len(queries) * len(keys)].view(len(queries), len(keys))
            yield first, torch.addmm(keys.square().sum(1), queries, keys.T, alpha=-2, out=near)

    def _measure(self, queries: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return sum((q - k)^2) in float32 for the rows int64 [Q, n] of each query: [Q, n]."""
        exact = np.empty(rows.shape, dtype=np.float32)
        step = max(1, RERANK_VALUES // (rows.shape[1] * self.keys.shape[1]))
        for first in range(0, len(rows), step):
            part = slice(first, first + step)
            keys = torch.from_numpy(self.keys[rows[part]]).float()
            keys -= torch.from_numpy(np.asarray(queries[part], dtype=np.float32))[:, None]
            exact[part] = keys.square_().sum(-1).numpy()
        return exact

    def _measure_pairs(self, queries: np.ndarray, query: np.ndarray, row: np.ndarray) -> np.ndarray:
        """Return the exact distance of each (query, row) pair, float32 [pairs], a slice of bounded size at a time."""
        exact = np.empty(len(query), dtype=np.float32)
        step = max(1, RERANK_VALUES // self.keys.shape[1])
        for first in range(0, len(query), step):
            part = slice(first, first + step)
            exact[part] = self._measure(queries[query[part]], row[part, None])[:, 0]
        return exact

    def _rounding(self, queries: np.ndarray) -> np.ndarray:
        """Return a bound on the error of a product's distance, float [Q]: d * u * (|q| + max |k|)^2."""
        norms = np.linalg.norm(queries.astype(np.float32), axis=1)
        return self.keys.shape[1] * UNIT_ROUNDOFF * (norms + self.longest) ** 2

    def _longest_key(self) -> float:
        """Return max |k|, from one pass over the keys. Raises KnnKdError where one is not finite.

        A single NaN would otherwise spread: no distance is below it, and no query would be searched again.
        """
        longest = 0.0
        for first in range(0, len(self.keys), self.blocks.keys):
            norms = np.linalg.norm(self.keys[first : first + self.blocks.keys].astype(np.float32), axis=1)
            if not np.isfinite(norms).all():
                row = first + int(np.flatnonzero(~np.isfinite(norms))[0])
                raise KnnKdError(f"row {row} of the keys is not finite; dump the datastore again")
            longest = max(longest, float(norms.max()))
        return longest

    def _search_again(self, queries: np.ndarray, own: np.ndarray, limit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Search with a threshold: every row that may be as near as `limit` float [Q], the exact k-th distance so far.

        At most k rows a query are held between two blocks, so that even equal keys cannot fill the memory.
        """
        block = self._to_device(queries)
        threshold = limit + self._rounding(queries) - np.square(queries.astype(np.float32)).sum(1)
        threshold = torch.from_numpy(threshold.astype(np.float32)).to(self.device)
        query, row, exact = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
        for first, near in self._products(block):
            for start in range(0, len(queries), 64):  # so that all-equal keys give 64 full rows of pairs, not all
                pairs = (near[start : start + 64] <= threshold[start : start + 64, None]).nonzero().cpu().numpy()
                new_query, new_row = pairs[:, 0] + start, pairs[:, 1] + first
                new_exact = self._measure_pairs(queries, new_query, new_row)
                query, row, exact = _best_of_each(
                    np.concatenate([query, new_query]),
                    np.concatenate([row, new_row]),
                    np.concatenate([exact, new_exact]),
                    own,
                    self.k,
                )
        return row.reshape(len(queries), self.k), exact.reshape(len(queries), self.k)

    def _to_device(self, rows: np.ndarray) -> Tensor:
        return torch.from_numpy(np.array(rows)).to(self.device).float()  # a copy: torch wants no read-only map


def _best_of_each(
    query: np.ndarray, row: np.ndarray, exact: np.ndarray, own: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keep the k first pairs of each query in the order of the module; all arrays [pairs], own [Q]."""
    order = np.lexsort((row, row != own[query], exact, query))
    query, row, exact = query[order], row[order], exact[order]
    place = np.arange(len(query)) - np.searchsorted(query, query)
    return query[place < k], row[place < k], exact[place < k]
