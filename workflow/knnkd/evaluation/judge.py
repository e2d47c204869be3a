"""A metric on a split, for hypotheses that are decoded on the way and stand in no file."""

from collections.abc import Sequence
from pathlib import Path

from knnkd.core.errors import KnnKdError
from knnkd.corpus.tokenise import detokenise
from knnkd.evaluation.metrics import metric_of
from knnkd.evaluation.scores import Sentences


class Judge:
    """A metric with its references; the tokens of the hypotheses are its argument."""

    def __init__(self, name: str, sentences: Sentences, unescape: bool) -> None:
        """Take the metric's name, and whether the tokenisation wrote Moses' entities."""
        self.name, self._metric, self._unescape = name, metric_of(name), unescape
        self.column, self.sign = self._metric.column, self._metric.sign
        self.language = Path(sentences.reference).suffix[1:]
        self.path, references, sources = sentences.read(self._metric.reads)
        self._scorer = self._metric.opened(references, sources)
        self.sentences = len(references)

    def __call__(self, tokenised: Sequence[str]) -> float:
        """Return the score, as the rule score has it; KnnKdError where they are not one a reference."""
        if len(tokenised) != self.sentences:
            raise KnnKdError(f"{self.path}: {self.sentences} references for {len(tokenised)} hypotheses; name its own")
        plain = self._metric.reads == "text"
        return self._scorer.score(detokenise(tokenised, self.language, self._unescape) if plain else tokenised)
