"""The criterion of every system: (1 - alpha) * CE + alpha * term (Eq. 9 and 12), by config and not by copies."""

import math
from dataclasses import dataclass, field

import torch
from fairseq import metrics
from fairseq.criterions import FairseqCriterion, register_criterion
from fairseq.dataclass import ChoiceEnum, FairseqDataclass
from omegaconf import II

from knnkd.errors import KnnKdError
from knnkd.losses import cross_entropy, sparse_distillation
from knnkd.teacher import teacher_weights

TERMS = ("none", "sparse")


@dataclass
class DistillationCriterionConfig(FairseqDataclass):
    """Flags of the criterion; `--teacher-k` and `--candidates` belong to the task, which loads the rows."""

    # fairseq turns the dataclass into flags, and its ChoiceEnum is made by a call.
    term: ChoiceEnum(TERMS) = field(  # type: ignore[valid-type]
        default="none", metadata={"help": "what stands beside the cross-entropy"}
    )
    alpha: float = field(default=0.5, metadata={"help": "weight of the term in Eq. 12, in [0, 1]"})
    teacher_tau: float = field(default=1.0, metadata={"help": "temperature in Eq. 10, in the units of the scores"})
    label_smoothing: float = field(default=0.0, metadata={"help": "epsilon in the cross-entropy, in [0, 1)"})
    sentence_avg: bool = II("optimization.sentence_avg")


@register_criterion("distillation", dataclass=DistillationCriterionConfig)
class DistillationCriterion(FairseqCriterion):
    """Cross-entropy, plus a distillation term on batches that carry a teacher; validation is cross-entropy alone."""

    def __init__(self, task, term, alpha, teacher_tau, label_smoothing, sentence_avg):
        super().__init__(task)
        if not 0.0 <= alpha <= 1.0:
            raise KnnKdError(f"alpha = {alpha}: it weighs two losses and lies in [0, 1]; mend it in the config")
        if not teacher_tau > 0.0:
            raise KnnKdError(f"tau = {teacher_tau}: a temperature is above 0; mend it in the config")
        self.term = str(term)
        self.alpha = alpha
        self.tau = teacher_tau
        self.smoothing = label_smoothing
        self.sentence_avg = sentence_avg

    def forward(self, model, sample, reduce=True):
        """Return (loss summed over the batch, sample_size, logging output), as fairseq's trainer wants them."""
        net_output = model(**sample["net_input"])
        log_probs = model.get_normalized_probs(net_output, log_probs=True)
        target = sample["target"]
        if self.training and self.term == "sparse":
            tokens = sample["candidates"]["tokens"]
            scores = sample["candidates"]["score_bits"].view(torch.float32)
            weights = teacher_weights(scores, tokens.size(-1), self.tau)
            ce, nll, kd = sparse_distillation(log_probs, target, self.padding_idx, self.smoothing, tokens, weights)
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

    @staticmethod
    def logging_outputs_can_be_summed() -> bool:
        """Every entry is a sum, so workers may be added up before `reduce_metrics`."""
        return True
