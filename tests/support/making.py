"""make_exhibit.py, called by hand."""

import json
from dataclasses import asdict, is_dataclass
from pathlib import Path

from support.workflow import run_script


def make_exhibit(name, settings, inputs, output):
    """Run make_exhibit.py; settings: a dict, or a dataclass, also within; inputs: {name: a path, or a list of them}."""
    files = {key: paths if isinstance(paths, list) else [paths] for key, paths in inputs.items()}
    flags = [word for key, paths in files.items() for word in ("--input", key, *paths)]
    return run_script("make_exhibit.py", name, "--settings", as_json(settings), *flags, "--output", output)


def as_json(settings):
    """Return settings as a rule hands them over."""
    return json.dumps(settings, default=lambda each: asdict(each) if is_dataclass(each) else str(each))


def train_record(folder, dataset, system, seed, content):
    """Write a train.json of a run; return its path. What `content` has for ... is left out."""
    path = Path(folder) / "train" / dataset / system / f"seed{seed}" / "train.json"
    record = {"dataset": dataset, "system": system, "seed": seed} | content
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({key: value for key, value in record.items() if value is not ...}), encoding="utf-8")
    return path
