"""The page of the real runs that the repository keeps: every figure on it is read from a file beside it.

A run is a folder of docs/results: run.json (title, what it is, hardware, command, labels), a significance.BASELINE.json
for each baseline (`significance.py`), and speed.csv where speed was measured. The paper's numbers are its table's.
"""

from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from knnkd.errors import KnnKdError
from knnkd.io import read_json
from knnkd.typeset import GAP, markdown_tables

FIRST = "significance."
COLUMNS = ["System", "BLEU", "± 95 %", "against {baseline}", "95 % interval", "paper", "token/s"]


def read_run(folder: Path) -> dict[str, Any]:
    """Return {"about": run.json, "tests": {baseline: significance}, "speed": {system: (rate, ratio)}} of a kept run.

    Raises KnnKdError where the folder is not whole, or two tests disagree about a system's BLEU.
    """
    about = read_json(folder / "run.json")
    tests = {path.name[len(FIRST) : -5]: read_json(path) for path in sorted(folder.glob(f"{FIRST}*.json"))}
    if not tests or about["baseline"] not in tests:
        raise KnnKdError(f"{folder}: no {FIRST}{about['baseline']}.json; keep the run again")
    known: dict[str, float] = {}
    for name, test in tests.items():
        for system, found in test["systems"].items():
            if abs(known.setdefault(system, found["bleu"]) - found["bleu"]) > 1e-6:
                raise KnnKdError(f"{folder}: BLEU of {system} differs in {FIRST}{name}.json; keep the run again")
    speed = {}
    if (folder / "speed.csv").exists():
        table = pd.read_csv(folder / "speed.csv").query("metric == 'tokens_per_second'")
        speed = {row.system: (row.median, row.ratio) for row in table.itertuples()}
    return {"about": about, "tests": tests, "speed": speed}


def run_table(run: Mapping[str, Any], paper: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each system of a run, in the order of its labels: COLUMNS, as printed."""
    about, test = run["about"], run["tests"][run["about"]["baseline"]]
    of_paper = paper[(paper["dataset"] == about.get("paper")) & (paper["metric"] == "bleu")]
    of_paper = dict(zip(of_paper["system"], of_paper["value"], strict=True))
    rows = []
    for system, label in about["labels"].items():
        found = test["systems"][system]
        rate = run["speed"].get(system)
        apart = found["delta"] is not None
        rows.append(
            [
                label,
                f"{found['bleu']:.2f}",
                f"{found['ci']:.2f}",
                f"{found['delta']:+.2f}" if apart else "",
                f"{found['delta_low']:+.2f} to {found['delta_high']:+.2f}" if apart else "",
                f"{of_paper[system]:.2f}" if system in of_paper else GAP,
                f"{rate[0]:,.0f} ({rate[1]:.2f}×)" if rate else GAP,
            ]
        )
    label = about["labels"][about["baseline"]]
    return pd.DataFrame(rows, columns=[name.format(baseline=label) for name in COLUMNS])


def run_section(folder: Path, paper: pd.DataFrame) -> str:
    """Return the section of one run in Markdown."""
    run = read_run(folder)
    about = run["about"]
    lines = [f"## {about['title']}", "", about["what"], "", *markdown_tables([run_table(run, paper)]), ""]
    lines += [f"- {note}" for note in about["notes"]]
    lines += [f"- On {about['hardware']}, {about['made']}: `{about['command']}`."]
    files = sorted(path.name for path in folder.iterdir() if path.name != "run.json")
    lines += ["- Files: " + ", ".join(f"[{name}]({folder.name}/{name})" for name in files)]
    return "\n".join(lines)


def search_section(path: Path) -> str:
    """Return the section of a benchmark of the search, bench_search.py's JSON."""
    bench = read_json(path)
    comparison, neighbours = bench["comparison"], bench["neighbours"]
    ours, faiss = comparison["seconds"]["ours"], comparison["seconds"]["faiss"]
    ratios = sorted(theirs / own for own, theirs in zip(ours, faiss, strict=True))
    operations = comparison["rows"] ** 2 * bench["dimension"]  # each two rows meet once, two operations a dimension
    product = median(comparison["product_gflops"])
    least, most = (neighbours["seconds"][k] for k in sorted(neighbours["seconds"], key=int))
    longer = sorted(many / few for few, many in zip(least, most, strict=True))
    few, many = sorted(map(int, neighbours["seconds"]))
    lines = [
        "## Search in advance",
        "",
        f"Every row of {comparison['rows']:,} random keys of {bench['dimension']} numbers against all others, exactly; "
        f"{bench['threads']} threads, {bench['device']}; medians of {bench['rounds']} rounds, in brackets the range.",
        "",
        *markdown_tables(
            [
                pd.DataFrame(
                    [
                        ["self-join, k = " + str(comparison["k"]), _seconds(ours)],
                        [f"faiss.knn, Flat ({comparison['queries']:,} queries, scaled up)", _seconds(faiss)],
                        ["as fast as faiss", f"{median(ratios):.2f}× ({ratios[0]:.2f} to {ratios[-1]:.2f})"],
                        ["recall against faiss", f"{comparison['recall']:.4f}"],
                        [
                            "rate, of plain products' in the same rounds",
                            f"{operations / median(ours) / product / 1e9:.2f}",
                        ],
                        [
                            f"k = {many} against k = {few}, {neighbours['rows']:,} rows",
                            f"{median(longer):.2f}× the time ({longer[0]:.2f} to {longer[-1]:.2f})",
                        ],
                    ],
                    columns=["", "measured"],
                )
            ]
        ),
        "",
        f"- File: [{path.name}]({path.parent.name}/{path.name})",
    ]
    return "\n".join(lines)


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
    return "\n".join([*lines, f"- File: [{path.name}]({path.parent.name}/{path.name})"])


def _seconds(values: list[float]) -> str:
    return f"{median(values):.1f} s ({min(values):.1f} to {max(values):.1f})"
