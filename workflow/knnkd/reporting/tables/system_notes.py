"""What the notes of Tables 2 and 3 say of how the systems were made: losses, settings, and what kNN-MT was tuned to."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from knnkd.reporting.frames import Shown
from knnkd.reporting.trainings import RUN, TUNING, read_records
from knnkd.reporting.typeset import listed, number

TUNED_KEYS = ["k", "tau", "lambda", "index", "recall"]
TUNED_SIGNS = {"k": "k", "tau": "τ", "lambda": "λ"}


@dataclass(frozen=True)
class About:
    """What the notes say of how the systems were made; each part may be empty, and then nothing is said of it.

    smoothing: epsilon of each trained system's cross-entropy; settings: what the config sets, as text; other_text,
    other_subwords: the systems that learn other text than the first, or split it otherwise; one_run: (dataset, system)
    of what no seed changes; controls: the datasets of Table 7.
    """

    smoothing: dict[str, float] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    other_text: list[str] = field(default_factory=list)
    other_subwords: list[str] = field(default_factory=list)
    one_run: list[tuple[str, str]] = field(default_factory=list)
    controls: list[str] = field(default_factory=list)

    def require_shown(self, shown: Shown) -> None:
        """Raise KnnKdError for a name without a label."""
        for part in ("smoothing", "settings", "other_text", "other_subwords"):
            shown.require("systems", getattr(self, part), f"about.{part}")
        shown.require("systems", [system for _, system in self.one_run], "about.one_run")
        shown.require("datasets", [dataset for dataset, _ in self.one_run], "about.one_run")
        shown.require("datasets", self.controls, "about.controls")


def read_tuned(files: Iterable[Path], shown: Shown) -> pd.DataFrame:
    """Return what kNN-MT was tuned to: a row for each dataset, system and seed, in the order of `shown`.

    files: tuned.json. Columns: dataset, system, seed, k, tau, lambda, index (kind), recall (None where it was not
    measured) and edge (which of the three are the largest or the smallest of their grid). KnnKdError where a file is
    of nothing shown, lacks a key or comes twice.
    """
    rows = []
    for file, record in read_records(files, TUNED_KEYS, TUNING):
        shown.require("datasets", [record["dataset"]], str(file))
        shown.require("systems", [record["system"]], str(file))
        rows.append({key: record[key] for key in [*RUN, *TUNED_KEYS]} | {"edge": record.get("edge", [])})
    systems, datasets = list(shown.systems), list(shown.datasets)
    rows.sort(key=lambda row: (systems.index(row["system"]), datasets.index(row["dataset"]), row["seed"]))
    return pd.DataFrame(rows, columns=[*RUN, *TUNED_KEYS, "edge"])


def about_notes(about: About, tuned: pd.DataFrame | None, shown: Shown, baseline: str) -> list[str]:
    """Return the lines on losses, settings and tuning; `baseline` is the label of the trained system held against."""
    return [*_loss_note(about, shown, baseline), *_settings_note(about, shown), *_tuned_notes(tuned, shown)]


def _loss_note(about: About, shown: Shown, baseline: str) -> list[str]:
    """Return which systems smooth the labels, and where gains over the same loss stand."""
    kinds: dict[float, list[str]] = {}
    for name in shown.systems:
        if name in about.smoothing:
            kinds.setdefault(about.smoothing[name], []).append(shown.systems[name])
    if not kinds:
        return []
    texts = {epsilon: f"label-smoothed (ε = {epsilon:g})" if epsilon else "plain" for epsilon in kinds}
    if len(kinds) == 1:
        return [f"Cross-entropy of every trained system: {listed(texts.values())}."]
    parts = "; ".join(f"{texts[epsilon]}: {listed(labels)}" for epsilon, labels in kinds.items())
    places = listed(shown.datasets[name] for name in about.controls)
    text = f"Cross-entropy, {parts}. A gain between the two is one over another loss too."
    if places:
        text += f" Table 7 has gains over a {baseline} of the same loss, for its systems ({places})."
    return [text]


def _settings_note(about: About, shown: Shown) -> list[str]:
    texts = [f"{label}: {about.settings[name]}" for name, label in shown.systems.items() if about.settings.get(name)]
    return [f"Set in the config: {'; '.join(texts)}."] if texts else []


def _tuned_notes(tuned: pd.DataFrame | None, shown: Shown) -> list[str]:
    """Return a line for each tuned system: what was chosen on each dataset, seed by seed."""
    if tuned is None or tuned.empty:
        return []
    notes = []
    for system, rows in tuned.groupby("system", sort=False):
        texts = [f"{shown.datasets[name]}: {_tuned_text(own)}" for name, own in rows.groupby("dataset", sort=False)]
        notes.append(f"{shown.systems[system]}, chosen on the validation set: {'; '.join(texts)}.")
    return notes


def _tuned_text(rows: pd.DataFrame) -> str:
    """Return "k = 16/8, τ = 10, λ = 0.7 (seeds 1/2), exact index, at the edge of the grid: λ (seed 2)"."""
    chosen = {key: [f"{value:g}" for value in rows[key]] for key in TUNED_SIGNS}
    text = ", ".join(
        f"{sign} = {'/'.join(chosen[key] if len(set(chosen[key])) > 1 else chosen[key][:1])}"
        for key, sign in TUNED_SIGNS.items()
    )
    several = len(rows) > 1
    text += f" (seeds {'/'.join(str(seed) for seed in rows['seed'])})" * several
    text += f", {listed(rows['index'])} index"
    recalls = [number(recall, 3) for recall in rows["recall"]]
    if (rows["index"] != "exact").any():
        known = rows["recall"].notna().any()
        text += (
            f", which finds {'/'.join(recalls)} of the nearest at the largest k" if known else ", recall not measured"
        )
    edges = [
        listed(TUNED_SIGNS[key] for key in row.edge) + f" (seed {row.seed})" * several
        for row in rows.itertuples()
        if row.edge
    ]
    return text + (f", at the edge of the grid: {', '.join(edges)}" if edges else "")
