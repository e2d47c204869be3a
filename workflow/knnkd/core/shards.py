"""Shards: a long piece of work over the rows of a file, cut into n parts that run on their own."""

import re

from knnkd.core.errors import KnnKdError


def parse_shard(text: str) -> tuple[int, int]:
    """Return (i, n) of "i-of-n"; KnnKdError where it is not that, with 1 <= i <= n."""
    match = re.fullmatch(r"([0-9]+)-of-([0-9]+)", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise KnnKdError(f"--shard {text}: expected i-of-n with 1 <= i <= n")
    return int(match[1]), int(match[2])


def shard_range(total: int, shard: tuple[int, int]) -> tuple[int, int]:
    """Return [first, last) of `total` rows for shard (i, n); the n ranges cover every row once and differ by one row.

    Raises KnnKdError where the range is empty.
    """
    part, count = shard
    first, last = total * (part - 1) // count, total * part // count
    if first == last:
        raise KnnKdError(f"--shard {part}-of-{count}: no row of {total} falls into it; take fewer shards")
    return first, last
