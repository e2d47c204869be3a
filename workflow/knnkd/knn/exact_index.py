"""Exact search among keys that stay on the model's device, for all hypotheses of a decoding step at once.

A blocked product |k|^2 - 2 q.k has to be made for every key; choosing from it must cost next to nothing. So while it is
in the cache, the least of each few columns is noted. The k nearest keys stand in the k groups of the least minima: from
these groups, and a few more, the best are taken and measured again as sum((q - k)^2).
"""

import numpy as np
import torch
from torch import Tensor

from knnkd.core.errors import KnnKdError

READ_ROWS = 32768  # keys copied to the device at once
QUERY_BLOCK = 1024  # queries in one product
PRODUCT_VALUES = {"cpu": 1 << 21, "cuda": 1 << 26}  # distances in one product: 8 MB, which a CPU's last cache holds
PRODUCT_KEYS = 1 << 16  # keys in one product, float32 there
HELD_VALUES = 1 << 26  # distances held until the best of them are chosen (256 MB)
RERANK_VALUES = 1 << 22  # key values measured again at once (16 MB)
GROUP = 8  # columns of a product that one minimum stands for
NARROWING = 16  # minima that one of the next level stands for
MARGIN = 8  # keys and groups kept beyond k: rounding may change places of nearly equal ones


def check_k(k: int, rows: int) -> None:
    """Raise KnnKdError where k is not within 1..rows."""
    if not 1 <= k <= rows:
        raise KnnKdError(f"k = {k}, but the datastore has {rows} rows; take k from 1 to {rows}")


def nearest_first(distances: Tensor, rows: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return the k nearest of each query in order, at the same distance by row number; both [n, k or more]."""
    rows, by_row = rows.sort(dim=1)
    distances, order = distances.gather(1, by_row).sort(dim=1, stable=True)
    return distances[:, :k], rows.gather(1, order)[:, :k]


def squared_distances(queries: Tensor, keys: Tensor) -> Tensor:
    """Return sum((q - k)^2) float32 [n, m] of queries [n, d] and the keys [n, m, d] of each, in any precision."""
    return (keys.float() - queries.float()[:, None]).square_().sum(-1)


def smallest(values: Tensor, count: int) -> Tensor:
    """Return where the `count` smallest of each row stand, int64 [n, count], in no order; which of equals is open.

    values: float [n, m]. A wide row is cut down first, as products are: to choose from all of it takes much longer.
    """
    groups = values.size(1) // NARROWING
    if groups < 2 * count:
        return values.topk(count, largest=False, sorted=False).indices
    wide = groups * NARROWING
    # Columns that are `groups` apart make a group: so the least of each is found along the memory.
    chosen = smallest(values[:, :wide].unflatten(1, (NARROWING, groups)).amin(1), count)
    columns = chosen[:, None] + torch.arange(0, wide, groups, device=values.device)[:, None]
    rest = torch.arange(wide, values.size(1), device=values.device).expand(len(values), -1)
    columns = torch.cat([columns.flatten(1), rest], 1)
    return columns.gather(1, values.gather(1, columns).topk(count, largest=False, sorted=False).indices)


class ExactIndex:
    """Exact search (`retrieval.Index`) among keys that stay on `device`: float32 on a CPU, on a GPU as they are stored.

    Beside the keys, memory is bounded whatever N and n.
    """

    def __init__(self, keys: np.ndarray, device: torch.device | str) -> None:
        """keys: float16 or float32 [N, d], may be a memory map. Raises KnnKdError where one is not finite."""
        self.device = torch.device(device)
        stored = torch.float16 if keys.dtype == np.float16 and self.device.type == "cuda" else torch.float32
        self.keys = torch.empty(keys.shape, dtype=stored, device=self.device)
        self.norms = torch.empty(len(keys), device=self.device)
        self.room = torch.empty(0, device=self.device)
        for first in range(0, len(keys), READ_ROWS):
            part = slice(first, first + READ_ROWS)
            self.keys[part] = torch.from_numpy(np.array(keys[part]))  # a copy: torch wants no read-only map
            self.norms[part] = self.keys[part].float().square().sum(1)
        if not bool(self.norms.isfinite().all()):
            row = int((~self.norms.isfinite()).nonzero()[0])
            raise KnnKdError(f"row {row} of the keys is not finite; dump the datastore again")

    @torch.inference_mode()
    def search(self, queries: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """See `retrieval.Index`; exact but for ties within float32's rounding beyond the margin."""
        check_k(k, len(self.keys))
        found = [self._search_block(part, k) for part in queries.split(QUERY_BLOCK)]
        return torch.cat([distances for distances, _ in found]), torch.cat([rows for _, rows in found])

    def _search_block(self, queries: Tensor, k: int) -> tuple[Tensor, Tensor]:
        kept = min(k + MARGIN, len(self.keys))
        width = min(PRODUCT_VALUES[self.device.type] // max(1, len(queries)), PRODUCT_KEYS, len(self.keys))
        width = max(1, width // GROUP) * GROUP
        products = -(-len(self.keys) // width)
        held = min(products, max(1, HELD_VALUES // max(1, len(queries) * width)))
        values = self.norms.new_empty(len(queries), 0)
        rows = torch.empty(len(queries), 0, dtype=torch.int64, device=self.device)
        for first in range(0, products, held):
            found = self._nearest_of(queries, first * width, min(held, products - first), width, kept)
            values, rows = torch.cat([values, found[0]], 1), torch.cat([rows, found[1]], 1)
            best = smallest(values, min(kept, values.size(1)))
            values, rows = values.gather(1, best), rows.gather(1, best)
        rows = rows.clamp_(max=len(self.keys) - 1)  # to a query that is NaN, what is beyond the last is as near as any
        return nearest_first(self._measure(queries, rows), rows, k)

    def _nearest_of(self, queries: Tensor, first: int, products: int, width: int, kept: int) -> tuple[Tensor, Tensor]:
        """Return what stands in the groups of the `kept` least minima of some products of `width` keys, from a row on.

        Values of |k|^2 - 2 q.k float32 [n, m] and their rows int64 [n, m]; what is beyond the last is infinitely far.
        """
        n, apart = len(queries), width // GROUP  # column i of a product belongs to its group i % apart
        near = self._held(products * n * width).view(products, n, width)
        minima = self.norms.new_empty(n, products * apart)
        for i in range(products):
            rows = slice(first + i * width, min(first + (i + 1) * width, len(self.keys)))
            self._product(queries, rows, near[i, :, : rows.stop - rows.start])
            near[i, :, rows.stop - rows.start :] = torch.inf
            torch.amin(near[i].view(n, GROUP, apart), 1, out=minima[:, i * apart : (i + 1) * apart])
        groups = smallest(minima, min(kept, minima.size(1)))
        product = groups.div(apart, rounding_mode="floor")
        columns = (groups % apart)[:, :, None] + torch.arange(0, width, apart, device=self.device)
        line = product * n + torch.arange(n, device=self.device)[:, None]
        values = near.take(line[:, :, None] * width + columns).flatten(1)
        return values, (first + product[:, :, None] * width + columns).flatten(1)

    def _held(self, size: int) -> Tensor:
        """Return room for so many values; what one step needed the next one finds there, as new room costs time."""
        if len(self.room) < size:
            self.room = self.norms.new_empty(size)
        return self.room[:size]

    def _product(self, queries: Tensor, rows: slice, out: Tensor) -> None:
        """Put |k|^2 - 2 q.k of some rows into `out`, float32 [n, rows]."""
        keys = self.keys[rows]
        if queries.dtype == keys.dtype == torch.float16:
            # A GPU's model and datastore: half precision comes in, the sums are float32 all the same.
            torch.mm(queries, keys.T, out_dtype=torch.float32, out=out)
            out.mul_(-2).add_(self.norms[rows])
        else:
            torch.addmm(self.norms[rows], queries.float(), keys.float().T, alpha=-2, out=out)

    def _measure(self, queries: Tensor, rows: Tensor) -> Tensor:
        """Return the squared distances float32 [n, m] of the rows int64 [n, m] of each query."""
        step = max(1, RERANK_VALUES // (rows.size(1) * queries.size(1)))
        parts = zip(queries.split(step), rows.split(step), strict=True)
        return torch.cat([squared_distances(query, self.keys[row]) for query, row in parts])
