"""Which tokens are distilled (Selective-KD, Wang et al. 2021): those that the student finds hard.

Hard is relative: a token is chosen where its cross-entropy under the student, without smoothing, is among the top share
of the batch's own values (batch level), or of the last values seen in training (global level).
"""

import torch
from torch import Tensor

from knnkd.core.errors import KnnKdError


def threshold(values: Tensor, share: float) -> Tensor:
    """Return the least of the floor(share * n) largest of values [n], at least of one: from it a token is hard.

    Raises KnnKdError where the share is not in (0, 1].
    """
    if not 0.0 < share <= 1.0:
        raise KnnKdError(f"share = {share}: a share of the tokens lies in (0, 1]; mend it in the config")
    chosen = max(1, int(share * values.numel()))
    return values.kthvalue(values.numel() - chosen + 1).values


class CrossEntropyQueue:
    """The last `size` cross-entropy values, first in, first out; padding never enters."""

    def __init__(self, size: int):
        """Raises KnnKdError where `size` is below 1."""
        if size < 1:
            raise KnnKdError(f"queue = {size}: it holds the last values, at least one; mend it in the config")
        self.size = size
        self.values = torch.empty(0)

    def push(self, values: Tensor) -> None:
        """Let values float [n] in at the end; what no longer fits leaves at the front."""
        self.values = torch.cat([self.values.to(values), values])[-self.size :]


def hard_tokens(nll: Tensor, real: Tensor, share: float, queue: CrossEntropyQueue | None) -> Tensor:
    """Return bool [B, T]: the real tokens whose cross-entropy is in the top `share`.

    nll: float [B, T], the student's, unsmoothed; real: bool [B, T], false on padding. With a queue the batch is pushed
    first and the threshold is the queue's (global level); without one it is the batch's own (batch level).
    """
    values = nll.detach()[real]
    if queue is not None:
        queue.push(values)
        values = queue.values
    return real & (nll.detach() >= threshold(values, share))
