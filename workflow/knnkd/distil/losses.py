"""The one objective of every system: (1 - alpha) * CE + alpha * term (Eq. 9 and 12).

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
