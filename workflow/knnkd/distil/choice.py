"""The choice among the points of a grid: the best mean validation score, with every point's scores beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json
from knnkd.core.integrity import require_sealed

KEYS = ("dataset", "system", "metric", "seeds", "grid", "points", "chosen", "edge")


@dataclass(frozen=True)
class Grid:
    """A grid, as its rule hands it over: whose it is, the metric, {setting: values} and {system: its settings}."""

    dataset: str
    system: str
    metric: str
    grid: dict[str, list[int | float]]
    points: dict[str, dict[str, int | float]]


def choose(
    grid: Mapping[str, Sequence[float]],
    points: Mapping[str, Mapping[str, float]],
    scores: Mapping[str, Mapping[int, float]],
    sign: int = 1,
) -> dict[str, Any]:
    """Return points, chosen and edge of a choice.

    grid: {setting: values}; points: {system: its settings}; scores: {system: {seed: score}}; sign: -1 where less is
    better. The best mean over the seeds is chosen; of equal ones that with the smaller value of the grid's first
    setting, then of the next. edge: the settings whose chosen value is the largest or the smallest of several. Raises
    KnnKdError where a point lacks a seed that another has.
    """
    seeds = sorted({seed for each in scores.values() for seed in each})
    found: list[dict[str, Any]] = []
    for system, settings in points.items():
        if missing := [seed for seed in seeds if seed not in scores.get(system, {})] or not seeds:
            raise KnnKdError(f"{system}: no score of seed {missing}; score every point of the grid")
        own = [scores[system][seed] for seed in seeds]
        by_seed = {str(seed): value for seed, value in zip(seeds, own, strict=True)}
        found.append({"system": system, "settings": dict(settings), "scores": by_seed, "mean": mean(own)})
    best = min(found, key=lambda point: (-sign * point["mean"], *(point["settings"][key] for key in grid)))
    ends = {key: (min(values), max(values)) for key, values in grid.items() if len(values) > 1}
    edge = [key for key, values in ends.items() if best["settings"][key] in values]
    chosen = {key: best[key] for key in ("system", "settings", "mean")}
    return {"seeds": seeds, "grid": {key: list(values) for key, values in grid.items()}} | {
        "points": found,
        "chosen": chosen,
        "edge": edge,
    }


def read_choice(file: Path) -> dict[str, Any]:
    """Return a chosen.json; KnnKdError where it is missing or lacks a key."""
    choice = read_json(file)
    require_sealed(choice, file)
    if missing := [key for key in KEYS if key not in choice]:
        raise KnnKdError(f"{file}: lacks {', '.join(missing)}; run the rule choose_point again")
    return choice


def said_of_choice(choice: Mapping, trained: bool) -> dict:
    """Return what train.json says of a choice; trained: after it, with its settings, and not as one of its points."""
    best = choice["chosen"]
    about = {"system": choice["system"], "point": best["system"], "settings": best["settings"], "mean": best["mean"]}
    about |= {"points": len(choice["points"])} | {key: choice[key] for key in ("grid", "seeds", "edge")}
    return about | {"trained": trained}
