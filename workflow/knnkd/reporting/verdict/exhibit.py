"""The table of the verdict, from the files of an experiment."""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from knnkd.core.errors import KnnKdError
from knnkd.reporting.frames import (
    SCORE_COLUMNS,
    SPEED_COLUMNS,
    Shown,
    read_csv,
    read_significance,
    read_speed,
    require_unique,
)
from knnkd.reporting.paper import read_paper
from knnkd.reporting.trainings import Trainings
from knnkd.reporting.typeset import write_table
from knnkd.reporting.variants import Point, Variant
from knnkd.reporting.verdict.decide import TEXT_COLUMNS, verdict, verdict_blocks, verdict_notes
from knnkd.reporting.verdict.evidence import NAMES
from knnkd.reporting.verdict.results import Results, read_measures, read_pairs, read_sizes


@dataclass(frozen=True)
class Places:
    """Where a claim is asked of: the datasets of tables and figures, of Table 4 (trained on, tested on) pairs."""

    table2: list[str] = field(default_factory=list)
    table3: list[str] = field(default_factory=list)
    table4: list[tuple[str, str]] = field(default_factory=list)
    ablation: list[str] = field(default_factory=list)
    controls: list[str] = field(default_factory=list)

    @property
    def names(self) -> dict[str, list[str]]:
        """The places of each kind, a pair as "first>second"."""
        return vars(self) | {"table4": [">".join(pair) for pair in self.table4]}


@dataclass(frozen=True)
class Settings:
    """What the claims are decided on.

    roles: the system that plays a part of the paper's, where its name is another; made: the datasets that have a
    manifest; points, fixed_k and fixed_tau: of Figures 2 and 3; variants: the rows of Table 7; samples: resamplings of
    the measures.
    """

    shown: Shown
    roles: dict[str, str] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    made: list[str] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    fixed_k: int = 0
    fixed_tau: float = 0.0
    variants: list[Variant] = field(default_factory=list)
    samples: int = 1000

    def __post_init__(self) -> None:
        """Raise KnnKdError for an unknown role, and for a place without a label or a metric."""
        self.shown.require_some("metrics")
        if unknown := [role for role in self.roles if role not in NAMES]:
            raise KnnKdError(f"roles: no role {unknown[0]}; they are {', '.join(NAMES)}")
        for name, places in self.places.names.items():
            self.shown.require("datasets", [dataset for place in places for dataset in place.split(">")], name)


@dataclass(frozen=True)
class Inputs:
    """CSVs of scores, trainings, the paper's numbers, and of speed if it was measured; what else was run.

    significance: JSONs of compare_systems.py, each with its baseline and split; measures: of measure.py on the test
    sets; runs: train.json; manifests: manifest.json of each dataset of `made`, in its order.
    """

    scores: Path
    trainings: Path
    paper: Path
    speed: Path | None
    significance: list[Path]
    measures: list[Path]
    runs: list[Path]
    manifests: list[Path]


def make(settings: Settings, inputs: Inputs, output: Path) -> None:
    """Write the table verdict in every form."""
    results = read_results(settings, inputs)
    long = verdict(results)
    write_table(long, verdict_blocks(long), verdict_notes(long, results), output, "verdict", TEXT_COLUMNS)


def read_results(settings: Settings, inputs: Inputs) -> Results:
    """Return what was run; KnnKdError where `made` and its manifests differ in number."""
    if len(settings.made) != len(inputs.manifests):
        raise KnnKdError("made and manifests: of different lengths; give the file of each corpus")
    return Results(
        settings.shown,
        read_csv(inputs.scores, SCORE_COLUMNS),
        read_significance(inputs.significance, settings.shown.metrics, split=None),
        _speed(inputs.speed),
        read_paper(inputs.paper),
        read_measures(inputs.measures),
        read_sizes(inputs.runs),
        read_pairs(dict(zip(settings.made, inputs.manifests, strict=True))),
        settings.roles,
        settings.places.names,
        settings.points,
        (settings.fixed_k, settings.fixed_tau),
        settings.variants,
        settings.samples,
        Trainings.read(inputs.trainings),
    )


def _speed(path: Path | None) -> pd.DataFrame:
    """Return speed.csv, to whichever systems its ratios are; empty where there is none."""
    if path is None:
        return read_speed(None, "")
    speed = read_csv(path, SPEED_COLUMNS)
    require_unique(speed, ["dataset", "system", "metric"], str(path))
    return speed
