"""Scores of hypotheses against references, each with the signature that says how it was computed."""

from dataclasses import dataclass
from pathlib import Path

from sacrebleu.metrics import BLEU, CHRF

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_lines
from knnkd.inference.hypotheses import TEXT, TOKENS


@dataclass(frozen=True)
class Score:
    """One metric's value, in points of 100, with sacrebleu's signature."""

    metric: str
    value: float
    signature: str


def score(hypotheses: Path, references_tok: Path, references_txt: Path) -> list[Score]:
    """Return the scores of `hypotheses`/hypotheses.tok and .txt against one reference each.

    bleu_tok: BLEU of tokenised text, as multi-bleu.perl (sacrebleu with --tokenize none equals it);
    sacrebleu: BLEU of plain text with sacrebleu's own tokenisation (13a); chrf: of plain text.
    Raises KnnKdError where hypotheses and references differ in number.
    """
    tokenised = _pair(hypotheses / TOKENS, references_tok)
    plain = _pair(hypotheses / TEXT, references_txt)
    metrics = (
        # `force` says that the text is tokenised on purpose.
        ("bleu_tok", BLEU(tokenize="none", force=True), tokenised),
        ("sacrebleu", BLEU(), plain),
        ("chrf", CHRF(), plain),
    )
    return [
        Score(name, metric.corpus_score(lines, [references]).score, str(metric.get_signature()))
        for name, metric, (lines, references) in metrics
    ]


def _pair(hypotheses: Path, references: Path) -> tuple[list[str], list[str]]:
    """Read both files; an empty hypothesis is a line like any other."""
    pair = read_lines(hypotheses), read_lines(references)
    if len(pair[0]) != len(pair[1]):
        raise KnnKdError(f"{hypotheses}: {len(pair[0])} hypotheses for {len(pair[1])} references in {references}")
    return pair
