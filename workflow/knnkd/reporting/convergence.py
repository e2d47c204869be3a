"""Which rows of a table rest on a training that was cut off before its validation score had stopped rising."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from knnkd.reporting.notes import by_dataset
from knnkd.reporting.trainings import BASE, OWN, Trainings

CUT_MARKS = {OWN: "¶", BASE: "◦"}  # behind the score


def with_cut_off(long: pd.DataFrame, trainings: Trainings, runs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return a table in long form with cut_off ("own", "base" or "") and cut_off_by (limits) of each row.

    runs: (dataset trained on, system) of each row, by name; a row without a run (n = 0) has neither.
    """
    rows = zip(runs, long["n"], strict=True)
    marks = [trainings.marks(dataset, system, int(n)) for (dataset, system), n in rows]
    return long.assign(**{key: [each[key] for each in marks] for key in ("cut_off", "cut_off_by")})


def cut_mark(row: Any) -> str:
    """Return the mark behind the score of a row of `with_cut_off`, "" where there is none."""
    return CUT_MARKS.get(getattr(row, "cut_off", ""), "")


def cut_off_note(long: pd.DataFrame, names: pd.Series | None = None, heading: str = "BLEU") -> list[str]:
    """Return which rows decide nothing, as the first note to read; none where all trainings had converged.

    names: what the note calls each row, by default its system; heading: of the score.
    """
    rows = long if names is None else long.assign(system=names)
    own, base = (rows[rows["cut_off"] == kind] for kind in (OWN, BASE))
    texts = []
    if len(own):
        limits = ", ".join(sorted({limit for text in own["cut_off_by"] for limit in text.split(", ")}))
        where = by_dataset(own, rows)
        texts.append(f"{CUT_MARKS[OWN]}: cut off by {limits} before its validation score had stopped rising: {where}.")
    if len(base):
        texts.append(
            f"{CUT_MARKS[BASE]}: learned from, decodes with, or has the updates of a model that was: "
            f"{by_dataset(base, rows)}."
        )
    return [" ".join([*texts, f"The {heading} of these rows decides nothing."])] if texts else []
