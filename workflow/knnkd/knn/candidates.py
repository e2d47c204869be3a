"""Candidates: the sparse teacher as it lies on disk, K scored tokens for each target position, best first.

kNN-KD and BERT-KD are the same object; they differ in where the scores come from. For kNN a score is the negative
squared L2 distance (Eq. 10 then reads softmax(score[:k] / tau)), for BERT it is the logit.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knnkd.core.arrays import begin, new_array, open_array, open_offsets, read_meta, save_array, write_meta
from knnkd.core.errors import KnnKdError

# Half as much to read where the vocabulary allows, in a training that reads k tokens for each of its own.
TOKEN_TYPES: dict[str, type] = {"uint16": np.uint16, "int32": np.int32}


@dataclass(frozen=True)
class Candidates:
    """Opened candidates for N target positions over S sentences; the arrays are memory maps.

    tokens: uint16 or int32 [N, K]; scores: float32 [N, K], falling along a row; offsets: int64 [S + 1];
    meta: rows, k (= K), sentences, tokens (their type), data (hash of the text), teacher (what made them).
    """

    folder: Path
    tokens: np.ndarray
    scores: np.ndarray
    offsets: np.ndarray
    meta: dict

    @classmethod
    def open(cls, folder: Path) -> "Candidates":
        """Open `folder`; KnnKdError where a file is missing, cut short or disagrees with `meta.json`."""
        meta = read_meta(folder, ("rows", "k", "sentences", "tokens", "data", "teacher"))
        if meta["tokens"] not in TOKEN_TYPES:
            raise KnnKdError(f"{folder / 'meta.json'}: tokens are {meta['tokens']}; run its rule again")
        shape = (meta["rows"], meta["k"])
        return cls(
            folder=folder,
            tokens=open_array(folder / "tokens.npy", TOKEN_TYPES[meta["tokens"]], shape),
            scores=open_array(folder / "scores.npy", np.float32, shape),
            offsets=open_offsets(folder / "offsets.npy", meta["sentences"], meta["rows"]),
            meta=meta,
        )

    def require(self, data: str, target_lengths: np.ndarray, k: int, drop_self: bool = False) -> None:
        """Refuse candidates that are not this text's.

        data: hash of the binarised text; target_lengths: int [S], tokens a sentence with EOS; k: neighbours wanted,
        without a row's own with `drop_self`. Raises KnnKdError, before any training, where the text or a sentence's
        length differs, too few are stored, or a row's own neighbour is not known to come first.
        """
        if self.meta["data"] != data:
            raise KnnKdError(f"{self.folder}: made from other text than this training set; run its rule again")
        if not np.array_equal(np.diff(self.offsets), target_lengths):
            raise KnnKdError(f"{self.folder}: its sentences are not as long as the training set's; run its rule again")
        if drop_self and self.meta["teacher"].get("search", {}).get("index") != "exact":
            raise KnnKdError(f"{self.folder}: no exact search made it, so a row's own neighbour may stand anywhere")
        if not 1 <= k <= self.meta["k"] - drop_self:
            own = " and its own, which is dropped" if drop_self else ""
            raise KnnKdError(
                f"{self.folder}: k = {k}{own}, but {self.meta['k']} are stored; lower k or store more (search.k)"
            )


@contextmanager
def new_candidates(
    folder: Path, offsets: np.ndarray, k: int, meta: dict, largest: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the arrays of new candidates to be filled: tokens [N, k] and scores float32 [N, k], best first.

    offsets: int64 [S + 1], rising to N; largest: token, by which the type is the smallest of TOKEN_TYPES; `meta` names
    data and teacher. The folder is whole when the block ends well.
    """
    total = int(offsets[-1])
    kind = next(name for name, kind in TOKEN_TYPES.items() if largest <= np.iinfo(kind).max)
    begin(folder)
    with (
        new_array(folder / "tokens.npy", (total, k), TOKEN_TYPES[kind]) as tokens,
        new_array(folder / "scores.npy", (total, k), np.float32) as scores,
    ):
        yield tokens, scores
    save_array(folder / "offsets.npy", offsets)
    write_meta(folder, meta | {"rows": total, "k": k, "sentences": len(offsets) - 1, "tokens": kind})
