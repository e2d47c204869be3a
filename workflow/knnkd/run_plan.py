"""What a whole experiment will cost, before anything of it is run: from its config, and a GPU's stated rates.

The formulas are the cost model's. Nothing is measured: it is an order of magnitude, and an upper bound where patience
ends trainings early.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from knnkd import slices
from knnkd.cost_model import (
    GB,
    HALF,
    SINGLE,
    Machine,
    Network,
    Search,
    decoding_operations,
    forward_operations,
    query_seconds,
    search_seconds,
    training_operations,
)
from knnkd.cost_table import VOCABULARY, size, span
from knnkd.typeset import GAP

TOKENS = 25  # target subwords a sentence, where the paper says no |D|: about that of every one of its data sets
MBERT = (86_000_000, 119_547)  # weights of bert-base-multilingual-cased's layers, and its pieces: the student's types
HOURS = 3600.0
STAGES = ("training", "teachers", "datastore and search", "decoding")
COLUMNS = ["dataset", "label", "pairs", "rows", "trainings", *STAGES, "memory_gb", "disk_gb"]


@dataclass(frozen=True)
class Run:
    """One run that is scored or teaches: a system on a dataset, with a seed."""

    dataset: str
    system: str
    seed: int


def gpu(tflops: float, share: float, decoding: float) -> Machine:
    """Return a GPU by the rates that the config states: bench.cost."""
    rate = tflops * 1e12 * share
    return Machine("one GPU", Search(rate), rate, rate, tflops * 1e12 * decoding, (0.0, 0.0), measured=False)


def plan_table(config: dict, runs: Sequence[Run], paper: pd.DataFrame, machine: Machine) -> pd.DataFrame:
    """Return a row for each dataset: COLUMNS; stages in seconds on one GPU, NaN where the rows are not known.

    config: completed, with its variants; paper: the table of its numbers (tables.PAPER_COLUMNS), for |D|.
    """
    named = dict.fromkeys(run.dataset for run in runs)
    return pd.DataFrame([_of_dataset(config, name, runs, paper, machine) for name in named], columns=COLUMNS)


def _of_dataset(config: dict, name: str, runs: Sequence[Run], paper: pd.DataFrame, machine: Machine) -> dict[str, Any]:
    dataset, rows = config["datasets"][name], datastore_rows(config, name, paper)
    own = [run for run in runs if run.dataset == name]
    trained = [run for run in own if run.system in slices.trained_systems(config)]
    found: dict[str, Any] = {"dataset": name, "label": dataset["label"], "pairs": _pairs(dataset, "train")}
    found |= {"rows": rows, "trainings": len(trained)}
    if rows is None:
        return found
    network, stores = network_of(config, name), _datastores(config, own)
    found["training"] = sum(_training(config, run, rows, network) for run in trained) / machine.training
    found["teachers"] = _teachers(config, name, trained, rows, network, machine)
    search = slices.section(config, "search", name)
    a_store = rows * forward_operations(network) / machine.forward
    found["datastore and search"] = len(stores) * a_store
    searched = {key: k for key, k in stores.items() if k}
    found["datastore and search"] += sum(
        search_seconds(machine.search, rows, network.width, k) for k in searched.values()
    )
    found["decoding"] = sum(_decoding(config, run, rows, network, machine) for run in own)
    found["memory_gb"] = search["memory_gb"]
    kept = len(stores) * rows * (HALF * network.width + SINGLE) + len(searched) * rows * search["k"] * (HALF + SINGLE)
    # The best checkpoint of each run, with Adam's two moments.
    found["disk_gb"] = (kept + len(trained) * 3 * SINGLE * network.parameters) / GB
    return found


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


def network_of(config: dict, name: str) -> Network:
    """Return the network of a dataset's trainings; its types are as many as merges, or as a WMT19 model has."""
    model, dataset = slices.section(config, "model", name), config["datasets"][name]
    origin = config["pretrained"].get(dataset.get("pretrained"), {})
    bpe = dataset.get("bpe") or config["datasets"].get(origin.get("dataset"), {}).get("bpe")
    types = bpe["merges"] if bpe else VOCABULARY["multi_domain"]
    layers = model["encoder_layers"], model["decoder_layers"]
    return Network(*layers, model["embed_dim"], model["ffn_dim"], types)


def _training(config: dict, run: Run, rows: float, network: Network) -> float:
    """Return the operations of one training, all its epochs."""
    kind = slices.kind_of(slices.objective(config, run.dataset, run.system))
    if kind == "sparse, bert" and not _tiny(config, run.dataset):
        network = replace(network, vocabulary=MBERT[1])
    token = training_operations(network)
    if kind in ("dense", "selective"):
        token += forward_operations(network) + 2 * network.projection  # the teacher's own pass
    return rows * token * slices.section(config, "training", run.dataset, run.system)["max_epoch"]


def _tiny(config: dict, name: str) -> bool:
    return bool(slices.section(config, "bert", name)["teacher"] == "tiny")


def _teachers(
    config: dict, name: str, trained: Sequence[Run], rows: float, network: Network, machine: Machine
) -> float:
    """Return the seconds of translating the training set (Seq-KD) and of fine-tuning BERT, once a seed."""
    seconds, beam = 0.0, slices.section(config, "decode", name)["beam"]
    bert = slices.section(config, "bert", name)
    weights = bert["layers"] * (4 * bert["hidden"] ** 2 + 2 * bert["hidden"] * bert["ffn"])
    for _, kind in {(run.seed, slices.kind_of(slices.objective(config, name, run.system))) for run in trained}:
        if kind == "translations":
            seconds += rows * decoding_operations(network, beam) / machine.decoding
        if kind == "sparse, bert":
            tokens = bert["updates"] * bert["max_tokens"]
            seconds += tokens * 6 * (weights if _tiny(config, name) else MBERT[0]) / machine.training
    return seconds


def _datastores(config: dict, own: Sequence[Run]) -> dict[tuple[str, int], int]:
    """Return {(model, seed): neighbours that are searched for in advance, 0 where kNN-MT alone has a use for it}."""
    stores: dict[tuple[str, int], int] = {}
    for run in own:
        goal = slices.objective(config, run.dataset, run.system)
        if "base" in goal:
            stores.setdefault((goal["base"], run.seed), 0)
        elif goal.get("term") == "sparse" and goal["candidates"] == "knn":
            seed = run.seed if "pretrained" not in config["systems"][goal["teacher"]] else config["seeds"][0]
            stores[(goal["teacher"], seed)] = slices.section(config, "search", run.dataset)["k"]
    return stores


def _decoding(config: dict, run: Run, rows: float, network: Network, machine: Machine) -> float:
    """Return the seconds of a test set; kNN-MT decodes the validation set too, for each grid point tried."""
    dataset, goal = config["datasets"][run.dataset], slices.objective(config, run.dataset, run.system)
    beam = slices.section(config, "decode", run.dataset)["beam"]
    a_token = decoding_operations(network, beam) / machine.decoding
    test, valid = (TOKENS * (_pairs(dataset, split) or 0) for split in ("test", "valid"))
    if "base" not in goal:
        return test * a_token
    knn_mt = slices.section(config, "knn_mt", run.dataset)
    cells = 1.0 if knn_mt["index"] in ("exact", "flat") else knn_mt["nprobe"] / (knn_mt["nlist"] or 4 * rows**0.5)
    a_query = query_seconds(machine.search, max(cells * rows, 1e3), network.width, max(knn_mt["k"]))
    return (test + knn_mt["decoded"] * valid) * (a_token + beam * a_query)


def plan_blocks(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the plan as it is printed: a row for each dataset, and one for all."""
    total = dict(table.sum(numeric_only=True)) | {"label": "all", "rows": None, "memory_gb": table["memory_gb"].max()}
    rows = pd.concat([table, pd.DataFrame([total])], ignore_index=True)
    block: dict[str, Any] = {"Dataset": rows["label"]}
    block["|D|"] = rows["rows"].map(lambda count: GAP if pd.isna(count) else f"{count:,.0f}")
    block["trainings"] = rows["trainings"].map("{:.0f}".format)
    for stage in STAGES:
        block[stage] = rows[stage].map(lambda seconds: span(seconds) if seconds > 0 else GAP)
    hours = rows[list(STAGES)].sum(axis=1, min_count=1) / HOURS
    block["GPU hours"] = hours.map(lambda value: GAP if pd.isna(value) else f"{value:,.1f}")
    block["memory"] = rows["memory_gb"].map(lambda gb: GAP if pd.isna(gb) else size(gb))
    block["disk"] = rows["disk_gb"].map(lambda gb: GAP if pd.isna(gb) else size(gb))
    return {"Plan": pd.DataFrame(block)}


def plan_notes(cost: Mapping[str, float]) -> list[str]:
    """Return the assumptions; cost: bench.cost of the config."""
    return [
        f"On one GPU of {cost['gpu_tflops']:g} Tflop/s in matrix products, of which {100 * cost['gpu_share']:g} % are "
        f"taken to be reached in training, datastore and search, and {100 * cost['gpu_decoding']:g} % in beam search "
        "(bench.cost in the config: put your own GPU there). Nothing here is measured. Trainings, and jobs of the "
        "search, run side by side on as many GPUs as there are.",
        "Trainings to their last epoch; patience ends most earlier. teachers: translating the training set for "
        "Seq-KD, fine-tuning BERT. decoding: test sets, and kNN-MT's tuning on the validation set.",
        f"|D|: the paper's on its own data sets, else {TOKENS} subwords a pair of expect.train; {GAP}: no such count.",
        "memory: budget of one job of the search (search.memory_gb). disk: datastores, candidates and checkpoints.",
    ]
