"""The one criterion of all systems: (1 - alpha) * CE + alpha * term (Eq. 9 and 12); the config selects the term."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional  # fairseq turns dataclasses into flags, and reads no `str | None`

import torch
from fairseq import metrics, utils
from fairseq.criterions import FairseqCriterion, register_criterion
from fairseq.dataclass import ChoiceEnum, FairseqDataclass
from omegaconf import II
from torch import Tensor

from knnkd.core.errors import KnnKdError
from knnkd.objective.terms import TERMS, Batch, Losses


@dataclass
class DistillationCriterionConfig(FairseqDataclass):
    """Flags of the criterion; `--teacher-k` and `--candidates` belong to the task, which loads the rows."""

    # fairseq turns the dataclass into flags, and its ChoiceEnum is made by a call.
    term: ChoiceEnum(list(TERMS)) = field(  # type: ignore[valid-type]
        default="none", metadata={"help": "what stands beside the cross-entropy"}
    )
    alpha: float = field(default=0.5, metadata={"help": "weight of the term in Eq. 12, in [0, 1]"})
    teacher_tau: float = field(default=1.0, metadata={"help": "temperature in Eq. 7 and 10, in units of the scores"})
    label_smoothing: float = field(default=0.0, metadata={"help": "epsilon in the cross-entropy, in [0, 1)"})
    term_options: str = field(default="{}", metadata={"help": "JSON: the term's own options (objective/terms.py)"})
    teacher_checkpoint: Optional[str] = field(default=None, metadata={"help": "model that teaches"})
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
        term_options="{}",
        teacher_checkpoint=None,
    ):
        super().__init__(task)
        if not 0.0 <= alpha <= 1.0:
            raise KnnKdError(f"alpha = {alpha}: it weighs two losses and lies in [0, 1]; mend it in the config")
        if not teacher_tau > 0.0:
            raise KnnKdError(f"tau = {teacher_tau}: a temperature is above 0; mend it in the config")
        self.term, self.options = TERMS[str(term)], json.loads(term_options)
        self.alpha = alpha
        self.tau = teacher_tau
        self.smoothing = label_smoothing
        self.sentence_avg = sentence_avg
        # Task and criterion share the memory: the task keeps it in the checkpoint, for a killed run to resume with.
        self.memory = task.memory = self.term.memory(self.options)
        # In a tuple the teacher is no submodule: it is neither trained, nor saved, nor ever switched to training mode.
        self.teacher = (_load_teacher(teacher_checkpoint, task),) if self.term.teacher == "model" else ()

    def forward(self, model, sample, reduce=True):
        """Return (loss summed over the batch, sample_size, logging output), as fairseq's trainer wants them."""
        net_output = model(**sample["net_input"])
        log_probs = model.get_normalized_probs(net_output, log_probs=True)
        target = sample["target"]
        distilled = self.training and self.term.teacher != "none"
        losses = self._losses(model, log_probs, sample) if distilled else self._cross_entropy(log_probs, target)
        loss = losses.ce.sum()
        if distilled:
            loss = (1.0 - self.alpha) * loss + self.alpha * losses.term.sum()
        sample_size = target.size(0) if self.sentence_avg else sample["ntokens"]
        logging_output = {
            "loss": loss.detach(),
            "nll_loss": losses.nll.detach().sum(),
            "ntokens": sample["ntokens"],
            "nsentences": target.size(0),
            "sample_size": sample_size,
        }
        if distilled:
            logging_output["kd_loss"] = losses.term.detach().sum()
        return loss, sample_size, logging_output

    def _cross_entropy(self, log_probs: Tensor, target: Tensor) -> Losses:
        return TERMS["none"].loss(Batch(log_probs, target, self.padding_idx, self.smoothing, self.tau))

    def _losses(self, model, log_probs: Tensor, sample: dict) -> Losses:
        """Return the losses of a batch in training, the term in."""
        tokens = scores = logits = None
        if self.term.teacher == "candidates":
            tokens, scores = sample["candidates"]["tokens"], sample["candidates"]["score_bits"].view(torch.float32)
        if self.term.teacher == "model":
            logits = self._teacher_logits(model, sample)
        taught = tokens, scores, logits, self.options, self.memory
        return self.term.loss(Batch(log_probs, sample["target"], self.padding_idx, self.smoothing, self.tau, *taught))

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
        metrics.log_derived("ppl", lambda meters: utils.get_perplexity(meters["nll_loss"].avg))
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
        raise KnnKdError("a model that teaches needs its checkpoint; name a teacher in the config")
    return load_model(Path(checkpoint), Path(task.cfg.data), torch.device("cpu")).model
