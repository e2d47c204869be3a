"""The longest sentence that a model takes."""

import os
from collections.abc import Callable, Iterable, Sequence

from knnkd.errors import KnnKdError


def overlong_lines(lines: Iterable[str], segment: Callable[[str], str], limit: int) -> set[int]:
    """Return the numbers, from 0, of the tokenised lines that `segment` cuts into more than `limit` subwords."""
    # A subword has a character at least, so that hardly a line must be cut to know.
    long = ((number, line) for number, line in enumerate(lines) if len(line) - line.count(" ") > limit)
    return {number for number, line in long if segment(line).count(" ") + 1 > limit}


def refuse_overlong(lines: Sequence[str], limit: int, name: str | os.PathLike) -> None:
    """Raise KnnKdError for the first line of more than `limit` subwords, so that no later stage skips a sentence."""
    for number, line in enumerate(lines, 1):
        if (count := line.count(" ") + 1) > limit:
            raise KnnKdError(
                f"{name}: line {number} has {count} subwords, the model takes {limit}; "
                "raise model.max_positions, lower clean.max_tokens and name the split in clean.splits, or, where the "
                "subwords are a pre-trained model's, set clean.drop_overlong"
            )
