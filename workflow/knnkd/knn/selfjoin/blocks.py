"""Blocks of a datastore under search: their keys in float32, and for each row a shortlist of what is near so far."""

import mmap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from knnkd.core.errors import KnnKdError
from knnkd.knn.selfjoin.packing import Range

READ_ROWS = 8192  # rows of keys converted at once


@dataclass
class Shortlists:
    """The shortlists of n rows: packed int64 [n, 2 kept] (`kernels.py`), in no order, of half the squared distances.

    counts: int32 [n], how many stand there; limits: float32 [n], what was left out of a list is no nearer.
    """

    packed: np.ndarray
    counts: np.ndarray
    limits: np.ndarray

    @classmethod
    def empty(cls, n: int, kept: int) -> "Shortlists":
        """Return lists of no neighbour."""
        return cls(np.empty((n, 2 * kept), np.int64), np.zeros(n, np.int32), np.full(n, np.inf, np.float32))

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the three arrays."""
        return self.packed, self.counts, self.limits

    def part(self, rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return views of the three arrays of some rows."""
        return self.packed[rows], self.counts[rows], self.limits[rows]


@dataclass
class Block:
    """Rows first : first + n of the datastore; keys: float32 [n, d], halves: float32 [n], |k|^2 / 2."""

    first: int
    keys: np.ndarray
    halves: np.ndarray
    lists: Shortlists

    def __len__(self) -> int:
        return len(self.keys)


class Blocks:
    """Reads blocks when they are needed and holds at most two; the shortlists of the others wait in a file."""

    def __init__(
        self,
        keys: np.ndarray,
        kept: int,
        ranges: Sequence[Range],
        scratch: Path,
        first_limits: Callable[[Range, np.ndarray, np.ndarray], np.ndarray | float],
    ) -> None:
        """keys: float16 or float32 [N, d], may be a memory map; scratch: a folder for the file.

        first_limits: what the lists of some rows leave out from the start, from the rows, their keys and their halves.
        """
        self._keys, self._kept, self._first_limits = keys, kept, first_limits
        self._held: dict[Range, Block] = {}
        self._size = max(last - first for first, last in ranges)
        self._places = {each: place for place, each in enumerate(ranges)}
        self._written: set[Range] = set()
        self._path = scratch / "shortlists"
        self._file: BinaryIO | None = None

    def get(self, wanted: Range, beside: Range | None = None) -> Block:
        """Return a block with its shortlists; the block `beside` stays where it is."""
        if wanted not in self._held:
            for each in [held for held in self._held if held != beside][: max(0, len(self._held) - 1)]:
                self._put_away(each)
            self._held[wanted] = self._read(wanted)
        return self._held[wanted]

    def keys_of(self, wanted: Range) -> tuple[np.ndarray, np.ndarray]:
        """Return the keys float32 [n, d] of some rows and half their squared norms float32 [n]."""
        if held := self._held.get(wanted):
            return held.keys, held.halves
        keys = read_rows(self._keys, wanted)
        return keys, half_norms(keys)

    def _read(self, wanted: Range) -> Block:
        keys, halves = self.keys_of(wanted)
        lists = Shortlists.empty(len(keys), self._kept)
        if wanted in self._written:
            self._seek(wanted)
            for array in lists.arrays():
                _read_into(array, self._open())
        else:
            lists.limits[:] = self._first_limits(wanted, keys, halves)
        return Block(wanted[0], keys, halves, lists)

    def _put_away(self, block: Range) -> None:
        self._seek(block)
        for array in self._held.pop(block).lists.arrays():
            array.tofile(self._open())
        self._written.add(block)

    def _seek(self, block: Range) -> None:
        row = 2 * self._kept * 8 + 4 + 4
        self._open().seek(self._places[block] * self._size * row)

    def _open(self) -> BinaryIO:
        if self._file is None:
            self._file = open(self._path, "w+b", buffering=0)  # noqa: SIM115  (closed by `close`)
        return self._file

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)


def _read_into(array: np.ndarray, file: BinaryIO) -> None:
    view, done = array.reshape(-1).view(np.uint8).data, 0
    while done < len(view):
        count = file.readinto(view[done:])  # type: ignore[attr-defined]
        if not count:
            raise KnnKdError(f"{file.name}: cut short while the search was running; run it again")
        done += count


def read_rows(keys: np.ndarray, rows: Range) -> np.ndarray:
    """Return some rows of keys [N, d] as float32 [n, d]; of a memory map, no page stays in memory."""
    found = np.empty((rows[1] - rows[0], keys.shape[1]), np.float32)
    for first in range(0, len(found), READ_ROWS):
        part = slice(rows[0] + first, min(rows[0] + first + READ_ROWS, rows[1]))
        found[first : first + READ_ROWS] = keys[part]
        release(keys)
    return found


def half_norms(keys: np.ndarray) -> np.ndarray:
    """Return |k|^2 / 2 of keys float32 [n, d]: float32 [n]."""
    return np.einsum("nd,nd->n", keys, keys) / np.float32(2)


def release(array: np.ndarray) -> None:
    """Let go of the pages of a memory map; what was written goes to the file. They would count as ours otherwise."""
    mapped = getattr(array, "_mmap", None)
    if isinstance(mapped, mmap.mmap):
        array.flush() if array.flags.writeable else None  # type: ignore[attr-defined]
        mapped.madvise(mmap.MADV_DONTNEED)


def own_pairs(strips: int) -> Iterable[tuple[int, int]]:
    """Yield each two of a block's strips once, each with itself too; those that follow each other share no strip."""
    for step in range(strips // 2 + 1):
        for first in range(strips // 2 if 2 * step == strips else strips):
            yield first, (first + step) % strips


def all_pairs(rows: int, columns: int) -> Iterable[tuple[int, int]]:
    """Yield each strip of one block with each of the other; those that follow each other share no strip."""
    for step in range(columns):
        for first in range(rows):
            yield first, (first + step) % columns
