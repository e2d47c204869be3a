"""The trainings behind the results: how long each went on, why it stopped, and of which others a run is made.

A training that a limit of the config cut off before its validation score had stopped rising decides nothing, and
neither does what is made of it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pandas as pd

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json
from knnkd.distil.settings import EQUAL_UPDATES
from knnkd.experiment.lineage import RunName, ancestors
from knnkd.reporting.frames import read_csv, require_unique

CONVERGED = "patience"  # the validation score had stopped rising
LIMITS = ("max_epoch", "max_update", "min_lr")  # of the config; each cuts a training off
TUNING = "the rule that tunes kNN-MT"  # which writes tuned.json
COUNTS = ("updates", "epochs", "updates_per_epoch", "tokens_per_update")
RUN = ["dataset", "system", "seed"]
TRAINING_COLUMNS = [*RUN, *COUNTS, "stopped", "gained", "made_of"]
OWN, BASE = "own", "base"  # whose training was cut off: the system's own, or one that it is made of
CUT_COLUMNS = ["cut_off", "cut_off_by"]


@dataclass(frozen=True)
class Trainings:
    """The trainings behind some results.

    stopped: {run: why its training stopped}, "" where a run trains nothing itself; made_of: {run: the trainings that it
    is made of besides its own}. Both know every run that is asked after, or it is an error.
    """

    stopped: Mapping[RunName, str] = field(default_factory=dict)
    made_of: Mapping[RunName, Sequence[RunName]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return what a CSV of `collect_trainings` says; KnnKdError where it lacks a column, or a run comes twice."""
        frame = read_csv(path, TRAINING_COLUMNS)
        require_unique(frame, RUN, str(path))
        frame = frame.fillna({"stopped": "", "made_of": ""})
        runs = [RunName(row.dataset, row.system, int(row.seed)) for row in frame.itertuples()]
        made_of = [[RunName.parse(each) for each in text.split()] for text in frame["made_of"]]
        return cls(dict(zip(runs, frame["stopped"], strict=True)), dict(zip(runs, made_of, strict=True)))

    def of_system(self, dataset: str, system: str) -> list[RunName]:
        """Return the runs of a system on a dataset, in every seed; KnnKdError where none is known."""
        runs = [run for run in self.stopped if (run.dataset, run.system) == (dataset, system)]
        if not runs:
            raise KnnKdError(f"trainings.csv: no row of {system} on {dataset}; run the rule collect_trainings again")
        return runs

    def behind(self, dataset: str, system: str) -> list[RunName]:
        """Return every training behind a system's results: its own in every seed, and all that they are made of."""
        runs = self.of_system(dataset, system)
        bases = [base for run in runs for base in self.made_of[run]]
        if unknown := [base for base in bases if base not in self.stopped]:
            raise KnnKdError(f"trainings.csv: no row of {unknown[0]}; run the rule collect_trainings again")
        return [each for each in dict.fromkeys([*runs, *bases]) if self.stopped[each]]

    def is_cut_off(self, run: RunName) -> bool:
        """Return whether a limit ended a training before its validation score had stopped rising."""
        return self.stopped[run] in LIMITS

    def limits(self, runs: Iterable[RunName]) -> list[str]:
        """Return which limits cut off some of these trainings, in the order of LIMITS."""
        stopped = {self.stopped[run] for run in runs}
        return [limit for limit in LIMITS if limit in stopped]

    def marks(self, dataset: str, system: str, runs: int = 1) -> dict[str, str]:
        """Return cut_off ("own", "base" or "") and cut_off_by (limits) of a table's row; both empty without `runs`."""
        cut = [each for each in self.behind(dataset, system) if self.is_cut_off(each)] if runs else []
        own = [each for each in cut if (each.dataset, each.system) == (dataset, system)]
        kind = OWN if own else BASE if cut else ""
        return {"cut_off": kind, "cut_off_by": ", ".join(self.limits(own or cut))}


def read_records(
    files: Iterable[Path], keys: Iterable[str] = (), rule: str = "its training"
) -> list[tuple[Path, dict[str, Any]]]:
    """Return each train.json, or other record of a run that `rule` writes, with what it says.

    Raises KnnKdError where one lacks dataset, system, seed or one of `keys`, or two are of one run.
    """
    records: dict[RunName, tuple[Path, dict[str, Any]]] = {}
    for file in files:
        record = read_json(file)
        if missing := [key for key in (*RUN, *keys) if key not in record]:
            raise KnnKdError(f"{file}: lacks {', '.join(missing)}, as those of older versions; run {rule} again")
        if (run := run_of(record)) in records:
            raise KnnKdError(f"{file}: a second record of {run}; keep one")
        records[run] = file, record
    return list(records.values())


def run_of(record: Mapping[str, Any]) -> RunName:
    """Return the run that a record is of."""
    return RunName(record["dataset"], record["system"], int(record["seed"]))


def collect_trainings(files: Sequence[Path], at_first_hand: Mapping[RunName, Sequence[RunName]]) -> pd.DataFrame:
    """Return a row for each run: TRAINING_COLUMNS, in the order of dataset, system and seed.

    files: as of `read_records`; at_first_hand: {run: the trainings that it directly depends on}, also of runs that
    train nothing. stopped: why the training ended ("" where there was none); gained: validation BLEU
    (loss where there is no BLEU, then of less) that the last validation gained over the best before it, NaN where there
    was no other; made_of: "dataset/system/seed dataset/system/seed" of everything that the run is made of besides its
    own training. KnnKdError where a file is of an older version, a run comes twice, or a
    training that a run is made of has no file.
    """
    rows: dict[RunName, dict[str, Any]] = {}
    for file, record in read_records(files, (*COUNTS, "history", "stopped")):
        if record["stopped"] not in (CONVERGED, EQUAL_UPDATES, *LIMITS):
            raise KnnKdError(f"{file}: stopped by {record['stopped']}, which is not known; run its training again")
        counts = {key: record[key] for key in (*COUNTS, "stopped")}
        rows[run_of(record)] = counts | {"gained": gained(record["history"])}
    if lacking := [each for bases in at_first_hand.values() for each in bases if each not in rows]:
        raise KnnKdError(f"no train.json of {lacking[0]}, of which another run is made; give its record too")
    nothing = dict.fromkeys(COUNTS, math.nan) | {"stopped": "", "gained": math.nan}
    table = [
        run._asdict() | rows.get(run, nothing) | {"made_of": " ".join(map(str, ancestors(run, at_first_hand)))}
        for run in sorted({*rows, *at_first_hand})
    ]
    return pd.DataFrame(table, columns=TRAINING_COLUMNS).astype({"updates": "Int64", "epochs": "Int64"})


def gained(history: Sequence[Mapping[str, float]]) -> float:
    """Return by how much the last validation was better than the best before it; NaN where there was no other.

    In BLEU where the validations have it, else in loss, of which less is better.
    """
    name, sign = ("bleu", 1) if history and "bleu" in history[-1] else ("loss", -1)
    values = [sign * record[name] for record in history if name in record]
    return values[-1] - max(values[:-1]) if len(values) > 1 else math.nan


def read_batches(path: Path) -> pd.DataFrame:
    """Return dataset, system, seed, and COUNTS as numbers of a CSV of `collect_trainings`."""
    return read_csv(path, TRAINING_COLUMNS)[[*RUN, *COUNTS]]
