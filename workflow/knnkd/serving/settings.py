"""The settings of an export; torch and fairseq, which take seconds to import, are not needed."""

from dataclasses import dataclass

from knnkd.core.errors import KnnKdError
from knnkd.corpus.clean import TextSettings
from knnkd.experiment.runs import Run
from knnkd.inference.beam import Beam
from knnkd.inference.settings import Device


@dataclass(frozen=True)
class Exporting:
    """A run that is exported: how its corpus was tokenised, its beam search, and what is measured of it.

    max_tokens: padded source subwords a batch; sentences: of the validation set, for what is measured; rounds: turns of
    float32 and of int8 that count.
    """

    run: Run
    text: TextSettings
    beam: Beam
    max_tokens: int
    sentences: int = 200
    rounds: int = 5
    threads: int = 1
    device: Device = "auto"

    def __post_init__(self) -> None:
        """Raise KnnKdError where nothing would be measured."""
        if min(self.sentences, self.rounds) < 1:
            raise KnnKdError("sentences and rounds start at 1")
