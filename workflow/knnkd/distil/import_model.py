"""A fairseq translation model from elsewhere, made one of ours: its checkpoint, its dictionary and its BPE codes.

The checkpoint may be of fairseq's old form (a Namespace of arguments, meters in its state, `in_proj_weight` in its
attention) or the new one. Nothing that it holds is run: torch builds tensors and plain values, and what a training of
others kept for its own resumption (meters, arrays) becomes an empty stand-in. What comes out reads like a training of
ours, so that no later stage knows the difference.
"""

import re
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from fairseq import checkpoint_utils
from fairseq.data import Dictionary
from fairseq.models import ARCH_MODEL_REGISTRY, MODEL_REGISTRY
from fairseq.models.transformer import TransformerModelBase
from omegaconf import OmegaConf
from torch import Tensor

from knnkd.core.errors import KnnKdError
from knnkd.core.fairseq_import import import_rest
from knnkd.core.files import read_lines, replacing, write_lines
from knnkd.corpus.binarise import hash_dictionaries
from knnkd.distil.plugin.checkpoints import hash_tensors
from knnkd.distil.plugin.task import DistillationTask, DistillationTaskConfig

VERSION = "#version: 0.2"  # the first line of subword-nmt's codes
# What the old task of a translation model says of itself that its weights depend on.
KEPT = ("left_pad_source", "left_pad_target", "max_source_positions", "max_target_positions")
# What a training keeps to be resumed, by the modules of its types through the years.
MEMORIES = {
    "fairseq.meters": ("AverageMeter", "StopwatchMeter", "TimeMeter"),
    "numpy": ("dtype", "ndarray"),
    "numpy.core.multiarray": ("_reconstruct", "scalar"),
    "numpy._core.multiarray": ("_reconstruct", "scalar"),
}
UNKNOWN = re.compile(r"GLOBAL (\S+)")  # in torch's words for a type that is not on its list
NO_OPTIMIZER = {"criterion_name": "", "optimizer_name": "", "lr_scheduler_state": {}, "num_updates": 0}
# What a task reads from the rest of fairseq's settings, which an adopted model has none of.
ALONE = {"train_subset": "train", "dataset_impl": "mmap", "required_seq_len_multiple": 1}


class Ignored:
    """Stands for an object of a type in MEMORIES: made of whatever it was made of, and empty."""

    def __init__(self, *_: Any) -> None:
        """Take what the object was made of."""

    def __setstate__(self, state: Any) -> None:
        """Take what the object held."""


def adopt_codes(codes: Path, languages: tuple[str, str], output: Path) -> None:
    """Write `output`/{language}.bpe in subword-nmt's form; fastBPE's, with a count in each line, is understood too.

    Raises KnnKdError where a line is of neither form.
    """
    lines = read_lines(codes)
    merges = lines[1:] if lines[0].startswith("#version") else lines
    for number, line in enumerate(merges, 1 + len(lines) - len(merges)):
        parts = line.split(" ")
        if len(parts) not in (2, 3) or (len(parts) == 3 and not parts[2].isdecimal()) or not all(parts):
            raise KnnKdError(f"{codes}: line {number}: {line!r} is no merge of subword-nmt's or fastBPE's")
    if lines[0].startswith("#version") and lines[0] != VERSION:
        raise KnnKdError(f"{codes}: line 1: {lines[0]!r}; codes of version 0.2 are needed")
    for language in languages:
        write_lines(output / f"{language}.bpe", [VERSION, *(" ".join(line.split(" ")[:2]) for line in merges)])


def adopt_dictionary(dictionary: Path, languages: Sequence[str], output: Path) -> Dictionary:
    """Write `output`/dict.{language}.txt of the dictionary of these languages, line by line as it is, and return it.

    fairseq would write it without the mark of types that stand there twice (`#fairseq:overwrite`).

    Raises KnnKdError where the file is missing or not in fairseq's form.
    """
    lines = read_lines(
        dictionary
    )  # a missing file or bad UTF-8 is named here, where fairseq would leave with a traceback
    try:
        joined = Dictionary.load(str(dictionary))
    except (ValueError, RuntimeError) as error:
        raise KnnKdError(f"{dictionary}: not a dictionary in fairseq's form ({error})") from error
    for language in languages:
        write_lines(output / f"dict.{language}.txt", lines)
    return joined


def adopt_checkpoint(
    checkpoint: Path,
    dictionaries: Path,
    languages: tuple[str, str],
    name: str | None = None,
) -> dict:
    """Return a checkpoint's content as a training of ours would have left it.

    dictionaries: folder of dict.{language}.txt; name: what errors call the checkpoint.
    Raises KnnKdError where the file cannot be read, holds an object that could run code, is no Transformer, or has
    another number of embeddings than the dictionary has types.
    """
    name = name or str(checkpoint)
    state = _read_foreign(checkpoint, name)
    types = [Dictionary.load(str(dictionaries / f"dict.{language}.txt")) for language in languages]
    for side, dictionary in zip(("encoder", "decoder"), types, strict=True):
        table = state["model"].get(f"{side}.embed_tokens.weight")
        if table is None:
            raise KnnKdError(f"{name}: has no {side}.embed_tokens.weight: no translation model of fairseq")
        if len(table) != len(dictionary):
            raise KnnKdError(f"{name}: {len(table)} embeddings, but {len(dictionary)} types in its dictionary")
    cfg: Any = OmegaConf.to_container(state["cfg"], resolve=True, enum_to_str=True)
    _require_transformer(name, cfg["model"])
    old = cfg.get("task") or {}
    task = asdict(DistillationTaskConfig()) | ALONE | {name: old[name] for name in KEPT if old.get(name) is not None}
    task |= {"_name": "distillation_translation", "source_lang": languages[0], "target_lang": languages[1]}
    task |= {"dictionary_hash": hash_dictionaries(dictionaries, languages), "data": ""}
    history = {"optimizer_history": [NO_OPTIMIZER], "extra_state": {"train_iterator": {"epoch": 1}}}
    reads = DistillationTask(OmegaConf.create(task), *types)
    weights = _in_todays_form(name, state["model"], state["cfg"]["model"], reads)
    return history | {"model": weights, "cfg": {"model": cfg["model"], "task": task}}


def _read_foreign(checkpoint: Path, name: str) -> dict:
    """Return a checkpoint of any fairseq since 2018, upgraded to the form of 0.12.

    Raises KnnKdError where it cannot be read, holds an object of a type that is neither data nor a training's memory
    of itself, or lacks weights or settings.
    """
    import_rest()
    stand_ins: list[Any] = [(Ignored, f"{module}.{name}") for module, names in MEMORIES.items() for name in names]
    try:
        with torch.serialization.safe_globals(stand_ins):
            state = checkpoint_utils.load_checkpoint_to_cpu(str(checkpoint))
    except FileNotFoundError:
        raise KnnKdError(f"{name}: not there") from None
    except Exception as error:  # torch has one kind of error for each way in which a file can be broken
        if isinstance(error, KeyError):  # of fairseq's table of architectures
            reason = f"its architecture is {error.args[0]}; the workflow takes Transformers alone"
        elif unknown := UNKNOWN.search(str(error)):
            reason = f"holds an object of type {unknown[1]}, which could run code; save the model again without it"
        else:
            reason = f"cannot be read ({_first_line(error)}); fetch it again"
        raise KnnKdError(f"{name}: {reason}") from error
    weights = state.get("model")
    if state.get("cfg") is None or not weights or not all(isinstance(each, Tensor) for each in weights.values()):
        raise KnnKdError(f"{name}: holds no fairseq model with its settings")
    return state


def _first_line(error: Exception) -> str:
    """Return what is wrong in torch's words, without its advice to load the file in a way that runs what it holds."""
    if "weights_only" in str(error):
        return "no file that torch.save writes"
    lines = str(error).splitlines()
    return lines[0].strip() if lines else type(error).__name__


def _require_transformer(name: str, model: dict[str, Any] | Namespace) -> None:
    """Raise KnnKdError for another architecture: a datastore's keys are what enters a Transformer's last layer."""
    said = model if isinstance(model, dict) else vars(model)  # of the old form: a Namespace
    arch = said.get("arch") or said.get("_name")
    kind = ARCH_MODEL_REGISTRY.get(arch) or MODEL_REGISTRY.get(arch)
    if kind is None or not issubclass(kind, TransformerModelBase):
        raise KnnKdError(f"{name}: its architecture is {arch}; the workflow takes Transformers alone")


def _in_todays_form(name: str, weights: dict[str, Tensor], model: Any, task: DistillationTask) -> dict:
    """Return the weights under the names that fairseq 0.12 gives them (`in_proj_weight` was one tensor of three)."""
    built = task.build_model(model)
    try:
        built.load_state_dict(dict(weights), strict=True, model_cfg=model)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise KnnKdError(f"{name}: its weights do not fit its architecture ({reason})") from error
    return built.state_dict()


def save_adopted(state: dict, output: Path) -> str:
    """Write the checkpoint beside and rename it; return the hash of its weights."""
    with replacing(output) as temporary:
        torch.save(state, temporary)
    return hash_tensors(state["model"])
