"""The benchmarks, one by one: what each JSON becomes on the page, as a figure and a small table with their data."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from knnkd.bench.summary import UNITS, compare_rates
from knnkd.core.errors import KnnKdError
from knnkd.costs.fit import SEARCHED, describe, read_bench
from knnkd.reporting.figures.benchmarks import plot_ratios, plot_search
from knnkd.reporting.figures.index_tradeoff import LABELS as INDEXES
from knnkd.reporting.figures.index_tradeoff import judged_by, plot_index_curve, read_curve
from knnkd.reporting.plot_style import save_figure
from knnkd.reporting.typeset import GAP, number, whole, write_table

MEASURED = {
    "updates_per_second": "training updates/s",
    "tokens_per_second": "tokens/s",
    "neighbours_per_second": "neighbours merged/s",
}
SHORT = UNITS | {"neighbours_per_second": "neighbours/s"}
ABOUT_RATES = ("metric", "turn", "device", "cores", "threads", "rounds", "rates")
# In the page's order: a kind is the name of its JSON, and here what the first column of its table is.
HEADS = {"training": "System", "decoding": "System", "steps": "System", "serving": "Engine", "dump": "Work"}
HEADS |= {"search": "Search", "gathering": "Search by", "index": "Index"}
KINDS = tuple(HEADS)


@dataclass(frozen=True)
class Labels:
    """What systems and datasets are called; a name without a label is shown as it is."""

    systems: dict[str, str]
    datasets: dict[str, str]


@dataclass(frozen=True)
class Part:
    """What a benchmark becomes: its figure, the data behind it, the table as printed, and how it was obtained."""

    figure: Figure
    data: pd.DataFrame
    blocks: dict[str, pd.DataFrame]
    notes: list[str]
    text_columns: int = 1


def write_part(path: Path, labels: Labels, folder: Path) -> str:
    """Write figure and table of a benchmark's JSON into `folder`; return their name, {kind} or {kind}-{dataset}.

    KnnKdError for a kind that is none of KINDS, or where the file lacks something.
    """
    if path.stem not in KINDS:
        raise KnnKdError(f"{path}: a benchmark of no known kind; its name is one of {', '.join(KINDS)}")
    bench = read_bench(path, ())
    name = f"{path.stem}-{bench['dataset']}" if "dataset" in bench else path.stem
    makers = {"search": search_part, "index": index_part}
    part = makers.get(path.stem, rates_part)(path, labels)
    write_table(part.data, part.blocks, part.notes, folder, name, part.text_columns)
    save_figure(part.figure, part.data, folder, name)
    return name


def rates_part(path: Path, labels: Labels) -> Part:
    """Return what a benchmark of rates becomes: {"metric", "rates": {name: [a round]}, ...}."""
    bench = read_bench(path, ABOUT_RATES)
    if bench["metric"] not in MEASURED:
        raise KnnKdError(f"{path}: metric '{bench['metric']}', none of {', '.join(MEASURED)}; run its benchmark again")
    rows = pd.DataFrame([{"system": name} | row for name, row in compare_rates(bench["rates"]).items()])
    rows.insert(1, "label", [_label(name, labels) for name in rows["system"]])
    unit = SHORT[bench["metric"]]
    block = pd.DataFrame({HEADS[path.stem]: rows["label"]} | _printed(rows, unit))
    notes = [_how(bench, rows["label"].iloc[0])]
    if (metric := judged_by(bench)).column in bench:
        agreement = bench.get("agreement", {})
        share = [agreement[each]["share"] if each in agreement else float("nan") for each in rows["system"]]
        block["same"] = [GAP if pd.isna(each) else f"{100 * each:.1f} %" for each in share]
        block[metric.heading] = [
            number(bench[metric.column].get(each, float("nan")), metric.decimals) for each in rows["system"]
        ]
        first = rows["label"].iloc[0]
        notes.append(f"same: hypotheses of the whole test set that equal those of {first} to the letter.")
    return Part(plot_ratios(rows, MEASURED[bench["metric"]]), rows, {_title(bench, labels): block}, notes)


def _label(name: str, labels: Labels) -> str:
    return labels.systems.get(name, name.replace("_", " "))


def _title(bench: Mapping[str, Any], labels: Labels) -> str:
    dataset = [labels.datasets.get(bench["dataset"], bench["dataset"])] if "dataset" in bench else []
    return ": ".join([*dataset, f"{bench['turn']} a turn"])


def _printed(rows: pd.DataFrame, unit: str) -> dict[str, Any]:
    """Return the columns of rates and ratios as they are printed."""
    digits = 2 if rows["median"].max() < 100 else 0

    def rate(value: float) -> str:
        return number(value, digits) if digits else whole(value)

    return {
        "ratio": rows["ratio"].map("{:.2f}×".format),
        "its quartiles": [_between(low, high) for low, high in zip(rows["ratio_low"], rows["ratio_high"], strict=True)],
        unit: rows["median"].map(rate),
        "quartiles": [f"{rate(low)} to {rate(high)}" for low, high in zip(rows["low"], rows["high"], strict=True)],
    }


def _between(low: float, high: float) -> str:
    return f"{low:.2f} to {high:.2f}"


def _how(bench: Mapping[str, Any], first: str) -> str:
    """Return how rates were obtained: rounds, turn, machine."""
    beam = f" Beam {bench['beam']}." if "beam" in bench else ""
    return (
        f"Medians and quartiles over {bench['rounds']} rounds, in each of which every row has its turn; ratios are to "
        f"{first} in the same round.{beam} On {describe(bench)} of {bench['cores']} cores."
    )


def search_part(path: Path, labels: Labels) -> Part:
    """Return what the benchmark of the search in advance becomes (bench/selfjoin.py); it has no use for labels."""
    bench = read_bench(path, (*SEARCHED, "neighbours", "rounds", "cores"))
    rows = search_rows(bench)
    comparison = bench["comparison"]
    titles = {
        "rival": f"Beside faiss: {comparison['rows']:,} rows, k = {comparison['k']}",
        "k": f"Over k: {bench['neighbours']['rows']:,} rows",
        "rows": f"Over the rows, beside the plain product, k = {comparison['k']}",
    }
    blocks = {title: _search_block(rows[rows["part"] == part]) for part, title in titles.items()}
    notes = [
        f"Random keys of {bench['dimension']}. Every row is searched for among all. Medians and quartiles over "
        f"{bench['rounds']} rounds in turns; other numbers of rows each by a process of its own. On {describe(bench)} "
        f"of {bench['cores']} cores, with a budget of {bench['memory_gb']:g} GB.",
        f"faiss: its exact search (Flat) of {comparison['queries']:,} of the rows, its time scaled up to all. Of the "
        f"neighbours that it found we found {100 * comparison['recall']:.3f} %; a difference is a tie within rounding.",
        f"Over the rows the ratio is the share of the rate of plain matrix products, which was "
        f"{np.median(comparison['product_gflops']):.1f} Gflop/s in the same run: the N² d operations that the search "
        "cannot do without, over its time. memory: above what the process holds once its libraries are loaded.",
    ]
    return Part(plot_search(rows), rows, blocks, notes)


def search_rows(bench: Mapping[str, Any]) -> pd.DataFrame:
    """Return a row for each time of the search: part ("rival", "k", "rows"), label, rows, seconds, peak_gb, ratios.

    The ratios are to faiss, to the first k, and to the plain product; seconds are medians.
    """
    comparison, neighbours = bench["comparison"], bench["neighbours"]
    named = {"faiss": "faiss, exact", "ours": "search in advance"}
    rows = _timed("rival", {label: comparison["seconds"][name] for name, label in named.items()}, comparison["rows"])
    rows += _timed("k", {f"k = {k}": each for k, each in neighbours["seconds"].items()}, neighbours["rows"])
    return pd.DataFrame([*rows, *_shares(bench)])


def _shares(bench: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row for each number of rows, with the share of the plain product's rate.

    The comparison's own rows are among them, each of its rounds beside the product of the same round.
    """
    comparison = bench["comparison"]
    found: dict[int, tuple[np.ndarray, Any, float]] = {}
    products = np.array(comparison["product_gflops"]) * 1e9
    for size in bench["sizes"]:
        found[size["rows"]] = np.atleast_1d(size["seconds"]), np.median(products), size["peak_gb"]
    peak = found[comparison["rows"]][2] if comparison["rows"] in found else float("nan")
    found[comparison["rows"]] = np.array(comparison["seconds"]["ours"]), products, peak
    rows = []
    for n, (seconds, product, peak) in sorted(found.items()):
        low, share, high = np.quantile(n**2 * bench["dimension"] / seconds / product, [0.25, 0.5, 0.75])
        row = {"part": "rows", "label": f"{n:,} rows", "rows": n, "seconds": float(np.median(seconds))}
        row |= {"ratio": share, "ratio_low": low, "ratio_high": high}
        rows.append(row | {"rounds": len(seconds), "peak_gb": peak})
    return rows


def _timed(part: str, seconds: Mapping[str, list[float]], rows: int) -> list[dict[str, Any]]:
    """Return a row for each name of {name: seconds of each round}; the first is what the ratios are to."""
    found = []
    rates = {label: [1 / each for each in turns] for label, turns in seconds.items()}
    for label, compared in compare_rates(rates).items():
        ratios = {key: compared[key] for key in ("ratio", "ratio_low", "ratio_high", "rounds")}
        found.append({"part": part, "label": label, "rows": rows, "seconds": float(np.median(seconds[label]))} | ratios)
    return found


def _search_block(rows: pd.DataFrame) -> pd.DataFrame:
    memory = rows["peak_gb"].map(lambda gb: GAP if pd.isna(gb) else f"{1e3 * gb:,.0f}")
    several = zip(rows["ratio_low"], rows["ratio_high"], rows["rounds"], strict=True)
    return pd.DataFrame(
        {
            HEADS["search"]: rows["label"],
            "ratio": rows["ratio"].map("{:.2f}×".format),
            "its quartiles": [_between(low, high) if rounds > 1 else GAP for low, high, rounds in several],
            "seconds": rows["seconds"].map("{:,.2f}".format),
            "memory (MB)": memory,
        }
    )


def index_part(path: Path, labels: Labels) -> Part:
    """Return what the benchmark of ways to search becomes (figures/index_tradeoff.py), in their own figure."""
    points, about = read_curve(path)
    column = about["heading"].lower()
    label = labels.datasets.get(about["dataset"], about["dataset"])
    block = pd.DataFrame(
        {
            HEADS["index"]: points["index"].map(lambda name: INDEXES.get(name, name)),
            "cells": points["nlist"].map(whole),
            "visited": points["nprobe"].map(whole),
            "measured again": points["rerank"].map(whole),
            f"recall@{about['k']}": points["recall"].map("{:.3f}".format),
            "µs a query": points["microseconds"].map(lambda value: number(value, 1)),
            about["heading"]: points[column].map(number),
            "tokens/s": points["ratio"].map("{:.2f}×".format),
        }
    )
    notes = [
        f"{about['rows']:,} rows of {about['dimension']}, k = {about['k']}; {about['queries']:,} queries, as a decoder "
        f"asked them; medians over {about['rounds']} rounds in turns, on {describe(about)}.",
        f"tokens/s: decoding beside the model alone, in the same round; its {about['heading']} is "
        f"{points[f'{column}_base'].iloc[0]:.2f}. "
        "measured again: times k rows, whose distances are then exact.",
    ]
    return Part(plot_index_curve(points, about, label), points, {label: block}, notes)
