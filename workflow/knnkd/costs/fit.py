"""The rates of the cost model, from the benchmarks: what was measured, what was fitted, and how well it foretells.

The search is fitted on some of the sizes that were searched and held against the others, which the fit never saw: the
largest, so that it must look ahead, and the one in the middle.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json
from knnkd.costs.model import (
    Machine,
    Network,
    Search,
    decoding_operations,
    forward_operations,
    held_gb,
    pieces_a_row,
    search_counts,
    search_gb,
    search_seconds,
    training_operations,
)

SEARCHED = ("dimension", "device", "threads", "memory_gb", "comparison", "sizes")
FEWEST = 4  # sizes: two to fit two numbers, two to foretell
DUMPED = "datastore"  # as bench_dump calls filling one


class Files(NamedTuple):
    """The benchmarks of one dataset, and what the training of its baseline left (train.json)."""

    search: Path
    gathering: Path
    training: Path
    decoding: Path
    dump: Path
    trained: Path


def read_bench(path: Path, keys: Sequence[str] = ("rates", "device", "threads")) -> dict[str, Any]:
    """Return a benchmark's JSON; KnnKdError where it lacks one of `keys`."""
    bench = read_json(path)
    if missing := [key for key in keys if key not in bench]:
        raise KnnKdError(f"{path}: lacks {', '.join(missing)}; run its benchmark again")
    return bench


def rate_of(bench: dict[str, Any], name: str, path: Path) -> float:
    """Return the median rate over the rounds; KnnKdError where `name` was not measured."""
    if name not in bench["rates"]:
        raise KnnKdError(f"{path}: no rate of {name}; run its benchmark again")
    return float(np.median(bench["rates"][name]))


def fit_search(sizes: Sequence[dict[str, Any]], dimension: int, k: int, product: float) -> Search:
    """Return the search's rates from [{"rows", "seconds" (once, or of each round), "peak_gb"}], memory's among them.

    product: operations a second of plain products, measured beside it. What is left of each time after the products is
    shared out to pairs and to entries, by least squares of relative errors, so that a small size counts as a large one.
    """
    counts = np.array([search_counts(size["rows"], dimension, k) for size in sizes])
    seconds = np.array([np.median(size["seconds"]) for size in sizes])
    left = 1 - counts[:, 0] / product / seconds
    (pair, entry), _ = nnls(counts[:, 1:] / seconds[:, None], left)
    constant = [size["peak_gb"] - held_gb(size["rows"], dimension, k) for size in sizes]
    return Search(product, float(pair), float(entry), max(0.0, float(np.nanmedian(constant))))


def held_out(rows: Sequence[float]) -> list[int]:
    """Return the places of the two of at least FEWEST sizes that are foretold: the one in the middle, the largest."""
    order = sorted(range(len(rows)), key=lambda i: rows[i])
    return [order[(len(rows) - 1) // 2], order[-1]]


def sizes_of(bench: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the sizes that were searched in rising order, that of the comparison with faiss among them.

    Its memory was not measured: NaN.
    """
    comparison = bench["comparison"]
    also = {"rows": comparison["rows"], "seconds": comparison["seconds"]["ours"], "peak_gb": float("nan")}
    sizes = {size["rows"]: size for size in [also, *bench["sizes"]]}
    return [sizes[rows] for rows in sorted(sizes)]


def validate(path: Path) -> tuple[Search, pd.DataFrame]:
    """Return the rates fitted without two sizes of bench_search.py's JSON, and a row for each size, in rising order.

    Columns: rows, used ("fitted" or "foretold"), seconds, predicted, ratio (predicted / measured), error (percent), and
    peak_gb and predicted_gb. KnnKdError where there are fewer sizes than it takes.
    """
    bench = read_bench(path, SEARCHED)
    sizes, k, dimension = sizes_of(bench), bench["comparison"]["k"], bench["dimension"]
    if len(sizes) < FEWEST:
        raise KnnKdError(f"{path}: fewer than {FEWEST} sizes, two of them to foretell; lengthen bench.search.sizes")
    foretold = held_out([size["rows"] for size in sizes])
    product = float(np.median(bench["comparison"]["product_gflops"])) * 1e9
    search = fit_search([size for i, size in enumerate(sizes) if i not in foretold], dimension, k, product)
    table = []
    for i, size in enumerate(sizes):
        seconds, predicted = float(np.median(size["seconds"])), search_seconds(search, size["rows"], dimension, k)
        row = {"rows": size["rows"], "used": "foretold" if i in foretold else "fitted", "seconds": seconds}
        row |= {"predicted": predicted, "ratio": predicted / seconds}
        row |= {"error": 100 * (predicted / seconds - 1), "peak_gb": size["peak_gb"]}
        memory = search_gb(search, size["rows"], dimension, k, bench["memory_gb"])
        table.append(row | {"predicted_gb": memory})
    return search, pd.DataFrame(table)


def fit_gathering(bench: dict[str, Any]) -> tuple[float, float]:
    """Return seconds of a candidate that is written, and of a neighbour that is read for it.

    bench: neighbours read a second for several numbers of jobs. One of p pieces a row takes read + written / p.
    """
    seconds = np.array([1 / np.median(rates) for rates in bench["rates"].values()])
    pieces = np.array([pieces_a_row(jobs) for jobs in bench["jobs"]])
    matrix = np.stack([1 / pieces, np.ones(len(pieces))], 1)
    (written, read), _ = nnls(matrix / seconds[:, None], np.ones(len(seconds)))
    return float(written), float(read)


def measured_machine(files: Files, search: Search, network: Network, baseline: str, taught: str) -> Machine:
    """Return the machine that the benchmarks ran on, by the operations a second that it reached in each stage.

    network: the baseline's; taught: the system that learns from the search. KnnKdError where a rate is missing.
    """
    training, decoding = read_bench(files.training), read_bench(files.decoding)
    update = read_bench(files.trained, ["tokens_per_update"])["tokens_per_update"] * training_operations(network)
    base = rate_of(training, baseline, files.training)
    rate_of(training, taught, files.training)
    ratios = np.divide(training["rates"][taught], training["rates"][baseline])
    beam = read_bench(files.decoding, ["beam"])["beam"]
    return Machine(
        label=describe(training),
        search=search,
        training=base * update,
        forward=rate_of(read_bench(files.dump), DUMPED, files.dump) * forward_operations(network),
        decoding=rate_of(decoding, baseline, files.decoding) * decoding_operations(network, beam),
        gathering=fit_gathering(read_bench(files.gathering, ("rates", "jobs"))),
        teaching=float(np.median(ratios)),
    )


def describe(bench: Mapping[str, Any]) -> str:
    """Return what a benchmark ran on, and with how many threads."""
    return f"{bench['device']}, {bench['threads']} thread{'s' if bench['threads'] > 1 else ''}"
