"""Cross-entropy, the distillation terms (Eq. 8 and 11) and the sparse teacher (Eq. 10).

The criterion adds them up: (1 - alpha) * CE + alpha * term (Eq. 9 and 12).

Pure functions over tensors. `log_probs` is float32 [B, T, V], `target` int64 [B, T]; losses are float [B, T] in nats
and 0 on padding, so that the caller sums and normalises as fairseq does.
"""

import torch
from torch import Tensor


def cross_entropy(log_probs: Tensor, target: Tensor, padding: int, smoothing: float) -> tuple[Tensor, Tensor]:
    """Return (loss, nll): cross-entropy with label smoothing as fairseq has it, and without (Eq. 2).

    `smoothing` is spread evenly over the V - 1 other types; at 0 the two are the same tensor.
    """
    nll = -log_probs.gather(-1, target.unsqueeze(-1)).squeeze(-1).masked_fill(target.eq(padding), 0.0)
    return _smoothed(log_probs, nll, target, padding, smoothing), nll


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


def sparse_distillation(
    log_probs: Tensor,
    target: Tensor,
    padding: int,
    smoothing: float,
    tokens: Tensor,
    weights: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return (ce, nll, kd), where kd = -sum_j w_j log p(v_j) is Eq. 11 over the k candidates.

    tokens: int64 [B, T, k]; weights: float [B, T, k], a row sums to 1. A token that occurs twice gets both its weights,
    which is the sum of Eq. 10; no dense teacher is built. The gold token rides along in one gather, because each
    gather costs a whole [B, T, V] in the backward pass.
    """
    chosen = log_probs.gather(-1, torch.cat([target.unsqueeze(-1), tokens], dim=-1))
    on_padding = target.eq(padding)
    nll = -chosen[..., 0].masked_fill(on_padding, 0.0)
    kd = -(chosen[..., 1:] * weights).sum(-1).masked_fill(on_padding, 0.0)
    return _smoothed(log_probs, nll, target, padding, smoothing), nll, kd


def dense_distillation(log_probs: Tensor, teacher_logits: Tensor, target: Tensor, padding: int, tau: float) -> Tensor:
    """Return kd float [B, T] = -sum_w p^T(w) log p^S(w), Eq. 8, over the whole vocabulary.

    teacher_logits: float [B, T, V], softened by tau (Eq. 7). Its gradient is that of KL(teacher || student).
    """
    teacher = torch.softmax(teacher_logits.float() / tau, dim=-1)
    return -(teacher * log_probs).sum(-1).masked_fill(target.eq(padding), 0.0)


def _smoothed(log_probs: Tensor, nll: Tensor, target: Tensor, padding: int, smoothing: float) -> Tensor:
    if smoothing == 0.0:
        return nll
    spread = -log_probs.sum(-1).masked_fill(target.eq(padding), 0.0)
    share = smoothing / (log_probs.size(-1) - 1)
    return (1.0 - smoothing - share) * nll + share * spread
