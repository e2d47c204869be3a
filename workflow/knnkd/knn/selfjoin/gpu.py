"""Blocks meet on a GPU: float16 products summed up in float32, so that they are as exact as float32's own.

A tile's products are read once, by one fused kernel that says which 64 of a row hold anything near; only those are
looked at closer. The lists are those of `kernels.py`, and so is what is done with them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self, TypeVar

import numpy as np
import torch
from torch import Tensor

from knnkd.core.files import Progress
from knnkd.knn.selfjoin.blocks import Block, Shortlists, all_pairs, own_pairs
from knnkd.knn.selfjoin.engine import Again
from knnkd.knn.selfjoin.kernels import OWN, WIDE

STRIP = 8192  # rows and columns of a tile, a multiple of WIDE: 268 MB of products
CLOSER = 1 << 18  # groups of WIDE products looked at closer at a time
GATHERED = 1 << 27  # key values measured at a time
T = TypeVar("T")


@dataclass
class _Lists:
    """Shortlists on the device; limits: int64 [n], packed: what is not below stays out."""

    packed: Tensor
    counts: Tensor
    limits: Tensor

    def distances(self) -> Tensor:
        """Return the limits' distances, float32 [n]."""
        return (self.limits >> 32).int().view(torch.float32)

    def insert(self, at: Tensor, neighbours: Tensor, kept: int) -> None:
        """Put packed neighbours int64 [h] onto the lists `at` int64 [h]; a full list is cut to the nearest."""
        while len(at):
            at, order = at.sort(stable=True)
            neighbours = neighbours[order]
            place = self.counts[at] + torch.arange(len(at), device=at.device) - torch.searchsorted(at, at)
            fits = place < self.packed.size(1)
            self.packed[at[fits], place[fits]] = neighbours[fits]
            self.counts += at[fits].bincount(minlength=len(self.counts))
            self.cut((self.counts == self.packed.size(1)).nonzero()[:, 0], kept)
            at, neighbours = at[~fits], neighbours[~fits]
            near = neighbours < self.limits[at]
            at, neighbours = at[near], neighbours[near]

    def cut(self, rows: Tensor, kept: int) -> None:
        """Cut the lists `rows` int64 to their nearest."""
        filled = torch.arange(self.packed.size(1), device=rows.device) < self.counts[rows, None]
        nearest = self.packed[rows].masked_fill(~filled, torch.iinfo(torch.int64).max).topk(kept, largest=False).values
        self.packed[rows, :kept] = nearest
        self.limits[rows], self.counts[rows] = nearest[:, -1], kept


class GpuTiles:
    """`engine.Engine` on a GPU; the lists are there only while two blocks meet."""

    memory = 0

    def __init__(self, device: torch.device, half: bool) -> None:
        """half: the keys are float16, and lose nothing by it."""
        self.device, self.half = device, half
        on_gpu = device.type == "cuda"
        self._any_near = torch.compile(_any_near, dynamic=True) if on_gpu else _any_near
        # The bound on rounding is float32's; TensorFloat-32 would keep ten bits of it.
        torch.backends.cuda.matmul.allow_tf32 = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held."""

    def each(self, work: Callable[[T], None], items: Iterable[T]) -> None:
        """See `engine.Engine`."""
        for item in items:
            work(item)

    def meet(self, a: Block, b: Block, progress: Progress) -> None:
        """See `engine.Engine`."""
        sides = [self._up(a)]
        sides.append(sides[0] if a is b else self._up(b))
        strips = [-(-len(block) // STRIP) for block in (a, b)]
        for row, column in own_pairs(strips[0]) if a is b else all_pairs(*strips):
            self._tile(sides[0], sides[1], row * STRIP, column * STRIP, a is not b or row != column)
            progress.add(min(STRIP, len(a) - row * STRIP) * min(STRIP, len(b) - column * STRIP))
        for block, side in ((a, sides[0]), (b, sides[1])):
            self._down(block.lists, side.lists)

    def _up(self, block: Block) -> "_Side":
        keys = self._keys(block.keys)
        limits = torch.from_numpy(block.lists.limits.view(np.int32).astype(np.int64)).to(self.device) << 32
        lists = [torch.from_numpy(array).to(self.device) for array in (block.lists.packed, block.lists.counts)]
        halves = torch.from_numpy(block.halves).to(self.device)
        return _Side(block.first, keys, halves, _Lists(lists[0], lists[1].long(), limits))

    def _down(self, lists: Shortlists, found: _Lists) -> None:
        lists.packed[:] = found.packed.cpu().numpy()
        lists.counts[:] = found.counts.cpu().numpy()
        lists.limits[:] = found.distances().cpu().numpy()

    def _keys(self, keys: np.ndarray) -> Tensor:
        """Return keys [n, d] on the device, with rows of zeros up to a multiple of WIDE."""
        padded = torch.zeros(-(-len(keys) // WIDE) * WIDE, keys.shape[1], device=self.device)
        padded[: len(keys)] = torch.from_numpy(keys).to(self.device)
        return padded.half() if self.half else padded

    def _product(self, a: Tensor, b: Tensor) -> Tensor:
        if self.half and self.device.type == "cuda":
            return torch.mm(a, b.T, out_dtype=torch.float32)
        return torch.mm(a.float(), b.float().T)

    def _tile(self, a: "_Side", b: "_Side", row: int, column: int, both: bool) -> None:
        rows, columns = slice(row, min(row + STRIP, len(a.halves))), slice(column, min(column + STRIP, len(b.halves)))
        half_a, half_b = a.halves[rows], _padded(b.halves[columns])
        product = self._product(a.keys[rows], b.keys[column : column + len(half_b)])
        limit_a, limit_b = a.lists.distances()[rows], _padded(b.lists.distances()[columns], -torch.inf)
        slack = half_b - limit_b if both else torch.full_like(half_b, torch.inf)
        groups = self._any_near(product, half_a, half_a - limit_a, half_b, slack).nonzero()
        kept = a.lists.packed.size(1) // 2
        for part in groups.split(CLOSER):
            i, j = part[:, :1], part[:, 1:] * WIDE + torch.arange(WIDE, device=self.device)
            value = (half_a[i] + half_b[j] - product[i, j]).clamp_(min=0)
            sides = [(a.lists, value < limit_a[i], rows.start + i.expand_as(j), b.first + columns.start + j)]
            if both:
                sides.append((b.lists, value < limit_b[j], columns.start + j, a.first + rows.start + i.expand_as(j)))
            for lists, near, at, other in sides:
                lists.insert(at[near], _packed(value[near], other[near] + 1), kept)

    def nearest_in(self, keys: np.ndarray, sample: np.ndarray, sample_halves: np.ndarray, rank: int) -> np.ndarray:
        """See `engine.Engine`."""
        queries, columns = self._keys(keys), self._keys(sample)
        halves = _padded(torch.from_numpy(sample_halves).to(self.device))
        found = [(halves - self._product(part, columns)).kthvalue(rank, dim=1).values for part in queries.split(STRIP)]
        return torch.cat(found)[: len(keys)].cpu().numpy()

    def cut(self, lists: Shortlists, kept: int) -> None:
        """See `engine.Engine`."""
        limits = torch.from_numpy(lists.limits.view(np.int32).astype(np.int64)) << 32
        on_device = [torch.from_numpy(lists.packed), torch.from_numpy(lists.counts.astype(np.int64)), limits]
        found = _Lists(*(array.to(self.device) for array in on_device))
        for rows in (found.counts > kept).nonzero()[:, 0].split(CLOSER):
            found.cut(rows, kept)
        self._down(lists, found)

    def measure(self, block: Block, keys: np.ndarray, first: int) -> None:
        """See `engine.Engine`."""
        on_device, kept = self._keys(keys), block.lists.packed.shape[1] // 2
        step = max(1, GATHERED // (kept * keys.shape[1]))
        for start in range(0, len(block), step):
            part = slice(start, min(start + step, len(block)))
            packed = torch.from_numpy(block.lists.packed[part, :kept]).to(self.device)
            own = torch.arange(block.first + part.start, block.first + part.stop, device=self.device)[:, None]
            rows = (packed & 0xFFFFFFFF) - 1
            filled = torch.arange(kept) < torch.from_numpy(block.lists.counts[part])[:, None]
            here = (rows >= first) & (rows < first + len(keys)) & filled.to(self.device)
            query = torch.from_numpy(block.keys[part]).to(self.device)[:, None]
            gap = on_device[(rows - first).clamp(0, len(keys) - 1)].float() - query
            exact = _packed(gap.square_().sum(-1), torch.where(rows == own, OWN, rows + 1))
            block.lists.packed[part, :kept] = torch.where(here, exact, packed).cpu().numpy()

    def rescan(self, again: Again, keys: np.ndarray, halves: np.ndarray, first: int) -> None:
        """See `engine.Engine`."""
        limits, counts = torch.from_numpy(again.limits).to(self.device), torch.from_numpy(again.counts).long()
        lists = _Lists(torch.from_numpy(again.packed).to(self.device), counts.to(self.device), limits)
        own, reach = (torch.from_numpy(array).to(self.device) for array in (again.own, again.reach))
        queries, all_keys = self._keys(again.keys), self._keys(keys)
        all_halves = torch.from_numpy(halves).to(self.device)
        for top in range(0, len(again.keys), STRIP):
            rows = slice(top, min(top + STRIP, len(again.keys)))
            for start in range(0, len(keys), STRIP):
                part = slice(start, min(start + STRIP, len(keys)))
                product = self._product(queries[rows], all_keys[part])
                near = (product - all_halves[part] >= reach[rows, None]).nonzero()
                for pairs in near.split(max(1, GATHERED // keys.shape[1])):
                    at, column = pairs[:, 0] + top, pairs[:, 1] + start
                    exact = (queries[at].float() - all_keys[column].float()).square_().sum(1)
                    row = column + first
                    found = _packed(exact, torch.where(row == own[at], OWN, row + 1))
                    below = found < lists.limits[at]
                    lists.insert(at[below], found[below], again.k)
        again.packed[:] = lists.packed.cpu().numpy()
        again.counts[:], again.limits[:] = lists.counts.cpu().numpy(), lists.limits.cpu().numpy()


@dataclass
class _Side:
    """A block on the device."""

    first: int
    keys: Tensor
    halves: Tensor
    lists: _Lists


def _any_near(product: Tensor, by_column: Tensor, by_row: Tensor, half: Tensor, slack: Tensor) -> Tensor:
    """Return which WIDE products of a tile hold one above its row's or its column's bound: bool [n, m / WIDE]."""
    bound = torch.minimum(by_row[:, None] + half, by_column[:, None] + slack)
    return (product > bound).view(len(product), -1, WIDE).any(-1)


def _padded(values: Tensor, filling: float = torch.inf) -> Tensor:
    """Return float32 [n] filled up to a multiple of WIDE; the filling is never near."""
    return torch.nn.functional.pad(values, (0, -len(values) % WIDE), value=filling)


def _packed(distances: Tensor, numbers: Tensor) -> Tensor:
    """Return packed neighbours int64 of distances float32 and row numbers plus one (or OWN), of one shape."""
    return distances.contiguous().view(torch.int32).long() << 32 | numbers
