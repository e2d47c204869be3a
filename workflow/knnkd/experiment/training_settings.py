"""The settings of trainings and of the choice among them, as the rules hand them to their scripts."""

from typing import Any

from knnkd.experiment import grids
from knnkd.experiment.runs import Experiment, Run, chosen_names
from knnkd.objective.terms import TERMS

# Which fields of an objective count, by its teacher.
BY_TEACHER: dict[str, tuple[str, ...]] = {
    "none": (),
    "candidates": ("alpha", "tau", "k", "self_neighbour", "neighbours"),
    "model": ("alpha", "tau"),
}


def training(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return the settings of a run's training: the fields of `distil.settings.Settings`.

    What a grid chooses is left out, so that another value in the config retrains nothing.
    """
    config, goal, taken = experiment.config, experiment.objective(run), chosen_names(experiment, run)
    term = TERMS[goal["term"]]
    objective = {name: goal[name] for name in ("term", *BY_TEACHER[term.teacher]) if name not in taken}
    used = [name for name, _, _, where in term.options if where is None or goal[where[0]] == where[1]]
    if options := {name: goal[name] for name in used if name not in taken}:
        objective["options"] = options
    objective["label_smoothing"] = None if "label_smoothing" in taken else goal["label_smoothing"]
    parts = {name: experiment.section(name, run) for name in ("model", "training")}
    parts = {name: part | dict.fromkeys(set(taken) & set(part)) for name, part in parts.items()}
    about = {"device": config["device"], "precision": config["precision"], "gpus": config["gpus_per_train"]}
    named = {"dataset": run.dataset, "system": run.system, "seed": run.seed}
    return named | {"objective": objective} | parts | about | {"take": taken}


def grid(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return the grid of a run's system on its dataset, its points and the metric, as choose_point.py takes them."""
    names = experiment.config, run.dataset, run.system
    return {
        "dataset": run.dataset,
        "system": run.system,
        "metric": experiment.datasets[run.dataset]["metric"],
        "grid": grids.grid_of(*names),
        "points": grids.grid_systems(*names),
    }
