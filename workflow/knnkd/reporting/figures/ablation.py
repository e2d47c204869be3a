"""Figures 2 and 3: validation score of kNN-KD over the number of neighbours k, and over the temperature tau."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from knnkd.core.errors import KnnKdError
from knnkd.reporting.frames import SCORE_COLUMNS, Shown, over_seeds, read_csv
from knnkd.reporting.paper import read_paper
from knnkd.reporting.plot_style import COLOURS, STYLE, folded, legend_below, save_figure
from knnkd.reporting.variants import Point, scored_points

PAPER_DATASET = "iwslt14_de_en"  # on which the paper draws Figures 2 and 3
AXES = {"k": "neighbours k", "tau": "temperature τ (squared distance)"}
LABEL, BEST = "kNN-KD", "its best"
BASES = {"k": 2, "tau": 10}  # of the logarithmic axes


@dataclass(frozen=True)
class Settings:
    """What Figures 2 and 3 show: the points that were trained; the k of Figure 3, and the tau of Figure 2.

    The one system of `shown` is the baseline, a dashed line.
    """

    shown: Shown
    points: list[Point]
    fixed_k: int
    fixed_tau: float

    def __post_init__(self) -> None:
        """Raise KnnKdError for a dataset without a metric."""
        self.shown.require_some("systems", "datasets", "metrics")


@dataclass(frozen=True)
class Inputs:
    """CSVs of collect_scores.py and of the paper's numbers."""

    scores: Path
    paper: Path


def make(settings: Settings, inputs: Inputs, output: Path) -> None:
    """Write figure2, over k, and figure3, over tau."""
    scores, paper = read_csv(inputs.scores, SCORE_COLUMNS), read_paper(inputs.paper)
    for name, axis, fixed in (("figure2", "k", settings.fixed_tau), ("figure3", "tau", settings.fixed_k)):
        rows = ablation(scores, paper, settings.points, axis, fixed, settings.shown)
        save_figure(plot_ablation(rows, axis, settings.shown.heading), rows, output, name)


def ablation(
    scores: pd.DataFrame, paper: pd.DataFrame, points: Sequence[Point], axis: str, fixed: float, shown: Shown
) -> pd.DataFrame:
    """Return the points of one ablation: a row for each dataset and value of `axis` ("k" or "tau"), in rising order.

    Kept are the points whose other setting equals `fixed` and that were scored on the validation set. Columns: dataset
    (label), the axis' name and the fixed one's, n (seeds), the score (`shown.column`, mean), spread (standard
    deviation), best (1 for the best mean; the first of equals), baseline (label), baseline_*, baseline_spread and
    paper_best (the setting that the paper found best). KnnKdError where a dataset has no point, or two at one place.
    """
    other = "tau" if axis == "k" else "k"
    best = paper[(paper["table"] == "table1") & (paper["dataset"] == PAPER_DATASET) & (paper["metric"] == axis)]
    rows = []
    for dataset, label in shown.datasets.items():
        metric = shown.metrics[dataset]
        base, _ = over_seeds(scores, dataset, shown.baseline, metric, "valid")
        found = scored_points(scores, points, axis, fixed, dataset, metric)
        if not found:
            raise KnnKdError(f"points: no scored {axis} with {other} = {fixed} on {dataset}")
        values = [getattr(point, axis) for point, _ in found]
        top = max(range(len(found)), key=lambda i: shown.sign(dataset) * found[i][1].mean)
        for i, (value, (_, own)) in enumerate(zip(values, found, strict=True)):
            row = {
                "dataset": label,
                axis: value,
                other: fixed,
                "n": own.n,
                shown.column: own.mean,
                "spread": own.spread,
            }
            row |= {"best": int(i == top), "baseline": shown.systems[shown.baseline]}
            row |= {f"baseline_{shown.column}": base.mean}
            paper_best = best["value"].iloc[0] if len(best) else float("nan")
            rows.append(row | {"baseline_spread": base.spread, "paper_best": paper_best})
    return pd.DataFrame(rows)


def plot_ablation(rows: pd.DataFrame, axis: str, heading: str = "BLEU") -> Figure:
    """Draw the score over `axis` (rows of `ablation`): a panel a dataset, error bars over seeds, baseline dashed."""
    datasets = rows["dataset"].unique()
    other = "tau" if axis == "k" else "k"
    fixed = f"{'τ' if other == 'tau' else 'k'} = {rows[other].iloc[0]:g}"
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(
            1, len(datasets), figsize=(3.4 * len(datasets) + 0.4, 3.1), squeeze=False, layout="constrained"
        )
        for panel, dataset in zip(panels[0], datasets, strict=True):
            _draw_panel(panel, rows[rows["dataset"] == dataset], axis, heading.lower())
            panel.set_title(folded(f"{dataset}, {fixed}", 3.0, 10), pad=16)
        panels[0][0].set_ylabel(f"validation {heading}")
        handles = {label: handle for handle, label in zip(*panels[0][0].get_legend_handles_labels(), strict=True)}
        order = sorted(handles, key=lambda label: (not label.startswith(LABEL), label != BEST))
        legend_below(figure, [handles[label] for label in order], order)
    return figure


def _draw_panel(panel: Axes, rows: pd.DataFrame, axis: str, column: str) -> None:
    spread = None if rows["spread"].isna().all() else rows["spread"]
    label = LABEL if spread is None else f"{LABEL} (± standard deviation over seeds)"
    look: Any = {"color": COLOURS[2], "marker": "o", "markersize": 4, "capsize": 3, "label": label}
    panel.errorbar(rows[axis], rows[column], yerr=spread, **look)
    top = rows[rows["best"] == 1].iloc[0]
    star: Any = {"color": COLOURS[1], "marker": "*", "markersize": 12, "linestyle": "none", "label": BEST, "zorder": 4}
    panel.plot([top[axis]], [top[column]], **star)
    base = rows.iloc[0]
    if pd.notna(middle := base[f"baseline_{column}"]):
        panel.axhline(middle, color=COLOURS[0], linestyle="--", linewidth=1.2, label=base["baseline"])
        if pd.notna(base["baseline_spread"]):
            low, high = (middle + sign * base["baseline_spread"] for sign in (-1, 1))
            panel.axhspan(low, high, color=COLOURS[0], alpha=0.1, linewidth=0)
    panel.set_xscale("log", base=BASES[axis])
    panel.set_xticks(rows[axis], [f"{value:g}" for value in rows[axis]], fontsize=7)
    panel.xaxis.set_minor_locator(NullLocator())
    panel.set_xlabel(AXES[axis])
    panel.margins(y=0.2)
    panel.grid(visible=False, axis="x")  # a grid line would hide the dotted one
    if pd.notna(base["paper_best"]):
        panel.axvline(base["paper_best"], color="#555555", linestyle=(0, (1, 2)), linewidth=1.8, zorder=1.5)
        place: Any = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "color": "#555555"}
        text = f"paper's best: {base['paper_best']:g}"
        panel.annotate(text, (base["paper_best"], 1), (0, 2), ha="center", fontsize=7, **place)
