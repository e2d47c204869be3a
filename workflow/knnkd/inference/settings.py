"""The settings of what a trained model does (beam search, forward passes, kNN-MT), and the files that it reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from knnkd.experiment.runs import Run
from knnkd.inference.beam import Beam

Device = Literal["auto", "cpu", "cuda"]
# What a search with each kind of index is set by.
OF_INDEX = {"exact": (), "flat": ("rerank",), "ivfflat": ("nprobe",), "ivfpq": ("nprobe", "rerank")}


@dataclass(frozen=True)
class Search:
    """How a decoder's neighbours are searched: exactly, or with a faiss index.

    nprobe: cells that a query visits; rerank: times k rows are measured again exactly, 0: distances as the index has
    them. OF_INDEX says which of the two a kind of index has.
    """

    kind: Literal["exact", "flat", "ivfflat", "ivfpq"] = "exact"
    nprobe: int = 32
    rerank: int = 1

    def describe(self) -> dict[str, Any]:
        """Return what a record says of the search."""
        return {"index": self.kind} | {name: getattr(self, name) for name in OF_INDEX[self.kind]}


@dataclass(frozen=True)
class Nearest:
    """What kNN-MT reads beside its model: the folder of a datastore, tuned.json, and the folder of a faiss index."""

    datastore: Path
    tuned: Path | None = None
    index: Path | None = None
    search: Search = Search()

    @classmethod
    def of_records(cls, records: Sequence[Path], search: Search) -> Self:
        """Return what stands behind meta.json of a datastore, tuned.json, and meta.json of an index, if any."""
        datastore, tuned, *index = records
        return cls(datastore.parent, tuned, index[0].parent if index else None, search)


@dataclass(frozen=True)
class ModelFiles:
    """A model, the text that it reads, and what kNN-MT needs."""

    checkpoint: Path
    data_bin: Path
    nearest: Nearest | None = None


@dataclass(frozen=True)
class Forward:
    """A forward pass over a split: max_tokens are padded tokens a batch, on the longer side."""

    max_tokens: int
    split: str = "train"
    threads: int = 1
    device: Device = "auto"


@dataclass(frozen=True)
class Decoding:
    """Beam search over a split of a run's text.

    run: whose hypotheses they are; its split names another dataset in Table 4, `split` is that of the text. unescape:
    whether the tokenisation wrote Moses' entities; search: of kNN-MT.
    """

    run: Run
    split: str
    max_tokens: int
    beam: Beam = Beam()
    threads: int = 1
    device: Device = "auto"
    unescape: bool = False
    search: Search = Search()


@dataclass(frozen=True)
class Grid:
    """The values of kNN-MT's grid: neighbours, temperatures in squared distances, and shares of the datastore."""

    k: list[int]
    tau: list[float]
    shares: list[float]


@dataclass(frozen=True)
class Tuning:
    """The choice of k, tau and lambda on the validation set: how it is decoded, and how many points of least loss are.

    metric: one of `evaluation.metrics`.
    """

    decoding: Decoding
    grid: Grid
    decoded: int
    metric: str


@dataclass(frozen=True)
class Measuring:
    """The measurement of a model's distributions on the references of a run's split; bert: it reads BERT's subwords."""

    run: Run
    max_tokens: int
    threads: int = 1
    device: Device = "auto"
    search: Search = Search()
    bert: bool = False
