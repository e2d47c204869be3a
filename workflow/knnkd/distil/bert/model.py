"""The folder of a teacher: config.json, model.safetensors, vocab.txt and tokenizer_config.json, as transformers has it.

A pre-trained and a fine-tuned teacher, made here or fetched, all have this one form.
"""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoConfig, AutoTokenizer, BertForMaskedLM
from transformers.utils import logging

from knnkd.core.errors import KnnKdError
from knnkd.core.files import sha256, temporary_beside, write_json, write_lines
from knnkd.core.integrity import read_record, require_intact, sums_of
from knnkd.distil.bert.pairs import Batch
from knnkd.distil.bert.wordpiece import CONTINUATION, TOKENIZER, UNKNOWN, VOCABULARY, Vocabulary

WEIGHTS = "model.safetensors"
REPORTS = ("pretrain.json", "fetch.json", "finetune.json")  # each beside what it speaks of, with the sums of its files
LIBRARIES = ("torch", "transformers", "tokenizers", "numpy")  # their versions are kept beside a result
logging.set_verbosity_error()
logging.disable_progress_bar()


def fetch_teacher(name: str) -> tuple[BertForMaskedLM, Vocabulary]:
    """Return the model `name` of the hub, or of a local folder, with its vocabulary.

    Only safetensors are read, and no code that came with the model. Raises KnnKdError where there is no such model or
    no network, and where it is not a BERT with a WordPiece vocabulary and a head for masked tokens.
    """
    try:
        # The configuration first: another kind of model is refused before its weights are fetched.
        if (kind := AutoConfig.from_pretrained(name).model_type) != "bert":
            raise KnnKdError(f"{name}: is a {kind} model; take a BERT, such as bert-base-multilingual-cased")
        vocabulary = _vocabulary_of(AutoTokenizer.from_pretrained(name), name)
        return _load(BertForMaskedLM, name), vocabulary
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise KnnKdError(
            f"{name}: cannot be had as a masked language model ({_first_line(error)}); check the name and the network, "
            "or name a folder that holds its config.json, model.safetensors and vocab.txt, or put one of its name into "
            "a folder and set data_dir"
        ) from error


def _vocabulary_of(tokenizer: Any, name: str) -> Vocabulary:
    backend: Any = getattr(tokenizer, "backend_tokenizer", None)
    pieces = backend.model if backend else None
    form = (type(pieces).__name__, getattr(pieces, "continuing_subword_prefix", ""), getattr(pieces, "unk_token", ""))
    if form != ("WordPiece", CONTINUATION, UNKNOWN):
        raise KnnKdError(
            f"{name}: its vocabulary is not WordPiece with {CONTINUATION} and {UNKNOWN}; take another BERT"
        )
    ids = backend.get_vocab()
    if sorted(ids.values()) != list(range(len(ids))):
        raise KnnKdError(f"{name}: its vocabulary leaves ids out, so vocab.txt cannot hold it; take another BERT")
    normalizer = backend.normalizer
    return Vocabulary(
        tuple(sorted(ids, key=ids.__getitem__)), bool(normalizer and normalizer.normalize_str("A") == "a")
    )


def open_teacher(folder: Path, device: torch.device) -> tuple[BertForMaskedLM, Vocabulary]:
    """Return the teacher in `folder`, on `device`, and its vocabulary; KnnKdError where the folder is not whole."""
    for record in (path for path in map(folder.joinpath, REPORTS) if path.exists()):
        require_intact(folder, read_record(record)["files"], record)
    vocabulary = Vocabulary.open(folder)
    try:
        model = _load(BertForMaskedLM, str(folder), local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise KnnKdError(f"{folder}: cannot be loaded ({_first_line(error)}); run the rule that makes it") from error
    if model.config.vocab_size < len(vocabulary.pieces):
        raise KnnKdError(
            f"{folder / VOCABULARY}: {len(vocabulary.pieces)} pieces, but the model has {model.config.vocab_size}; "
            "run the rule that makes it"
        )
    return place(model, device), vocabulary


def _load(kind: type, name: str, **options: bool) -> BertForMaskedLM:
    model, about = kind.from_pretrained(  # type: ignore[attr-defined]
        name, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **options
    )
    if about["missing_keys"]:
        # transformers would go on with random weights in their place.
        raise ValueError(f"it lacks {sorted(about['missing_keys'])[0]}")
    return model


def place(model: BertForMaskedLM, device: torch.device) -> BertForMaskedLM:
    """Move `model` to `device` and return it."""
    return model.to(device)  # type: ignore[arg-type]  # transformers' decorator hides the type of what it wraps


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def save_teacher(folder: Path, model: BertForMaskedLM, vocabulary: Vocabulary, report: tuple[str, dict]) -> None:
    """Write the folder of a teacher whole, with a report (file name, content) whose "weights" are filled in."""
    with temporary_beside(folder) as work:
        model.save_pretrained(work)
        write_lines(work / VOCABULARY, vocabulary.pieces)
        about = {"tokenizer_class": "BertTokenizer", "do_lower_case": vocabulary.lower_case}
        write_json(work / TOKENIZER, about | {"model_max_length": model.config.max_position_embeddings})
        sums = {"files": sums_of(work, [path.name for path in work.iterdir()])}
        write_json(work / report[0], report[1] | {"weights": sha256(work / WEIGHTS)} | sums)
        # safetensors lets nobody but the owner read what it writes.
        (work / WEIGHTS).chmod((work / VOCABULARY).stat().st_mode)
        if folder.exists():
            shutil.rmtree(folder)
        work.rename(folder)


def predict(model: BertForMaskedLM, batch: Batch, inputs: np.ndarray, chosen: np.ndarray) -> Tensor:
    """Return logits float32 [M, V] at the M `chosen` positions (row by row), from the ids `inputs`.

    inputs: int64 [B, T]; chosen: bool [B, T]. The head, most of a large vocabulary's cost, runs at those alone.
    """
    device = model.device
    hidden = model.bert(
        input_ids=torch.from_numpy(inputs).to(device),
        attention_mask=torch.from_numpy(batch.attention).long().to(device),
        token_type_ids=torch.from_numpy(batch.target).long().to(device),
    ).last_hidden_state
    return model.cls(hidden[torch.from_numpy(chosen).to(device)]).float()
