"""The settings of faiss' indexes; faiss and torch, which take time to import, are not needed."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class IndexSettings:
    """How faiss builds an index.

    nlist: cells, None for `usual_cells`; code_bytes: bytes of a key's code, each for d / code_bytes of its dimensions;
    seed: of the rows that train it and of the clustering. A flat index has none of these.
    """

    kind: Literal["flat", "ivfflat", "ivfpq"]
    nlist: int | None = None
    code_bytes: int = 64
    seed: int = 1


@dataclass(frozen=True)
class Building:
    """An index, and the device that it is trained and filled on."""

    index: IndexSettings
    device: Literal["auto", "cpu", "cuda"] = "auto"
