"""The validation curves of trained systems: BLEU and loss over the updates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullLocator

from knnkd.core.errors import KnnKdError
from knnkd.reporting.frames import Shown
from knnkd.reporting.plot_style import COLOURS, LINES, MARKS, STYLE, folded, legend_below, save_figure
from knnkd.reporting.trainings import read_records


@dataclass(frozen=True)
class Inputs:
    """runs: train.json files."""

    runs: list[Path]


def make(shown: Shown, inputs: Inputs, output: Path) -> None:
    """Write the figure curves with its data; KnnKdError where there is no run."""
    if not inputs.runs:
        raise KnnKdError("runs: no train.json; give one at least")
    curves = read_curves(inputs.runs, shown.systems, shown.datasets)
    save_figure(plot_curves(curves, list(shown.systems.values())), curves, output, "curves")


def read_curves(files: Iterable[Path], systems: Mapping[str, str], datasets: Mapping[str, str]) -> pd.DataFrame:
    """Return the validation records of train.json files: dataset, system (labels), seed, updates, bleu, loss.

    loss is the cross-entropy in bits a token.
    """
    rows = []
    for _, run in read_records(files, ["history"]):
        for record in run["history"]:
            row = {"dataset": datasets[run["dataset"]], "system": systems[run["system"]], "seed": run["seed"]}
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
