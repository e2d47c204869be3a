"""The sparse teacher (Eq. 10): a softmax over k scored tokens, mass added up per token."""

import torch
from torch import Tensor


def teacher_weights(scores: Tensor, k: int, tau: float) -> Tensor:
    """Return the teacher's weight on each of the k best candidates.

    scores: float [..., K], best first, K >= k. tau: temperature, in the units of the scores, > 0.
    Returns float32 [..., k] that sums to 1 along the last axis; a token that occurs twice keeps two weights, because
    the loss sum_j w_j log p(v_j) adds them up by itself.
    """
    if not tau > 0:
        raise ValueError(f"tau = {tau}: a temperature is above 0")
    best = scores[..., :k].float()
    # From the best on: where tau is small and all scores are far from 0, their quotients would all be -inf, and 0 / 0.
    return torch.softmax((best - best[..., :1]) / tau, dim=-1)


def teacher_distribution(tokens: Tensor, scores: Tensor, k: int, tau: float, vocabulary: int) -> Tensor:
    """Return p_kNN of Eq. 10 as a dense float32 [..., V]; for looking at, the loss never builds it.

    tokens: int [..., K]; scores: float [..., K], best first.
    """
    weights = teacher_weights(scores, k, tau)
    dense = weights.new_zeros(*weights.shape[:-1], vocabulary)
    return dense.scatter_add_(-1, tokens[..., :k].long(), weights)
