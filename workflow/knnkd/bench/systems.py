"""Speed of training and of decoding: the systems take turns within one run, so that a machine's drift falls on all.

Every system works as in its own job: fairseq's trainer with the system's own flags, the decoder with its own settings.
What counts is the ratio to the first system in the same round; absolute rates go stale with the machine.
"""

import os
import platform
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from fairseq import metrics, options, tasks, utils
from fairseq.data import iterators
from fairseq.dataclass.utils import convert_namespace_to_omegaconf
from fairseq.trainer import Trainer

from knnkd.bench.rounds import Turn, take_turns
from knnkd.core.cpu import use_processor
from knnkd.core.gpus import choose_device
from knnkd.distil.plugin.checkpoints import TrainedModel
from knnkd.distil.settings import Training
from knnkd.distil.train import fairseq_arguments
from knnkd.inference.beam import Beam, FixedLength
from knnkd.inference.decode import Interpolate, decode
from knnkd.inference.fill_datastore import dump_datastore
from knnkd.inference.forward import batches, hidden_states


def bench_training(systems: dict[str, Training], updates: int, rounds: int) -> dict:
    """Return updates a second of each system: {"rates": {system: [a rate for each round]}, ...}.

    A turn is `updates` updates, the making of their batches included. The first system's settings give the device and
    the threads of all.
    """
    first = next(iter(systems.values()))
    device, threads = choose_device(first.settings.device), first.settings.training["threads"]
    use_processor(threads)
    turns = {name: _training_turn(training, device, updates) for name, training in systems.items()}
    about = {"metric": "updates_per_second", "turn": f"{updates} updates"}
    return about | run_turns(turns, rounds, device, threads)


def _training_turn(training: Training, device: torch.device, updates: int) -> Turn:
    flags = fairseq_arguments(training, device, Path("unused"))
    # Batches are made where they are timed: a thread that made them ahead would do it in another system's turn.
    flags += ["--data-buffer-size", "0"]
    arguments = options.parse_args_and_arch(options.get_training_parser(), input_args=flags)
    config = convert_namespace_to_omegaconf(arguments)
    utils.set_torch_seed(config.common.seed)
    task = tasks.setup_task(config.task)
    trainer = Trainer(config, task, task.build_model(config.model), task.build_criterion(config.criterion))
    batches = _endless(trainer, config.optimization.update_freq[0])

    def turn() -> tuple[float, float]:
        start = time.perf_counter()
        with metrics.aggregate(new_root=True):
            for _ in range(updates):
                trainer.train_step(next(batches))
        if device.type == "cuda":
            torch.cuda.synchronize()
        return updates, time.perf_counter() - start

    return turn


def _endless(trainer: Trainer, update_freq: int) -> Iterator[list[dict]]:
    """Yield the batches of one update, epoch after epoch."""
    epochs = trainer.get_train_iterator(epoch=1)
    while True:
        trainer.begin_epoch(epochs.next_epoch_idx)
        yield from iterators.GroupedIterator(epochs.next_epoch_itr(shuffle=True), update_freq)


def bench_decoding(
    systems: Mapping[str, tuple[TrainedModel, Interpolate | None]],
    beam: Beam,
    max_tokens: int,
    sentences: int,
    rounds: int,
    threads: int,
) -> dict:
    """Return generated tokens (subwords, EOS in) a second of each system, as `bench_training` does.

    A turn is the beam search of about `sentences` sentences from the start of the test set; loading is not timed.
    """

    def turn_of(trained: TrainedModel, interpolate: Interpolate | None) -> Turn:
        trained.task.load_dataset("test")
        shard = (1, max(1, round(len(trained.task.dataset("test")) / sentences)))

        def turn() -> tuple[float, float]:
            decoded = decode(trained, "test", beam, max_tokens, interpolate, shard)
            return decoded.tokens, decoded.seconds

        return turn

    torch.set_num_threads(threads)
    turns = {name: turn_of(*system) for name, system in systems.items()}
    device = next(iter(systems.values()))[0].device
    turn = f"{sentences} sentences" + (f" of {beam.min_len} subwords" if isinstance(beam, FixedLength) else "")
    about = {"metric": "tokens_per_second", "turn": turn, "beam": beam.beam}
    return about | run_turns(turns, rounds, device, threads)


def bench_dump(trained: TrainedModel, split: str, max_tokens: int, rounds: int, threads: int) -> dict:
    """Return target tokens a second of a forward pass over a split, alone and as it fills a datastore.

    Like `bench_training`'s; the datastore is written into a temporary folder, and the file system's own cache.
    """
    use_processor(threads)
    trained.task.load_dataset(split)
    tokens = int(trained.task.dataset(split).tgt_sizes.sum())

    def forward() -> tuple[float, float]:
        start = time.perf_counter()
        for batch in batches(trained, split, max_tokens):
            hidden_states(trained, batch)
        if trained.device.type == "cuda":
            torch.cuda.synchronize()
        return tokens, time.perf_counter() - start

    def dump() -> tuple[float, float]:
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            dump_datastore(trained, Path(trained.task.cfg.data), split, max_tokens, Path(folder) / "datastore")
            return tokens, time.perf_counter() - start

    about = {"metric": "tokens_per_second", "turn": f"{tokens} target tokens, teacher-forced"}
    return about | run_turns({"forward pass": forward, "datastore": dump}, rounds, trained.device, threads)


def run_turns(turns: dict[str, Turn], rounds: int, device: torch.device, threads: int) -> dict:
    """Let all take their turns; return the rates, and what they were measured on, as a benchmark's JSON has them."""
    hardware = torch.cuda.get_device_name() if device.type == "cuda" else f"{platform.machine()} CPU"
    about = {"device": hardware, "cores": os.cpu_count(), "threads": threads, "rounds": rounds}
    return about | {"rates": take_turns(turns, rounds)}
