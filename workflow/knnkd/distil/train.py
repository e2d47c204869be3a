"""Training of every system through fairseq's own trainer, so that a killed run ends as an unbroken one does.

The work folder holds fairseq's checkpoints while training goes on (see core/resumable.py).
"""

import hashlib
import json
import math
import os
import platform
import shutil
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import torch
from fairseq import checkpoint_utils, metrics, options
from fairseq.dataclass.utils import convert_namespace_to_omegaconf
from fairseq.distributed import utils as distributed_utils
from fairseq.file_io import PathManager
from fairseq.tasks import FairseqTask
from fairseq.trainer import Trainer
from fairseq_cli import train as fairseq_train
from fairseq_cli.train import train as fairseq_epoch
from omegaconf import DictConfig, OmegaConf

from knnkd.core.cpu import use_processor
from knnkd.core.errors import KnnKdError
from knnkd.core.files import replacing, write_json
from knnkd.core.gpus import choose_device
from knnkd.core.integrity import sums_of
from knnkd.core.resumable import leave, take_up
from knnkd.corpus.binarise import read_data
from knnkd.distil.hyperparameters import hyperparameters
from knnkd.distil.multi_gpu import train_together
from knnkd.distil.plugin.checkpoints import hash_tensors, load_state
from knnkd.distil.settings import EQUAL_UPDATES, Training
from knnkd.knn.candidates import Candidates
from knnkd.knn.datastore import Datastore
from knnkd.objective.terms import TERMS

BEST, LAST = "checkpoint_best.pt", "checkpoint_last.pt"
# What of fairseq's model settings the weights mean something by; a start must have the same.
ARCHITECTURE = [
    *(f"{side}_{what}" for side in ("encoder", "decoder") for what in ("layers", "embed_dim", "ffn_embed_dim")),
    *(f"{side}_{what}" for side in ("encoder", "decoder") for what in ("attention_heads", "normalize_before")),
    *("share_all_embeddings", "activation_fn", "no_scale_embedding"),
    *("layernorm_embedding", "encoder_learned_pos", "decoder_learned_pos", "no_token_positional_embeddings"),
]


def train(training: Training, work: Path, output: Path) -> None:
    """Train to the end, taking up what lies in `work`; write `checkpoint_best.pt` and `train.json` into `output`.

    Raises KnnKdError for settings that cannot go together, before any update.
    """
    settings = training.settings
    device, threads = choose_device(settings.device, settings.gpus), settings.training["threads"]
    _refuse_foreign_candidates(training)
    use_processor(threads)
    flags = fairseq_arguments(training, device, work)
    fingerprint = _fingerprint(training, flags)  # it opens data and teacher, and names what is damaged
    arguments = options.parse_args_and_arch(options.get_training_parser(), input_args=flags)
    if training.files.init:
        _refuse_other_start(training.files.init, arguments)
    take_up(work, fingerprint)
    if not _had_ended(work, arguments):
        if settings.gpus > 1:
            train_together(run_fairseq, flags, settings.gpus, threads)
        else:
            run_fairseq([*flags, "--distributed-world-size", "1"])
    output.mkdir(parents=True, exist_ok=True)
    state = load_state(work / BEST)
    report = _report(training, device, state, load_state(work / LAST))
    state["last_optimizer_state"] = None  # two thirds of the file, and of no use once training is over
    state["cfg"] = OmegaConf.to_container(state["cfg"], resolve=True, enum_to_str=True)
    with replacing(output / BEST) as temporary:
        torch.save(state, temporary)
    write_json(output / "train.json", report | {"files": sums_of(output, [BEST])})
    leave(work)


def run_fairseq(flags: Sequence[str]) -> None:
    """Run fairseq-train with these flags in this process."""
    _forget_other_runs()
    fairseq_train.train = _train_epoch
    PathManager.copy = staticmethod(_copy_whole)
    arguments = options.parse_args_and_arch(options.get_training_parser(), input_args=list(flags))
    distributed_utils.call_main(convert_namespace_to_omegaconf(arguments), fairseq_train.main)


def fairseq_arguments(training: Training, device: torch.device, work: Path) -> list[str]:
    """Return the command line for fairseq-train."""
    settings, schedule, files = training.settings, training.settings.training, training.files
    data = read_data(files.data_bin)
    source, target = data["languages"]
    flags = [str(files.data_bin), "--task", "distillation_translation", "-s", source, "-t", target]
    if training.objective.neighbours == "shuffled":
        flags += ["--partner-seed", str(settings.seed)]
    flags += ["--data-hash", data["hash"], "--dictionary-hash", data["dictionary"], "--subwords", data["subwords"]]
    flags += ["--batch-order", schedule["batch_order"], *_objective_flags(training)]
    flags += ["--save-dir", str(work), "--no-epoch-checkpoints", "--keep-interval-updates", "1"]
    flags += ["--seed", str(settings.seed), "--num-workers", "0"]
    flags += ["--log-format", "simple", "--log-interval", "100"]
    flags += ["--finetune-from-model", str(files.init)] if files.init else []
    flags += ["--cpu"] if device.type == "cpu" else []
    flags += _precision_flags(choose_precision(settings.precision, device))
    if schedule["metric"] == "bleu":
        search = json.dumps({"beam": schedule["valid_beam"], "max_len_a": 1.2, "max_len_b": 10})
        flags += ["--eval-bleu", "--eval-bleu-args", search, "--eval-tokenized-bleu"]
        flags += ["--best-checkpoint-metric", "bleu", "--maximize-best-checkpoint-metric"]
    return flags + training.fairseq_flags()


def _objective_flags(training: Training) -> list[str]:
    goal = training.objective
    flags = ["--criterion", "distillation", "--term", goal.term]
    teacher = TERMS[goal.term].teacher
    if teacher != "none":
        flags += ["--alpha", str(goal.alpha), "--teacher-tau", str(goal.tau)]
    if teacher == "candidates":
        flags += ["--candidates", str(training.candidates), "--teacher-k", str(goal.k)]
        flags += ["--drop-self"] if goal.self_neighbour == "drop" else []
    if teacher == "model":
        flags += ["--teacher-checkpoint", str(training.teacher)]
    return flags + ["--term-options", json.dumps(goal.options)]


def _refuse_foreign_candidates(training: Training) -> None:
    """Raise KnnKdError where the candidates were not searched in the datastore that the teacher has now."""
    if training.candidates and training.datastore:
        made_from = Candidates.open(training.candidates).meta["teacher"].get("datastore")
        if made_from != Datastore.open(training.datastore).meta:
            raise KnnKdError(
                f"{training.candidates}: made from another datastore than {training.datastore}; search again"
            )


def _precision_flags(precision: str) -> list[str]:
    return [] if precision == "fp32" else [f"--{precision}"]


def choose_precision(wanted: str, device: torch.device) -> str:
    """Return fp32, fp16 or bf16: a CPU takes fp32, and `auto` takes bf16 on a GPU that has it in hardware."""
    if device.type == "cpu":
        return "fp32"
    if wanted == "auto":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    return wanted


def _fingerprint(training: Training, flags: list[str]) -> str:
    """Hash what the result depends on: a work folder made by other settings must not be gone on with."""
    settings, files = training.settings, training.files
    content = {"flags": flags, "threads": settings.training["threads"], "torch": torch.__version__}
    content |= {"gpus": settings.gpus} if settings.gpus > 1 else {}
    content["teacher"] = _teacher_of(training)
    content |= {"init": hash_tensors(load_state(files.init)["model"])} if files.init else {}
    content["valid"] = read_data(files.data_bin)["valid"]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _teacher_of(training: Training) -> dict | str | None:
    """Return what names the teacher: the candidates' meta.json, or the hash of its weights."""
    if training.candidates:
        return Candidates.open(training.candidates).meta
    return hash_tensors(load_state(training.teacher)["model"]) if training.teacher else None


def _forget_other_runs() -> None:
    """fairseq keeps its best score and its patience as attributes of functions; a second run starts without them."""
    for function in (checkpoint_utils.save_checkpoint, fairseq_train.should_stop_early):
        vars(function).clear()


def _refuse_other_start(init: Path, arguments: Namespace) -> None:
    """Raise KnnKdError where a start has another dictionary or architecture than the training that begins with it."""
    config = load_state(init)["cfg"]
    dictionary = getattr(config["task"], "dictionary_hash", "")
    if dictionary != arguments.dictionary_hash:
        raise KnnKdError(f"{init}: has another dictionary than {arguments.data}; start from a model with its subwords")
    for name in ARCHITECTURE:
        own, wanted = getattr(config["model"], name, None), getattr(arguments, name, None)
        if own != wanted:
            raise KnnKdError(f"{init}: has {name} = {own}, and this training {wanted}; give both the same model")


def _train_epoch(cfg: DictConfig, trainer: Trainer, task: FairseqTask, epoch_itr) -> tuple[list[float | None], bool]:
    """Train for one epoch as fairseq does; a training that starts from a model scores and keeps it as its update 0."""
    begin_epoch = trainer.begin_epoch

    def score_start(epoch: int) -> None:
        begin_epoch(epoch)
        losses = fairseq_train.validate(cfg, trainer, task, epoch_itr, [cfg.dataset.valid_subset])
        fairseq_train.should_stop_early(cfg, losses[0])
        checkpoint_utils.save_checkpoint(cfg.checkpoint, trainer, epoch_itr, losses[0])

    # fairseq calls it between making the epoch's iterator, which a checkpoint needs, and the first update.
    if cfg.checkpoint.finetune_from_model and not task.history:
        trainer.begin_epoch = score_start
    try:
        return fairseq_epoch(cfg, trainer, task, epoch_itr)
    except (FloatingPointError, OverflowError, StopIteration) as error:
        # StopIteration: fairseq looks for the first NaN by another pass over a batch that is used up.
        lr = cfg.optimization.lr[0]
        raise KnnKdError(
            f"{cfg.checkpoint.save_dir}: diverged after {trainer.get_num_updates()} updates, the gradients are not "
            f"finite; lower training.lr ({lr:g}) or raise training.warmup_updates"
        ) from error
    finally:
        trainer.begin_epoch = begin_epoch


def _had_ended(work: Path, arguments: Namespace) -> bool:
    """Return whether a training had ended before it was killed: fairseq would go on after patience or max-update."""
    if not (work / LAST).exists():
        return False
    return _stopped(load_state(work / LAST), arguments.patience, arguments.max_update) in ("patience", "max_update")


def _stopped(last: dict, patience: int, max_update: int) -> str:
    """Return what ended a training that has ended: "patience", "max_update", "max_epoch", or else "min_lr".

    Only patience says that the validation score had stopped rising. last: content of the last checkpoint.
    """
    extra, optimization = last["extra_state"], last["cfg"]["optimization"]
    if 0 < patience <= extra["DistillationTask"]["patience"].get("num_runs", 0):
        return "patience"
    if 0 < max_update <= last["optimizer_history"][-1]["num_updates"]:
        return "max_update"
    return "max_epoch" if 0 < optimization["max_epoch"] < extra["train_iterator"]["epoch"] else "min_lr"


def _copy_whole(source: str, target: str, overwrite: bool = False) -> bool:
    """Copy a checkpoint beside and rename: fairseq's own copy, when killed, leaves half a file under the final name."""
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)
    return True


def _report(training: Training, device: torch.device, best: dict, last: dict) -> dict:
    """Return the content of train.json; rates count training alone, without validation."""
    extra = last["extra_state"]
    history = extra["DistillationTask"]["history"]
    metrics.load_state_dict(extra["metrics"])
    seconds = metrics.get_meter("default", "train_wall").sum
    updates = last["optimizer_history"][-1]["num_updates"]
    best_updates = best["optimizer_history"][-1]["num_updates"]
    epoch, begun = extra["train_iterator"]["epoch"], extra["train_iterator"]["iterations_in_epoch"]
    updates_begun = math.ceil(begun / last["cfg"]["optimization"]["update_freq"][-1])
    tokens, pairs = (metrics.get_meter("default", name).sum for name in ("target_tokens", "pairs"))
    limits = last["cfg"]["checkpoint"]["patience"], last["cfg"]["optimization"]["max_update"]
    stopped = EQUAL_UPDATES if training.equal_updates else _stopped(last, *limits)
    return {
        **{key: getattr(training.settings, key) for key in ("dataset", "system", "seed")},
        "updates": updates,
        "epochs": epoch - (begun == 0),
        "updates_per_epoch": (updates - updates_begun) / (epoch - 1) if epoch > 1 else updates_begun,
        "tokens_per_update": tokens / updates,
        "pairs": int(pairs),
        "stopped": stopped,
        "best": next(record for record in history if record["updates"] == best_updates),
        "weights": hash_tensors(best["model"]),
        "hyperparameters": hyperparameters(best["cfg"]),
        "parameters": sum({tensor.data_ptr(): tensor.numel() for tensor in best["model"].values()}.values()),
        "data": read_data(training.files.data_bin)["hash"],
        "seconds": round(seconds, 3),
        "updates_per_second": updates / seconds,
        "tokens_per_second": tokens / seconds,
        "device": torch.cuda.get_device_name() if device.type == "cuda" else f"{platform.machine()} CPU",
        "precision": choose_precision(training.settings.precision, device),
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in ("torch", "fairseq-fixed", "numpy")},
        "teacher": _teacher_of(training),
        "settings": asdict(training.settings),
        **({"chosen": dict(training.chosen)} if training.chosen else {}),
        "history": history,
    }
