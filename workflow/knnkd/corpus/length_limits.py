"""The longest sentence that a model takes."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from knnkd.core.errors import KnnKdError

# What to do about it where the text is cut here.
SHORTER = (
    "raise model.max_positions, or lower clean.max_tokens and name the split in clean.splits; training pairs in a "
    "pre-trained model's subwords go by clean.drop_overlong"
)
OVERLONG = "too_many_subwords"  # why a pair went, in a manifest


@dataclass(frozen=True)
class Segmentation:
    """What is cut into subwords: text in two languages; more than `max_positions` a sentence, EOS in, are refused.

    entities: whether Moses' entities in it are cut as the characters that they stand for (BERT's pieces); unknown:
    whether `<unk>` in it is an unknown word.
    """

    languages: tuple[str, str]
    max_positions: int
    entities: bool = False
    unknown: bool = False


def pairs_of_corpus(split: Mapping[str, Any]) -> int:
    """Return the pairs of a split in a manifest that are the corpus': those kept, and those that a model cannot take.

    So are the counts that are published: a trainer leaves such a pair out without a word.
    """
    return int(split["pairs_after"]) + int(split.get("dropped", {}).get(OVERLONG, 0))


def overlong_lines(lines: Iterable[tuple[int, str]], segment: Callable[[str], str], limit: int) -> set[int]:
    """Return the numbers of the tokenised lines that `segment` cuts into more than `limit` subwords."""
    # A subword has a character at least, so that hardly a line must be cut to know.
    long = ((number, line) for number, line in lines if len(line) - line.count(" ") > limit)
    return {number for number, line in long if segment(line).count(" ") + 1 > limit}


def refuse_overlong(lines: Sequence[str], limit: int, name: str | os.PathLike, remedy: str = SHORTER) -> None:
    """Raise KnnKdError for the first line of more than `limit` subwords, so that no later stage skips a sentence."""
    for number, line in enumerate(lines, 1):
        if (count := line.count(" ") + 1) > limit:
            raise KnnKdError(f"{name}: line {number} has {count} subwords, the model takes {limit}; {remedy}")
