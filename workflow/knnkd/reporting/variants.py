"""Ways to train one system that stand side by side: the points of an ablation, the variants of the controls."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import pandas as pd

from knnkd.core.errors import KnnKdError
from knnkd.reporting.frames import Seeds, over_seeds

ORDERS = {"length": "length-sorted", "corpus": "corpus order", "shuffled": "shuffled"}
LOSSES = {"paper": "paper", "released": "released"}
NEIGHBOURS = {"keep": "kept", "drop": "dropped", "none": "n/a"}
BUDGETS = {"epochs": "epochs", "updates": "equal updates"}


class Point(NamedTuple):
    """One trained point: the system's name, its k and its tau."""

    name: str
    k: int
    tau: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read NAME=k:tau; KnnKdError where it is not that, or one of the two is not above 0."""
        name, _, value = text.partition("=")
        k, _, tau = value.partition(":")
        try:
            point = cls(name, int(k), float(tau))
        except ValueError as error:
            raise KnnKdError(f"--points {text}: give NAME=k:tau, as knn_kd=64:100") from error
        if point.k < 1 or not point.tau > 0:
            raise KnnKdError(f"--points {text}: k and tau must be above 0")
        return point


def scored_points(
    scores: pd.DataFrame, points: Sequence[Point], axis: str, fixed: float, dataset: str, metric: str
) -> list[tuple[Point, Seeds]]:
    """Return the points of one series with their validation scores over seeds, in rising order of `axis`, "k" or "tau".

    Kept are those whose other setting equals `fixed` and that were scored; KnnKdError where two stand at one place.
    """
    other = "tau" if axis == "k" else "k"
    kept = sorted((point for point in points if getattr(point, other) == fixed), key=lambda each: getattr(each, axis))
    scored = [(point, over_seeds(scores, dataset, point.name, metric, "valid")[0]) for point in kept]
    scored = [(point, bleu) for point, bleu in scored if bleu.n]
    if len({getattr(point, axis) for point, _ in scored}) < len(scored):
        raise KnnKdError(f"--points: two at one {axis} with {other} = {fixed} on {dataset}")
    return scored


@dataclass(frozen=True)
class Variant:
    """One way to train a system: its name, the system that it varies, and the four choices."""

    name: str
    system: str
    order: str
    loss: str
    neighbour: str
    budget: str = "epochs"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read NAME=system:order:loss:self:budget; KnnKdError where a part is missing or unknown."""
        name, _, value = text.partition("=")
        parts = value.split(":")
        known = (None, ORDERS, LOSSES, NEIGHBOURS, BUDGETS)
        if len(parts) != len(known) or any(part not in kind for part, kind in zip(parts, known, strict=True) if kind):
            choices = ":".join("|".join(kind) for kind in known if kind)
            raise KnnKdError(f"--variants {text}: give NAME=system:{choices}")
        return cls(name, *parts)
