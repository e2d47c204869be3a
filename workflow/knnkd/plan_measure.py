"""What the machine at hand does of a plan's work in a second: short turns of the real work, on random sentences.

The text is made up and the weights are random; everything else is as in the experiment's own jobs: the data in fairseq's
form, its trainer with Adam and dropout, the beam search, the forward pass that fills a datastore. A turn is sized to
take about SECONDS, and for a large network at least one small batch, however long that takes.
"""

import shlex
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from fairseq import options, tasks, utils
from fairseq.dataclass.utils import convert_namespace_to_omegaconf

from knnkd.beam import Beam, fixed_length
from knnkd.bench import bench_decoding, bench_dump, bench_training
from knnkd.binarise import binarise
from knnkd.cost_model import decoding_operations, forward_operations, training_operations
from knnkd.io import write_lines
from knnkd.models import TrainedModel, hash_tensors
from knnkd.plan_work import TOKENS, Work
from knnkd.settings import Objective, Training
from knnkd.training import fairseq_arguments

SECONDS = 1.5  # of a turn, about
ROUNDS = 2  # that count, after one that does not
# Shares of the rate of plain products, only to size the turns: what is measured does not depend on them.
TRAINED, DECODED = 0.4, 0.1
FEWEST = 8  # sentences: what fairseq makes batches multiples of
PRODUCT_ROWS, PRODUCT_SECONDS = 2048, 0.5
LANGUAGES = ("de", "en")
SEED = 1


def measure(work: Work, flags: str, scratch: Path) -> dict[str, Any]:
    """Return what one work takes here: {"tokens_per_second": of plan_work.RATES, "product", "batch"}.

    product: operations a second of plain products in float32, as the search makes them; batch: padded tokens of the
    training's batches, work.max_tokens unless an update would take far too long. flags: of fairseq-train, as one
    string; scratch: an empty folder for the text.
    """
    product = product_rate(work.network.width, work.search_threads)
    training = fewest_tokens(product * TRAINED / training_operations(work.network))
    forward = fewest_tokens(product * TRAINED / forward_operations(work.network))
    decoded = {
        beam: fewest_tokens(product * DECODED / decoding_operations(work.network, beam))
        for beam in (work.beam, work.valid_beam)
    }
    sentences = {"train": training // TOKENS, "valid": forward // TOKENS, "test": max(decoded.values()) // TOKENS}
    write_data(work, sentences, scratch)
    # A longest sentence and some more must fit; where the work's own batches are smaller still, these are taken.
    batch = min(work.max_tokens, max(training, FEWEST * 2 * TOKENS))
    settings = training_of(work, shlex.split(flags), batch, scratch / "bin")
    trained = untrained_model(settings)
    updates = updates_of_an_epoch(trained, batch)
    tokens = int(trained.task.dataset("train").tgt_sizes.sum())
    trainings = bench_training({"training": settings}, updates, ROUNDS)
    dumps = bench_dump(trained, "valid", work.decode_tokens, ROUNDS, work.decode_threads)
    rates = {
        "training": float(np.median(trainings["rates"]["training"])) * tokens / updates,
        "validating": _decoding(trained, work.valid_beam, work.max_tokens, decoded, work.threads),
        "decoding": _decoding(trained, work.beam, work.decode_tokens, decoded, work.decode_threads),
        "forward": float(np.median(dumps["rates"]["datastore"])),
    }
    return {"tokens_per_second": rates, "product": product, "batch": batch}


def product_rate(width: int, threads: int) -> float:
    """Return operations a second of plain float32 products of [PRODUCT_ROWS, width] with itself, the best of several.

    The best, as one product is so short that another process may stand in its way.
    """
    torch.set_num_threads(threads)
    rows = torch.from_numpy(np.random.default_rng(SEED).standard_normal((PRODUCT_ROWS, width), np.float32))
    product = torch.empty(PRODUCT_ROWS, PRODUCT_ROWS)
    torch.mm(rows, rows.T, out=product)
    seconds, end = [], time.perf_counter() + PRODUCT_SECONDS
    while not seconds or time.perf_counter() < end:
        start = time.perf_counter()
        torch.mm(rows, rows.T, out=product)
        seconds.append(time.perf_counter() - start)
    return 2.0 * PRODUCT_ROWS**2 * width / min(seconds)


def fewest_tokens(rate: float) -> int:
    """Return the target tokens of a turn at about `rate` tokens a second: FEWEST sentences, or more."""
    return max(FEWEST * TOKENS, int(rate * SECONDS))


def write_data(work: Work, sentences: dict[str, int], folder: Path) -> None:
    """Write random text of TOKENS target tokens a sentence (EOS in, on average) in fairseq's form, into folder/bin.

    sentences: of each split. Lengths are from 18 to 30, and those of both sides differ by up to three, as real ones
    do: batches are padded.
    """
    random = np.random.default_rng(SEED)
    types = [f"w{i}" for i in range(work.network.vocabulary)]
    for split, count in sentences.items():
        source = random.integers(TOKENS - 7, TOKENS + 6, count)
        lengths = {"de": source, "en": source + random.integers(-3, 4, count)}
        for language, each in lengths.items():
            lines = [" ".join(random.choice(types, length)) for length in each]
            write_lines(folder / "text" / f"{split}.{language}", lines)
    for language in LANGUAGES:
        write_lines(folder / "types" / f"dict.{language}.txt", [f"{each} 1" for each in types])
    binarise(folder / "text", LANGUAGES, list(sentences), folder / "bin", work.joint, dictionaries=folder / "types")


def training_of(work: Work, flags: Sequence[str], batch: int, data_bin: Path) -> Training:
    """Return the training that is measured: plain cross-entropy, with the experiment's own flags but for the batch."""
    return Training(
        data_bin=data_bin,
        seed=SEED,
        objective=Objective(),
        batch_order="length",
        metric="loss",  # the validation is measured apart
        valid_beam=work.valid_beam,
        device="cpu",
        precision="fp32",
        threads=work.threads,
        fairseq_flags=(*flags, "--max-tokens", str(batch), "--update-freq", "1"),
    )


def untrained_model(settings: Training) -> TrainedModel:
    """Return the training's model with random weights, ready to decode."""
    device = torch.device(settings.device)
    arguments = fairseq_arguments(settings, device, Path("unused"))
    parsed: Namespace = options.parse_args_and_arch(options.get_training_parser(), input_args=arguments)
    config = convert_namespace_to_omegaconf(parsed)
    utils.set_torch_seed(SEED)
    task = tasks.setup_task(config.task)
    model = task.build_model(config.model).eval().requires_grad_(False)
    return TrainedModel(model, task, device, hash_tensors(model.state_dict()))


def updates_of_an_epoch(trained: TrainedModel, batch: int) -> int:
    """Return how many batches the training set makes: a turn of as many trains each of its tokens once."""
    trained.task.load_dataset("train")
    epoch = trained.task.get_batch_iterator(
        dataset=trained.task.dataset("train"),
        max_tokens=batch,
        max_positions=None,
        required_batch_size_multiple=FEWEST,
        num_workers=0,
    )
    return len(epoch.next_epoch_itr(shuffle=False))


def _decoding(trained: TrainedModel, beam: int, max_tokens: int, tokens: dict[int, int], threads: int) -> float:
    """Return generated tokens a second, of hypotheses as long as the text's: random weights would never end one."""
    search = fixed_length(Beam(beam), TOKENS - 1)
    found = bench_decoding({"beam": (trained, None)}, search, max_tokens, tokens[beam] // TOKENS, ROUNDS, threads)
    return float(np.median(found["rates"]["beam"]))
