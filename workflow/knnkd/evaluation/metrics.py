"""The metrics: what each is called, what it reads, how it scores a corpus, and which of two scores is better.

A new one is an entry of METRICS, and its name in `$defs.metric` of the config's schema.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics import BLEU, CHRF, TER

from knnkd.core.errors import KnnKdError

Numbers = NDArray[np.float64]


class Scorer(Protocol):
    """A metric on one test set; hypotheses are one a sentence."""

    def score(self, hypotheses: Sequence[str]) -> float:
        """Return the score of the corpus."""

    def statistics(self, hypotheses: Sequence[str]) -> Numbers:
        """Return what the score of any choice of the sentences is made of, by its sums: [N, C]."""

    def of_sums(self, sums: Numbers) -> Numbers:
        """Return the scores of sums of statistics, [..., C] -> [...]."""

    def signature(self, **more: int) -> str:
        """Return how the score is computed, with what else is to be said of it."""


@dataclass(frozen=True)
class Metric:
    """What there is to know about a metric.

    label: in notes; heading: of a column, which metrics of one kind share; reads: tokens, or plain text; opened: makes
    the scorer of references and sources; decimals: as it is printed.
    """

    label: str
    heading: str
    reads: Literal["tokens", "text"]
    opened: Callable[[Sequence[str], Sequence[str]], Scorer]
    lower_is_better: bool = False
    decimals: int = 2

    @property
    def column(self) -> str:
        """Its key in CSV and JSON files."""
        return self.heading.lower()

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is."""
        return -1 if self.lower_is_better else 1


class OfSacrebleu:
    """A metric of sacrebleu, in points of 100; `of_sums` is its own, one row after the other, where none is given."""

    def __init__(
        self,
        references: Sequence[str],
        sources: Sequence[str],
        make: Callable[..., Any],
        of_sums: Callable[[Numbers], Numbers] | None = None,
    ) -> None:
        """Take the references, which are prepared once for all systems; no metric of sacrebleu reads the sources."""
        self._metric = make(references=[list(references)])
        self.of_sums = of_sums or self._of_each_row

    def score(self, hypotheses: Sequence[str]) -> float:
        """Return the score of the corpus."""
        return self._metric.corpus_score(hypotheses, None).score

    def statistics(self, hypotheses: Sequence[str]) -> Numbers:
        """Return the sufficient statistics of each sentence, [N, C]."""
        return np.array(self._metric._extract_corpus_statistics(hypotheses, None), dtype=np.float64)

    def signature(self, **more: int) -> str:
        """Return sacrebleu's signature."""
        signature = self._metric.get_signature()
        for name, value in more.items():
            signature.update(name, str(value))
        return str(signature)

    def _of_each_row(self, sums: Numbers) -> Numbers:
        return np.apply_along_axis(lambda row: self._metric._compute_score_from_stats(row.tolist()).score, -1, sums)


def bleu_of_counts(counts: Numbers) -> Numbers:
    """Return corpus BLEU (points of 100) of sufficient statistics, [..., 10] -> [...], as sacrebleu's default has it.

    counts: length of the hypotheses, of the references, correct n-grams of 1 to 4 tokens, all n-grams of 1 to 4 tokens.
    Smoothing "exp": the i-th order without a match counts 1 / 2^i matches. 0 where nothing matches at all, and where
    no hypothesis has four tokens.
    """
    ours, theirs, correct, total = counts[..., 0], counts[..., 1], counts[..., 2:6], counts[..., 6:]
    missed = (correct == 0) & (total > 0)
    matches = np.where(missed, 0.5 ** np.cumsum(missed, axis=-1), correct)
    scored = np.any(correct > 0, axis=-1, keepdims=True) & np.all(total > 0, axis=-1, keepdims=True)
    precisions = np.where(scored, matches, 1.0) / np.where(scored, total, 1.0)
    brevity = np.minimum(0.0, 1 - theirs / np.maximum(ours, 1))
    return np.where(scored[..., 0], 100 * np.exp(brevity + np.log(precisions).mean(-1)), 0.0)


# `force` says that the text is tokenised on purpose: with --tokenize none sacrebleu equals multi-bleu.perl.
_of_tokens = partial(BLEU, tokenize="none", force=True)

METRICS: dict[str, Metric] = {
    "bleu_tok": Metric(
        "tokenised BLEU", "BLEU", "tokens", partial(OfSacrebleu, make=_of_tokens, of_sums=bleu_of_counts)
    ),
    "sacrebleu": Metric(
        "sacreBLEU of plain text", "BLEU", "text", partial(OfSacrebleu, make=BLEU, of_sums=bleu_of_counts)
    ),
    "chrf": Metric("chrF of plain text", "chrF", "text", partial(OfSacrebleu, make=CHRF)),
    "ter": Metric("TER of plain text", "TER", "text", partial(OfSacrebleu, make=TER), lower_is_better=True),
}


def metric_of(name: str) -> Metric:
    """Return a metric; KnnKdError for an unknown name."""
    if name not in METRICS:
        raise KnnKdError(f"metric {name}: unknown; give one of {', '.join(METRICS)}")
    return METRICS[name]
