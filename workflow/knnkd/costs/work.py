"""What a plan's data sets have to do, as far as its speed depends on it, and the rates at which a machine does it.

The rates are a GPU's by the config, or this machine's as `measure.py` found them. Neither pandas nor torch is
needed, so that the rules, the measurement and the table can all read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json
from knnkd.costs.model import (
    VOCABULARY,
    Network,
    Search,
    decoding_operations,
    forward_operations,
    training_operations,
)
from knnkd.experiment import resolve
from knnkd.experiment.roles import planned_runs
from knnkd.experiment.runs import Experiment, Run

TOKENS = 25  # target subwords a sentence, where the paper says no |D|: about that of every one of its data sets
RATES = ("training", "validating", "decoding", "forward")  # tokens a second, each measured
MEASURED = ("hardware", "cores", "load", "jobs")  # keys of the measurement's JSON


@dataclass(frozen=True)
class Work:
    """What the speed of a data set's jobs depends on: model, padded tokens of a batch, CPU threads, widths of the beam.

    joint: whether source and target have one dictionary; max_tokens and threads: of training; decode_tokens and
    decode_threads: of decoding and of the datastore.
    """

    network: Network
    heads: int
    joint: bool
    max_tokens: int
    threads: int
    decode_tokens: int
    decode_threads: int
    search_threads: int
    beam: int
    valid_beam: int


@dataclass(frozen=True)
class Processor:
    """A CPU's logical cores, and the threads that one job of training, of decoding and of the search takes of them."""

    cores: int
    threads: tuple[int, int, int]


@dataclass(frozen=True)
class Rates:
    """Operations a second of a machine at the work of one data set, and its search.

    decoding: with the beam of the test set; validating: with that of the validation BLEU; processor: None on a GPU,
    whose rates are stated.
    """

    training: float
    validating: float
    decoding: float
    forward: float
    search: Search
    processor: Processor | None = None


def gpu(tflops: float, share: float, decoding: float) -> Rates:
    """Return a GPU by the rates that the config states: bench.cost."""
    rate, searching = tflops * 1e12 * share, tflops * 1e12 * decoding
    return Rates(rate, searching, searching, rate, Search(rate))


def is_measured(config: Mapping[str, Any]) -> bool:
    """Return whether the plan is for the machine at hand; with `auto` it may be made here for a GPU elsewhere."""
    return config["device"] == "cpu"


def network_of(config: dict, name: str) -> Network:
    """Return the network of a dataset's trainings; its types are as many as merges, or as a WMT19 model has."""
    model, dataset = resolve.section(config, "model", name), config["datasets"][name]
    origin = config["pretrained"].get(dataset.get("pretrained"), {})
    bpe = dataset.get("bpe") or config["datasets"].get(origin.get("dataset"), {}).get("bpe")
    types = bpe["merges"] if bpe else VOCABULARY["multi_domain"]
    layers = model["encoder_layers"], model["decoder_layers"]
    return Network(*layers, model["embed_dim"], model["ffn_dim"], types, model["decoder_ffn_dim"])


def work_of(config: dict, name: str) -> Work:
    """Return the work of a dataset."""
    training, decoding = (resolve.section(config, part, name) for part in ("training", "decode"))
    return Work(
        network=network_of(config, name),
        heads=resolve.section(config, "model", name)["heads"],
        joint=resolve.is_joint(config, name),
        max_tokens=training["max_tokens"],
        threads=training["threads"],
        decode_tokens=decoding["max_tokens"],
        decode_threads=decoding["threads"],
        search_threads=resolve.section(config, "search", name)["threads"],
        beam=decoding["beam"],
        valid_beam=training["valid_beam"],
    )


@dataclass(frozen=True)
class Job:
    """What is measured once: a work, the data sets that have it, and the sections model and training of one of them."""

    datasets: list[str]
    work: Work
    model: dict[str, Any]
    training: dict[str, Any]


def jobs_of(experiment: Experiment) -> list[Job]:
    """Return what is measured for an experiment's plan, each distinct work once.

    Model and training are those of the first run that is trained. A dataset on which nothing is trained is measured
    too, by its first run: it is decoded.
    """
    first: dict[str, Run] = {}
    for run in planned_runs(experiment):
        known = first.get(run.dataset)
        if known is None or (known.system not in experiment.trained and run.system in experiment.trained):
            first[run.dataset] = run
    datasets: dict[Work, list[str]] = {}
    for name in first:
        datasets.setdefault(work_of(experiment.config, name), []).append(name)
    return [
        Job(names, work, *(experiment.section(part, first[names[0]]) for part in ("model", "training")))
        for work, names in datasets.items()
    ]


def rates_of(work: Work, job: Mapping[str, Any], cores: int) -> Rates:
    """Return the measured rates of a work in operations, from tokens a second; job: of the measurement's JSON."""
    network, tokens = work.network, job["tokens_per_second"]
    return Rates(
        training=tokens["training"] * training_operations(network),
        validating=tokens["validating"] * decoding_operations(network, work.valid_beam),
        decoding=tokens["decoding"] * decoding_operations(network, work.beam),
        forward=tokens["forward"] * forward_operations(network),
        search=Search(job["product"]),
        processor=Processor(cores, (work.threads, work.decode_threads, work.search_threads)),
    )


def read_measured(path: Path) -> tuple[dict[str, Any], dict[str, Rates]]:
    """Return the measurement's JSON, and the rates of each dataset; KnnKdError where it lacks something."""
    measured = read_json(path)
    if missing := [key for key in MEASURED if key not in measured]:
        raise KnnKdError(f"{path}: lacks {', '.join(missing)}; measure again")
    rates: dict[str, Rates] = {}
    for job in measured["jobs"]:
        if missing := [name for name in RATES if not job["tokens_per_second"].get(name, 0) > 0]:
            raise KnnKdError(f"{path}: {', '.join(job['datasets'])}: no rate of {', '.join(missing)}; measure again")
        found = rates_of(Work(**job["work"] | {"network": Network(**job["work"]["network"])}), job, measured["cores"])
        rates |= dict.fromkeys(job["datasets"], found)
    return measured, rates
