"""kNN-MT in every step of decoding: the datastore's distribution (Eq. 4) and its share in the model's own (Eq. 5)."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from knnkd.core.errors import KnnKdError
from knnkd.knn.index import Index


def neighbour_log_probs(distances: Tensor, tau: float) -> Tensor:
    """Return the log weight of each neighbour in Eq. 4, log softmax(-d / tau) float32 [n, k].

    distances: squared L2, float32 [n, k], inf where there is no neighbour. Raises KnnKdError where a query has none.
    """
    nearest = distances.amin(1, keepdim=True)
    if bool(nearest.isinf().any()):
        raise KnnKdError("the index found no neighbour at all for a query; take a larger nprobe")
    # From the nearest on, so that not all quotients are -inf where tau is small.
    return torch.log_softmax((nearest - distances) / tau, dim=1)


def knn_log_probs(distances: Tensor, tokens: Tensor, tau: float, types: int) -> Tensor:
    """Return log p_kNN of Eq. 4, float32 [n, types]: the neighbours' weights summed for each token, -inf elsewhere.

    distances: squared L2, float32 [n, k]; tokens: int64 [n, k]; tau in the distances' unit.
    """
    weights = neighbour_log_probs(distances, tau).exp()
    return weights.new_zeros(len(weights), types).scatter_add_(1, tokens, weights).log()


def interpolated(log_probs: Tensor, knn: Tensor, lam: float) -> Tensor:
    """Return log((1 - lam) p_MT + lam p_kNN) of Eq. 5, from two logarithms of one shape; lam = 0 changes no bit."""
    stay, move = _log_shares(lam)
    return torch.logaddexp(log_probs + stay, knn + move)


def _log_shares(lam: float) -> tuple[float, float]:
    """Return log(1 - lam) and log(lam), of 0 -inf."""
    stay, move = (math.log(share) if share else -math.inf for share in (1 - lam, lam))
    return stay, move


def with_neighbours(log_probs: Tensor, distances: Tensor, tokens: Tensor, tau: float, lam: float) -> Tensor:
    """Return `interpolated` of log p_MT float32 [n, V] and `knn_log_probs`, with few logarithms, as a step wants it.

    A token that no neighbour has keeps (1 - lam) of its probability, to the bit; only those of the neighbours, int64
    [n, k], at `distances` float32 [n, k], have more to them.
    """
    weights = neighbour_log_probs(distances, tau).exp()
    knn = torch.zeros_like(log_probs).scatter_add_(1, tokens, weights).gather(1, tokens).log_()
    stay, move = _log_shares(lam)
    mixed = log_probs + stay
    return mixed.scatter_(1, tokens, torch.logaddexp(mixed.gather(1, tokens), knn + move))


@dataclass(frozen=True)
class Point:
    """One setting of kNN-MT: neighbours, temperature (in squared distances) and the datastore's share.

    Raises KnnKdError where k < 1, tau <= 0 or lam is not within [0, 1].
    """

    k: int
    tau: float
    lam: float

    def __post_init__(self) -> None:
        if self.k < 1:
            raise KnnKdError(f"k = {self.k}: kNN-MT takes at least 1 neighbour")
        if not 0 < self.tau < math.inf:
            raise KnnKdError(f"tau = {self.tau}: the temperature must be above 0")
        if not 0 <= self.lam <= 1:
            raise KnnKdError(f"lambda = {self.lam}: the datastore's share must be within 0 and 1")


class NearestNeighbours:
    """kNN-MT as `knnkd.inference.decode.Interpolate`: one search for all hypotheses of a step, Eq. 4 and Eq. 5."""

    def __init__(self, index: Index, values: np.ndarray | Tensor, k: int, tau: float, lam: float) -> None:
        """values: int [N], the token of each row. Raises KnnKdError for settings that cannot be."""
        self.point = Point(k, tau, lam)
        if k > len(values):
            raise KnnKdError(f"k = {k}, but the datastore has {len(values)} rows; lower k")
        self.index = index
        self.values = torch.as_tensor(np.array(values), dtype=torch.int64)

    def __call__(self, log_probs: Tensor, hidden: Tensor) -> Tensor:
        """Return log p of Eq. 5, float32 [n, V], from log p_MT float32 [n, V] and the hidden states float [n, d]."""
        self.values = self.values.to(hidden.device)
        # At the first step all beams of a sentence stand at the same place, which is asked for once.
        distinct, back = hidden.unique_consecutive(dim=0, return_inverse=True)
        distances, rows = self.index.search(distinct, self.point.k)
        return with_neighbours(log_probs, distances[back], self.values[rows[back]], self.point.tau, self.point.lam)
