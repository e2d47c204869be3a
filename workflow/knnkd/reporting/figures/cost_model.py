"""The cost model's tables and figures: how well it foretells the search, and what the search takes over the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from knnkd.costs.fit import Files, measured_machine, read_bench, validate
from knnkd.costs.model import Machine, Network, Plan, Target, on_gpu, search_seconds
from knnkd.reporting.figures.benchmarks import WIDTH
from knnkd.reporting.paper import read_paper
from knnkd.reporting.plot_style import COLOURS, LINES, MARKS, STYLE, legend_below, save_figure
from knnkd.reporting.tables.cost_model import (
    DAY,
    HOUR,
    MINUTE,
    YEAR,
    cost_blocks,
    cost_notes,
    cost_table,
    head,
    paper_targets,
    validation_blocks,
    validation_notes,
)
from knnkd.reporting.typeset import write_table

CLOSE = 1.3  # times the rows, below which two names would lie on each other


@dataclass(frozen=True)
class Layers:
    """Layers and widths of a network."""

    encoder_layers: int
    decoder_layers: int
    embed_dim: int
    ffn_dim: int
    decoder_ffn_dim: int | None = None


@dataclass(frozen=True)
class Settings:
    """What was measured, and what is predicted.

    dataset: label of the data that was measured on; baseline: the system whose rates count; taught: the one that learns
    from the search; network: layers and widths that were measured; rows: of the datastore beyond the paper's; nodes:
    that share a search; memory_gb: budget of a search job (1e9 bytes); beam and max_tokens: of decoding; gpu_tflops:
    1e12 operations a second of a GPU's products, of which gpu_share is reached in training, datastore and search, and
    gpu_decoding in beam search.
    """

    dataset: str
    baseline: str
    taught: str
    network: Layers
    rows: float = 1e9
    nodes: int = 8
    memory_gb: float = 4.0
    beam: int = 5
    max_tokens: int = 4096
    gpu_tflops: float = 312.0
    gpu_share: float = 0.3
    gpu_decoding: float = 0.01


@dataclass(frozen=True)
class Inputs:
    """JSONs of the benchmarks; trained: train.json of the baseline; data: binarised text that was measured on."""

    search: Path
    gathering: Path
    training: Path
    decoding: Path
    dump: Path
    trained: Path
    data: Path
    paper: Path


def make(settings: Settings, inputs: Inputs, output: Path) -> None:
    """Write the tables cost_model and cost_validation, and the figures cost_validation and cost_curve."""
    *_, types = read_bench(inputs.data / "data.json", ["types"])["types"].values()
    layers = settings.network
    sizes = layers.encoder_layers, layers.decoder_layers, layers.embed_dim, layers.ffn_dim
    network = Network(*sizes, types, layers.decoder_ffn_dim)
    search, validation = validate(inputs.search)
    files = Files(*(getattr(inputs, name) for name in Files._fields))
    here = measured_machine(files, search, network, settings.baseline, settings.taught)
    gpu = {name: getattr(settings, f"gpu_{name}") for name in ("tflops", "share", "decoding")}
    machines = [here, on_gpu(here, **gpu)]
    targets = paper_targets(read_paper(inputs.paper), settings.rows)
    plan = Plan(settings.memory_gb, 1, settings.beam, settings.max_tokens)
    table = cost_table(targets, machines, plan, settings.nodes)
    notes = cost_notes(targets, machines, plan, gpu, f"{settings.dataset} (width {network.width})")
    write_table(table, cost_blocks(table, targets, machines), notes, output, "cost_model")
    foretold = validation_notes(read_bench(inputs.search, ["comparison"]))
    write_table(validation, validation_blocks(validation), foretold, output, "cost_validation")
    save_figure(plot_validation(validation), validation, output, "cost_validation")
    curve = cost_curve(targets, machines, settings.nodes)
    save_figure(plot_cost_curve(curve, targets[-1].network.width), curve, output, "cost_curve")


def plot_validation(table: pd.DataFrame) -> Figure:
    """Draw predicted over measured time of the search for each size: fitted ones filled, foretold ones open."""
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(WIDTH, 2.7), layout="constrained")
        axis.axhline(1, color=COLOURS[0], linewidth=1.2, zorder=1.9)
        looks: dict[str, Any] = {
            "fitted": {"color": COLOURS[2], "marker": MARKS[0]},
            "foretold": {"color": COLOURS[1], "marker": MARKS[1], "markerfacecolor": "white", "markeredgewidth": 1.5},
        }
        for used, look in looks.items():
            rows = table[table["used"] == used]
            axis.plot(rows["rows"], rows["ratio"], linestyle="none", markersize=6, label=used, **look)
        widest = max(0.1, 1.3 * float((table["ratio"] - 1).abs().max()))
        axis.set_ylim(max(0.0, 1 - widest), 1 + widest)
        axis.set_xlim(left=0)
        axis.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.set_xlabel("rows of the datastore")
        axis.set_ylabel("time, predicted / measured")
        figure.legend(loc="outside upper center", ncols=2)
    return figure


def cost_curve(
    targets: Sequence[Target], machines: Sequence[Machine], nodes: int, smallest: float = 1e5
) -> pd.DataFrame:
    """Return the time of the search in advance over N for the last target's width and k: machine, nodes, rows, seconds.

    Rows of kind "line"; and of kind "target" the targets' own, each at its width and k.
    """
    last, rows = targets[-1], []
    grid = np.geomspace(smallest, max(each.rows for each in targets), 40)
    for machine in machines:
        for jobs in (1, nodes):
            about = {"machine": head(machine, jobs), "nodes": jobs}
            for n in grid:
                seconds = search_seconds(machine.search, n, last.network.width, last.k, jobs)
                rows.append(about | {"kind": "line", "target": "", "rows": n, "seconds": seconds})
            for each in targets if jobs == 1 else []:
                seconds = search_seconds(machine.search, each.rows, each.network.width, each.k)
                rows.append(about | {"kind": "target", "target": each.label, "rows": each.rows, "seconds": seconds})
    return pd.DataFrame(rows)


def plot_cost_curve(curve: pd.DataFrame, width: int) -> Figure:
    """Draw the rows of `cost_curve`: a line for each machine and number of nodes, a mark for each target."""
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(WIDTH, 4.2), layout="constrained")
        for i, (name, rows) in enumerate(curve.groupby("machine", sort=False)):
            line, marks = rows[rows["kind"] == "line"], rows[rows["kind"] == "target"]
            look: Any = {"color": COLOURS[i % len(COLOURS)], "linestyle": LINES[i % len(LINES)], "linewidth": 1.4}
            axis.plot(line["rows"], line["seconds"], label=f"{name}", **look)
            axis.plot(marks["rows"], marks["seconds"], color=look["color"], marker=MARKS[i], markersize=5, linestyle="")
        _name_targets(axis, curve)
        axis.set_xscale("log")
        axis.set_yscale("log")
        _time_axis(axis, curve["seconds"].min(), curve["seconds"].max())
        axis.set_xlabel("rows of the datastore (target tokens)")
        axis.set_ylabel(f"search in advance (lines: keys of {width})")
        legend_below(figure, *axis.get_legend_handles_labels(), at_most=2)
    return figure


def _name_targets(axis: Axes, curve: pd.DataFrame) -> None:
    """Write each target's name at its first mark; names of targets that stand close share a place."""
    named = curve[curve["kind"] == "target"].groupby("target", sort=False).first().sort_values("rows")
    places: list[tuple[list[str], tuple[float, float]]] = []
    for label, row in named.iterrows():
        text, point = str(label).partition(" (")[0], (row["rows"], row["seconds"])
        if places and point[0] < CLOSE * places[-1][1][0]:
            places[-1] = ([*places[-1][0], text], point)
        else:
            places.append(([text], point))
    for texts, point in places:
        look: Any = {"ha": "right", "textcoords": "offset points", "fontsize": 7}
        axis.annotate(",\n".join(texts), point, (-4, 5) if len(texts) == 1 else (-22, 2), **look)


def _time_axis(axis: Axes, low: float, high: float) -> None:
    """Label a logarithmic axis of seconds in the units of everyday time."""
    ticks = {1.0: "1 s", MINUTE: "1 min", HOUR: "1 h", DAY: "1 day", 30 * DAY: "30 days", YEAR: "1 year"}
    ticks |= {10**power * YEAR: f"{10**power:,} years" for power in range(1, 7)}
    shown = [each for each in ticks if low / 3 <= each <= high * 3]
    axis.yaxis.set_major_locator(FixedLocator(shown))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: ticks.get(value, "")))
    axis.yaxis.set_minor_locator(NullLocator())
