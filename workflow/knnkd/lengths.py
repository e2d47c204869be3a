"""The longest sentence that a model takes."""

import os
from collections.abc import Sequence

from knnkd.errors import KnnKdError


def refuse_overlong(lines: Sequence[str], limit: int, name: str | os.PathLike) -> None:
    """Raise KnnKdError for the first line of more than `limit` subwords, so that no later stage skips a sentence."""
    for number, line in enumerate(lines, 1):
        if (count := line.count(" ") + 1) > limit:
            raise KnnKdError(
                f"{name}: line {number} has {count} subwords, the model takes {limit}; "
                "raise model.max_positions, or lower clean.max_tokens and name the split in clean.splits"
            )
