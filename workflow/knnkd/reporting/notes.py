"""What the notes below the tables say in the same words: seeds, marks, and the reason of every gap."""

import pandas as pd

from knnkd.evaluation.metrics import METRICS
from knnkd.reporting.frames import LEVEL, Shown
from knnkd.reporting.typeset import GAP, listed


def measured_text(long: pd.DataFrame, shown: Shown) -> str:
    """Return "Set A: tokenised BLEU, 3 seeds; Set B: ..." for a table whose `dataset` column holds the labels."""
    return "; ".join(
        f"{label}: {METRICS[shown.metrics[name]].label}, {seeds_text(long.loc[long['dataset'] == label, 'n'])}"
        for name, label in shown.datasets.items()
    )


def scores_text(shown: Shown) -> str:
    """Return the scores of a table as "BLEU and chrF", and of which less is better."""
    headings = [shown.heading, *(each.heading for each in shown.beside.values())]
    used = [METRICS[name] for name in [*shown.metrics.values(), *shown.beside]]
    falling = listed(each.heading for each in used if each.lower_is_better)
    text = " and ".join(each for each in (", ".join(headings[:-1]), headings[-1]) if each)
    return text + (f" (less is better: {falling}; a gain is how much better)" if falling else "")


def score_reasons(shown: Shown, also: str = "") -> dict[str, str]:
    """Return the reasons of gaps in the columns of scores; `also`: what else lacks without a run."""
    beside = {each.column: f"{each.heading}, not measured" for each in shown.beside.values()}
    own = {shown.column: f"{shown.heading}{also}, no such run"}
    return own | beside | {"paper_bleu": "paper, it has no such number"}


def marks_note(tests: pd.DataFrame, compared: str) -> str:
    """Return what † and ‡ say; `compared` is what the systems are compared with ("than X")."""
    if tests.empty:
        return "Significance was not tested: no system is marked."
    samples = listed(f"{count:,}" for count in tests["samples"])
    return (
        f"†, ‡: better, worse {compared} by paired bootstrap ({samples} samples), two-sided p < {LEVEL} in every seed, "
        "not corrected for the number of comparisons."
    )


def seeds_text(counts: pd.Series) -> str:
    """Return "3 seeds", or "2 to 3 seeds" where the systems that were run differ."""
    some = counts[counts > 0]
    if some.empty:
        return "no run"
    low, high = some.min(), some.max()
    return (f"{low} to {high}" if low < high else str(high)) + (" seeds" if high > 1 else " seed")


def spread_text(counts: pd.Series) -> str:
    """Return what stands behind ±, where any system has more than one seed."""
    return " ± standard deviation over seeds" if (counts > 1).any() else " over seeds"


def gap_notes(long: pd.DataFrame, reasons: dict[str, str]) -> list[str]:
    """Return one line that names every gap and its reason; none where there is no gap.

    `reasons` maps a column of `long` to "what, why". A rate of a system that trains nothing is no gap.
    """
    gaps = []
    for column, reason in reasons.items():
        able = long[long["trained"] == 1] if column == "updates_per_s" else long
        empty = able[able[column].isna()]
        if len(empty):
            gaps.append(f"{reason}: {by_dataset(empty, able)}")
    return [f"{GAP}: " + ". ".join(gaps) + "."] if gaps else []


def by_dataset(rows: pd.DataFrame, whole: pd.DataFrame) -> str:
    """Return the systems of some rows of `whole` as "a, b on X, Y; all on Z"."""
    counts = whole["dataset"].value_counts()
    places: dict[str, list[str]] = {}
    for name, group in rows.groupby("dataset", sort=False):
        systems = "all" if len(group) == counts[name] > 1 else listed(group["system"])
        places.setdefault(systems, []).append(str(name))
    return "; ".join(f"{systems} on {listed(names)}" for systems, names in places.items())
