"""The figure of the page of real runs: kNN-KD less a Transformer, pair by pair, with what else the two differ in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from knnkd.reporting.plot_style import COLOURS, STYLE, legend_below
from knnkd.reporting.published.runs import kept_test, read_run

ALIKE = "kNN term"  # of a pair that differs in nothing else
LOOKS: dict[bool, dict[str, Any]] = {
    True: {"color": COLOURS[2], "marker": "o", "markerfacecolor": COLOURS[2]},
    False: {"color": COLOURS[1], "marker": "s", "markerfacecolor": "white"},
}
LABELS = {
    True: "like for like: the same batches, the same cross-entropy",
    False: "other batches or another cross-entropy too",
}


def kept_pairs(folders: Sequence[Path]) -> pd.DataFrame:
    """Return the pairs of kNN-KD and a Transformer of kept runs, in their order.

    Columns: run, system, baseline (labels), differ_in, delta, low, high (BLEU; 95 % paired bootstrap), alike (0 or 1).
    """
    rows = []
    for folder in folders:
        run = read_run(folder)
        labels = run["about"]["labels"]
        for system, baseline, differ_in in run["about"]["pairs"]:
            if not (system.startswith("knn_kd") and baseline.startswith("transformer")):
                continue
            found = kept_test(run, system, baseline)
            row = {"run": run["about"]["title"], "system": labels[system], "baseline": labels[baseline]}
            row |= {"differ_in": differ_in, "delta": found["delta"], "low": found["delta_low"]}
            rows.append(row | {"high": found["delta_high"], "alike": int(differ_in == ALIKE)})
    return pd.DataFrame(rows)


def plot_pairs(pairs: pd.DataFrame) -> Figure:
    """Draw the rows of `kept_pairs`: a line each, its interval and difference; runs are set apart by their titles."""
    runs = list(pairs.groupby("run", sort=False))
    lines = len(pairs) + len(runs)
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(7.2, 0.9 + 0.24 * lines), layout="constrained")
        axis.axvline(0, color=COLOURS[0], linewidth=1)
        place, places, names = 0.0, [], []
        for title, rows in runs:
            look: Any = {"fontweight": "bold", "va": "center", "fontsize": 8, "backgroundcolor": "white"}
            axis.text(0.01, place, title, transform=axis.get_yaxis_transform(), **look)
            for row in rows.itertuples():
                place += 1
                error = [[row.delta - row.low], [row.high - row.delta]]
                axis.errorbar(row.delta, place, xerr=error, capsize=2.5, markersize=5, **LOOKS[bool(row.alike)])
                places.append(place)
                names.append(f"{row.system} − {row.baseline}")
            place += 1.3
        axis.set_yticks(places, names, fontsize=7.5)
        axis.set_ylim(place - 0.4, -0.7)
        axis.set_xlabel("difference in test BLEU (95 % paired bootstrap)")
        axis.grid(axis="y", visible=False)
        kinds = [kind for kind in (True, False) if (pairs["alike"] == kind).any()]
        legend_below(figure, [Line2D([], [], **LOOKS[kind]) for kind in kinds], [LABELS[kind] for kind in kinds])
    return figure
