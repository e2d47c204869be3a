"""The grid of kNN-MT: how much the interpolation helps on the validation set, for every k, tau and lambda."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from knnkd.core.errors import KnnKdError
from knnkd.evaluation.metrics import metric_of
from knnkd.reporting.frames import heading_of, read_csv, require_unique
from knnkd.reporting.plot_style import STYLE, folded, save_figure
from knnkd.reporting.trainings import TUNING, read_records

GRID_COLUMNS = ["k", "tau", "lambda", "loss", "chosen"]
SMALLEST = 1e-6  # nats: half the range of colours where every point has the loss of the base model
COLOURS = "PuOr_r"  # diverging, told apart by colour-blind readers; every cell holds its number as well
CAPTIONS = {  # by whether there are several seeds
    False: "Δ loss: validation loss minus the base model's, below 0 is better\n"
    "framed: decoded, with its validation {heading}; ★: chosen",
    True: "Δ loss: validation loss minus the base model's, mean over seeds, below 0 is better\n"
    "framed: decoded by every seed, with its mean validation {heading}; ★: chosen by one seed at least",
}

DARK = 1.2  # sum of red, green and blue (each 0 to 1) below which a cell is written on in white


@dataclass(frozen=True)
class Panel:
    """One row of the figure: a system on a dataset, and what the two are called."""

    dataset: str
    system: str
    label: str


@dataclass(frozen=True)
class Settings:
    """panels: the rows of the figure, in their order."""

    panels: list[Panel]

    def __post_init__(self) -> None:
        """Raise KnnKdError where two have one label: they would be drawn as seeds of one."""
        labels = [each.label for each in self.panels]
        if twice := [label for label in labels if labels.count(label) > 1]:
            raise KnnKdError(f"panels: two are called {twice[0]}; give each a label of its own")

    @property
    def labels(self) -> dict[tuple[str, str], str]:
        """{(dataset, system): label} in order."""
        return {(each.dataset, each.system): each.label for each in self.panels}


@dataclass(frozen=True)
class Inputs:
    """tuned: tuned.json of each system on each dataset in each seed, its grid.csv beside it."""

    tuned: list[Path]


def make(settings: Settings, inputs: Inputs, output: Path) -> None:
    """Write the figure knn_mt_grid with its data."""
    grids, heading = read_grids(inputs.tuned, settings.labels)
    save_figure(plot_grids(grids, heading), grids, output, "knn_mt_grid")


def read_grids(files: Iterable[Path], labels: Mapping[tuple[str, str], str]) -> tuple[pd.DataFrame, str]:
    """Return the grids beside some tuned.json as one, and the heading of their score ("BLEU").

    Columns: dataset (label), seed, k, tau, lambda, loss, the score under its heading in small letters, chosen.

    labels: {(dataset, system): label} in order. Added are base_loss (nats a token, of lambda = 0) and difference (loss
    minus that); the base itself stays as the row of lambda = 0, its k and tau empty. KnnKdError where a record has no
    label or does not say its run, a grid lacks the row of lambda = 0, or has a point twice.
    """
    grids: dict[tuple[str, str], list[pd.DataFrame]] = {place: [] for place in labels}
    records = list(read_records(files, (), TUNING))
    heading = heading_of(record["metric"] for _, record in records) if records else ""
    for file, record in records:
        place = record["dataset"], record["system"]
        if place not in labels:
            raise KnnKdError(f"{file}: no label for {record['system']} on {record['dataset']}; add it to panels")
        grid = _with_difference(file.with_name("grid.csv"), metric_of(record["metric"]).column, heading.lower())
        grid.insert(0, "dataset", labels[place])
        grid.insert(1, "seed", int(record["seed"]))
        grids[place].append(grid)
    found = [grid for own in grids.values() for grid in own]
    if not found:
        raise KnnKdError("tuned: no tuned.json; give one at least")
    every = pd.concat(found, ignore_index=True).astype({"k": "Int64"})
    require_unique(every, ["dataset", "seed", "k", "tau", "lambda"], "the grids")
    return every, heading


def _with_difference(file: Path, own: str, column: str) -> pd.DataFrame:
    """Return a grid.csv with base_loss and difference, its score, which it has as `own`, as `column`."""
    grid = read_csv(file, [*GRID_COLUMNS, own]).rename(columns={own: column})
    base = grid.loc[grid["lambda"] == 0, "loss"]
    if base.empty:
        raise KnnKdError(f"{file}: has no row of lambda = 0, the base model; run {TUNING} again")
    grid.loc[grid["lambda"] == 0, ["k", "tau"]] = float("nan")
    return grid.assign(base_loss=base.iloc[0], difference=grid["loss"] - base.iloc[0])


def plot_grids(grids: pd.DataFrame, heading: str = "BLEU") -> Figure:
    """Draw the grids (mean over seeds): a row for each dataset, a column for each k, tau to the right, lambda upwards.

    Colour and number: validation loss minus the base model's, in nats a token. A frame: decoded by every seed, with its
    score below. A star: chosen, by one seed at least.
    """
    points = grids[grids["lambda"] != 0].astype({"k": int})
    means, seeds = _means(points, heading.lower()), points["seed"].nunique()
    datasets, ks = list(points["dataset"].unique()), sorted(points["k"].unique())
    columns, lines = points["tau"].nunique(), points["lambda"].nunique()
    size = (1.4 + (0.3 + 0.46 * columns) * len(ks), (0.75 + 0.34 * lines) * len(datasets) + 0.5)
    with plt.rc_context({**STYLE, "axes.grid": False}):
        figure, axes = plt.subplots(len(datasets), len(ks), figsize=size, squeeze=False, layout="constrained")
        for line, dataset in zip(axes, datasets, strict=True):
            own = means.loc[dataset]
            low, high = _range(own["difference"])
            norm = TwoSlopeNorm(0.0, low, high)
            for axis, k in zip(line, ks, strict=True):
                if k not in own.index.get_level_values("k"):
                    axis.set_axis_off()
                    continue
                image = _draw_panel(axis, own.loc[k], norm)
                axis.set_title(f"k = {k}", fontsize=8)
            line[0].set_ylabel(f"{folded(dataset, size[1] / len(datasets) - 0.6, 9)}\nλ")
            bar = figure.colorbar(image, ax=list(line), pad=0.01, aspect=12, format="%+.2g")
            bar.set_ticks([low, low / 2, 0, high / 2, high])
            bar.set_label("Δ loss (nats/token)", fontsize=8)
        for axis in axes[-1]:
            axis.set_xlabel("temperature τ")
        figure.supxlabel(CAPTIONS[seeds > 1].format(heading=heading), fontsize=8)
    return figure


def _means(points: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return difference, score (means over seeds) and chosen (by any) of each dataset, k, tau and lambda.

    Each seed decodes the points of its own lowest losses. A mean over some of the seeds would not compare with one over
    all, for which seeds differ more than points, so it is NaN where a seed of the dataset did not decode the point.
    """
    means = points.groupby(["dataset", "k", "tau", "lambda"], sort=False).agg(
        difference=("difference", "mean"), score=(column, "mean"), decoded=(column, "count"), chosen=("chosen", "max")
    )
    seeds = means.index.get_level_values("dataset").map(points.groupby("dataset")["seed"].nunique())
    return means.assign(score=means["score"].where(means["decoded"] == seeds))


def _range(differences: pd.Series) -> tuple[float, float]:
    """Return where the colours end below and above the base model; losses rise further than they fall.

    At lambda = 1 a gold token that was not retrieved has no probability and the loss is infinite: the darkest colour.
    """
    differences = differences[np.isfinite(differences)]
    least = max(SMALLEST, 0.05 * differences.abs().max())  # so that one side alone still leaves the other a colour
    return min([*differences, -least]), max([*differences, least])


def _draw_panel(axis: Axes, points: pd.DataFrame, norm: TwoSlopeNorm) -> Any:
    """Draw one k: cells over tau and lambda, each with its number, the decoded ones framed; return the image."""
    table = points["difference"].unstack("tau").sort_index().sort_index(axis=1)
    image = axis.imshow(table, cmap=COLOURS, norm=norm, origin="lower", aspect="auto")
    axis.set_xticks(range(table.shape[1]), [f"{tau:g}" for tau in table.columns], fontsize=7)
    axis.set_yticks(range(table.shape[0]), [f"{lam:g}" for lam in table.index], fontsize=7)
    for (tau, lam), point in points.reorder_levels(["tau", "lambda"]).iterrows():
        place = (table.columns.get_loc(tau), table.index.get_loc(lam))
        _draw_point(axis, place, point, sum(image.cmap(norm(point["difference"]))[:3]) < DARK)
    return image


def _draw_point(axis: Axes, place: tuple[int, int], point: pd.Series, dark: bool) -> None:
    """Write a cell's number, a star where it was chosen, and what decoding it gave where every seed decoded it."""
    text = f"{point['difference']:+.3f}"
    look: Any = {"color": "white" if dark else "black", "fontsize": 5.5}
    decoded = pd.notna(point["score"])
    if below := ["★"] * int(point["chosen"]) + [f"{point['score']:.1f}"] * decoded:
        text += f"\n{' '.join(below)}"
        look["fontweight"] = "bold"
    if decoded:
        for colour, width in (("white", 3), ("black", 1.4)):
            corner = (place[0] - 0.46, place[1] - 0.44)
            axis.add_patch(Rectangle(corner, 0.92, 0.88, fill=False, edgecolor=colour, linewidth=width))
    axis.text(*place, text, ha="center", va="center", **look)
