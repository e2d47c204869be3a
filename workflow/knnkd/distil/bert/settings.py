"""The settings of BERT-KD's teacher: how it is trained, and what it writes."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from knnkd.core.errors import KnnKdError

Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True)
class Schedule:
    """How long and how fast: lr rises over the share `warmup` of the updates and then falls, both linearly."""

    updates: int
    lr: float
    warmup: float
    max_tokens: int  # a batch, with padding
    seed: int
    save_interval: int  # updates
    threads: int

    def __post_init__(self) -> None:
        """Raise KnnKdError for what no training can be."""
        if min(self.updates, self.max_tokens, self.save_interval, self.threads) < 1:
            raise KnnKdError("schedule: updates, max_tokens, save_interval and threads are 1 at least")
        if not 0 <= self.warmup <= 1:
            raise KnnKdError(f"schedule: warmup {self.warmup} is no share; give one from 0 to 1")

    def lr_at(self, update: int) -> float:
        """Learning rate of an update, counted from 1; above 0 at the first and at the last."""
        rise = math.ceil(self.warmup * self.updates)
        if update <= rise:
            return self.lr * update / rise
        return self.lr * (self.updates - update + 1) / (self.updates - rise + 1)


@dataclass(frozen=True)
class Shape:
    """The size of a new BERT."""

    layers: int
    hidden: int  # width of a layer
    heads: int
    ffn: int  # inner width of a feed-forward network
    max_positions: int = 512  # pieces of a pair, with its three markers
    dropout: float = 0.0  # share (0..1), and in fine-tuning as well


@dataclass(frozen=True)
class Pretraining:
    """A small BERT made from the training text of both languages; vocabulary: pieces of both together.

    entities: as of `corpus.length_limits.Segmentation`.
    """

    languages: tuple[str, str]
    vocabulary: int
    shape: Shape
    schedule: Schedule
    device: Device = "auto"
    entities: bool = False

    def model(self) -> dict[str, Any]:
        """Return what its weights start from: its shape and the seed."""
        return asdict(self.shape) | {"seed": self.schedule.seed}


@dataclass(frozen=True)
class Finetuning:
    """A BERT made a conditional masked language model."""

    languages: tuple[str, str]
    schedule: Schedule
    device: Device = "auto"


@dataclass(frozen=True)
class Labelling:
    """What the teacher writes: its `stored` best pieces a position.

    masks: passes, each hiding every so many positions; max_tokens: of a batch, padded, both sides.
    """

    languages: tuple[str, str]
    masks: int
    stored: int
    max_tokens: int
    threads: int = 1
    device: Device = "auto"
