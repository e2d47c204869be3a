"""One training loop for pre-training and for fine-tuning; a killed run goes on and ends as an unbroken one does.

Everything random in update u (its batch, its masks, its dropout) follows from the seed and u, so a checkpoint needs the
weights, the optimiser and u. Of the work folder see core/resumable.py.
"""

import hashlib
import json
import os
import platform
import time
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from transformers import BertForMaskedLM

from knnkd.core import resumable as work_folder
from knnkd.core.errors import KnnKdError
from knnkd.core.files import Progress, replacing
from knnkd.distil.bert.masking import Masking
from knnkd.distil.bert.model import LIBRARIES, predict
from knnkd.distil.bert.pairs import Examples, collate, make_batches
from knnkd.distil.bert.settings import Schedule
from knnkd.distil.bert.wordpiece import PAD, Vocabulary

CHECKPOINT = "checkpoint.pt"
WEIGHT_DECAY, LARGEST_NORM = 0.01, 1.0  # as Devlin et al. fine-tune


@dataclass
class Done:
    """How far a training has come, as it stands in a checkpoint and in the report."""

    update: int = 0
    seconds: float = 0.0
    tokens: int = 0  # padding out
    history: list[dict] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """One training: a model, what it learns from, how it is masked and for how long."""

    model: BertForMaskedLM
    vocabulary: Vocabulary
    train: Examples
    valid: Examples
    masking: Masking
    schedule: Schedule

    @property
    def pad(self) -> int:
        """Id of the padding piece."""
        return self.vocabulary.ids[PAD]


def take_up(work: Path, schedule: Schedule, device: torch.device, content: dict) -> None:
    """Keep the work folder where the same settings and `content` (hashes of what is read) made it; else empty it."""
    settings = {name: value for name, value in asdict(schedule).items() if name != "save_interval"}
    versions = {name: version(name) for name in LIBRARIES}
    whole = {"settings": settings, "device": device.type, "versions": versions, "content": content}
    fingerprint = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
    work_folder.take_up(work, fingerprint)


def train(run: Run, work: Path) -> Done:
    """Train to the last update, taking up the checkpoint in `work`; the model of `run` is trained in place."""
    schedule, model = run.schedule, run.model
    optimizer = _optimizer(model)
    done = _load(work / CHECKPOINT, model, optimizer)
    batches = make_batches(run.train.lengths, schedule.max_tokens, schedule.seed)
    with Progress("updates", schedule.updates, " updates") as progress:
        progress.add(done.update)
        while done.update < schedule.updates:
            first = done.update
            last = min(schedule.updates, (first // schedule.save_interval + 1) * schedule.save_interval)
            started, losses = time.perf_counter(), torch.zeros((), device=model.device)
            for update in range(first + 1, last + 1):
                loss, tokens = _update(run, optimizer, batches, update)
                losses += loss
                done.tokens += tokens
                progress.add(1)
            record = {"updates": last, "train_loss": losses.item() / (last - first)}
            done.seconds += time.perf_counter() - started
            done.history.append(record | validate(run))
            done.update = last
            print(json.dumps(done.history[-1]), flush=True)
            _save(work / CHECKPOINT, model, optimizer, done)
    return done


def _update(run: Run, optimizer: torch.optim.AdamW, batches: list[np.ndarray], update: int) -> tuple[torch.Tensor, int]:
    """Make one update, counted from 1; return its loss and its tokens."""
    schedule = run.schedule
    epoch, place = divmod(update - 1, len(batches))
    order = np.random.default_rng([schedule.seed, 0, epoch]).permutation(len(batches))
    generator = np.random.default_rng([schedule.seed, 1, update])
    torch.manual_seed(int(generator.integers(1 << 63)))
    batch = collate(run.train, batches[order[place]], run.pad)
    inputs, chosen = run.masking(batch, generator)
    run.model.train()
    with _autocast(run.model.device):
        logits = predict(run.model, batch, inputs, chosen)
        loss = cross_entropy(logits, torch.from_numpy(batch.ids[chosen]).to(logits.device))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(run.model.parameters(), LARGEST_NORM)
    for group in optimizer.param_groups:
        group["lr"] = schedule.lr_at(update)
    optimizer.step()
    return loss.detach(), int(batch.attention.sum())


@torch.no_grad()
def validate(run: Run) -> dict[str, float]:
    """Return the mean loss (nats) and accuracy (0..1) on the validation pairs, the masks the same at every call."""
    run.model.eval()
    loss, right, count = 0.0, 0, 0
    for number, indices in enumerate(make_batches(run.valid.lengths, run.schedule.max_tokens, 0)):
        batch = collate(run.valid, indices, run.pad)
        inputs, chosen = run.masking(batch, np.random.default_rng(number))
        with _autocast(run.model.device):
            logits = predict(run.model, batch, inputs, chosen)
        expected = torch.from_numpy(batch.ids[chosen]).to(logits.device)
        loss += cross_entropy(logits, expected, reduction="sum").item()
        right += int((logits.argmax(dim=1) == expected).sum())
        count += len(expected)
    return {"valid_loss": loss / count, "valid_accuracy": right / count}


def _autocast(device: torch.device) -> torch.autocast:
    # A CPU multiplies bfloat16 far slower than float32 unless it has it in hardware.
    has_it = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=has_it)


def _optimizer(model: BertForMaskedLM) -> torch.optim.AdamW:
    """AdamW without decay of biases and of layer norms."""
    decayed = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    others = [parameter for parameter in model.parameters() if parameter.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups)


def _save(path: Path, model: BertForMaskedLM, optimizer: torch.optim.AdamW, done: Done) -> None:
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "done": asdict(done)}
    with replacing(path) as temporary:
        torch.save(state, temporary)


def _load(path: Path, model: BertForMaskedLM, optimizer: torch.optim.AdamW) -> Done:
    if not path.exists():
        return Done()
    try:
        state = torch.load(path, map_location=model.device, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        return Done(**state["done"])
    except Exception as error:  # torch has one kind of error for each way in which a file can be broken
        raise KnnKdError(
            f"{path}: cannot be loaded ({type(error).__name__}); delete its folder and run again"
        ) from error


def report(run: Run, done: Done) -> dict:
    """Return what stands beside a trained teacher; rates count training alone, without validation."""
    device = run.model.device
    return {
        "seed": run.schedule.seed,
        "updates": done.update,
        "valid": {name.removeprefix("valid_"): value for name, value in done.history[-1].items() if "valid" in name},
        "sequences": len(run.train.sequences),
        "cut": run.train.cut,
        "left_out": {"train": run.train.left_out, "valid": run.valid.left_out},
        "parameters": sum(parameter.numel() for parameter in run.model.parameters()),
        "seconds": round(done.seconds, 3),
        "updates_per_second": done.update / done.seconds,
        "tokens_per_second": done.tokens / done.seconds,
        "device": torch.cuda.get_device_name() if device.type == "cuda" else f"{platform.machine()} CPU",
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in LIBRARIES},
        "settings": asdict(run.schedule),
        "history": done.history,
    }
