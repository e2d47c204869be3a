"""The inner loops of the search in advance: one tile of a product against the limits of its rows and its columns.

With h = |x|^2 / 2, half the squared distance of a and b is h_a + h_b - a.b. A tile holds a.b; what is below its row's
or its column's limit goes onto that shortlist. Nearly nothing is once the limits are tight, so the loop that looks is
kept free of all else: 64 products at a time, then 16, then each.

A neighbour is one whole number, 32 bits of a distance above its row number plus one, so that lists are sorted and cut
as plain numbers. A shortlist is a row of a buffer twice as long as what is kept of it: it fills up, and is cut to the
nearest half.
"""

import numpy as np
from numba import njit

WIDE, NARROW = 64, 16  # products looked at in one go: a few vector registers, and one
NOTHING = np.iinfo(np.int64).max  # no neighbour: comes after each one
OWN = 0  # in the place of its row number plus one, so that a row comes first among its equals

# Sums may be taken in any order, and compares need no care for NaN, which no key holds; infinity is in use.
FAST = {"reassoc", "contract", "nsz", "nnan"}


@njit(nogil=True, fastmath=FAST, cache=True)
def _any_near(line, half, slack, by_row, by_column):
    """Whether a product of the line exceeds the bound of its row or of its column."""
    hits = np.int32(0)
    for j in range(len(line)):
        hits += np.int32((line[j] > by_row + half[j]) | (line[j] > by_column + slack[j]))
    return hits > 0


@njit(nogil=True, cache=True)
def keep_nearest(packed, kept):
    """Move the `kept` smallest of distinct numbers to the front; return the largest of them.

    Quickselect that swaps always and moves its boundary by a compare: a branch on it would be guessed wrong half the
    time, which costs more than the swaps.
    """
    low, high = 0, len(packed) - 1
    while high - low > 8:
        a, b, c = packed[low], packed[(low + high) >> 1], packed[high]
        pivot = max(min(a, b), min(max(a, b), c))
        boundary = low
        for j in range(low, high + 1):
            value = packed[j]
            packed[j] = packed[boundary]
            packed[boundary] = value
            boundary += np.int64(value <= pivot)
        if boundary == kept:
            return pivot
        if boundary > kept:
            high = boundary - 1
        else:
            low = boundary
    for i in range(low + 1, high + 1):
        value, j = packed[i], i
        while j > low and packed[j - 1] > value:
            packed[j] = packed[j - 1]
            j -= 1
        packed[j] = value
    return packed[kept - 1]


# The place of a mask's lowest bit, by De Bruijn's sequence: each window of five bits of it occurs once.
DE_BRUIJN = np.uint32(0x077CB531)
LOWEST_BIT = np.zeros(32, np.uint8)
LOWEST_BIT[[((0x077CB531 << place) & 0xFFFFFFFF) >> 27 for place in range(32)]] = np.arange(32)


@njit(nogil=True, cache=True)
def _lowest(mask):
    return np.int64(LOWEST_BIT[np.uint32((mask & (~mask + np.uint32(1))) * DE_BRUIJN) >> np.uint32(27)])


@njit(nogil=True, fastmath=FAST, cache=True)
def _near(line, bound, offsets):
    """Return which of at most 32 products exceed bound + offset, as the bits of a mask."""
    mask = np.uint32(0)
    for j in range(len(line)):
        mask |= np.uint32(line[j] > bound + offsets[j]) << np.uint32(j)
    return mask


@njit(nogil=True, cache=True)
def _cut(packed, kept, bits, number):
    """Cut a full list to its nearest, and return its limit. bits: int32 [1], the memory of number: float32 [1]."""
    bits[0] = np.int32(keep_nearest(packed, kept) >> 32)
    return number[0]


@njit(nogil=True, fastmath=FAST, cache=True)
def scan(product, a, b, first_a, first_b, kept, both, slack):
    """Put what is near in a tile onto the shortlists of its rows, and with `both` onto those of its columns.

    product: float32 [n, m]; a, b: (halves float32, packed int64 [., 2 kept], counts int32, limits float32) of the rows
    and of the columns; first_a, first_b: row numbers in the datastore; slack: float32 [m], to work in. Neighbours are
    put down here: a function for it would be called with all fields of the arrays, and cost twice as much.
    """
    half_a, packed_a, counts_a, limits_a = a
    half_b, packed_b, counts_b, limits_b = b
    distances, number = np.empty(NARROW, np.float32), np.empty(1, np.float32)
    distance_bits, bits = distances.view(np.int32), number.view(np.int32)  # written as floats, read as their bits
    m, full = product.shape[1], packed_a.shape[1]
    for j in range(m):
        slack[j] = half_b[j] - limits_b[j] if both else np.float32(np.inf)
    for i in range(len(product)):
        line, own = product[i], half_a[i]
        for start in range(0, m, WIDE):
            end = min(start + WIDE, m)
            if not _any_near(line[start:end], half_b[start:end], slack[start:end], own - limits_a[i], own):
                continue
            for first in range(start, end, NARROW):
                last = min(first + NARROW, end)
                by_row = _near(line[first:last], own - limits_a[i], half_b[first:last])
                by_column = _near(line[first:last], own, slack[first:last])
                if not by_row | by_column:
                    continue
                for j in range(last - first):
                    distances[j] = max(own + half_b[first + j] - line[first + j], np.float32(0))
                while by_row:
                    j = _lowest(by_row)
                    by_row &= by_row - np.uint32(1)
                    packed_a[i, counts_a[i]] = np.int64(distance_bits[j]) << 32 | (first_b + first + j + 1)
                    counts_a[i] += 1
                    if counts_a[i] == full:
                        limits_a[i], counts_a[i] = _cut(packed_a[i], kept, bits, number), kept
                while by_column:
                    j = _lowest(by_column)
                    at = first + j
                    by_column &= by_column - np.uint32(1)
                    packed_b[at, counts_b[at]] = np.int64(distance_bits[j]) << 32 | (first_a + i + 1)
                    counts_b[at] += 1
                    if counts_b[at] == full:
                        limits_b[at], counts_b[at] = _cut(packed_b[at], kept, bits, number), kept
                        slack[at] = half_b[at] - limits_b[at]


@njit(nogil=True, cache=True)
def cut(packed, counts, limits, kept):
    """Cut each list that is longer than `kept` to the nearest of it."""
    number = np.empty(1, np.float32)
    bits = number.view(np.int32)
    for i in range(len(counts)):
        if counts[i] > kept:
            bits[0] = np.int32(keep_nearest(packed[i, : counts[i]], kept) >> 32)
            limits[i], counts[i] = number[0], kept


@njit(nogil=True, fastmath=FAST, cache=True)
def _distance(query, key):
    """sum((q - k)^2) in float32: 0 for equal keys, the same both ways round."""
    total = np.float32(0)
    for x in range(len(query)):
        gap = query[x] - key[x]
        total += gap * gap
    return total


@njit(nogil=True, cache=True)
def measure(queries, keys, own, first, packed, counts):
    """Put the exact distance into each neighbour of `packed` that stands in `keys`, which begin at row `first`.

    queries: float32 [n, d], rows own : own + n of the datastore; packed: int64 [n, .], of which `counts` are filled.
    """
    number = np.empty(1, np.float32)
    bits = number.view(np.int32)
    for i in range(len(queries)):
        for c in range(counts[i]):
            row = (packed[i, c] & 0xFFFFFFFF) - 1
            if first <= row < first + len(keys):
                number[0] = _distance(queries[i], keys[row - first])
                packed[i, c] = (np.int64(bits[0]) << 32) | (OWN if row == own + i else row + 1)


@njit(nogil=True, fastmath=FAST, cache=True)
def rescan(product, bounds, half, queries, keys, own, first, packed, counts, limits, k):
    """Put each row of a tile that may be among the k nearest, measured exactly, onto the lists of packed neighbours.

    product, half: as in `scan`, [n, m] and [m]; bounds: float32 [n], what product - half must reach; own: int64 [n],
    the query's row; packed: int64 [n, 2 k]; counts: int32 [n]; limits: int64 [n].
    """
    number = np.empty(1, np.float32)
    bits = number.view(np.int32)
    for i in range(len(product)):
        for j in range(product.shape[1]):
            if product[i, j] - half[j] < bounds[i]:
                continue
            row = first + j
            number[0] = _distance(queries[i], keys[j])
            neighbour = (np.int64(bits[0]) << 32) | (OWN if row == own[i] else row + 1)
            if neighbour >= limits[i]:
                continue
            packed[i, counts[i]] = neighbour
            counts[i] += 1
            if counts[i] == packed.shape[1]:
                limits[i] = keep_nearest(packed[i], k)
                counts[i] = k
