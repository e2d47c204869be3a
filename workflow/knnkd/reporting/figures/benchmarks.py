"""The figures of the benchmarks' page: ratios as marks with quartiles, the rival as a line at 1, and curves."""

from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, NullLocator

from knnkd.reporting.plot_style import COLOURS, MARKS, STYLE

WIDTH = 3.9  # inches: three quarters of it fit a phone
WIDE = 3.0  # largest ratio over the smallest, above which an axis is logarithmic
LINE = 0.27  # inches of a row of marks


def plot_ratios(rows: pd.DataFrame, what: str) -> Figure:
    """Draw a row for each system: median ratio to the first one over the rounds, and its quartiles.

    rows: label, ratio, ratio_low, ratio_high, in order; what: the axis, say "generated tokens/s".
    """
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(WIDTH, 0.95 + LINE * len(rows)), layout="constrained")
        draw_ratios(axis, rows)
        axis.set_xlabel(f"{what}, relative to {rows['label'].iloc[0]}")
    return figure


def draw_ratios(axis: Axes, rows: pd.DataFrame) -> None:
    """Draw them onto an axis, each with its number beside it."""
    axis.axvline(1, color=COLOURS[0], linewidth=1.2, zorder=1.9)
    for place, (_, row) in enumerate(rows.iterrows()):
        colour = COLOURS[place % len(COLOURS)]
        ends: Any = [[row["ratio"] - row["ratio_low"]], [row["ratio_high"] - row["ratio"]]]
        look: Any = {"color": colour, "marker": MARKS[place % len(MARKS)], "markersize": 5.5, "capsize": 3}
        axis.errorbar([row["ratio"]], [place], xerr=ends, linestyle="none", elinewidth=1.2, **look)
        about: Any = {"textcoords": "offset points", "fontsize": 7, "va": "center"}
        axis.annotate(f"{row['ratio']:.2f}", (row["ratio_high"], place), (7, 0), **about)
    axis.set_yticks(range(len(rows)), list(rows["label"]))
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.grid(visible=False, axis="y")
    _scale(axis, min(1.0, rows["ratio_low"].min()), max(1.0, rows["ratio_high"].max()))


def _scale(axis: Axes, low: float, high: float) -> None:
    """Scale the axis of the ratios, with room on the right for the last number."""
    if high / low > WIDE:
        axis.set_xscale("log")
        axis.set_xlim(low / 1.25, high * (high / low) ** 0.12 * 1.1)
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
        axis.xaxis.set_major_formatter("{x:g}")
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.xaxis.set_minor_locator(NullLocator())
    else:
        room = max(high - low, 0.1)
        axis.set_xlim(low - 0.15 * room, high + 0.3 * room)


def plot_search(rows: pd.DataFrame) -> Figure:
    """Draw the search in advance: beside its rival, over k, and the share of the plain product's rate over the rows.

    rows: part ("rival", "k" or "rows"), label, rows, and the columns of the ratios.
    """
    parts = {name: rows[rows["part"] == name] for name in ("rival", "k", "rows")}
    heights = [0.6 + LINE * len(parts["rival"]), 0.6 + LINE * len(parts["k"]), 2.4]
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            3, 1, figsize=(WIDTH, sum(heights)), height_ratios=heights, layout="constrained", squeeze=True
        )
        for axis, name in zip(axes, ("rival", "k"), strict=False):
            draw_ratios(axis, parts[name])
            axis.set_xlabel(f"speed, relative to {parts[name]['label'].iloc[0]}")
        _draw_share(axes[2], parts["rows"])
    return figure


def _draw_share(axis: Axes, rows: pd.DataFrame) -> None:
    axis.axhline(1, color=COLOURS[0], linewidth=1.2, zorder=1.9)
    look: Any = {"color": COLOURS[2], "marker": "o", "markersize": 5, "capsize": 3, "linewidth": 1.2}
    ends = [rows["ratio"] - rows["ratio_low"], rows["ratio_high"] - rows["ratio"]]
    axis.errorbar(rows["rows"], rows["ratio"], yerr=ends, **look)
    axis.set_xlim(left=0)
    axis.set_ylim(0, max(1.08, 1.08 * rows["ratio_high"].max()))
    axis.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axis.xaxis.set_major_formatter("{x:,.0f}")
    axis.set_xlabel("rows of the datastore")
    axis.set_ylabel("share of the product's rate")
