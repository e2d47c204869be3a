"""Ways to train one system that stand side by side: the points of an ablation, the variants of the controls."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from knnkd.core.errors import KnnKdError
from knnkd.reporting.frames import Seeds, over_seeds

ORDERS = {"length": "length-sorted", "corpus": "corpus order", "shuffled": "shuffled"}
LOSSES = {"paper": "paper", "released": "released"}
NEIGHBOURS = {"keep": "kept", "drop": "dropped", "none": "n/a"}
BUDGETS = {"epochs": "epochs", "updates": "equal updates"}


@dataclass(frozen=True)
class Point:
    """One trained point: the system's name, its k and its tau."""

    name: str
    k: int
    tau: float


def scored_points(
    scores: pd.DataFrame, points: Sequence[Point], axis: str, fixed: float, dataset: str, metric: str
) -> list[tuple[Point, Seeds]]:
    """Return the points of one series with their validation scores over seeds, in rising order of `axis`, "k" or "tau".

    Kept are those whose other setting equals `fixed` and that were scored; KnnKdError where two stand at one place.
    """
    other = "tau" if axis == "k" else "k"
    kept = sorted((point for point in points if getattr(point, other) == fixed), key=lambda each: getattr(each, axis))
    scored = [(point, over_seeds(scores, dataset, point.name, metric, "valid")[0]) for point in kept]
    scored = [(point, own) for point, own in scored if own.n]
    if len({getattr(point, axis) for point, _ in scored}) < len(scored):
        raise KnnKdError(f"points: two at one {axis} with {other} = {fixed} on {dataset}")
    return scored


@dataclass(frozen=True)
class Variant:
    """One way to train a system: its name, the system that it varies, and the four choices."""

    name: str
    system: str
    order: Literal["length", "corpus", "shuffled"]
    loss: Literal["paper", "released"]
    neighbour: Literal["keep", "drop", "none"]
    budget: Literal["epochs", "updates"] = "epochs"
