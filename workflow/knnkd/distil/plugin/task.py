"""Translation with an optional teacher, whose interrupted runs end as unbroken ones do."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional  # fairseq turns dataclasses into flags, and reads no `str | None`

import numpy as np
from fairseq.data import LanguagePairDataset
from fairseq.dataclass import ChoiceEnum
from fairseq.logging import metrics
from fairseq.logging.meters import TimeMeter
from fairseq.models import ARCH_MODEL_REGISTRY, MODEL_REGISTRY
from fairseq.tasks import FairseqTask, register_task
from fairseq.tasks.translation import EVAL_BLEU_ORDER, TranslationConfig, TranslationTask
from fairseq_cli.train import should_stop_early
from sacrebleu.metrics import BLEU

from knnkd.core.fairseq_import import import_models
from knnkd.corpus.binarise import read_data
from knnkd.corpus.subwords import join_subwords
from knnkd.distil.plugin.dataset import CandidateDataset, CorpusOrderDataset, EveryPairDataset, ShuffledDataset
from knnkd.distil.shuffled_neighbours import partners_of
from knnkd.knn.candidates import Candidates
from knnkd.objective.token_selection import CrossEntropyQueue

ORDERS = ("length", "corpus", "shuffled")


@dataclass
class DistillationTaskConfig(TranslationConfig):
    """fairseq's translation flags and the teacher's."""

    candidates: Optional[str] = field(default=None, metadata={"help": "folder of the candidates of the training set"})
    teacher_k: int = field(default=0, metadata={"help": "how many of the stored candidates to use, best first"})
    drop_self: bool = field(default=False, metadata={"help": "leave out the first candidate, the row's own"})
    partner_seed: int = field(
        default=0, metadata={"help": "above 0: each position gets the candidates of another with the same gold token"}
    )
    batch_order: ChoiceEnum(ORDERS) = field(  # type: ignore[valid-type]
        default="length",
        metadata={"help": "which sentences share a batch: of similar length, consecutive in the corpus, or random"},
    )
    subwords: str = field(default="bpe", metadata={"help": "how the text was cut: bpe or wordpiece"})
    data_hash: str = field(default="", metadata={"help": "hash of the binarised text; the candidates must name it"})
    dictionary_hash: str = field(default="", metadata={"help": "hash of the dictionaries; kept in the checkpoint"})


class SubwordJoiner:
    """Joins subwords in the place of fairseq's detokeniser: the BLEU by which checkpoints are chosen is of tokens."""

    def __init__(self, kind: str):
        self.kind = kind

    def decode(self, subwords: str) -> str:
        """Return the tokens of one sentence."""
        return join_subwords(subwords, self.kind)


@register_task("distillation_translation", dataclass=DistillationTaskConfig)
class DistillationTask(TranslationTask):
    """TranslationTask that attaches candidates to the training set and keeps its own history in the checkpoint."""

    def __init__(self, cfg, src_dict, tgt_dict):
        super().__init__(cfg, src_dict, tgt_dict)
        self.history: list[dict] = []
        self.totals: list | None = None  # of a training that goes on, until it does
        self.memory: CrossEntropyQueue | None = None  # of the criterion's term, where it has one
        # Validation scores tokenised text on purpose; sacrebleu would say in every batch that it looks like a mistake.
        logging.getLogger("sacrebleu").setLevel(logging.ERROR)

    def load_dataset(self, split, epoch=1, combine=False, **kwargs):
        """Load a split as fairseq does; the training set gets its candidates, checked against it, and its order."""
        super().load_dataset(split, epoch=epoch, combine=combine, **kwargs)
        if split != self.cfg.train_subset:
            return
        pairs = self.datasets[split]
        if self.cfg.candidates:
            candidates = Candidates.open(Path(self.cfg.candidates))
            data = self.cfg.data_hash or read_data(Path(self.cfg.data))["hash"]
            candidates.require(data, pairs.tgt_sizes, self.cfg.teacher_k, self.cfg.drop_self)
            partners = partners_of(_gold_tokens(pairs), self.cfg.partner_seed) if self.cfg.partner_seed else None
            own = CandidateDataset(pairs, candidates, self.cfg.teacher_k, int(self.cfg.drop_self), partners)
            self.datasets[split] = own
        if self.cfg.batch_order == "corpus":
            self.datasets[split] = CorpusOrderDataset(self.datasets[split])
        if self.cfg.batch_order == "shuffled":
            self.datasets[split] = ShuffledDataset(self.datasets[split], pairs.tgt_sizes)

    def get_batch_iterator(self, dataset, *args, num_shards=1, **settings):
        """Batch as fairseq does, with every pair in a batch."""
        whole = EveryPairDataset(dataset, num_shards)
        return super().get_batch_iterator(whole, *args, num_shards=num_shards, **settings)

    def build_model(self, cfg, from_checkpoint=False):
        """Build the model as fairseq does, and let validation join the subwords as all else here does."""
        name = getattr(cfg, "_name", None) or getattr(cfg, "arch", None)
        if not {name} & {*MODEL_REGISTRY, *ARCH_MODEL_REGISTRY}:
            import_models()
        model = super().build_model(cfg, from_checkpoint)
        self.tokenizer = SubwordJoiner(self.cfg.subwords)
        return model

    def can_reuse_epoch_itr(self, dataset) -> bool:
        """Batch anew in each epoch.

        fairseq seeds the batching by the epoch in which the process started, and then keeps the batches: a run that
        was killed and started again would go on with other batches than an unbroken one.
        """
        return False

    def begin_epoch(self, epoch, model) -> None:
        """Let the totals of a killed training go on (see `get_checkpoint_dict`)."""
        super().begin_epoch(epoch, model)
        if self.totals is not None:
            totals = metrics.MetersDict()
            totals.load_state_dict(self.totals)
            for meter in totals.values():
                if isinstance(meter, TimeMeter):
                    meter.reset()  # it counts from a moment that is past
            metrics._aggregators["default"] = metrics._active_aggregators["default"] = totals
            self.totals = None

    def reduce_metrics(self, logging_outputs, criterion) -> None:
        """Log the validation BLEU from numbers where fairseq logs arrays.

        What is logged goes into the checkpoint, and torch, which loads only what is known to be harmless, refuses
        numpy arrays there.
        """
        FairseqTask.reduce_metrics(self, logging_outputs, criterion)
        if not any("_bleu_sys_len" in log for log in logging_outputs):
            return
        orders = range(EVAL_BLEU_ORDER)
        names = ["_bleu_sys_len", "_bleu_ref_len"]
        names += [f"_bleu_{what}_{order}" for what in ("counts", "totals") for order in orders]
        for name in names:
            metrics.log_scalar_sum(name, sum(int(log.get(name, 0)) for log in logging_outputs))

        def bleu(meters) -> float:
            score = BLEU.compute_bleu(
                correct=[int(meters[f"_bleu_counts_{order}"].sum) for order in orders],
                total=[int(meters[f"_bleu_totals_{order}"].sum) for order in orders],
                sys_len=int(meters["_bleu_sys_len"].sum),
                ref_len=int(meters["_bleu_ref_len"].sum),
                smooth_method="exp",
            )
            return round(score.score, 2)

        metrics.log_derived("bleu", bleu)

    def post_validate(self, model, stats, agg) -> None:
        """Keep one record a validation: it is the curve of train.json, and it survives in the checkpoint.

        Raises RuntimeError where a pair of the validation set was not scored.
        """
        pairs = len(self.dataset("valid"))
        if int(stats["pairs"]) != pairs:
            raise RuntimeError(f"{int(stats['pairs'])} of {pairs} validation pairs were in a batch")
        epoch_meters = metrics.get_smoothed_values("train")
        record = {"updates": int(stats["num_updates"]), "train_loss": epoch_meters.get("loss")}
        record |= {name: float(stats[name]) for name in ("loss", "nll_loss", "bleu") if name in stats}
        self.history.append(record)

    def get_checkpoint_dict(self) -> dict:
        """Return what fairseq stores in `extra_state`: the history, and what it forgets: patience, totals, memory.

        fairseq loads no totals (tokens and seconds of the whole training) at the end of an epoch, and inside one adds
        to others than those that it loaded.
        """
        state = {"history": self.history, "patience": dict(vars(should_stop_early))}
        state["totals"] = metrics._aggregators["default"].state_dict()
        if self.memory is not None:
            state["memory"] = self.memory.values.cpu()
        return {type(self).__name__: state}

    def set_checkpoint_dict(self, state: dict) -> None:
        """Take up a killed run where its last checkpoint left it."""
        self.history, self.totals = state["history"], state.get("totals")
        vars(should_stop_early).update(state["patience"])
        if self.memory is not None:
            self.memory.values = state["memory"]


def _gold_tokens(pairs: LanguagePairDataset) -> np.ndarray:
    """Return the target tokens of all sentences one after the other, EOS in: int64 [N]."""
    return np.concatenate([pairs.tgt[i].numpy() for i in range(len(pairs))])
