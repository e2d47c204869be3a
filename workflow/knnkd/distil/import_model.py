"""A fairseq translation model from elsewhere, made one of ours: its checkpoint, its dictionary and its BPE codes.

The checkpoint may be of fairseq's old form (a Namespace of arguments) or the new one; it is loaded with `weights_only`
and an allow-list. What comes out reads like a training of ours, so that no later stage knows the difference.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from fairseq.data import Dictionary
from omegaconf import OmegaConf

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_lines, replacing, write_lines
from knnkd.corpus.binarise import hash_dictionaries
from knnkd.distil.plugin.checkpoints import hash_tensors, load_state
from knnkd.distil.plugin.task import DistillationTaskConfig

VERSION = "#version: 0.2"  # the first line of subword-nmt's codes
# What the old task of a translation model says of itself that its weights depend on.
KEPT = ("left_pad_source", "left_pad_target", "max_source_positions", "max_target_positions")
# What a task reads from the rest of fairseq's settings, which an adopted model has none of.
ALONE = {"train_subset": "train", "dataset_impl": "mmap", "required_seq_len_multiple": 1}


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


def adopt_dictionary(dictionary: Path, languages: tuple[str, str], output: Path) -> Dictionary:
    """Write `output`/dict.{language}.txt of a joined dictionary, as fairseq writes it, and return it.

    Raises KnnKdError where the file is missing or not in fairseq's form.
    """
    read_lines(dictionary)  # a missing file or bad UTF-8 is named here, where fairseq would leave with a traceback
    try:
        joined = Dictionary.load(str(dictionary))
    except (ValueError, RuntimeError) as error:
        raise KnnKdError(f"{dictionary}: not a dictionary in fairseq's form ({error})") from error
    for language in languages:
        with replacing(output / f"dict.{language}.txt") as temporary:
            joined.save(str(temporary))
    return joined


def adopt_checkpoint(checkpoint: Path, dictionary: Dictionary, dictionaries: Path, languages: tuple[str, str]) -> dict:
    """Return a checkpoint's content as a training of ours would have left it.

    dictionaries: the folder that `adopt_dictionary` wrote. Raises KnnKdError where the file cannot be loaded, is no
    translation model, or has another number of embeddings than the dictionary has types.
    """
    state = load_state(checkpoint)
    if state.get("cfg") is None or "model" not in state:
        raise KnnKdError(f"{checkpoint}: holds no fairseq model with its settings")
    for side in ("encoder", "decoder"):
        table = state["model"].get(f"{side}.embed_tokens.weight")
        if table is None:
            raise KnnKdError(f"{checkpoint}: has no {side}.embed_tokens.weight: no translation model of fairseq")
        if len(table) != len(dictionary):
            raise KnnKdError(f"{checkpoint}: {len(table)} embeddings, but {len(dictionary)} types in its dictionary")
    cfg: Any = OmegaConf.to_container(state["cfg"], resolve=True, enum_to_str=True)
    old = cfg.get("task") or {}
    task = asdict(DistillationTaskConfig()) | ALONE | {name: old[name] for name in KEPT if old.get(name) is not None}
    task |= {"_name": "distillation_translation", "source_lang": languages[0], "target_lang": languages[1]}
    task |= {"dictionary_hash": hash_dictionaries(dictionaries, languages), "data": ""}
    history = {"optimizer_history": state["optimizer_history"], "extra_state": {"train_iterator": {"epoch": 1}}}
    return history | {"model": state["model"], "cfg": {"model": cfg["model"], "task": task}}


def save_adopted(state: dict, output: Path) -> str:
    """Write the checkpoint beside and rename it; return the hash of its weights."""
    with replacing(output) as temporary:
        torch.save(state, temporary)
    return hash_tensors(state["model"])
