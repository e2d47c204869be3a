"""Figures: one style for all, each written as PNG, SVG and PDF with its data beside it."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullLocator

from knnkd.core.files import read_json, replacing
from knnkd.reporting.frames import write_csv

# Okabe and Ito's colours: told apart by colour-blind readers; line styles and marks carry the same in greyscale.
COLOURS = ("#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
MARKS = ("o", "s", "^", "D", "v", "P", "X")

STYLE: Any = {
    "figure.dpi": 150,
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "legend.frameon": False,
    "text.parse_math": False,  # a dollar in a corpus or a label is a dollar
    "svg.hashsalt": "knnkd",  # the same figure gives the same bytes
}


def read_curves(files: Sequence[Path], systems: dict[str, str], datasets: dict[str, str]) -> pd.DataFrame:
    """Return the validation records of train.json files: dataset, system (labels), seed, updates, bleu, loss.

    A file stands under .../{dataset}/{system}/seed{seed}/train.json; loss is the cross-entropy in bits a token.
    """
    rows = []
    for file in files:
        dataset, system = file.parts[-4], file.parts[-3]
        report = read_json(file)
        for record in report["history"]:
            row = {"dataset": datasets[dataset], "system": systems[system], "seed": report["seed"]}
            row |= {"updates": record["updates"], "bleu": record.get("bleu"), "loss": record["nll_loss"]}
            rows.append(row)
    curves = pd.DataFrame(rows)
    places = {name: i for i, name in enumerate([*datasets.values(), *systems.values()])}
    return curves.sort_values(
        ["dataset", "system", "seed", "updates"], key=lambda column: column.replace(places), ignore_index=True
    )


def plot_curves(curves: pd.DataFrame, labels: Sequence[str] = ()) -> Figure:
    """Draw validation BLEU and loss over updates: a column for each dataset, a line for each system (mean of seeds).

    `labels` are the systems of the other figures, in order, so that each has its colour and mark here too.
    """
    datasets, systems = curves["dataset"].unique(), list(labels) or list(curves["system"].unique())
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            2, len(datasets), figsize=(3.4 * len(datasets), 4.8), sharex="col", squeeze=False, layout="constrained"
        )
        for column, dataset in enumerate(datasets):
            for i, system in enumerate(systems):
                chosen = curves[(curves["dataset"] == dataset) & (curves["system"] == system)]
                if chosen.empty:
                    continue
                mean = chosen.groupby("updates")[["bleu", "loss"]].mean()
                for row, measure in enumerate(("bleu", "loss")):
                    axes[row][column].plot(mean.index, mean[measure], label=system, **_look(i, len(systems), len(mean)))
            axes[0][column].set_title(folded(dataset, 2.8, 10))
            axes[0][column].set_ylim(bottom=_lowest(curves[curves["dataset"] == dataset]))
            axes[1][column].set_xlabel("updates")
            _log_loss(axes[1][column])
        axes[0][0].set_ylabel("validation BLEU")
        axes[1][0].set_ylabel("validation CE (bits per token)")
        handles, labels = axes[0][0].get_legend_handles_labels()
        legend_below(figure, handles, labels)
    return figure


def legend_below(figure: Figure, handles: Sequence[Any], labels: Sequence[str], at_most: int = 5) -> None:
    """Put a legend below all panels, in as many columns (`at_most`) as there is room for; its lines add height."""
    labels = [folded(label, figure.get_figwidth() - 0.8, 9) for label in labels]
    for columns in range(min(len(labels), at_most), 0, -1):
        legend = figure.legend(handles, labels, loc="outside lower center", ncols=columns)
        if columns == 1 or legend.get_window_extent().width <= figure.bbox.width:
            lines = legend.get_window_extent().height / figure.dpi
            figure.set_figheight(figure.get_figheight() + max(0.0, lines - 0.4))  # the panels keep their own
            return
        legend.remove()


def folded(text: str, inches: float, size: float) -> str:
    """Return `text` in lines that are at most so wide, in a font of `size` points.

    Not by matplotlib's own wrapping, which reads what is between two dollars as mathematics.
    """
    return textwrap.fill(text, max(1, int(72 * inches / (0.58 * size))))


def _look(i: int, systems: int, records: int) -> dict:
    """Return colour, line and marks of system i: of many records each marks its own, so that none hides another."""
    every = max(1, records // 8)
    marks = {"marker": MARKS[i % len(MARKS)], "markersize": 3.5, "markevery": (i * every // systems, every)}
    return {"color": COLOURS[i % len(COLOURS)], "linestyle": LINES[i % len(LINES)], "linewidth": 1.2} | marks


def _lowest(curves: pd.DataFrame) -> float:
    """Return where the BLEU axis starts: the first climb is cut off, no system's best ever is."""
    best = curves.groupby("system")["bleu"].max()
    return min(0.6 * best.max(), 0.9 * best.min())


def _log_loss(axis: Axes) -> None:
    """Make the axis of the loss logarithmic, as systems differ least where the loss is smallest."""
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
    axis.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    axis.yaxis.set_minor_locator(NullLocator())


def save_figure(
    figure: Figure, data: pd.DataFrame, folder: Path, name: str, forms: Sequence[str] = ("png", "svg", "pdf")
) -> None:
    """Write `name` in each form, and as .csv, into `folder`; the CSV holds what is drawn."""
    write_csv(data, folder / f"{name}.csv")
    undated = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with plt.rc_context(STYLE):
        for form in forms:
            with replacing(folder / f"{name}.{form}") as temporary:
                figure.savefig(temporary, format=form, metadata=undated[form])
    plt.close(figure)
