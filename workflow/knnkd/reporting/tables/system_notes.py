"""What the notes of Tables 2 and 3 say of how the systems were made: losses, settings, and what kNN-MT was tuned to."""

import argparse
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pandas as pd

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json
from knnkd.reporting.frames import Shown, named, named_path, require_unique
from knnkd.reporting.typeset import listed, number

TUNED_KEYS = ["k", "tau", "lambda", "index", "recall"]
TUNED_SIGNS = {"k": "k", "tau": "τ", "lambda": "λ"}


@dataclass(frozen=True)
class About:
    """What the notes say of how the systems were made; each part may be empty, and then nothing is said of it.

    smoothing: epsilon of each trained system's cross-entropy; settings: what the config sets, as text; other_text,
    other_subwords: the systems that learn other text than the first, or split it otherwise; one_run: (dataset, system)
    of what no seed changes; controls: the datasets of Table 7; tuned: as of `read_tuned`.
    """

    smoothing: dict[str, float] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    other_text: Sequence[str] = ()
    other_subwords: Sequence[str] = ()
    one_run: Sequence[tuple[str, str]] = ()
    controls: Sequence[str] = ()
    tuned: pd.DataFrame = field(default_factory=pd.DataFrame)

    @classmethod
    def of(cls, args: argparse.Namespace, shown: Shown) -> Self:
        """Return what the flags of `add_about_flags` say.

        KnnKdError for a name without a label and for a smoothing that is no number.
        """
        try:
            smoothing = {name: float(value) for name, value in args.smoothing}
        except ValueError as error:
            raise KnnKdError(f"--smoothing: {error}; give NAME=0.1") from error
        settings = dict(args.settings)
        for flag, names in (("smoothing", smoothing), ("settings", settings), ("other-text", args.other_text)):
            shown.require("systems", names, f"--{flag}")
        for dataset, system in args.one_run:
            shown.require("datasets", [dataset], "--one-run")
            shown.require("systems", [system], "--one-run")
        # BERT-KD need not be shown, and Table 7 may be of datasets that are not.
        other_subwords = [name for name in args.other_subwords if name in shown.systems]
        controls = [name for name in args.controls if name in shown.datasets]
        tuned = read_tuned(args.tuned, shown)
        return cls(smoothing, settings, args.other_text, other_subwords, args.one_run, controls, tuned)


def add_about_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `About`; each may be left out."""
    texts = {
        "smoothing": ("NAME=EPSILON", "label smoothing of each trained system"),
        "settings": ("NAME=TEXT", "what the config sets for a system, for the notes"),
        "one-run": ("DATASET=SYSTEM", "what has one run, whatever the seeds"),
    }
    for flag, (form, text) in texts.items():
        parser.add_argument(f"--{flag}", type=named, nargs="*", default=[], metavar=form, help=text)
    text = "tuned.json of each seed, below SYSTEM/seed{seed}"
    parser.add_argument("--tuned", type=named_path, nargs="*", default=[], metavar="DATASET=JSON", help=text)
    parser.add_argument("--other-text", nargs="*", default=[], metavar="NAME", help="systems that learn other text")
    text = "systems with subwords of their own"
    parser.add_argument("--other-subwords", nargs="*", default=["bert_kd"], metavar="NAME", help=text)
    parser.add_argument("--controls", nargs="*", default=[], metavar="DATASET", help="datasets of Table 7")


def read_tuned(files: Iterable[tuple[str, Path]], shown: Shown) -> pd.DataFrame:
    """Return what kNN-MT was tuned to: a row for each dataset, system and seed, in the order of `shown`.

    files: (dataset, tuned.json), each standing under .../{system}/seed{seed}/. Columns: dataset, system, seed, k, tau,
    lambda, index (kind), recall (None where it was not measured) and edge (which of the three are the largest or the
    smallest of their grid). KnnKdError where a file stands elsewhere, is of nothing shown, lacks a key or comes twice.
    """
    columns, rows = ["dataset", "system", "seed", *TUNED_KEYS, "edge"], []
    for dataset, file in files:
        place = re.fullmatch(r"([^/]+)/seed(\d+)", "/".join(file.parts[-3:-1]))
        if not place:
            raise KnnKdError(f"{file}: stands in no folder SYSTEM/seed1, SYSTEM/seed2 ...; give the file at its place")
        shown.require("datasets", [dataset], f"--tuned {dataset}={file}")
        shown.require("systems", [place[1]], f"--tuned {dataset}={file}")
        content = read_json(file)
        if missing := [key for key in TUNED_KEYS if key not in content]:
            raise KnnKdError(f"{file}: lacks {', '.join(missing)}; run the rule that tunes kNN-MT again")
        row = {"dataset": dataset, "system": place[1], "seed": int(place[2]), "edge": content.get("edge", [])}
        rows.append(row | {key: content[key] for key in TUNED_KEYS})
    systems, datasets = list(shown.systems), list(shown.datasets)
    rows.sort(key=lambda row: (systems.index(row["system"]), datasets.index(row["dataset"]), row["seed"]))
    tuned = pd.DataFrame(rows, columns=columns)
    require_unique(tuned, ["dataset", "system", "seed"], "the files of --tuned")
    return tuned


def about_notes(about: About, shown: Shown, baseline: str) -> list[str]:
    """Return the lines on losses, settings and tuning; `baseline` is the label of the trained system held against."""
    return [*_loss_note(about, shown, baseline), *_settings_note(about, shown), *_tuned_notes(about, shown)]


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


def _tuned_notes(about: About, shown: Shown) -> list[str]:
    """Return a line for each tuned system: what was chosen on each dataset, seed by seed."""
    if about.tuned.empty:
        return []
    notes = []
    for system, rows in about.tuned.groupby("system", sort=False):
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
