"""A neighbour as one number, and the parts of a datastore that meet in the jobs of a search.

The order of neighbours is by distance, at the same distance the query's own row first, then by row number. Packed, a
neighbour is 32 bits of its distance above 32 bits of its row: the order is that of whole numbers, exact in any merge.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from knnkd.core.shards import shard_range
from knnkd.knn.selfjoin.kernels import OWN

MAX_ROWS = 2**32 - 2  # one number is no row, one is a row's own
Range: TypeAlias = tuple[int, int]  # [first, last) of the datastore's rows


def pack(distances: np.ndarray, rows: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return packed neighbours int64 [n, m].

    distances: float32 [n, m], squared L2, at least 0; rows: int [n, m], below MAX_ROWS; own: int64 [n], a query's row.
    """
    packed = distances.astype(np.float32, copy=False).view(np.uint32).astype(np.int64) << 32
    return packed | np.where(rows == own[:, None], OWN, rows.astype(np.int64) + 1)


def unpack(packed: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows int64 [n, m] and squared L2 distances float32 [n, m] of packed neighbours; own: int64 [n]."""
    rows = packed & 0xFFFFFFFF
    np.copyto(rows, own[:, None] + 1, where=rows == OWN)
    rows -= 1
    return rows, np.right_shift(packed, 32, dtype=np.int64).astype(np.int32).view(np.float32)


@dataclass(frozen=True)
class Piece:
    """What one job finds for some rows: their neighbours among `against`, which do not overlap."""

    rows: Range
    against: tuple[Range, ...]

    @property
    def size(self) -> int:
        """How many rows there are."""
        return self.rows[1] - self.rows[0]


def part_pairs(shard: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the pairs (p, q), p <= q, of the 2n parts of a datastore that job (i, n) lets meet.

    Each two parts meet in one job, each part meets itself in one, and all jobs have equally much to do: job i
    owns two parts, and meets those of the (n - 1) / 2 jobs after it, round in a circle. Where n is even, the job
    opposite is met by each of the two with one half.
    """
    job, jobs = shard[0] - 1, shard[1]
    own = (2 * job, 2 * job + 1)
    pairs = [(own[0], own[0]), (own[0], own[1]), (own[1], own[1])]
    for step in range(1, (jobs - 1) // 2 + 1):
        other = (job + step) % jobs
        pairs += [(a, b) for a in own for b in (2 * other, 2 * other + 1)]
    if jobs % 2 == 0:
        other = (job + jobs // 2) % jobs
        pairs += [(a, b) for a in own[:1] if job < other for b in (2 * other, 2 * other + 1)]
        pairs += [(a, b) for a in own for b in (2 * other + 1,) if other < job]
    return sorted((min(pair), max(pair)) for pair in pairs)


def part_range(total: int, part: int, jobs: int) -> Range:
    """Return the rows of a part: [first, last), empty where there are fewer rows than parts."""
    return total * part // (2 * jobs), total * (part + 1) // (2 * jobs)


def pieces_of(total: int, shard: tuple[int, int]) -> list[Piece]:
    """Return what job (i, n) finds in a datastore of `total` rows, by row; what it writes is in this order.

    Raises KnnKdError where the job has no row of its own.
    """
    shard_range(total, shard)
    met: dict[int, list[int]] = {}
    for a, b in part_pairs(shard):
        met.setdefault(a, []).append(b)
        if a != b:
            met.setdefault(b, []).append(a)
    ranges = {part: part_range(total, part, shard[1]) for part in met}
    filled = {part for part, (first, last) in ranges.items() if first < last}
    return [Piece(ranges[a], tuple(ranges[b] for b in sorted(met[a]) if b in filled)) for a in sorted(filled)]
