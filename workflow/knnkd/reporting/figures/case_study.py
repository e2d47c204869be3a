"""Figure 4 (Section 4.6): what each system expects after one prefix, beside the kNN teacher and p* where known."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json
from knnkd.reporting.frames import Shown
from knnkd.reporting.plot_style import COLOURS, MARKS, STYLE, folded, legend_below, save_figure

TRUE, TEACHER = "p* (true)", "kNN teacher"
MOST = 8  # tokens drawn
LEAST = 0.01  # probability that some distribution must give a token for it to be drawn
# The two that are no systems, apart from these in colour and mark.
ASIDE = {TRUE: ("#555555", "|"), TEACHER: ("#999999", "d")}


@dataclass(frozen=True)
class Inputs:
    """case_study: JSON of inspect_prediction.py of one sentence and one position."""

    case_study: Path


def make(shown: Shown, inputs: Inputs, output: Path) -> None:
    """Write figure4 with its data."""
    content = read_json(inputs.case_study)
    rows = case_study(content, shown.systems)
    save_figure(plot_case_study(rows, heading(content)), rows, output, "figure4")


def case_study(content: dict, labels: dict[str, str]) -> pd.DataFrame:
    """Return a row for each distribution and token of a case study: series, token, probability.

    content: what inspect_prediction.py wrote for one sentence and one position; labels: of its systems, in order. A
    token is in where some distribution gives it LEAST or more, the highest first, at most MOST; probability is NaN
    where a distribution did not keep it among its most probable, and for every token of a system that was not run.
    KnnKdError where content is of several positions.
    """
    places = [place for page in content["sentences"] for place in page["positions"]]
    if len(places) != 1:
        raise KnnKdError(f"case study: has {len(places)} positions, and the figure shows one; inspect one sentence")
    series = {TRUE: dict(places[0]["true"] or []), TEACHER: dict(places[0]["teacher"])}
    series |= {label: dict(places[0]["systems"].get(name, {})) for name, label in labels.items()}
    if not series[TRUE]:
        del series[TRUE]
    peaks: dict[str, float] = {}
    for tokens in series.values():
        for token, p in tokens.items():
            peaks[token] = max(peaks.get(token, 0.0), p)
    chosen = sorted((token for token in peaks if peaks[token] >= LEAST), key=lambda token: (-peaks[token], token))
    return pd.DataFrame(
        [
            {"series": label, "token": token, "probability": tokens.get(token, float("nan"))}
            for label, tokens in series.items()
            for token in chosen[:MOST]
        ]
    )


def heading(content: dict) -> str:
    """Return what was looked at: "source ‖ prefix"."""
    page = content["sentences"][0]
    return f"{page['source']} ‖ {page['positions'][0]['prefix']}"


def plot_case_study(rows: pd.DataFrame, title: str) -> Figure:
    """Draw a line of dots for each token, from 0 to its probability, one dot for each distribution."""
    tokens, series = list(rows["token"].unique()), list(rows["series"].unique())
    table = rows.pivot(index="token", columns="series", values="probability")
    systems = [name for name in series if name not in ASIDE]
    with plt.rc_context(STYLE):
        size = (6.2, 1.5 + 0.14 * len(series) * len(tokens))
        figure, axis = plt.subplots(figsize=size, layout="constrained")
        for i, name in enumerate(series):
            colour, mark = ASIDE.get(name) or _look(systems.index(name))
            values = table[name].reindex(tokens)
            places = [line + (i - (len(series) - 1) / 2) * 0.8 / len(series) for line in range(len(tokens))]
            axis.hlines(places, 0, values.fillna(0), color=colour, linewidth=1.2)
            look: Any = {"color": colour, "marker": mark, "linestyle": "", "markersize": 9 if mark == "|" else 5}
            axis.plot(values, places, label=name if values.notna().any() else f"{name} (not run)", **look)
        axis.set_yticks(range(len(tokens)), tokens)
        axis.set_ylim(len(tokens) - 0.5, -0.5)
        axis.set_xlim(0, max(1.0, rows["probability"].max()))
        axis.set_xlabel("probability of the next token")
        axis.set_title(folded(title, 6.0, 9), fontsize=9)
        axis.grid(axis="y", visible=False)
        legend_below(figure, *axis.get_legend_handles_labels())
    return figure


def _look(i: int) -> tuple[str, str]:
    return COLOURS[i % len(COLOURS)], MARKS[i % len(MARKS)]
