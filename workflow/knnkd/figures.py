"""Figures: one style for all, each written as PNG, SVG and PDF with its data beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from knnkd.io import read_json, replacing
from knnkd.tables import write_csv

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
    return pd.DataFrame(rows)


def plot_curves(curves: pd.DataFrame) -> Figure:
    """Draw validation BLEU and loss over updates: a column for each dataset, a line for each system (mean of seeds)."""
    datasets, systems = curves["dataset"].unique(), curves["system"].unique()
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            2, len(datasets), figsize=(3.4 * len(datasets), 4.4), sharex="col", squeeze=False, layout="constrained"
        )
        for column, dataset in enumerate(datasets):
            for i, system in enumerate(systems):
                chosen = curves[(curves["dataset"] == dataset) & (curves["system"] == system)]
                mean = chosen.groupby("updates")[["bleu", "loss"]].mean()
                look = {
                    "color": COLOURS[i],
                    "linestyle": LINES[i],
                    "marker": MARKS[i],
                    "markersize": 3,
                    "label": system,
                }
                axes[0][column].plot(mean.index, mean["bleu"], **look)
                axes[1][column].plot(mean.index, mean["loss"], **look)
            axes[0][column].set_title(dataset)
            axes[1][column].set_xlabel("updates")
        axes[0][0].set_ylabel("validation BLEU")
        axes[1][0].set_ylabel("validation CE (bits per token)")
        axes[0][0].legend()
    return figure


def save_figure(figure: Figure, data: pd.DataFrame, folder: Path, name: str) -> None:
    """Write `name`.png, .svg, .pdf and .csv into `folder`; the CSV holds what is drawn."""
    write_csv(data, folder / f"{name}.csv")
    undated = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with plt.rc_context(STYLE):
        for form, metadata in undated.items():
            with replacing(folder / f"{name}.{form}") as temporary:
                figure.savefig(temporary, format=form, metadata=metadata)
    plt.close(figure)
