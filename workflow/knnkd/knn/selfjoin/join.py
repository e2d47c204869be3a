"""Exact k-nearest-neighbour search in advance (Section 3.1, step 2): every training position against the datastore.

The distance of two rows is that of the two the other way round, so each pair of blocks meets once and serves both.
Tiles of products keep, for each row, the k nearest and a margin (`kernels.py`); those few are measured again as
sum((q - k)^2) in float32, which is exact where it matters: a row's distance to itself is 0, and equal keys are equally
far. Where rounding or ties leave it open whether a row that was left out belongs in, the query is searched again with a
threshold, so the result is exact whatever the data.

Order of neighbours: by distance; at the same distance the query's own row first, then by row number.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import combinations_with_replacement, product
from pathlib import Path

import numpy as np
import torch

from knnkd.core.errors import KnnKdError
from knnkd.core.files import Progress, scratch_folder
from knnkd.knn.selfjoin.blocks import READ_ROWS, Block, Blocks, half_norms, read_rows, release
from knnkd.knn.selfjoin.engine import Again, Engine
from knnkd.knn.selfjoin.kernels import NOTHING
from knnkd.knn.selfjoin.packing import MAX_ROWS, Piece, Range, part_pairs, part_range, pieces_of, unpack
from knnkd.knn.selfjoin.sampled_bounds import draw, rank_in_sample, sample_size

MARGIN = 16  # neighbours kept beyond k, so that hardly any query must be searched twice
RESCAN_BYTES = 1 << 25  # what is held of queries that are searched twice at a time
SORT_BYTES = 1 << 21  # packed neighbours sorted at a time, by each thread
UNIT_ROUNDOFF = 2.0**-24  # of float32


def plan_block(dimension: int, k: int, memory_gb: float, taken: int) -> int:
    """Return how many rows a block may have, so that `memory_gb` (1e9 bytes) hold what is held, whatever N is.

    That is two blocks with their lists, and the keys of a third to measure with. taken: bytes that are needed whatever
    the size of a block. Raises KnnKdError where not even one row fits.
    """
    row = 2 * (4 * dimension + 4 + 2 * (k + MARGIN) * 8 + 8) + 4 * dimension
    fixed = taken + RESCAN_BYTES + 8 * READ_ROWS * dimension
    rows = int((memory_gb * 1e9 - fixed) // row)
    if rows < 1:
        needed = (fixed + row) / 1e9
        raise KnnKdError(
            f"search.memory_gb = {memory_gb}: too small for d = {dimension}, k = {k}; take at least {needed:.2f}"
        )
    return rows


def self_join(
    keys: np.ndarray,
    k: int,
    shard: tuple[int, int] = (1, 1),
    memory_gb: float = 4.0,
    device: torch.device | str = "cpu",
    threads: int = 1,
    out: np.ndarray | None = None,
    scratch: Path | None = None,
) -> np.ndarray:
    """Return the k nearest rows of each row that job (i, n) deals with, among those that it deals with: int64 [M, k].

    keys: float16 or float32 [N, d], may be a memory map; shard (1, 1): all rows among all. The rows are those of
    `neighbours.pieces_of`, in its order; neighbours are packed, nearest first, filled up with NOTHING where a piece has
    fewer than k. out: the array to fill, a memory map where M * k is large: memory is then bounded by `memory_gb`
    alone, never by N; scratch: folder for what does not fit.
    Raises KnnKdError where k > N, a key is not finite, or the budget is too small.
    """
    rows = len(keys)
    if not 1 <= k <= rows:
        raise KnnKdError(f"k = {k}, but the datastore has {rows} rows; lower k")
    if rows > MAX_ROWS:
        raise KnnKdError(f"{rows} rows: the search numbers at most {MAX_ROWS}; split the datastore")
    pieces = pieces_of(rows, shard)
    found = np.empty((sum(piece.size for piece in pieces), k), np.int64) if out is None else out
    engine = _engine(torch.device(device), threads, keys.dtype)
    with engine, scratch_folder(scratch) as folder:
        size = plan_block(keys.shape[1], k, memory_gb, engine.memory)
        join = _Join(keys, k, engine, pieces, size, folder)
        with closing(join.blocks), Progress("search", join.distances(shard), " distances") as progress:
            join.meet_all(shard, progress)
            join.finish_all(pieces, found)
    return found


def nearest(keys: np.ndarray, k: int, **settings) -> tuple[np.ndarray, np.ndarray]:
    """Return the k nearest rows of every row: rows int64 [N, k] and squared L2 distances float32 [N, k].

    For datastores whose result fits in memory; settings as of `self_join`.
    """
    packed = self_join(keys, k, **settings)
    rows, distances = np.empty(packed.shape, np.int64), np.empty(packed.shape, np.float32)
    step = max(1, SORT_BYTES // (8 * k))
    for part in (slice(first, first + step) for first in range(0, len(keys), step)):
        rows[part], distances[part] = unpack(packed[part], np.arange(len(keys))[part])
    return rows, distances


def _engine(device: torch.device, threads: int, dtype: np.dtype):
    if device.type == "cuda":
        from knnkd.knn.selfjoin.gpu import GpuTiles

        return GpuTiles(device, dtype == np.float16)
    from knnkd.knn.selfjoin.cpu import CpuTiles

    return CpuTiles(threads)


class _Join:
    """One job: its blocks, and how they meet."""

    def __init__(
        self, keys: np.ndarray, k: int, engine: Engine, pieces: Sequence[Piece], size: int, scratch: Path
    ) -> None:
        self.keys, self.k, self.engine, self.size = keys, k, engine, size
        self.kept = min(k + MARGIN, len(keys))
        self.longest = longest_key(keys)
        self.against = {each: piece.against for piece in pieces for each in self.cut(piece.rows)}
        self.blocks = Blocks(keys, self.kept, list(self.against), scratch, self.first_limits)

    def cut(self, rows: Range) -> list[Range]:
        """Return blocks of equal size, as large as fits."""
        total = rows[1] - rows[0]
        count = -(-total // self.size)
        return [(rows[0] + total * i // count, rows[0] + total * (i + 1) // count) for i in range(count)]

    def pairs(self, shard: tuple[int, int]) -> Iterator[tuple[Range, Range]]:
        """Yield the blocks that meet, the first changing slowest."""
        for a, b in part_pairs(shard):
            ranges = [part_range(len(self.keys), part, shard[1]) for part in (a, b)]
            if any(first == last for first, last in ranges):
                continue
            first, second = map(self.cut, ranges)
            yield from combinations_with_replacement(first, 2) if a == b else product(first, second)

    def distances(self, shard: tuple[int, int]) -> int:
        """Return how many products there are, about: within a block half of them are left out."""
        sizes = [(a[1] - a[0], b[1] - b[0], a == b) for a, b in self.pairs(shard)]
        return sum(n * m // (2 if same else 1) for n, m, same in sizes)

    def meet_all(self, shard: tuple[int, int], progress: Progress) -> None:
        """Let all pairs meet."""
        for a, b in self.pairs(shard):
            block = self.blocks.get(a, b)
            self.engine.meet(block, self.blocks.get(b, a), progress)

    def first_limits(self, rows: Range, keys: np.ndarray, halves: np.ndarray) -> np.ndarray | float:
        """Return what a block's lists may leave out from the start (`sampled_bounds.py`): float32 [n], or infinity."""
        met = sum(last - first for first, last in self.against[rows])
        size = sample_size(met, self.kept)
        if not size:
            return np.inf
        sample = self.keys[draw(self.against[rows], size)].astype(np.float32)
        release(self.keys)
        reach = self.engine.nearest_in(keys, sample, half_norms(sample), rank_in_sample(size, met, self.kept))
        return np.maximum(reach + halves, 0) + self._rounding(halves)

    def finish_all(self, pieces: Sequence[Piece], found: np.ndarray) -> None:
        """Measure what was shortlisted, and fill in the k nearest of each row, piece after piece."""
        at = 0
        for piece in pieces:
            against = [each for rows in piece.against for each in self.cut(rows)]
            for rows in self.cut(piece.rows):
                self.finish(self.blocks.get(rows), against, found[at : at + rows[1] - rows[0]])
                at += rows[1] - rows[0]
                release(found)

    def finish(self, block: Block, against: Sequence[Range], found: np.ndarray) -> None:
        """Fill in one block's neighbours int64 [n, k]."""
        self.engine.cut(block.lists, self.kept)
        for rows in against:
            self.engine.measure(block, self.blocks.keys_of(rows)[0], rows[0])
        still_open = np.zeros(len(block), bool)

        def order(part: slice) -> None:
            packed = _sorted(block, part, self.kept)
            found[part] = packed[:, : self.k]
            still_open[part] = self._open(block, part, packed[:, self.k - 1])

        step = max(1, SORT_BYTES // (8 * self.kept))
        self.engine.each(order, [slice(at, min(at + step, len(block))) for at in range(0, len(block), step)])
        self._search_again(block, np.flatnonzero(still_open), against, found)

    def _open(self, block: Block, part: slice, last: np.ndarray) -> np.ndarray:
        """Return whether rows may have a nearer neighbour than their `last` one, packed int64 [n]: bool [n]."""
        reach = _reach(last) + self._rounding(block.halves[part])
        return np.isfinite(block.lists.limits[part]) & (2 * block.lists.limits[part] <= reach)

    def _rounding(self, halves: np.ndarray) -> np.ndarray:
        """Return a bound on the error of a product's squared distance, float [n]: (d + 4) u (|q| + max |k|)^2."""
        return (self.keys.shape[1] + 4) * UNIT_ROUNDOFF * (np.sqrt(2 * halves) + self.longest) ** 2

    def _search_again(self, block: Block, rows: np.ndarray, against: Sequence[Range], found: np.ndarray) -> None:
        """Search some rows int64 of a block for every row that may be as near as the exact k-th distance so far."""
        step = max(1, RESCAN_BYTES // (18 * self.k + 4 * self.keys.shape[1] + 64))  # lists, a mask over them, and keys
        for first in range(0, len(rows), step):
            part = rows[first : first + step]
            own = block.first + part
            limit = _reach(found[part, -1]) + self._rounding(block.halves[part])
            again = Again(block.keys[part], own, block.halves[part] - limit / 2, self.k)
            for other in against:
                self.engine.rescan(again, *self.blocks.keys_of(other), other[0])
            found[part] = again.nearest()


def _reach(last: np.ndarray) -> np.ndarray:
    """Return the distance of a list's last neighbour, packed int64 [n]: float32 [n], infinity where there is none."""
    distance = unpack(last[:, None], np.zeros(len(last), np.int64))[1][:, 0]
    return np.where(last == NOTHING, np.float32(np.inf), distance)


def _sorted(block: Block, part: slice, kept: int) -> np.ndarray:
    """Return the measured neighbours of a part of a block, packed int64 [n, kept], nearest first."""
    lists, counts, _ = block.lists.part(part)
    packed = lists[:, :kept].copy()
    for row in np.flatnonzero(counts < kept):
        packed[row, counts[row] :] = NOTHING
    packed.sort(axis=1)
    return packed


def longest_key(keys: np.ndarray) -> float:
    """Return max |k|, from one pass over the keys. Raises KnnKdError where one is not finite.

    A single NaN would otherwise spread: no distance is below it, and no query would be searched again.
    """
    longest = 0.0
    for first in range(0, len(keys), READ_ROWS):
        halves = half_norms(read_rows(keys, (first, min(first + READ_ROWS, len(keys)))))
        if not np.isfinite(halves).all():
            row = first + int(np.flatnonzero(~np.isfinite(halves))[0])
            raise KnnKdError(f"row {row} of the keys is not finite; dump the datastore again")
        longest = max(longest, float(np.sqrt(2 * halves.max())))
    return longest
