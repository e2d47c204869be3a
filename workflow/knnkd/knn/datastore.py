"""The datastore of Eq. 3: one (key, value) row for each target position of the training set.

Keys are the decoder's output before the projection, values the gold tokens. EOS is in, padding is not. Rows stand in
the order of the corpus, and `offsets` says which belong to which sentence, so that nothing is ever matched by counting.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knnkd.core.arrays import open_array, open_offsets, read_meta


@dataclass(frozen=True)
class Datastore:
    """An opened datastore of N rows over S sentences; the arrays are memory maps.

    keys: float16 [N, d]; values: int32 [N]; offsets: int64 [S + 1];
    meta: rows, dimension, sentences, checkpoint (hash of the weights that made the keys), data (hash of the text).
    """

    folder: Path
    keys: np.ndarray
    values: np.ndarray
    offsets: np.ndarray
    meta: dict

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def open(cls, folder: Path) -> "Datastore":
        """Open `folder`; KnnKdError where a file is missing, cut short or disagrees with `meta.json`."""
        meta = read_meta(folder, ("rows", "dimension", "sentences", "checkpoint", "data"))
        rows = meta["rows"]
        return cls(
            folder=folder,
            keys=open_array(folder / "keys.npy", np.float16, (rows, meta["dimension"])),
            values=open_array(folder / "values.npy", np.int32, (rows,)),
            offsets=open_offsets(folder / "offsets.npy", meta["sentences"], rows),
            meta=meta,
        )
