"""The curve of bench_index.py: what recall costs in time, and what it does to quality and to the speed of decoding."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json
from knnkd.evaluation.metrics import Metric, metric_of
from knnkd.reporting.plot_style import COLOURS, LINES, MARKS, STYLE, legend_below, save_figure

IDENTITY = ["index", "nlist", "nprobe", "rerank"]
MEASURED = ["recall", "microseconds", "ratio"]
ABOUT = ["dataset", "k", "rows", "dimension", "queries", "device", "threads", "rounds", "points"]
LABELS = {"exact": "exact", "flat": "faiss Flat", "ivfflat": "IVFFlat", "ivfpq": "IVFPQ"}


@dataclass(frozen=True)
class Settings:
    """label: what the dataset is called."""

    label: str


@dataclass(frozen=True)
class Inputs:
    """bench: JSON of bench_index.py."""

    bench: Path


def make(settings: Settings, inputs: Inputs, output: Path) -> None:
    """Write the figure index with its data."""
    points, about = read_curve(inputs.bench)
    save_figure(plot_index_curve(points, about, settings.label), points, output, "index")


def read_curve(file: Path) -> tuple[pd.DataFrame, dict]:
    """Return a row for each way of index.json, and what else the file says.

    Columns: index, nlist, nprobe, rerank, recall, microseconds (a query), microseconds_low, microseconds_high, bleu,
    bleu_base, ratio (tokens a second over those of the model alone), ratio_low, ratio_high: medians over rounds, with
    quartiles; "bleu" stands for the column of the metric. Raises KnnKdError where the file lacks what it should hold.
    """
    bench = read_json(file)
    column = judged_by(bench).column
    own = [column, f"{column}_base"]
    lacking = [key for key in ABOUT if key not in bench]
    lacking += [key for key in [*IDENTITY, *MEASURED, *own] if any(key not in each for each in bench.get("points", []))]
    if lacking or not bench["points"]:
        raise KnnKdError(f"{file}: lacks {', '.join(lacking) or 'points'}; run its benchmark again")
    rows = []
    for point in bench["points"]:
        row = {key: point[key] for key in [*IDENTITY, "recall", *own]}
        for key in ("microseconds", "ratio"):
            low, median, high = np.quantile(point[key], [0.25, 0.5, 0.75])
            row |= {key: median, f"{key}_low": low, f"{key}_high": high}
        rows.append(row)
    whole = dict.fromkeys(["nlist", "nprobe", "rerank"], "Int64")
    return pd.DataFrame(rows).astype(whole), {key: bench[key] for key in ABOUT if key != "points"} | {
        "heading": judged_by(bench).heading
    }


def judged_by(bench: Mapping[str, Any]) -> Metric:
    """Return the metric of a benchmark; files that do not say it have BLEU."""
    return metric_of(bench.get("judged_by", "bleu_tok"))


def plot_index_curve(points: pd.DataFrame, about: dict, label: str) -> Figure:
    """Draw the rows of `read_curve` over recall: time a query, quality, and speed beside the model alone.

    A line for each kind of index (and number of cells, and of rows measured again), a mark for each way without cells.
    Numbers, on the first line, are the cells visited; other lines have the same, from the left. label: of the dataset.
    """
    column = about["heading"].lower()
    lines = list(points.groupby(["index", "nlist", "rerank"], sort=False, dropna=False))
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, 3, figsize=(10.2, 3.9), layout="constrained")
        for i, ((index, nlist, rerank), rows) in enumerate(lines):
            line = LINES[i % len(LINES)] if pd.notna(nlist) else "none"
            look: Any = {"color": COLOURS[i % len(COLOURS)], "linestyle": line, "linewidth": 1.2}
            look |= {"marker": MARKS[i % len(MARKS)], "markersize": 4.5, "label": _label(index, nlist, rerank)}
            for axis, measure in zip(axes, ("microseconds", column, "ratio"), strict=True):
                axis.plot(rows["recall"], rows[measure], **look)
                _spread(axis, rows, measure, look["color"])
        _name_visits(axes[0], next((rows for (_, nlist, _), rows in lines if pd.notna(nlist)), points[:0]))
        _dress(axes, points, about)
        figure.suptitle(_title(label, about), fontsize=9)
        handles, labels = axes[0].get_legend_handles_labels()
        axes[1].axhline(
            points[f"{column}_base"].iloc[0], color="#555555", linestyle=(0, (1, 2)), linewidth=1.8, zorder=1
        )
        legend_below(figure, handles, labels, at_most=4)
    return figure


def _label(index: str, nlist: int, rerank: int) -> str:
    text = LABELS[index]
    if pd.notna(nlist):
        text += f", {nlist} cells"
    if index == "ivfpq":
        text += f", {rerank} k rows measured again" if rerank else ", distances of codes"
    return text


def _spread(axis: Axes, rows: pd.DataFrame, measure: str, colour: str) -> None:
    """Draw the quartiles over rounds, where there are any."""
    if f"{measure}_low" in rows:
        for _, row in rows.iterrows():
            ends = row[f"{measure}_low"], row[f"{measure}_high"]
            axis.plot([row["recall"]] * 2, ends, color=colour, linewidth=0.9)


def _name_visits(axis: Axes, rows: pd.DataFrame) -> None:
    """Write the number of cells visited below each point."""
    place: Any = {"xytext": (3, -4), "textcoords": "offset points", "ha": "left", "va": "top", "fontsize": 6.5}
    for _, row in rows.iterrows():
        axis.annotate(f"{row['nprobe']}", (row["recall"], row["microseconds"]), **place)


def _dress(axes: Any, points: pd.DataFrame, about: dict) -> None:
    """Name the axes with their units and set their scales."""
    axes[0].set_yscale("log")
    axes[0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes[0].yaxis.set_major_formatter("{x:g}")
    axes[0].yaxis.set_minor_formatter(NullFormatter())
    axes[0].set_ylabel("time of the search (µs per query)")
    axes[1].set_ylabel(f"test {about['heading']} (dotted: the model alone)")
    axes[1].margins(y=0.15)
    axes[2].set_ylabel("tokens/s (ratio to the model alone)")
    axes[2].set_ylim(0, max(1.0, 1.08 * points["ratio_high"].max()))
    for axis in axes:
        axis.set_xlabel(f"recall@{about['k']} against exact search")


def _title(label: str, about: dict) -> str:
    threads = f"{about['threads']} thread{'s' if about['threads'] > 1 else ''}"
    rows = f"{about['rows']:,} rows, d = {about['dimension']}, k = {about['k']}"
    return f"{label}: {rows}, {about['device']}, {threads}; numbers: cells visited, on every line from the left"
