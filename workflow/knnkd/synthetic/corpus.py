"""What a corpus is made of: frames that write one source sentence and the notation of its translations."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from knnkd.synthetic.lattice import Lattice
from knnkd.synthetic.notation import tidy


class Sentence(NamedTuple):
    """A raw source sentence, and its translations in the notation of `knnkd.synthetic.notation`."""

    source: str
    target: str


class Pair(NamedTuple):
    """A raw source sentence, its raw reference (one draw from the lattice), and the lattice."""

    source: str
    target: str
    lattice: Lattice


Frame = Callable[[random.Random], Sentence]


@dataclass(frozen=True)
class Corpus:
    """A corpus: its frames with their relative frequencies, and perhaps a sentence that must open the test set."""

    description: str
    source_language: str
    target_language: str
    frames: dict[Frame, float]
    case_study: Sentence | None = None

    def draw(self, rng: random.Random) -> Sentence:
        """One sentence; the same source always comes with the same target notation."""
        frame = rng.choices(list(self.frames), weights=list(self.frames.values()))[0]
        source, target = frame(rng)
        return Sentence(tidy(source), target)
