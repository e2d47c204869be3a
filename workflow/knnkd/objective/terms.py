"""The terms that can stand beside the cross-entropy: (1 - alpha) * CE + alpha * term (Eq. 9 and 12).

A new term is one entry of TERMS. The config's schema and its page, the checks, the grids, the flags of a training, the
criterion and the plan of costs are all made from the entry. The workflow reads this file at every start, so torch is
imported by a loss, and not at the top.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

    from knnkd.objective.token_selection import CrossEntropyQueue


class Losses(NamedTuple):
    """Losses of a batch in nats, each float [B, T] and 0 on padding.

    ce: the cross-entropy with label smoothing; nll: the same without; term: what stands beside it.
    """

    ce: Tensor
    nll: Tensor
    term: Tensor


@dataclass(frozen=True)
class Batch:
    """What a loss is made of.

    log_probs: the student's, float32 [B, T, V]; target: int64 [B, T]; padding: the index on which all losses are 0;
    smoothing: epsilon of the cross-entropy; tau: the teacher's temperature, above 0.
    tokens int64 and scores float32 [B, T, k]: the teacher's candidates, best first, where the term learns from them.
    teacher_logits: the teacher's, float [B, T, V], where a model teaches.
    options: the values of the term's own options; memory: what the term remembers of earlier batches.
    """

    log_probs: Tensor
    target: Tensor
    padding: int
    smoothing: float
    tau: float
    tokens: Tensor | None = None
    scores: Tensor | None = None
    teacher_logits: Tensor | None = None
    options: Mapping[str, Any] | None = None
    memory: CrossEntropyQueue | None = None

    def cross_entropy(self) -> tuple[Tensor, Tensor]:
        """Return (ce, nll) of the batch."""
        from knnkd.objective.losses import cross_entropy

        return cross_entropy(self.log_probs, self.target, self.padding, self.smoothing)


class Option(NamedTuple):
    """A setting of one term, beside those that all have.

    schema: JSON schema of its value, with `description` and `default`; in_grid: whether a grid may vary it;
    where: the option, and its value, without which this one has no use.
    """

    name: str
    schema: Mapping[str, Any]
    in_grid: bool = False
    where: tuple[str, Any] | None = None


@dataclass(frozen=True)
class Term:
    """One entry of the registry.

    meaning: a few words for the config's page; teacher: what it learns from: nothing, stored candidates (`k`,
    `candidates`, `self_neighbour`, `neighbours` in the config), or a model that runs beside the student, whose forward
    pass the plan counts; loss: from a batch to its losses; memory: makes, from the options, what the term remembers.
    """

    meaning: str
    teacher: Literal["none", "candidates", "model"]
    loss: Callable[[Batch], Losses]
    options: tuple[Option, ...] = ()
    memory: Callable[[Mapping[str, Any]], CrossEntropyQueue | None] = lambda options: None


def _none(batch: Batch) -> Losses:
    ce, nll = batch.cross_entropy()
    return Losses(ce, nll, nll.new_zeros(nll.shape))


def _sparse(batch: Batch) -> Losses:
    """kNN-KD and BERT-KD: cross-entropy with the teacher of Eq. 10 over k candidates (Eq. 11)."""
    from knnkd.objective.losses import sparse_distillation, teacher_weights

    assert batch.tokens is not None and batch.scores is not None
    weights = teacher_weights(batch.scores, batch.tokens.size(-1), batch.tau)
    ends = batch.padding, batch.smoothing
    return Losses(*sparse_distillation(batch.log_probs, batch.target, *ends, batch.tokens, weights))


def _dense(batch: Batch) -> Losses:
    """Word-KD: cross-entropy with the softened distribution of a model (Eq. 7 and 8)."""
    from knnkd.objective.losses import dense_distillation

    assert batch.teacher_logits is not None
    ends = batch.target, batch.padding, batch.tau
    return Losses(*batch.cross_entropy(), dense_distillation(batch.log_probs, batch.teacher_logits, *ends))


def _selective(batch: Batch) -> Losses:
    """Selective-KD: Word-KD on the tokens that the student finds hard."""
    from knnkd.objective.token_selection import hard_tokens

    assert batch.options is not None
    losses = _dense(batch)
    hard = hard_tokens(losses.nll, batch.target.ne(batch.padding), batch.options["share"], batch.memory)
    return losses._replace(term=losses.term * hard)


def _queue(options: Mapping[str, Any]) -> CrossEntropyQueue | None:
    from knnkd.objective.token_selection import CrossEntropyQueue

    return CrossEntropyQueue(options["queue"]) if options["selection"] == "global" else None


SELECTION = Option(
    "selection",
    {
        "description": "a token is hard within its batch, or against a queue of the last values (selective)",
        "enum": ["batch", "global"],
        "default": "global",
    },
)
SHARE = Option(
    "share",
    {
        "description": "share of the tokens that are distilled (selective)",
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": 1,
        "default": 0.5,
    },
    in_grid=True,
)
QUEUE = Option(
    "queue",
    {
        "description": "cross-entropy values that the queue holds (selective, global)",
        "type": "integer",
        "minimum": 1,
        "default": 20000,
    },
    in_grid=True,
    where=("selection", "global"),
)

TERMS = {
    "none": Term("nothing", "none", _none),
    "sparse": Term("stored candidates", "candidates", _sparse),
    "dense": Term("a model's whole distribution", "model", _dense),
    "selective": Term("the same on hard tokens alone", "model", _selective, (SELECTION, SHARE, QUEUE), _queue),
}


def options_of_grids() -> list[str]:
    """Return the names of all options that a grid may vary."""
    return [option.name for term in TERMS.values() for option in term.options if option.in_grid]
