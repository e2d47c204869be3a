"""Trained models: their hash, and loading one for inference."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from fairseq import checkpoint_utils, tasks
from fairseq.models import FairseqEncoderDecoderModel
from fairseq.tasks.translation import TranslationTask
from torch import Tensor

from knnkd.core.errors import KnnKdError
from knnkd.core.integrity import read_record, require_intact
from knnkd.corpus.binarise import read_data

RECORDS = ("train.json", "pretrained.json")  # beside a checkpoint, with the sum of its file


def hash_tensors(state: dict[str, Tensor]) -> str:
    """Return a SHA-256 over names, types, shapes and bytes of the tensors, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def load_state(checkpoint: Path) -> dict:
    """Return a checkpoint's content on the CPU: tensors and a few named types, never other code.

    Raises KnnKdError where the file is missing, broken, holds an object that is not allowed, or is not the one that the
    record of its training beside it (train.json, pretrained.json) speaks of.
    """
    for record in (checkpoint.with_name(name) for name in RECORDS):
        if record.exists() and checkpoint.exists():
            sums = read_record(record, remedy=f"make it again: snakemake --force {record}")["files"]
            own = {name: sums[name] for name in sums if name == checkpoint.name}
            require_intact(checkpoint.parent, own, checkpoint)
    try:
        return checkpoint_utils.load_checkpoint_to_cpu(str(checkpoint))
    except FileNotFoundError:
        raise KnnKdError(f"{checkpoint}: not there; run its training again") from None
    except Exception as error:  # torch has one kind of error for each way in which a file can be broken
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise KnnKdError(f"{checkpoint}: cannot be loaded ({reason}); delete it and run its training again") from error


@dataclass(frozen=True)
class TrainedModel:
    """A model ready for inference, with the task that reads its data."""

    model: FairseqEncoderDecoderModel
    task: TranslationTask
    device: torch.device
    weights: str  # hash_tensors of the checkpoint

    @property
    def padding(self) -> int:
        """Index of the padding token."""
        return self.task.target_dictionary.pad()


def load_model(checkpoint: Path, data_bin: Path, device: torch.device, half: bool = False) -> TrainedModel:
    """Load `checkpoint` to translate the text in `data_bin`; float16 weights with `half`.

    Raises KnnKdError where the checkpoint was trained with another dictionary or does not fit its own architecture.
    """
    state = load_state(checkpoint)
    data = read_data(data_bin)
    config = state["cfg"]
    trained_with = getattr(config["task"], "dictionary_hash", "")
    if trained_with and trained_with != data["dictionary"]:
        raise KnnKdError(f"{checkpoint}: was trained with another dictionary than {data_bin}; binarise with its own")
    config["task"].data = str(data_bin)
    config["task"].candidates = None
    config["task"].eval_bleu = False
    task = tasks.setup_task(config["task"])
    model = task.build_model(config["model"])
    try:
        model.load_state_dict(state["model"], strict=True, model_cfg=config["model"])
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise KnnKdError(f"{checkpoint}: its weights do not fit its architecture and {data_bin} ({reason})") from error
    weights = hash_tensors(state["model"])
    model.eval().requires_grad_(False)
    return TrainedModel((model.half() if half else model).to(device), task, device, weights)
