"""The page of the real runs that the repository keeps: every figure on it is read from a file beside it.

A run is a folder of docs/results: run.json (title, what it is, hardware, command, labels, and `pairs` of systems to
compare beside the baseline), a significance.BASELINE.json for each baseline (`bootstrap.py`), curves.csv of the
trainings (the figure `curves`), and speed.csv where speed was measured. The paper's numbers are its table's.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json
from knnkd.evaluation.metrics import metric_of
from knnkd.reporting.frames import read_csv
from knnkd.reporting.typeset import GAP, markdown_tables, number

FIRST = "significance."
COLUMNS = ["System", "{metric}", "± 95 %", "against {baseline}", "95 % interval", "paper", "updates", "token/s"]
PAIRS = ["System", "against", "they differ in", "difference", "95 % interval"]


def read_run(folder: Path) -> dict[str, Any]:
    """Return a kept run: {"about": run.json, "tests": {baseline: significance}, "speed": ..., "updates": ...}.

    speed: {system: (tokens/s, ratio to the first system)}; updates: {system's label: updates of its training}.
    Raises KnnKdError where the folder is not whole, or two tests disagree about a system's score.
    """
    about = read_json(folder / "run.json")
    tests = {path.name[len(FIRST) : -5]: read_json(path) for path in sorted(folder.glob(f"{FIRST}*.json"))}
    if not tests or about["baseline"] not in tests:
        raise KnnKdError(f"{folder}: no {FIRST}{about['baseline']}.json; keep the run again")
    known: dict[str, float] = {}
    for name, test in tests.items():
        metric = metric_of(test["metric"])
        for system, found in test["systems"].items():
            if abs(known.setdefault(system, found[metric.column]) - found[metric.column]) > 1e-6:
                raise KnnKdError(
                    f"{folder}: {metric.heading} of {system} differs in {FIRST}{name}.json; keep the run again"
                )
    speed = {}
    if (folder / "speed.csv").exists():
        table = pd.read_csv(folder / "speed.csv").query("metric == 'tokens_per_second'")
        speed = {row.system: (row.median, row.ratio) for row in table.itertuples()}
    updates = read_csv(folder / "curves.csv", ["system", "updates"]).groupby("system")["updates"].max().to_dict()
    return {"about": about, "tests": tests, "speed": speed, "updates": updates}


def run_table(run: Mapping[str, Any], paper: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each system of a run, in the order of its labels: COLUMNS, as printed."""
    about, test = run["about"], run["tests"][run["about"]["baseline"]]
    metric = metric_of(test["metric"])
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
                number(found[metric.column], metric.decimals),
                f"{found['ci']:.2f}",
                *(_difference(found) if apart else ("", "")),
                f"{of_paper[system]:.2f}" if system in of_paper else GAP,
                f"{run['updates'][label]:,}" if label in run["updates"] else GAP,
                f"{rate[0]:,.0f} ({rate[1]:.2f}×)" if rate else GAP,
            ]
        )
    label = about["labels"][about["baseline"]]
    return pd.DataFrame(rows, columns=[name.format(baseline=label, metric=metric.heading) for name in COLUMNS])


def pairs_table(run: Mapping[str, Any]) -> pd.DataFrame:
    """Return a row for each of the run's `pairs` [system, baseline, what they differ in]: PAIRS, as printed."""
    labels, rows = run["about"]["labels"], []
    for system, baseline, differ_in in run["about"]["pairs"]:
        found = kept_test(run, system, baseline)
        rows.append([labels[system], labels[baseline], differ_in, *_difference(found)])
    return pd.DataFrame(rows, columns=PAIRS)


def kept_test(run: Mapping[str, Any], system: str, baseline: str) -> dict[str, float]:
    """Return the kept test of a system against a baseline; KnnKdError where there is none."""
    title, test = run["about"]["title"], run["tests"].get(baseline)
    if test is None:
        raise KnnKdError(f"{title}: no {FIRST}{baseline}.json is kept; add it, or drop the pair")
    if system not in test["systems"]:
        raise KnnKdError(f"{title}: {FIRST}{baseline}.json has no {system}; keep the run again")
    return test["systems"][system]


def _difference(found: Mapping[str, float]) -> tuple[str, str]:
    return f"{found['delta']:+.2f}", f"{found['delta_low']:+.2f} to {found['delta_high']:+.2f}"


def run_section(folder: Path, paper: pd.DataFrame) -> str:
    """Return the section of one run in Markdown."""
    run = read_run(folder)
    about = run["about"]
    lines = [f"## {about['title']}", "", about["what"], "", *markdown_tables([run_table(run, paper)]), ""]
    lines += ["Pair by pair:", "", *markdown_tables([pairs_table(run)]), ""]
    lines += [f"- {note}" for note in about["notes"]]
    lines += [f"- On {about['hardware']}, {about['made']}: `{about['command']}`."]
    files = sorted(path.name for path in folder.iterdir() if path.name != "run.json")
    lines += ["- Files: " + ", ".join(f"[{name}]({folder.name}/{name})" for name in files)]
    return "\n".join(lines)
