"""The sections on benchmarks in the page of kept results: every figure is read from the JSON that a benchmark wrote."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from knnkd.core.files import read_json
from knnkd.reporting.figures.index_tradeoff import judged_by
from knnkd.reporting.typeset import GAP, markdown_tables, number


def search_section(path: Path) -> str:
    """Return the section of a benchmark of the search, bench_search.py's JSON."""
    bench = read_json(path)
    lines = [
        "## Search in advance",
        "",
        f"Every row of {bench['comparison']['rows']:,} random keys of {bench['dimension']} numbers against all others, "
        f"exactly; {bench['threads']} threads, {bench['device']}; medians of {bench['rounds']} rounds, in brackets the "
        "range.",
        "",
        *markdown_tables([pd.DataFrame(_search_rows(bench), columns=["", "measured"])]),
        "",
        _files([path]),
    ]
    return "\n".join(lines)


def _search_rows(bench: dict[str, Any]) -> list[list[str]]:
    """Return what was measured of the search: [what, figure]."""
    comparison, neighbours = bench["comparison"], bench["neighbours"]
    ours, faiss = comparison["seconds"]["ours"], comparison["seconds"]["faiss"]
    ratios = sorted(theirs / own for own, theirs in zip(ours, faiss, strict=True))
    operations = comparison["rows"] ** 2 * bench["dimension"]  # each two rows meet once, two operations a dimension
    share = operations / median(ours) / median(comparison["product_gflops"]) / 1e9
    few, many = sorted(map(int, neighbours["seconds"]))
    least, most = (neighbours["seconds"][str(k)] for k in (few, many))
    longer = sorted(many / few for few, many in zip(least, most, strict=True))
    return [
        [f"self-join, k = {comparison['k']}", _seconds(ours)],
        [f"faiss.knn, Flat ({comparison['queries']:,} queries, scaled up)", _seconds(faiss)],
        [
            "speed, in multiples of faiss' (a self-join needs half the products)",
            f"{median(ratios):.2f}× ({ratios[0]:.2f} to {ratios[-1]:.2f})",
        ],
        ["recall against faiss", f"{comparison['recall']:.4f}"],
        ["arithmetic rate, as a share of a plain matrix product's", f"{share:.2f}"],
        [
            f"k = {many} against k = {few}, {neighbours['rows']:,} rows",
            f"{median(longer):.2f}× the time ({longer[0]:.2f} to {longer[-1]:.2f})",
        ],
    ]


def sizes_section(path: Path) -> str:
    """Return the section of the search over more and more rows, with two budgets of memory."""
    bench = read_json(path)
    rows = []
    for budget, sizes in bench["budgets"].items():
        for size in sizes:
            pairs = size["rows"] ** 2 / 2 / size["seconds"] / 1e6
            peak = f"{1e3 * size['peak_gb']:.0f}"
            rows.append([f"{size['rows']:,}", f"{float(budget):g}", f"{size['seconds']:.1f}", f"{pairs:.0f}", peak])
    columns = ["Rows", "budget (GB)", "time (s)", "pairs (10^6/s)", "peak memory (MB)"]
    about = (
        f"Width {bench['dimension']}, k = {bench['k']}, {bench['threads']} threads, {bench['device']}; each size once"
    )
    lines = ["## Search over the rows", "", f"{about}, from file to file, by a process of its own.", ""]
    lines += [*markdown_tables([pd.DataFrame(rows, columns=columns)], 0), ""]
    return "\n".join([*lines, _files([path])])


def index_section(paths: Sequence[Path]) -> str:
    """Return the section of kNN-MT's speed with exact search and with indexes, of bench_index.py's JSONs."""
    benches = [read_json(path) for path in paths]
    rows = []
    for bench in benches:
        metric = judged_by(bench)
        for point in bench["points"]:
            exact = point["index"] == "exact"
            ratios = sorted(point["ratio"])
            rows.append(
                [
                    point["index"],
                    GAP if exact else f"{point['nlist']:,}",
                    GAP if exact else str(point["nprobe"]),
                    f"{point['recall']:.3f}",
                    f"{median(point['microseconds']):,.0f}",
                    number(point[metric.column], metric.decimals),
                    f"{median(ratios):.2f}× ({ratios[0]:.2f} to {ratios[-1]:.2f})",
                ]
            )
    columns = ["Search", "cells", "visited", "recall", "µs a query", metric.heading, "token/s, of the base model's"]
    first = benches[0]
    about = (
        f"{first['dataset']}: {first['rows']:,} rows of {first['dimension']} numbers, k = {first['k']}, "
        f"τ = {first['tau']:g}, λ = {first['lambda']:g} (another tuning than in the table of systems), beam "
        f"{first['beam']}, {first['threads']} threads, {first['device']}; {first['turn']} a turn, "
        f"{metric.heading} of the whole test set, where the base model has "
        f"{number(first['base'][metric.column], metric.decimals)}. Ratios are taken in the same rounds, medians with "
        "the range."
    )
    lines = ["## kNN-MT by its search", "", about, "", *markdown_tables([pd.DataFrame(rows, columns=columns)]), ""]
    return "\n".join([*lines, _files(paths)])


def serving_section(paths: Sequence[Path]) -> str:
    """Return the section of exported models against fairseq, of bench_serving.py's JSONs."""
    rows = []
    for bench in map(read_json, paths):
        metric = judged_by(bench)
        for engine, rates in bench["rates"].items():
            ratios = sorted(own / base for own, base in zip(rates, bench["rates"]["fairseq"], strict=True))
            same = bench["agreement"].get(engine)
            rows.append(
                [
                    engine.replace("_", " "),
                    str(bench["threads"]),
                    f"{median(rates):,.0f}",
                    f"{median(ratios):.2f}× ({ratios[0]:.2f} to {ratios[-1]:.2f})",
                    f"{same['same']:,} of {same['sentences']:,}" if same else "",
                    number(bench[metric.column][engine], metric.decimals),
                ]
            )
    columns = ["Engine", "threads", "token/s", "of fairseq's", "same hypotheses", metric.heading]
    first = read_json(paths[0])
    about = f"{first['dataset']}, {first['system']}, beam {first['beam']}, {first['device']}; "
    about += f"medians of {first['rounds']} rounds, with the range."
    lines = ["## Serving", "", about, "", *markdown_tables([pd.DataFrame(rows, columns=columns)]), ""]
    return "\n".join([*lines, _files(paths)])


def decoding_section(paths: Sequence[Path]) -> str:
    """Return the section of the distilled systems' decoding beside the Transformer's, of bench_decoding.py's JSONs."""
    benches = [read_json(path) for path in paths]
    rows = []
    for bench in benches:
        baseline = next(iter(bench["rates"].values()))
        for system, rates in bench["rates"].items():
            ratios = sorted(own / base for own, base in zip(rates, baseline, strict=True))
            shown = f"{median(ratios):.3f}× ({ratios[0]:.3f} to {ratios[-1]:.3f})"
            rows.append([system, bench["turn"], f"{median(rates):,.0f}", shown])
    first = benches[0]
    about = (
        f"{first['dataset']}, beam {first['beam']}, {first['threads']} thread, {first['device']}; medians of "
        f"{first['rounds']} rounds, with the range. Where all hypotheses have one length, systems do the same steps."
    )
    columns = ["System", "a turn", "token/s", "of the first system's"]
    lines = ["## Decoding", "", about, "", *markdown_tables([pd.DataFrame(rows, columns=columns)]), ""]
    return "\n".join([*lines, _files(paths)])


def _files(paths: Sequence[Path]) -> str:
    return "- Files: " + ", ".join(f"[{path.name}]({path.parent.name}/{path.name})" for path in paths)


def _seconds(values: list[float]) -> str:
    return f"{median(values):.1f} s ({min(values):.1f} to {max(values):.1f})"
