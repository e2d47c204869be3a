"""What the join asks of a processor: to let blocks meet, and to search again what rounding left open."""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

import numpy as np

from knnkd.core.files import Progress
from knnkd.knn.selfjoin.blocks import Block, Shortlists
from knnkd.knn.selfjoin.kernels import NOTHING

T = TypeVar("T")


class Again:
    """Queries that are searched again: keys float32 [n, d], own int64 [n] (each one's row), reach float32 [n].

    reach: a row belongs in only if q.k - |k|^2 / 2 is at least this. packed: int64 [n, 2 k], the best so far, in no
    order, counts int32 [n] of them; limits int64 [n], what was left out comes after.
    """

    def __init__(self, keys: np.ndarray, own: np.ndarray, reach: np.ndarray, k: int) -> None:
        self.keys, self.own, self.reach, self.k = keys, own, reach.astype(np.float32), k
        self.packed = np.full((len(keys), 2 * k), NOTHING, np.int64)
        self.counts, self.limits = np.zeros(len(keys), np.int32), np.full(len(keys), NOTHING, np.int64)

    def nearest(self) -> np.ndarray:
        """Return the packed neighbours int64 [n, k], nearest first."""
        self.packed[np.arange(self.packed.shape[1]) >= self.counts[:, None]] = NOTHING
        self.packed.sort(axis=1)
        return self.packed[:, : self.k]


class Engine(Protocol):
    """What lets blocks meet, on a CPU or a GPU; `memory`: bytes it takes beside the blocks."""

    memory: int

    def each(self, work: Callable[[T], None], items: Iterable[T]) -> None:
        """Do the work for all items, in several threads where there are some."""
        ...

    def meet(self, a: Block, b: Block, progress: Progress) -> None:
        """Put what is near of each onto the other's shortlists; a block meets itself once."""
        ...

    def nearest_in(self, keys: np.ndarray, sample: np.ndarray, sample_halves: np.ndarray, rank: int) -> np.ndarray:
        """Return |s|^2 / 2 - q.s of the rank-th nearest s of the sample [m, d] to each q of the keys: float32 [n]."""
        ...

    def cut(self, lists: Shortlists, kept: int) -> None:
        """Cut each list to the `kept` nearest."""
        ...

    def measure(self, block: Block, keys: np.ndarray, first: int) -> None:
        """Put the exact squared distance in the place of the product's, for all listed rows that stand in `keys`."""
        ...

    def rescan(self, again: Again, keys: np.ndarray, halves: np.ndarray, first: int) -> None:
        """Search rows first : first + n for all that may be within the queries' limits."""
        ...
