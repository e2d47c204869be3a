"""Hypotheses as they lie on disk: three files of lines, and the record of how they were made, with their sums."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from knnkd.core.errors import KnnKdError
from knnkd.core.integrity import read_record, require_intact

RECORD = "decode.json"
SUBWORDS, TOKENS, TEXT = FILES = ("hypotheses.bpe", "hypotheses.tok", "hypotheses.txt")


def read_decoded(folder: Path, names: Sequence[str]) -> dict[str, Any]:
    """Return the record of a folder of decode.py, of which files of these `names` will be read.

    Raises KnnKdError where they are not those that were written.
    """
    record = read_record(folder / RECORD, remedy=f"decode again: snakemake --force {folder / RECORD}")
    if missing := [name for name in names if name not in record["files"]]:
        raise KnnKdError(f"{folder / RECORD}: no sums of {', '.join(missing)}; decode again")
    require_intact(folder, {name: record["files"][name] for name in names}, folder / RECORD)
    return record
