"""What the machine at hand does of a plan's work in a second: short turns of the real work, on random sentences.

The text is made up and the weights are random; everything else is as in the experiment's own jobs: the data in
fairseq's form, its trainer with Adam and dropout, the beam search, the forward pass that fills a datastore. A turn is
a few full batches, which for a large network are small ones.
"""

import time
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from fairseq import options, tasks, utils
from fairseq.dataclass.utils import convert_namespace_to_omegaconf

from knnkd.bench.systems import bench_decoding, bench_dump, bench_training
from knnkd.core.files import write_lines
from knnkd.corpus.binarise import binarise
from knnkd.costs.model import decoding_operations, forward_operations, training_operations
from knnkd.costs.work import TOKENS, Work
from knnkd.distil.plugin.checkpoints import TrainedModel, hash_tensors
from knnkd.distil.settings import Files, Objective, Settings, Training
from knnkd.distil.train import fairseq_arguments
from knnkd.inference.beam import Beam, fixed_length

SECONDS = 1.0  # of a turn, about; a full batch is never cut for it unless it took LONGEST
LONGEST = 2.5
ROUNDS = 3  # that count, after one that does not
# Shares of the rate of plain products, only to size the turns: what is measured does not depend on them.
TRAINED, DECODED = 0.4, 0.3
EIGHT = 8  # sentences: what fairseq makes batches multiples of
PADDED = TOKENS + 3  # the source's tokens on average, which a pair is padded to: real pairs differ as much in length
PRODUCT_ROWS, PRODUCT_SECONDS = 2048, 0.5
LANGUAGES = ("de", "en")
SEED = 1


@dataclass(frozen=True)
class Batches:
    """A split of `number` batches, each of as many sentences as `max_tokens` padded tokens have room for."""

    max_tokens: int
    number: int = 1

    @property
    def lengths(self) -> list[int]:
        """Source tokens (EOS in) of the sentences of each batch: PADDED on average."""
        spread = 6 if self.number > 1 else 0
        return [round(length) for length in np.linspace(PADDED - spread, PADDED + spread, self.number)]

    @property
    def sentences(self) -> list[int]:
        """How many sentences each has."""
        return [max(1, self.max_tokens // length // EIGHT) * EIGHT for length in self.lengths]


@dataclass(frozen=True)
class Measured:
    """A work, and the sections model and training of the config that it is measured with."""

    work: Work
    model: Mapping[str, Any]
    schedule: Mapping[str, Any]


def measure(work: Work, model: Mapping[str, Any], schedule: Mapping[str, Any], scratch: Path) -> dict[str, Any]:
    """Return what one work takes here: {"tokens_per_second": of work.RATES, "product", "batch"}.

    product: operations a second of plain products in float32, as the search makes them; batch: padded tokens of the
    training's batches, work.max_tokens unless an update would take far too long. model, schedule: the sections model
    and training of the config; scratch: an empty folder for the text.
    """
    product = product_rate(work.network.width, work.search_threads)
    expected = product * TRAINED / training_operations(work.network)
    training = sized(work.max_tokens, expected)
    dump = sized(work.decode_tokens, product * TRAINED / forward_operations(work.network))
    measured = Measured(work, model, schedule)
    settings = training_of(measured, training, scratch / "training", dump)
    trained = untrained_model(settings)
    trained.task.load_dataset("train")
    tokens = int(trained.task.dataset("train").tgt_sizes.sum())
    trainings = bench_training({"training": settings}, training.number, ROUNDS)
    dumps = bench_dump(trained, "valid", work.decode_tokens, ROUNDS, work.decode_threads)
    rates = {
        "training": float(np.median(trainings["rates"]["training"])) * tokens / training.number,
        "validating": decoding_rate(measured, (work.valid_beam, work.max_tokens, work.threads), product, scratch),
        "decoding": decoding_rate(measured, (work.beam, work.decode_tokens, work.decode_threads), product, scratch),
        "forward": float(np.median(dumps["rates"]["datastore"])),
    }
    return {"tokens_per_second": rates, "product": product, "batch": training.max_tokens}


def decoding_rate(measured: Measured, search: tuple[int, int, int], product: float, scratch: Path) -> float:
    """Return tokens a second that one batch's beam search generates; search: (beam, padded tokens, threads).

    Hypotheses are as long as the text's: random weights would never end one.
    """
    work, (beam, max_tokens, threads) = measured.work, search
    batch = sized(max_tokens, product * DECODED / decoding_operations(work.network, beam), number=1)
    folder = scratch / f"beam_{beam}_of_{max_tokens}"
    trained = untrained_model(training_of(measured, Batches(work.max_tokens), folder, test=batch))
    (sentences,) = batch.sentences
    found = bench_decoding(
        {"beam": (trained, None)}, fixed_length(Beam(beam), TOKENS - 1), max_tokens, sentences, ROUNDS, threads
    )
    return float(np.median(found["rates"]["beam"]))


def sized(max_tokens: int, expected: float, number: int | None = None) -> Batches:
    """Return the batches of a turn of about SECONDS at about `expected` target tokens a second; `number` fixes theirs.

    They are of max_tokens, or of as many as take LONGEST, but of EIGHT sentences at least.
    """
    padded = expected * PADDED / TOKENS
    batch = min(max_tokens, max(int(padded * LONGEST), EIGHT * PADDED))
    return Batches(batch, number or max(1, round(padded * SECONDS / batch)))


def product_rate(width: int, threads: int) -> float:
    """Return operations a second of plain float32 products of [PRODUCT_ROWS, width] with itself, the median of many."""
    torch.set_num_threads(threads)
    rows = torch.from_numpy(np.random.default_rng(SEED).standard_normal((PRODUCT_ROWS, width), np.float32))
    product = torch.empty(PRODUCT_ROWS, PRODUCT_ROWS)
    torch.mm(rows, rows.T, out=product)
    seconds: list[float] = []
    end = time.perf_counter() + PRODUCT_SECONDS
    while not seconds or time.perf_counter() < end:
        start = time.perf_counter()
        torch.mm(rows, rows.T, out=product)
        seconds.append(time.perf_counter() - start)
    return 2.0 * PRODUCT_ROWS**2 * width / float(np.median(seconds))


def write_data(work: Work, splits: Mapping[str, Batches], folder: Path) -> None:
    """Write random text in fairseq's form into folder/bin: its splits are made of just these batches.

    The sources of a batch are of one length; targets are up to six tokens shorter, about TOKENS on average (EOS in).
    """
    random = np.random.default_rng(SEED)
    types = [f"w{i}" for i in range(work.network.vocabulary)]
    for split, batches in splits.items():
        source = np.repeat(batches.lengths, batches.sentences) - 1
        for language, lengths in zip(LANGUAGES, (source, source - random.integers(0, 7, len(source))), strict=True):
            lines = [" ".join(random.choice(types, length)) for length in lengths]
            write_lines(folder / "text" / f"{split}.{language}", lines)
    for language in LANGUAGES:
        write_lines(folder / "types" / f"dict.{language}.txt", [f"{each} 1" for each in types])
    binarise(folder / "text", LANGUAGES, list(splits), folder / "bin", work.joint, dictionaries=folder / "types")


def training_of(
    measured: Measured, train: Batches, folder: Path, valid: Batches | None = None, test: Batches | None = None
) -> Training:
    """Write the data into `folder` and return the training that is measured: plain cross-entropy.

    Its batches are those of `train`; the splits that are not given are of a few sentences.
    """
    few = Batches(EIGHT * PADDED)
    write_data(measured.work, {"train": train, "valid": valid or few, "test": test or few}, folder)
    schedule = {**measured.schedule, "max_tokens": train.max_tokens, "update_freq": 1, "batch_order": "length"}
    schedule |= {"threads": measured.work.threads, "metric": "loss"}  # the validation is measured apart
    named = "random text", "plan", SEED  # no record is written
    settings = Settings(*named, Objective(), dict(measured.model), schedule, device="cpu", precision="fp32")
    return Training(settings, Files(folder / "bin"))


def untrained_model(training: Training) -> TrainedModel:
    """Return the training's model with random weights, ready to decode."""
    device = torch.device(training.settings.device)
    arguments = fairseq_arguments(training, device, Path("unused"))
    parsed: Namespace = options.parse_args_and_arch(options.get_training_parser(), input_args=arguments)
    config = convert_namespace_to_omegaconf(parsed)
    utils.set_torch_seed(SEED)
    task = tasks.setup_task(config.task)
    model = task.build_model(config.model).eval().requires_grad_(False)
    return TrainedModel(model, task, device, hash_tensors(model.state_dict()))
