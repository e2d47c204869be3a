"""The settings of the search in advance; torch and numpy, which take time to import, are not needed."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Join:
    """k: neighbours of each row that are stored; every smaller k is in them."""

    k: int
    device: Literal["auto", "cpu", "cuda"] = "auto"
