"""What a whole experiment will cost, before anything of it is run: from its config, and the rates of a machine.

The formulas are the cost model's. The rates are a GPU's, as the config states them, or those of the CPU at hand,
measured just before (`measure.py`). It is an upper bound where patience ends trainings early.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pandas as pd

from knnkd.costs.model import (
    GB,
    HALF,
    SINGLE,
    Network,
    decoding_operations,
    forward_operations,
    query_seconds,
    search_seconds,
    training_operations,
)
from knnkd.costs.work import TOKENS, Processor, Rates, network_of
from knnkd.experiment import resolve

MBERT = (86_000_000, 119_547)  # weights of bert-base-multilingual-cased's layers, and its pieces: the student's types
STAGES = ("training", "validation", "teachers", "datastore and search", "decoding")
COLUMNS = ["dataset", "label", "pairs", "rows", "trainings", *STAGES, "core_seconds", "side_by_side", "wall_seconds"]
COLUMNS += ["memory_gb", "disk_gb"]
TRAINING, DECODING, SEARCH = range(3)  # whose CPU threads a part takes, in Processor.threads


@dataclass(frozen=True)
class Run:
    """One run that is scored or teaches: a system on a dataset, with a seed."""

    dataset: str
    system: str
    seed: int


class Part(NamedTuple):
    """What some jobs of a stage take, one after the other; kind: TRAINING, DECODING or SEARCH."""

    stage: str
    seconds: float
    kind: int


class Case(NamedTuple):
    """A dataset of the plan: its runs, those of them that train, |D|, the network, and the rates of the machine."""

    name: str
    own: Sequence[Run]
    trained: Sequence[Run]
    rows: float
    network: Network
    rates: Rates


def plan_table(config: dict, runs: Sequence[Run], paper: pd.DataFrame, rates: Mapping[str, Rates]) -> pd.DataFrame:
    """Return a row for each dataset: COLUMNS; stages in seconds on one GPU, or one job after another on this CPU.

    core_seconds: their sum, times the threads of each; side_by_side: trainings that this CPU's cores carry at once;
    wall_seconds: the sum where so many run at once (both NaN for a GPU). All are NaN where the rows are not known.
    config: completed, with its variants; paper: the table of its numbers (paper.PAPER_COLUMNS), for |D|; rates: of
    each dataset.
    """
    named = dict.fromkeys(run.dataset for run in runs)
    return pd.DataFrame([_of_dataset(config, name, runs, paper, rates[name]) for name in named], columns=COLUMNS)


def _of_dataset(config: dict, name: str, runs: Sequence[Run], paper: pd.DataFrame, rates: Rates) -> dict[str, Any]:
    dataset, rows = config["datasets"][name], datastore_rows(config, name, paper)
    own = [run for run in runs if run.dataset == name]
    trained = [run for run in own if run.system in resolve.trained_systems(config)]
    found: dict[str, Any] = {"dataset": name, "label": dataset["label"], "pairs": _pairs(dataset, "train")}
    found |= {"rows": rows, "trainings": len(trained)}
    found |= {"side_by_side": _at_once(rates.processor, TRAINING)} if rates.processor else {}
    if rows is None:
        return found
    case = Case(name, own, trained, rows, network_of(config, name), rates)
    parts = list(_parts(config, case))
    found |= {stage: sum(part.seconds for part in parts if part.stage == stage) for stage in STAGES}
    search, stores = resolve.section(config, "search", name), _datastores(config, own)
    if processor := rates.processor:
        found["core_seconds"] = sum(part.seconds * processor.threads[part.kind] for part in parts)
        found["wall_seconds"] = sum(part.seconds / _at_once(processor, part.kind) for part in parts)
    found["memory_gb"] = search["memory_gb"]
    searched = [key for key, k in stores.items() if k]
    kept = len(stores) * rows * (HALF * case.network.width + SINGLE)
    kept += len(searched) * rows * search["k"] * (HALF + SINGLE)
    # The best checkpoint of each run, with Adam's two moments.
    found["disk_gb"] = (kept + len(trained) * 3 * SINGLE * case.network.parameters) / GB
    return found


def _at_once(processor: Processor, kind: int) -> int:
    """Return how many jobs of a kind (TRAINING ...) a CPU's cores have room for, one at least."""
    return max(1, processor.cores // processor.threads[kind])


def _parts(config: dict, case: Case) -> Iterator[Part]:
    """Yield what all jobs of a dataset take."""
    name, rows, network, rates = case.name, case.rows, case.network, case.rates
    for run in case.trained:
        epochs = epochs_of(config, name, run.system, rows)
        yield Part("training", rows * epochs * _token(config, run, network) / rates.training, TRAINING)
        yield Part("validation", _validations(config, case, run, epochs), TRAINING)
    yield from _teachers(config, case)
    for k in _datastores(config, case.own).values():
        yield Part("datastore and search", rows * forward_operations(network) / rates.forward, DECODING)
        if k:
            yield Part("datastore and search", search_seconds(rates.search, rows, network.width, k), SEARCH)
    for run in case.own:
        yield Part("decoding", _decoding(config, case, run), DECODING)


def datastore_rows(config: dict, name: str, paper: pd.DataFrame) -> float | None:
    """Return |D|: the paper's where the corpus is its own, else TOKENS a pair; None where the pairs are not known."""
    dataset = config["datasets"][name]
    of_paper = paper[(paper["dataset"] == dataset.get("paper")) & (paper["metric"] == "datastore_size")]["value"]
    if "generator" not in dataset and len(of_paper):
        return float(of_paper.iloc[0])
    pairs = _pairs(dataset, "train")
    return None if pairs is None else float(TOKENS * pairs)


def _pairs(dataset: Mapping[str, Any], split: str) -> int | None:
    return dataset.get("generator", dataset.get("expect", {})).get(split)


def update_tokens(config: dict, name: str, system: str) -> int:
    """Return the most tokens that an update can have, which is as many as it is padded to."""
    training = resolve.section(config, "training", name, system)
    return training["max_tokens"] * training["update_freq"] * config["gpus_per_train"]


def epochs_of(config: dict, name: str, system: str, rows: float) -> float:
    """Return the epochs of one training at most: to max_epoch, or to max_update where that comes first.

    One that makes as many updates as another system (updates_of) has that one's epochs.
    """
    if other := resolve.objective(config, name, system).get("updates_of"):
        return epochs_of(config, name, other, rows)
    training = resolve.section(config, "training", name, system)
    epochs, updates = float(training["max_epoch"]), training.get("max_update")
    return epochs if updates is None else min(epochs, updates * update_tokens(config, name, system) / rows)


def _token(config: dict, run: Run, network: Network) -> float:
    """Return the operations of training a system, a target token."""
    teacher = resolve.kind_of_teacher(resolve.objective(config, run.dataset, run.system))
    if teacher == "bert" and not _tiny(config, run.dataset):
        network = replace(network, vocabulary=MBERT[1])
    token = training_operations(network)
    if teacher == "model":
        token += forward_operations(network) + 2 * network.projection  # the teacher's own pass
    return token


def _validations(config: dict, case: Case, run: Run, epochs: float) -> float:
    """Return the seconds of all validations of a training: the loss, and the beam search where BLEU is its metric.

    There is one after each valid_interval epochs, and one with each checkpoint inside an epoch.
    """
    training = resolve.section(config, "training", case.name, run.system)
    count = float(math.ceil(epochs / training["valid_interval"]))
    if training["save_interval_updates"]:
        updates = epochs * case.rows / update_tokens(config, case.name, run.system)
        count += updates // training["save_interval_updates"]
    network, rates = case.network, case.rates
    token = (forward_operations(network) + 2 * network.projection) / rates.forward
    if training["metric"] == "bleu":
        token += decoding_operations(network, training["valid_beam"]) / rates.validating
    return count * TOKENS * (_pairs(config["datasets"][case.name], "valid") or 0) * token


def _tiny(config: dict, name: str) -> bool:
    return bool(resolve.section(config, "bert", name)["teacher"] == "tiny")


def _teachers(config: dict, case: Case) -> Iterator[Part]:
    """Yield translating the training set (Seq-KD) and fine-tuning BERT, once a seed; BERT at the rate of training."""
    beam, bert = (resolve.section(config, "decode", case.name)["beam"], resolve.section(config, "bert", case.name))
    weights = bert["layers"] * (4 * bert["hidden"] ** 2 + 2 * bert["hidden"] * bert["ffn"])
    kinds = {
        (run.seed, resolve.kind_of_teacher(resolve.objective(config, case.name, run.system))) for run in case.trained
    }
    for _, kind in sorted(kinds):
        if kind == "translations":
            seconds = case.rows * decoding_operations(case.network, beam) / case.rates.decoding
            yield Part("teachers", seconds, DECODING)
        if kind == "bert":
            tokens = bert["updates"] * bert["max_tokens"]
            operations = tokens * 6 * (weights if _tiny(config, case.name) else MBERT[0])
            yield Part("teachers", operations / case.rates.training, TRAINING)


def _datastores(config: dict, own: Sequence[Run]) -> dict[tuple[str, int], int]:
    """Return {(model, seed): neighbours that are searched for in advance, 0 where kNN-MT alone has a use for it}."""
    stores: dict[tuple[str, int], int] = {}
    for run in own:
        goal = resolve.objective(config, run.dataset, run.system)
        if "base" in goal:
            stores.setdefault((goal["base"], run.seed), 0)
        elif "term" in goal and resolve.kind_of_teacher(goal) == "knn":
            seed = run.seed if "pretrained" not in config["systems"][goal["teacher"]] else config["seeds"][0]
            stores[(goal["teacher"], seed)] = resolve.section(config, "search", run.dataset)["k"]
    return stores


def _decoding(config: dict, case: Case, run: Run) -> float:
    """Return the seconds of a test set; kNN-MT decodes the validation set too, for each grid point tried."""
    dataset, goal = config["datasets"][case.name], resolve.objective(config, case.name, run.system)
    beam, network = resolve.section(config, "decode", case.name)["beam"], case.network
    a_token = decoding_operations(network, beam) / case.rates.decoding
    test, valid = (TOKENS * (_pairs(dataset, split) or 0) for split in ("test", "valid"))
    if "base" not in goal:
        return test * a_token
    knn_mt, rows = resolve.section(config, "knn_mt", case.name), case.rows
    cells = 1.0 if knn_mt["index"] in ("exact", "flat") else knn_mt["nprobe"] / (knn_mt["nlist"] or 4 * rows**0.5)
    a_query = query_seconds(case.rates.search, max(cells * rows, 1e3), network.width, max(knn_mt["k"]))
    return (test + knn_mt["decoded"] * valid) * (a_token + beam * a_query)
