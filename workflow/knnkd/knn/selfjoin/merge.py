"""Shards of a search: what one job finds, and how the jobs' findings become the candidates of the training set."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from knnkd.core.arrays import begin, new_array, open_array, read_meta, write_meta
from knnkd.core.errors import KnnKdError
from knnkd.core.files import Progress
from knnkd.knn.candidates import new_candidates
from knnkd.knn.selfjoin.packing import Piece, Range, unpack

MERGED_BYTES = 1 << 26  # packed neighbours merged at a time


@contextmanager
def new_shard(folder: Path, pieces: Sequence[Piece], k: int, meta: dict) -> Iterator[np.ndarray]:
    """Yield the array of one job to be filled: packed neighbours int64 [M, k], nearest first, piece after piece.

    Its meta.json is written when the block has ended well.
    """
    begin(folder)
    rows = sum(piece.size for piece in pieces)
    with new_array(folder / "neighbours.npy", (rows, k), np.int64) as found:
        yield found
    listed = [{"rows": list(piece.rows), "against": [list(each) for each in piece.against]} for piece in pieces]
    write_meta(folder, meta | {"rows": rows, "k": k, "pieces": listed})


def gather_shards(shards: Sequence[Path], values: np.ndarray, offsets: np.ndarray, folder: Path, meta: dict) -> None:
    """Merge the shards of a search into candidates, with each datastore row replaced by its token.

    values: int32 [N] of the datastore; offsets: int64 [S + 1]. `meta` names the datastore; each shard must name the
    same one. Raises KnnKdError where a shard is missing, there twice, or differs in k or datastore.
    """
    metas = [read_meta(shard, ("datastore", "rows", "k", "pieces")) for shard in shards]
    k = metas[0]["k"]
    for shard, each in zip(shards, metas, strict=True):
        if each["datastore"] != meta["teacher"]["datastore"] or each["k"] != k:
            raise KnnKdError(f"{shard}: from another datastore or with another k; run its rule again")
    found = _by_rows(shards, metas)
    _require_all(found, len(values), folder)
    largest = int(values.max())
    with (
        new_candidates(folder, offsets, k, meta, largest) as (tokens, scores),
        Progress("gather", len(values), " rows") as bar,
    ):
        for (first, last), parts in found.items():
            step = max(1, MERGED_BYTES // (8 * k * len(parts)))
            for start in range(0, last - first, step):
                merged = np.concatenate([array[start : start + step] for array, _ in parts], axis=1)
                merged.sort(axis=1)
                rows = np.arange(first + start, first + start + len(merged))
                nearest, distances = unpack(merged[:, :k], rows)
                tokens[rows[0] : rows[-1] + 1] = values[nearest]
                scores[rows[0] : rows[-1] + 1] = -distances  # the higher the nearer
                bar.add(len(rows))


def _by_rows(shards: Sequence[Path], metas: Sequence[dict]) -> dict[Range, list[tuple[np.ndarray, list]]]:
    """Return for each range of rows, in order, what was found for it: (packed int64 [n, k], against which rows)."""
    found: dict[Range, list[tuple[np.ndarray, list]]] = {}
    for shard, meta in zip(shards, metas, strict=True):
        array, at = open_array(shard / "neighbours.npy", np.int64, (meta["rows"], meta["k"])), 0
        for piece in meta["pieces"]:
            first, last = piece["rows"]
            found.setdefault((first, last), []).append((array[at : at + last - first], piece["against"]))
            at += last - first
    return dict(sorted(found.items()))


def _require_all(found: dict[Range, list[tuple[np.ndarray, list]]], total: int, folder: Path) -> None:
    """Raise KnnKdError unless each row was compared with each row once."""
    _require_cover(list(found), total, f"{folder}: rows")
    for rows, parts in found.items():
        met = sorted((first, last) for _, against in parts for first, last in against)
        _require_cover(met, total, f"{folder}: what rows {rows[0]} to {rows[1]} were compared with")


def _require_cover(ranges: Sequence[Range], total: int, what: str) -> None:
    expected = 0
    for first, last in ranges:
        if first != expected:
            raise KnnKdError(f"{what}: a range starts at {first}, expected {expected}; name every shard once")
        expected = last
    if expected != total:
        raise KnnKdError(f"{what}: {expected} of {total}; name every shard of this search")
