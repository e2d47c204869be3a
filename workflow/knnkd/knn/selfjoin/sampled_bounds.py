"""The first limits of long shortlists, from a sample of the rows that they will meet.

A list without a limit takes whatever it meets until it is full, and most of that is cut off again later: of N rows it
takes kept (2 + log2(N / 2 kept)). Of m rows drawn at random about kept m / N are among the kept nearest. The r-th
nearest of the sample, with r five standard deviations above that, is farther than the kept-th nearest of all for all
but about one row in a million, whatever the data, and 2 to 3 kept rows are nearer than it. Where it was too near after
all, a list comes out short and its row is searched again (`search.py`): the result is exact either way.
"""

from collections.abc import Sequence

import numpy as np

from knnkd.knn.selfjoin.packing import Range

LEAST_KEPT = 512  # shorter lists cost less to fill than the sample's products
FOUND = 16  # how many of the kept nearest the sample should hold
MOST_ROWS = 8192  # of a sample, so that memory stays bounded whatever N is
SEED = 1


def sample_size(met: int, kept: int) -> int:
    """Return how many of the `met` rows to draw for lists of `kept`; 0 where a sample would not pay or not do."""
    size = min(FOUND * met // kept, MOST_ROWS)
    return size if kept >= LEAST_KEPT and met >= 8 * kept and size * kept >= FOUND * met // 2 else 0


def rank_in_sample(size: int, met: int, kept: int) -> int:
    """Return which nearest of the sample is farther than the kept-th nearest of all, but for bad luck."""
    expected = size * kept / met
    return min(size, int(np.ceil(expected + 5 * np.sqrt(expected) + 3)))


def draw(ranges: Sequence[Range], size: int) -> np.ndarray:
    """Return `size` different rows of ranges that do not overlap, int64 [size] in ascending order."""
    rows = np.array([last - first for first, last in ranges])
    ends = np.cumsum(rows)
    # One after the other in steps of equal length, each at a random place in its step: nothing of N's size is held.
    edges = ends[-1] * np.arange(size + 1) // size
    places = edges[:-1] + np.random.default_rng(SEED).integers(0, np.diff(edges))
    part = np.searchsorted(ends, places, side="right")
    return places - (ends - rows)[part] + np.array([first for first, _ in ranges])[part]
