"""The speed of gathering: what several jobs of a search left, merged into candidates.

The neighbours are random numbers; how near they are makes no difference to a merge.
"""

import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from knnkd.bench.rounds import Turn, take_turns
from knnkd.core.files import scratch_folder
from knnkd.knn.selfjoin.merge import gather_shards, new_shard
from knnkd.knn.selfjoin.packing import Piece, pieces_of

SEED = 1
SENTENCE = 25  # tokens of a sentence, about as many as real ones have
TYPES = 10_000  # tokens that the values are drawn from
META = {"datastore": "benchmark"}


def bench_gathering(rows: int, k: int, jobs: Sequence[int], rounds: int, scratch: Path) -> dict[str, Any]:
    """Return packed neighbours read a second, of searches dealt out to so many jobs; as `bench.systems` gives rates.

    "jobs" are their numbers, in the order of the rates. rows: of the datastore, at least 2 max(jobs); scratch: a folder
    for what is read and written, which is left as it was.
    """
    values = np.random.default_rng(SEED).integers(4, TYPES, rows, np.int32)
    offsets = np.append(np.arange(0, rows, SENTENCE), rows).astype(np.int64)
    with scratch_folder(scratch) as folder:
        turns = {_name(n): _turn(folder / str(n), n, k, values, offsets) for n in jobs}
        rates = take_turns(turns, rounds)
    about = {
        "metric": "neighbours_per_second",
        "turn": f"{rows:,} rows, k = {k}",
        "device": f"{platform.machine()} CPU",
    }
    return about | {"cores": os.cpu_count(), "threads": 1, "rounds": rounds, "jobs": list(jobs), "rates": rates}


def _name(jobs: int) -> str:
    return f"{jobs} job{'s' if jobs > 1 else ''}"


def _turn(folder: Path, jobs: int, k: int, values: np.ndarray, offsets: np.ndarray) -> Turn:
    """Write what the jobs would leave, and return the turn that merges it."""
    shards = [folder / f"{i}-of-{jobs}" for i in range(1, jobs + 1)]
    neighbours = 0
    for i, shard in enumerate(shards, 1):
        pieces = pieces_of(len(values), (i, jobs))
        with new_shard(shard, pieces, k, META) as found:
            found[:] = np.concatenate([_piece(piece, k) for piece in pieces])
            neighbours += found.size

    def turn() -> tuple[float, float]:
        start = time.perf_counter()
        gather_shards(shards, values, offsets, folder / "candidates", {"data": "benchmark", "teacher": META})
        return neighbours, time.perf_counter() - start

    return turn


def _piece(piece: Piece, k: int) -> np.ndarray:
    """Return packed neighbours int64 [n, k], nearest first, among the rows that the piece was compared with."""
    random = np.random.default_rng(SEED)
    numbers = np.concatenate([np.arange(first, last) for first, last in piece.against]) + 1
    distances = np.sort(random.random((piece.size, k), np.float32), axis=1).view(np.int32).astype(np.int64)
    return distances << 32 | random.choice(numbers, (piece.size, k))
