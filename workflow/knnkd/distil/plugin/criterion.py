"""The criterion of every system: (1 - alpha) * CE + alpha * term (Eq. 9 and 12), by config and not by copies."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional  # fairseq turns dataclasses into flags, and reads no `str | None`

import torch
from fairseq import metrics
from fairseq.criterions import FairseqCriterion, register_criterion
from fairseq.dataclass import ChoiceEnum, FairseqDataclass
from omegaconf import II
from torch import Tensor

from knnkd.core.errors import KnnKdError
from knnkd.distil.losses import cross_entropy, dense_distillation, sparse_distillation
from knnkd.distil.teacher import teacher_weights
from knnkd.distil.token_selection import CrossEntropyQueue, hard_tokens

TERMS = ("none", "sparse", "dense", "selective")
LEVELS = ("batch", "global")


@dataclass
class DistillationCriterionConfig(FairseqDataclass):
    """Flags of the criterion; `--teacher-k` and `--candidates` belong to the task, which loads the rows."""

    # fairseq turns the dataclass into flags, and its ChoiceEnum is made by a call.
    term: ChoiceEnum(TERMS) = field(  # type: ignore[valid-type]
        default="none", metadata={"help": "what stands beside the cross-entropy"}
    )
    alpha: float = field(default=0.5, metadata={"help": "weight of the term in Eq. 12, in [0, 1]"})
    teacher_tau: float = field(default=1.0, metadata={"help": "temperature in Eq. 7 and 10, in units of the scores"})
    label_smoothing: float = field(default=0.0, metadata={"help": "epsilon in the cross-entropy, in [0, 1)"})
    teacher_checkpoint: Optional[str] = field(default=None, metadata={"help": "model that teaches (dense, selective)"})
    selection: ChoiceEnum(LEVELS) = field(  # type: ignore[valid-type]
        default="global", metadata={"help": "what a token's cross-entropy is held against (selective)"}
    )
    selection_share: float = field(default=0.5, metadata={"help": "share of tokens that are distilled (selective)"})
    selection_queue: int = field(default=20000, metadata={"help": "values that the queue holds (selective, global)"})
    sentence_avg: bool = II("optimization.sentence_avg")


@register_criterion("distillation", dataclass=DistillationCriterionConfig)
class DistillationCriterion(FairseqCriterion):
    """Cross-entropy, in training with a distillation term beside it; validation is cross-entropy alone."""

    def __init__(
        self,
        task,
        term,
        alpha,
        teacher_tau,
        label_smoothing,
        sentence_avg,
        teacher_checkpoint=None,
        selection="global",
        selection_share=0.5,
        selection_queue=20000,
    ):
        super().__init__(task)
        if not 0.0 <= alpha <= 1.0:
            raise KnnKdError(f"alpha = {alpha}: it weighs two losses and lies in [0, 1]; mend it in the config")
        if not teacher_tau > 0.0:
            raise KnnKdError(f"tau = {teacher_tau}: a temperature is above 0; mend it in the config")
        if not 0.0 < selection_share <= 1.0:
            raise KnnKdError(f"share = {selection_share}: a share of the tokens lies in (0, 1]; mend it in the config")
        self.term = str(term)
        self.alpha = alpha
        self.tau = teacher_tau
        self.smoothing = label_smoothing
        self.sentence_avg = sentence_avg
        self.share = selection_share
        # Task and criterion share the queue: the task keeps it in the checkpoint, so that a killed run goes on with it.
        globally = (self.term, str(selection)) == ("selective", "global")
        self.queue = task.queue = CrossEntropyQueue(selection_queue) if globally else None
        # In a tuple the teacher is no submodule: it is neither trained, nor saved, nor ever switched to training mode.
        self.teacher = (_load_teacher(teacher_checkpoint, task),) if self.term in ("dense", "selective") else ()

    def forward(self, model, sample, reduce=True):
        """Return (loss summed over the batch, sample_size, logging output), as fairseq's trainer wants them."""
        net_output = model(**sample["net_input"])
        log_probs = model.get_normalized_probs(net_output, log_probs=True)
        target = sample["target"]
        if self.training and self.term != "none":
            ce, nll, kd = self._distil(model, log_probs, sample)
            loss = (1.0 - self.alpha) * ce.sum() + self.alpha * kd.sum()
        else:
            ce, nll = cross_entropy(log_probs, target, self.padding_idx, self.smoothing)
            kd = None
            loss = ce.sum()
        sample_size = target.size(0) if self.sentence_avg else sample["ntokens"]
        logging_output = {
            "loss": loss.detach(),
            "nll_loss": nll.detach().sum(),
            "ntokens": sample["ntokens"],
            "nsentences": target.size(0),
            "sample_size": sample_size,
        }
        if kd is not None:
            logging_output["kd_loss"] = kd.detach().sum()
        return loss, sample_size, logging_output

    def _distil(self, model, log_probs: Tensor, sample: dict) -> tuple[Tensor, Tensor, Tensor]:
        """Return (ce, nll, kd), each float [B, T]: the cross-entropy, the same unsmoothed, and the term."""
        target, padding = sample["target"], self.padding_idx
        if self.term == "sparse":
            tokens = sample["candidates"]["tokens"]
            scores = sample["candidates"]["score_bits"].view(torch.float32)
            weights = teacher_weights(scores, tokens.size(-1), self.tau)
            return sparse_distillation(log_probs, target, padding, self.smoothing, tokens, weights)
        ce, nll = cross_entropy(log_probs, target, padding, self.smoothing)
        kd = dense_distillation(log_probs, self._teacher_logits(model, sample), target, padding, self.tau)
        if self.term == "selective":
            kd = kd * hard_tokens(nll, target.ne(padding), self.share, self.queue)
        return ce, nll, kd

    @torch.no_grad()
    def _teacher_logits(self, model, sample: dict) -> Tensor:
        """Return the teacher's logits [B, T, V] on the student's batch, on its device and in its precision."""
        (teacher,) = self.teacher
        own, wanted = next(teacher.parameters()), next(model.parameters())
        if (own.device, own.dtype) != (wanted.device, wanted.dtype):
            teacher.to(device=wanted.device, dtype=wanted.dtype)
        return teacher(**sample["net_input"])[0]

    @classmethod
    def reduce_metrics(cls, logging_outputs) -> None:
        """Log loss per sample, nll and kd per target token, in bits as fairseq does, and the perplexity."""

        def total(key: str) -> float:
            value = sum(log.get(key, 0) for log in logging_outputs)
            return value.item() if torch.is_tensor(value) else value

        sample_size, tokens = total("sample_size"), total("ntokens")
        metrics.log_scalar("loss", total("loss") / sample_size / math.log(2), sample_size, round=3)
        metrics.log_scalar("nll_loss", total("nll_loss") / tokens / math.log(2), tokens, round=3)
        if any("kd_loss" in log for log in logging_outputs):
            metrics.log_scalar("kd_loss", total("kd_loss") / tokens / math.log(2), tokens, round=3)
        metrics.log_derived("ppl", lambda meters: 2 ** meters["nll_loss"].avg)
        # fairseq's own count of tokens ("wps") leaves out the first update.
        metrics.log_scalar_sum("target_tokens", tokens, priority=1000, round=0)
        metrics.log_scalar_sum("pairs", total("nsentences"), priority=1000, round=0)

    @staticmethod
    def logging_outputs_can_be_summed() -> bool:
        """Every entry is a sum, so workers may be added up before `reduce_metrics`."""
        return True


def _load_teacher(checkpoint: str | None, task) -> torch.nn.Module:
    """Return the teacher in evaluation mode; KnnKdError where it is missing or has another dictionary than the text."""
    from knnkd.distil.plugin.checkpoints import load_model  # it imports the plugin itself

    if not checkpoint:
        raise KnnKdError("a dense or selective term needs a teacher's checkpoint; name a teacher in the config")
    return load_model(Path(checkpoint), Path(task.cfg.data), torch.device("cpu")).model
