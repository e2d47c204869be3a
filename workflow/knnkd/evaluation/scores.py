"""Scores of hypotheses against the references of a test set."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_lines
from knnkd.core.integrity import read_listed
from knnkd.evaluation.metrics import metric_of
from knnkd.experiment.runs import Run
from knnkd.inference.hypotheses import TEXT, TOKENS

READ = {"tokens": TOKENS, "text": TEXT}  # the file of a folder of hypotheses


@dataclass(frozen=True)
class Scoring:
    """Whose hypotheses are scored, and by which metrics."""

    run: Run
    metrics: list[str]


@dataclass(frozen=True)
class Score:
    """One metric's value with its signature."""

    metric: str
    value: float
    signature: str


@dataclass(frozen=True)
class Sentences:
    """The sentences of a split: folders of its tokens and of its plain text, in both the files of both languages."""

    tokens: Path
    text: Path
    source: str
    reference: str

    @classmethod
    def of_flags(cls, args: Any) -> "Sentences":
        """Return what --tok, --text and --names say."""
        return cls(args.tok, args.text, *args.names)

    def read(self, reads: str) -> tuple[Path, list[str], list[str]]:
        """Return the file of references, its lines and the sources, as "tokens" or "text"."""
        folder = self.tokens if reads == "tokens" else self.text
        path = folder / self.reference
        references, sources = read_listed(path), read_listed(folder / self.source)
        if len(sources) != len(references):
            raise KnnKdError(f"{path}: {len(references)} references for {len(sources)} sources; run clean_corpus again")
        return path, references, sources


def add_sentences_flags(parser: Any) -> None:
    """Add --tok, --text and --names, which are read by `Sentences.of_flags`."""
    parser.add_argument("--tok", type=Path, required=True, help="folder of the tokenised corpus")
    parser.add_argument("--text", type=Path, required=True, help="folder of the same as plain text")
    parser.add_argument("--names", nargs=2, required=True, help="of the files of sources and of references in both")


def score(hypotheses: Path, sentences: Sentences, metrics: Sequence[str]) -> list[Score]:
    """Return the scores of a folder of hypotheses; an empty hypothesis is a line like any other.

    Raises KnnKdError where hypotheses and references differ in number, and for an unknown metric.
    """
    scores = []
    for name, metric in {name: metric_of(name) for name in metrics}.items():
        path, references, sources = sentences.read(metric.reads)
        scorer = metric.opened(references, sources)
        lines = read_hypotheses(hypotheses / READ[metric.reads], path, references)
        scores.append(Score(name, scorer.score(lines), scorer.signature()))
    return scores


def read_hypotheses(path: Path, of_references: Path, references: Sequence[str]) -> list[str]:
    """Return the hypotheses of a file; KnnKdError where they are not one a reference."""
    lines = read_lines(path)
    if len(lines) != len(references):
        raise KnnKdError(
            f"{path}: {len(lines)} hypotheses for {len(references)} references in {of_references}; "
            "decode the same split"
        )
    return lines
