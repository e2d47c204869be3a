"""Overcorrection and calibration of every system, beside the true distribution p* where the lattice makes it known."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from knnkd.core.errors import KnnKdError
from knnkd.reporting.frames import SCORE_COLUMNS, Shown, over_seeds, read_csv
from knnkd.reporting.notes import seeds_text, spread_text
from knnkd.reporting.plot_style import COLOURS, MARKS, STYLE, save_figure
from knnkd.reporting.typeset import GAP, listed, number, with_spread, write_table

TRUE = "p*"
DIGITS = 3


class Measure(NamedTuple):
    """A measure: its name in scores.csv, its column, its axis, p*'s own value (number or metric), the better side."""

    name: str
    column: str
    axis: str
    of_true: float | str
    better: str


MEASURES = (
    Measure("kl_true", "KL(p*‖p)", "KL(p*‖p) (nats/token)", 0.0, "lower"),
    Measure("mass_acceptable", "others", "mass on acceptable\nothers (0 to 1)", "true_mass_acceptable", "near p*"),
    Measure("mass_above", "above", "reference's mass\nabove p* (0 to 1)", 0.0, "lower"),
    Measure("accepted", "accepted", "accepted hypotheses\n(share, 0 to 1)", 1.0, "higher"),
    Measure("ece", "ECE", "calibration error\n(ECE, 0 to 1)", float("nan"), "lower"),
    Measure("entropy", "entropy", "entropy\n(nats/token)", "true_entropy", "near p*"),
)
ANYWHERE = ("ece", "entropy")  # measured without a lattice
TRUE_LINE: Any = {"color": "#555555", "linestyle": "--", "linewidth": 1.2}
ASIDE: Any = {"color": "#777777", "fontsize": 7}
TITLES = {"lower": "← better", "higher": "better →", "near p*": "p* is best"}


@dataclass(frozen=True)
class Inputs:
    """scores: CSV of collect_scores.py."""

    scores: Path


def make(shown: Shown, inputs: Inputs, output: Path) -> None:
    """Write tables/overcorrection in every form, and figures/overcorrection with its data."""
    shown.require_some("systems", "datasets")
    long = overcorrection(read_csv(inputs.scores, SCORE_COLUMNS), shown)
    blocks, notes = overcorrection_blocks(long), overcorrection_notes(long, shown)
    write_table(long, blocks, notes, output / "tables", "overcorrection")
    save_figure(plot_overcorrection(long), long, output / "figures", "overcorrection")


def overcorrection(scores: pd.DataFrame, shown: Shown) -> pd.DataFrame:
    """Return a row for each dataset, system and measure; a gap is empty.

    scores: as of collect_scores. Columns: dataset, system (labels), measure, n (seeds), mean, spread (standard
    deviation), true (p*'s own value over the system's own subwords). Where a dataset has a lattice, its first rows are
    p*'s, over the subwords of the first system that was measured. KnnKdError where nothing was measured at all.
    """
    rows = []
    for dataset, dataset_label in shown.datasets.items():
        own = []
        for system, label in shown.systems.items():
            for measure in MEASURES:
                value, _ = over_seeds(scores, dataset, system, measure.name)
                row: dict[str, Any] = {"dataset": dataset_label, "system": label, "measure": measure.name}
                row |= {"n": value.n, "mean": value.mean, "spread": value.spread}
                own.append(row | {"true": _of_true(scores, dataset, system, measure)})
        rows += _rows_of_true(own, dataset_label) + own
    long = pd.DataFrame(rows)
    if long["mean"].isna().all():
        raise KnnKdError("scores: no measure of calibration or overcorrection; run measure.py and collect again")
    return long


def overcorrection_blocks(long: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the table as it is printed, a block for each dataset: p* first, then the systems."""
    blocks = {}
    for dataset, rows in long.groupby("dataset", sort=False):
        block = pd.DataFrame({"Models": rows["system"].drop_duplicates()})
        for measure in MEASURES:
            values = rows[rows["measure"] == measure.name].set_index("system").reindex(block["Models"])
            block[measure.column] = [with_spread(row.mean, row.spread, DIGITS) for row in values.itertuples()]
        blocks[str(dataset)] = block
    return blocks


def overcorrection_notes(long: pd.DataFrame, shown: Shown) -> list[str]:
    """Return how the figures were got, what p*'s row is, and why each gap is one."""
    models = long[long["system"] != TRUE]
    seeds = "; ".join(
        f"{label}: {seeds_text(models.loc[models['dataset'] == label, 'n'])}" for label in shown.datasets.values()
    )
    known = list(long.loc[long["system"] == TRUE, "dataset"].drop_duplicates())
    notes = [
        f"Test references, teacher-forced; mean{spread_text(models['n'])} ({seeds}). ECE: expected calibration error "
        "of the most probable token (0 to 1); entropy: of the model, in nats a token.",
    ]
    if known:
        notes.append(
            "From the lattice of acceptable translations: KL(p*‖p) of the true distribution to the model's, nats a "
            "token; others: probability of acceptable tokens other than the reference; above: max(0, p - p*) of the "
            "reference; accepted: share of the hypotheses that the lattice accepts. p*: the true distribution's own "
            f"values, over the subwords of {_first_measured(models, known[0])}; it has no ECE, being true."
        )
    notes += _other_subwords(long)
    without = [label for label in shown.datasets.values() if label not in known]
    if without:
        notes.append(f"–: {', '.join(without)} has no lattice, so only ECE and entropy are known.")
    return notes + _gaps(models, known)


def plot_overcorrection(long: pd.DataFrame) -> Figure:
    """Draw a row of panels for each dataset and a column for each measure: dots by system, a dashed line for p*."""
    datasets, systems = list(long["dataset"].unique()), [name for name in long["system"].unique() if name != TRUE]
    # What every corpus has stands first, so that one without a lattice leaves its gap at the end of its row.
    measures = [each for each in MEASURES if long.loc[long["measure"] == each.name, "mean"].notna().any()]
    measures.sort(key=lambda each: each.name not in ANYWHERE)
    size = (1.2 + 1.65 * len(measures), 0.9 + (0.55 + 0.24 * len(systems)) * len(datasets))
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(len(datasets), len(measures), figsize=size, squeeze=False, layout="constrained")
        for line, dataset in zip(axes, datasets, strict=True):
            for axis, measure in zip(line, measures, strict=True):
                rows = long[(long["dataset"] == dataset) & (long["measure"] == measure.name)]
                if rows["mean"].notna().any():
                    _draw_panel(axis, rows.set_index("system"), systems)
                else:
                    axis.set_axis_off()
                    axis.text(0.5, 0.5, "not known" if measure.name in ANYWHERE else "no lattice", **ASIDE, ha="center")
            line[0].set_yticks(range(len(systems)), systems, fontsize=8)
            line[0].set_ylabel(dataset, fontsize=9, fontweight="bold")
        known = bool((long["system"] == TRUE).any())
        for axis, measure in zip(axes[0], measures, strict=True):
            aim = TITLES[measure.better] if known or measure.better != "near p*" else ""
            axis.set_title(f"{measure.axis}\n{aim}".rstrip(), fontsize=8)
        if known:
            figure.legend(
                handles=[Line2D([], [], **TRUE_LINE, label="the true distribution p*")], loc="outside lower center"
            )
    return figure


def _draw_panel(axis: Axes, rows: pd.DataFrame, systems: Sequence[str]) -> None:
    one_truth = rows["true"].nunique() == 1
    if one_truth:
        axis.axvline(rows["true"].dropna().iloc[0], **TRUE_LINE)
    for i, system in enumerate(systems):
        row = rows.loc[system]
        if pd.isna(row["mean"]):
            axis.text(0.5, i, "not measured", transform=axis.get_yaxis_transform(), va="center", ha="center", **ASIDE)
            continue
        look: Any = {"color": COLOURS[i % len(COLOURS)], "marker": MARKS[i % len(MARKS)], "markersize": 5, "capsize": 2}
        axis.errorbar(row["mean"], i, xerr=None if pd.isna(row["spread"]) else row["spread"], **look)
        if not one_truth and pd.notna(row["true"]):
            axis.plot([row["true"]] * 2, [i - 0.4, i + 0.4], **TRUE_LINE)
    axis.set_ylim(len(systems) - 0.5, -0.5)
    axis.set_yticks(range(len(systems)), [""] * len(systems))
    axis.margins(x=0.15)
    axis.locator_params(axis="x", nbins=4)
    axis.tick_params(labelsize=8)


def _of_true(scores: pd.DataFrame, dataset: str, system: str, measure: Measure) -> float:
    """Return p*'s own value over a system's subwords; NaN where the system was not measured against a lattice."""
    if isinstance(measure.of_true, str):
        return over_seeds(scores, dataset, system, measure.of_true)[0].mean
    return measure.of_true if over_seeds(scores, dataset, system, "kl_true")[0].n else float("nan")


def _rows_of_true(own: list[dict], dataset: str) -> list[dict]:
    """Return the rows of p* for one dataset, none where it has no lattice."""
    values: dict[str, float] = {}
    for row in own:
        if pd.notna(row["true"]):
            values.setdefault(row["measure"], row["true"])
    return [
        {"dataset": dataset, "system": TRUE, "measure": each.name, "n": 0, "spread": float("nan")}
        | dict.fromkeys(("mean", "true"), values.get(each.name, float("nan")))
        for each in MEASURES
        if values
    ]


def _gaps(models: pd.DataFrame, known: Sequence[str]) -> list[str]:
    """Return a note on the systems that were not measured, though their dataset lets them be."""
    columns = {each.name: each.column for each in MEASURES}
    expected = models[models["dataset"].isin(known) | models["measure"].isin(ANYWHERE)]
    empty = expected[expected["mean"].isna()]
    gaps: dict[str, list[str]] = {}
    for (dataset, system), rows in empty.groupby(["dataset", "system"], sort=False):
        gaps.setdefault(listed(columns[name] for name in rows["measure"]), []).append(f"{system} on {dataset}")
    return [f"{GAP}: {what}, not measured: {', '.join(where)}." for what, where in gaps.items()]


def _first_measured(models: pd.DataFrame, dataset: str) -> str:
    return models.loc[(models["dataset"] == dataset) & models["true"].notna(), "system"].iloc[0]


def _other_subwords(long: pd.DataFrame) -> list[str]:
    """Return a note on the systems whose p* differs from that of the first row: they have a vocabulary of their own."""
    notes = []
    for (dataset, _), rows in long[long["measure"].isin(["mass_acceptable", "entropy"])].groupby(
        ["dataset", "system"], sort=False
    ):
        system = rows["system"].iloc[0]
        first = long[(long["dataset"] == dataset) & (long["system"] == TRUE)].set_index("measure")["true"]
        own = rows.set_index("measure")["true"].dropna()
        if len(own) and system != TRUE and (own - first.reindex(own.index)).abs().max() > 1e-6:
            values = ", ".join(
                f"{each.column} {number(own[each.name], DIGITS)}" for each in MEASURES if each.name in own.index
            )
            notes.append(f"{system} has subwords of its own, so that p*'s values differ for it on {dataset}: {values}.")
    return notes
