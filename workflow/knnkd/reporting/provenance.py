"""Where results come from: versions of what made them, the machines, and the workflow's own commit."""

import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from knnkd.reporting.trainings import read_records

RECORDED = ("device", "precision", "cores", "versions")  # of a training, in train.json
OWN = ("pandas", "numpy", "matplotlib", "sacrebleu", "jinja2")  # of scores, tables and figures


def read_runs(files: Sequence[Path]) -> list[dict[str, Any]]:
    """Return what each train.json says of machine and versions; KnnKdError where one lacks it."""
    return [{key: record[key] for key in RECORDED} for _, record in read_records(files, RECORDED)]


def machines(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each kind of machine that trained: device, precision, cores and how many trainings."""
    counts: dict[str, int] = {}
    for run in runs:
        line = f"{run['device']}, {run['precision']}, {run['cores']} logical cores"
        counts[line] = counts.get(line, 0) + 1
    return [f"{line}: {count} training{'s' if count > 1 else ''}" for line, count in counts.items()]


def versions(runs: Sequence[Mapping[str, Any]], others: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return (package, version or versions, used by) of the trainings, of this interpreter and of `others`."""
    rows = [(name, text, "the workflow") for name, text in others.items()]
    rows.append(("python", platform.python_version(), "scores, tables, figures"))
    for name in OWN:
        try:
            rows.append((name, version(name), "scores, tables, figures"))
        except PackageNotFoundError:  # a script called by hand from another environment
            continue
    of_training: dict[str, dict[str, None]] = {}
    for run in runs:
        for name, text in run["versions"].items():
            of_training.setdefault(name, {})[text] = None
    return rows + [(name, ", ".join(texts), "training") for name, texts in of_training.items()]


def commit(root: Path) -> str:
    """Return the commit of the workflow, and whether files differ from it; "not known" without git or a repository."""
    try:
        answers = [
            subprocess.run(
                ["git", "-C", str(root), *command], capture_output=True, text=True, check=True, timeout=20
            ).stdout.strip()
            for command in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
        ]
    except (OSError, subprocess.SubprocessError):
        return "not known"
    return answers[0] + (" with local changes" if answers[1] else "")
