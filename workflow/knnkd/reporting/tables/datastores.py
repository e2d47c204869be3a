"""Table 1: the datastore, k and tau of kNN-KD on every dataset, with the paper's beside ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from knnkd.core.errors import KnnKdError
from knnkd.reporting.frames import SCORE_COLUMNS, Shown, read_csv
from knnkd.reporting.notes import gap_notes, seeds_text
from knnkd.reporting.paper import read_paper
from knnkd.reporting.trainings import RUN, read_records
from knnkd.reporting.typeset import GAP, listed, whole, write_table
from knnkd.reporting.variants import Point, scored_points

AXES = {"k": "k", "tau": "τ"}
AS_RUN = {"rows": "datastore_size", "dimension": "dimension", "k": "k", "tau": "tau", "drop_self": "drop_self"}
REASONS = {"datastore_size": "|D|, d, k and τ, no such run"}
REASONS |= {f"best_{axis}": f"best {sign}, not varied there" for axis, sign in AXES.items()}
REASONS |= {"paper_k": "paper, it has no such numbers"}


@dataclass(frozen=True)
class Settings:
    """What Table 1 shows: taught is {dataset: its system}; points are those of the ablation, on each dataset."""

    shown: Shown
    taught: dict[str, str]
    points: dict[str, list[Point]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise KnnKdError for a name without a label, or a dataset without a metric."""
        self.shown.require_some("datasets", "metrics")
        self.shown.require("datasets", [*self.taught, *self.points], "taught, points")
        self.shown.require("systems", self.taught.values(), "taught")


@dataclass(frozen=True)
class Inputs:
    """scores: CSV of collect_scores.py; paper: CSV of the paper's numbers; runs: train.json files."""

    scores: Path
    paper: Path
    runs: list[Path]


def make(settings: Settings, inputs: Inputs, output: Path) -> None:
    """Write table1 in every form."""
    shown, taught, runs = settings.shown, settings.taught, read_taught(inputs.runs)
    scores = read_csv(inputs.scores, SCORE_COLUMNS)
    long = table1(runs, scores, read_paper(inputs.paper), settings.points, shown, taught)
    write_table(long, table1_blocks(long), table1_notes(long, runs, shown, taught), output, "table1")


def read_taught(files: Sequence[Path]) -> pd.DataFrame:
    """Return what taught each run: dataset, system, seed, rows and dimension of the datastore, k, tau and drop_self,
    and what a grid chose (None where none did).

    files: train.json. KnnKdError where no search taught the run.
    """
    rows = []
    for file, record in read_records(files):
        try:
            datastore, objective = record["teacher"]["teacher"]["datastore"], record["settings"]["objective"]
            row = {key: record[key] for key in RUN} | {key: datastore[key] for key in ("rows", "dimension")}
            row |= {key: objective[key] for key in ("k", "tau")} | {"chosen": record.get("chosen")}
            rows.append(row | {"drop_self": objective["self_neighbour"] == "drop"})
        except (KeyError, TypeError) as error:
            raise KnnKdError(f"{file}: names no datastore, k and tau; give runs that a search taught") from error
    return pd.DataFrame(rows, columns=[*RUN, *AS_RUN, "chosen"])


def table1(
    runs: pd.DataFrame,
    scores: pd.DataFrame,
    paper: pd.DataFrame,
    points: Mapping[str, Sequence[Point]],
    shown: Shown,
    taught: Mapping[str, str],
) -> pd.DataFrame:
    """Return Table 1 in long form: a row for each dataset of `taught`, {dataset: system}; a gap is empty.

    runs: as of `read_taught`; scores: as of collect_scores; points: of the ablation, on each dataset. Columns: dataset,
    system (labels), n (seeds), datastore_size (rows), dimension (width of a key), k, tau, drop_self (0 or 1), for k and
    for tau best_* (by validation, mean over seeds) and tried_* (the values among which, empty where there was no
    choice), and paper_*. KnnKdError where the seeds of a system differ in what they were run with.
    """
    rows = []
    for dataset, system in taught.items():
        own = runs[(runs["dataset"] == dataset) & (runs["system"] == system)]
        row: dict[str, Any] = {"dataset": shown.datasets[dataset], "system": shown.systems[system], "n": len(own)}
        row |= {name: _alike(own[key], f"{system} on {dataset}") for key, name in AS_RUN.items()}
        choice = own["chosen"].iloc[0] if len(own) else None
        for axis, other in (("k", "tau"), ("tau", "k")):
            if choice and axis in choice["grid"]:
                row |= _found(choice, axis)
                continue
            row |= _best(scores, points.get(dataset, []), axis, row[other], dataset, shown)
        rows.append(row | _of_paper(paper, shown.paper_datasets.get(dataset, "")))
    counts = ("datastore_size", "dimension", "k", "drop_self", "best_k", "paper_datastore_size", "paper_k")
    return pd.DataFrame(rows).astype(dict.fromkeys(counts, "Int64"))


def table1_blocks(long: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return Table 1 as it is printed, a block for each system; a row for each dataset."""
    blocks = {}
    for system, rows in long.groupby("system", sort=False):
        block = {"Datasets": rows["dataset"], "|D|": _counts(rows["datastore_size"]), "d": _counts(rows["dimension"])}
        for axis, sign in AXES.items():
            block[sign] = _settings(rows[axis])
        for axis, sign in AXES.items():
            block[f"best {sign}"] = _settings(rows[f"best_{axis}"])
        block["paper |D|"] = _counts(rows["paper_datastore_size"])
        for axis, sign in AXES.items():
            block[f"paper {sign}"] = _settings(rows[f"paper_{axis}"])
        blocks[str(system)] = pd.DataFrame(block)
    return blocks


def table1_notes(long: pd.DataFrame, runs: pd.DataFrame, shown: Shown, taught: Mapping[str, str]) -> list[str]:
    """Return where the figures of Table 1 are from, and why each gap is one."""
    beside = "; ".join(f"{shown.datasets[name]}: {shown.paper_datasets.get(name, 'none')}" for name in taught)
    dropped = long[long["drop_self"].fillna(0) == 1]
    return [
        f"As run, from the record of each training ({seeds_text(long['n'])}): |D|: rows of its teacher's datastore, "
        "one for each target token of the training set, the end of the sentence in; d: width of a key; k: neighbours "
        "of a token; τ: temperature, in squared L2 distance.",
        *_choice_notes(runs, shown, taught),
        *_best_notes(long, runs, shown),
        f"paper: Table 1 of the paper, on its own data ({beside}).",
        *([f"A token's own row is left out of its neighbours: {listed(dropped['dataset'])}."] * bool(len(dropped))),
        *gap_notes(long, REASONS),
    ]


def _alike(values: pd.Series, where: str) -> Any:
    """Return the one value of all seeds, None where there is no run."""
    if values.nunique() > 1:
        raise KnnKdError(f"the seeds of {where} differ in {values.name}; run their training again")
    return values.iloc[0] if len(values) else None


def _best(
    scores: pd.DataFrame, points: Sequence[Point], axis: str, fixed: Any, dataset: str, shown: Shown
) -> dict[str, Any]:
    """Return the best value of `axis` and those tried, where there were two to choose from."""
    scored = scored_points(scores, points, axis, fixed, dataset, shown.metrics[dataset])
    values = [getattr(point, axis) for point, _ in scored]
    if len(values) < 2:
        return {f"best_{axis}": None, f"tried_{axis}": ""}
    top = max(range(len(scored)), key=lambda i: shown.sign(dataset) * scored[i][1].mean)
    return {f"best_{axis}": values[top], f"tried_{axis}": ", ".join(f"{value:g}" for value in values)}


def _found(choice: Mapping[str, Any], axis: str) -> dict[str, Any]:
    """Return the value of `axis` that a grid chose, and those that it had to choose from."""
    values = choice["grid"][axis]
    return {f"best_{axis}": choice["settings"][axis], f"tried_{axis}": ", ".join(f"{value:g}" for value in values)}


def _choice_notes(runs: pd.DataFrame, shown: Shown, taught: Mapping[str, str]) -> list[str]:
    """Return which settings were chosen as found, among how many points, and which lie at an edge of their grid."""
    texts = []
    for dataset, system in taught.items():
        own = runs[(runs["dataset"] == dataset) & (runs["system"] == system)]
        if own.empty or not (choice := own["chosen"].iloc[0]):
            continue
        signs = [AXES.get(key, key) for key in choice["grid"]]
        text = f"{shown.datasets[dataset]}: {listed(signs)} among {choice['points']} points"
        seeds = f"seed{'s' * (len(choice['seeds']) > 1)} {', '.join(map(str, choice['seeds']))}"
        edges = [AXES.get(key, key) for key in choice["edge"]]
        texts.append(f"{text} ({seeds})" + (f", at the edge of the grid: {listed(edges)}" if edges else ""))
    lead = f"As found, together, by the {_best_score(shown)}, and held for further seeds: "
    return [f"{lead}{'; '.join(texts)}."] if texts else []


def _best_notes(long: pd.DataFrame, runs: pd.DataFrame, shown: Shown) -> list[str]:
    """Return among which values the best were found, and which of them are the largest or smallest of these.

    What a grid chose has a note of its own.
    """
    texts, edges = [], []
    chosen = runs[runs["chosen"].notna()]
    by_grid = {(shown.datasets[row.dataset], key) for row in chosen.itertuples() for key in row.chosen["grid"]}
    for row in long.to_dict("records"):
        for axis, sign in AXES.items():
            if (tried := row[f"tried_{axis}"]) and (row["dataset"], axis) not in by_grid:
                values = tried.split(", ")
                texts.append(f"{row['dataset']}: {sign} = {tried}")
                edges += [f"{sign} on {row['dataset']}"] * (f"{row[f'best_{axis}']:g}" in (values[0], values[-1]))
    if not texts:
        return []
    text = f"best: by validation {shown.heading}, mean over seeds, the other of the two as run ({'; '.join(texts)})."
    text += " The paper searched k and τ together."
    return [text + (f" At the edge of what was tried: {listed(edges)}." if edges else "")]


def _best_score(shown: Shown) -> str:
    signs = {shown.sign(dataset) for dataset in shown.datasets}
    word = "best" if len(signs) > 1 else "highest" if signs == {1} else "lowest"
    return f"{word} validation {shown.heading}"


def _of_paper(paper: pd.DataFrame, name: str) -> dict[str, Any]:
    values = paper[(paper["table"] == "table1") & (paper["dataset"] == name)].set_index("metric")["value"]
    return {f"paper_{metric}": values.get(metric) for metric in ("datastore_size", "k", "tau")}


def _counts(values: pd.Series) -> list[str]:
    return [whole(value) for value in values]


def _settings(values: pd.Series) -> list[str]:
    return [GAP if pd.isna(value) else f"{value:g}" for value in values]
