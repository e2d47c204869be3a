"""Scores, and comparisons of systems: whose hypotheses they read, and their settings."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from knnkd.experiment import runs
from knnkd.experiment.roles import compared_systems
from knnkd.experiment.runs import Experiment, Run


def scoring(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return whose hypotheses are scored, and by what: the fields of `evaluation.scores.Scoring`."""
    metrics = [*experiment.config["metrics"], experiment.datasets[runs.tested_on(run)]["metric"]]
    return {"run": asdict(run), "metrics": list(dict.fromkeys(metrics))}


def compared(experiment: Experiment, wildcards: Mapping[str, str]) -> list[str]:
    """Return decode.json of every system that is compared on a dataset, a seed and a split, the baseline's first."""
    run = Run.of(wildcards)
    pattern = f"{experiment.paths.hypotheses}/decode.json"
    systems = compared_systems(experiment, run, dict(wildcards.items())["baseline"])
    return [path for system in systems for path in runs.path_of(experiment, pattern, run, system)]


def comparison(experiment: Experiment, wildcards: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings of the comparison: the fields of `evaluation.bootstrap.Comparison`."""
    run = Run.of(wildcards)
    systems = compared_systems(experiment, run, dict(wildcards.items())["baseline"])
    about = {"dataset": run.dataset, "seed": run.seed, "split": run.split, "systems": systems}
    metric = experiment.datasets[runs.tested_on(run)]["metric"]
    return about | {"metric": metric} | experiment.config["significance"]
