"""The paper's own numbers."""

from pathlib import Path

import pandas as pd

from knnkd.reporting.frames import read_csv

PAPER_COLUMNS = ["table", "dataset", "system", "metric", "value"]
# Whose numbers stand beside ours, as the paper calls its data sets.
PAPER_NAMES = {
    "iwslt14_de_en": "IWSLT'14 De-En",
    "iwslt15_en_vi": "IWSLT'15 En-Vi",
    "koran": "Koran",
    "medical": "Medical",
    "law": "Law",
}


def read_paper(path: Path) -> pd.DataFrame:
    """Return the paper's numbers: a row each, with PAPER_COLUMNS; KnnKdError where the CSV is missing or lacks one."""
    return read_csv(path, PAPER_COLUMNS)
