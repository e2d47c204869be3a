"""The settings of the benchmarks; torch and fairseq, which take seconds to import, are not needed."""

from dataclasses import dataclass
from typing import Literal

from knnkd.core.errors import KnnKdError
from knnkd.distil.settings import Files, Settings
from knnkd.inference.beam import Beam
from knnkd.inference.settings import Device, ModelFiles


@dataclass(frozen=True)
class MeasuredTraining:
    """A system whose training is measured, and the files that it reads."""

    system: str
    settings: Settings
    files: Files


@dataclass(frozen=True)
class TrainingBench:
    """Updates a turn, turns of each system that count, and the systems, the baseline first."""

    dataset: str
    updates: int
    rounds: int
    systems: list[MeasuredTraining]


@dataclass(frozen=True)
class MeasuredModel:
    """A system whose decoding is measured, and its files."""

    system: str
    files: ModelFiles


@dataclass(frozen=True)
class DecodingBench:
    """Turns of each system that count, sentences of the test set in a turn, about, and the systems, the baseline first.

    length: subwords of every hypothesis, so that all systems do the same steps; None: as the search ends them.
    """

    dataset: str
    rounds: int
    sentences: int
    max_tokens: int
    beam: Beam
    systems: list[MeasuredModel]
    length: int | None = None
    threads: int = 1
    device: Device = "auto"

    def __post_init__(self) -> None:
        """Raise KnnKdError for hypotheses of no subword."""
        if self.length is not None and self.length < 1:
            raise KnnKdError("length starts at 1")


@dataclass(frozen=True)
class DumpBench:
    """The forward pass over the validation set, alone and as it fills a datastore."""

    dataset: str
    rounds: int
    max_tokens: int
    threads: int = 1
    device: Device = "auto"


@dataclass(frozen=True)
class SelfJoinBench:
    """The search in advance on random keys.

    rows and dimension: of the keys; queries: of the rows, how many faiss is asked for; k: neighbours, of which the
    first is compared with faiss; k_rows: rows of the comparison over k, None: all; sizes: rows of the curve; memory_gb:
    budget of 1e9 bytes.
    """

    rows: int
    queries: int
    dimension: int
    k: list[int]
    sizes: list[int]
    k_rows: int | None = None
    rounds: int = 5
    memory_gb: float = 4.0
    threads: int = 1
    device: Device = "auto"

    def __post_init__(self) -> None:
        """Raise KnnKdError where k or queries are more than the rows."""
        if max(self.k) > min(self.rows, self.k_rows or self.rows, *self.sizes) or self.queries > self.rows:
            raise KnnKdError("k and queries are at most rows, and k at most the smallest of sizes")


@dataclass(frozen=True)
class MergeBench:
    """The merging of shards: rows of the datastore, neighbours of each, and numbers of jobs that shared the search."""

    rows: int
    k: int
    rounds: int = 5
    jobs: tuple[int, ...] = (1, 2, 8)

    def __post_init__(self) -> None:
        """Raise KnnKdError where a job would have no part of the datastore."""
        if not 1 <= 2 * max(self.jobs) <= self.rows:
            raise KnnKdError(f"jobs {max(self.jobs)}: each has two parts of the datastore; take twice as many rows")


@dataclass(frozen=True)
class IndexBench:
    """Ways to search a datastore while decoding the test set.

    kinds: of the search; nlist: cells, None for the usual number; nprobe: cells that a query visits; rerank: times k
    rows measured again (ivfpq); code_bytes: bytes of a key's code (ivfpq); seed: of the clustering.
    """

    dataset: str
    rounds: int
    sentences: int
    max_tokens: int
    beam: Beam
    metric: str
    unescape: bool
    kinds: list[Literal["exact", "flat", "ivfflat", "ivfpq"]]
    nlist: list[int | None]
    nprobe: list[int]
    rerank: list[int]
    code_bytes: int
    seed: int
    threads: int = 1
    device: Device = "auto"


@dataclass(frozen=True)
class ServingBench:
    """fairseq and the exported model on the test set: turns that count, and its first sentences in a turn."""

    dataset: str
    system: str
    rounds: int
    sentences: int
    metric: str
    unescape: bool = False
    threads: int = 1
    device: Device = "auto"
