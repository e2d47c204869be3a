"""The worked examples of CONTRIBUTING.md, made in a copy of the repository exactly as the page has them."""

import copy
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support.workflow import ROOT, TINY

pytestmark = pytest.mark.e2e

STEP = re.compile(
    r"^(?:(Above|Below|At the end of|New)(?: `([^`\n]+)` in)? `([^`]+)`|In (a config)):\n\n```\w+\n(.*?)```",
    re.S | re.M,
)


def example(title: str) -> list[tuple[str, str, str, str]]:
    """Return the steps of one example: (where, which line, file, text)."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = page.split(f"## {title}\n")[1].split("\n## ")[0]
    return [(where or config, line, file, text) for where, line, file, config, text in STEP.findall(section)]


def copy_of_repository(folder: Path) -> Path:
    """Copy what git would have of the code, tests and docs."""
    for name in ("workflow", "tests", "config", "envs", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Snakefile", "pyproject.toml", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def make(steps, folder: Path) -> tuple[list[str], dict]:
    """Make the changes of an example; return the tests that it adds, and its block of a config."""
    tests, config = [], {}
    for where, line, file, text in steps:
        path = folder / file
        if where == "a config":
            config |= yaml.safe_load(text)
        elif where == "New":
            assert not path.exists()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            tests += [file] if Path(file).name.startswith("test_") else []
        else:
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            (place,) = [number for number, each in enumerate(lines) if each.startswith(line)]
            lines.insert(place + (where == "Below"), text)
            path.write_text("".join(lines), encoding="utf-8")
    return tests, config


def merged(config: dict, changes: dict) -> dict:
    """Return a config with the changes of a second config file, as Snakemake puts the two together."""
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(config.get(key), dict)
        config[key] = merged(config[key], value) if both else value
    return config


def run(folder: Path, *command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def try_out(folder: Path, tests: list[str], changes: dict, *targets: str) -> None:
    """Lint the changed copy, run the example's tests and the registries', and make `targets` on the tiny corpus."""
    run(folder, "ruff", "check", "--select", "E,F,I", "workflow")
    run(folder, "mypy", "workflow/knnkd/objective", "workflow/knnkd/evaluation", "workflow/knnkd/corpus")
    assert tests
    run(folder, "pytest", "-q", "-p", "no:cacheprovider", *tests, "tests/unit/objective/test_terms.py")
    config = merged(copy.deepcopy(TINY), changes)
    (folder / "mine.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    run(folder, "snakemake", "--cores", "2", "--configfile", "mine.yaml", "--show-failed-logs", "--", *targets)


def test_a_loss_of_your_own(tmp_path):
    folder = copy_of_repository(tmp_path)
    tests, changes = make(example("A loss of your own"), folder)
    changes["tables"]["table2"] |= {"datasets": ["tiny_de_en"]}
    checkpoint = "results/tiny/train/tiny_de_en/reverse_kd/seed1/checkpoint_best.pt"
    try_out(folder, tests, changes, checkpoint)
    assert "reverse" in (folder / checkpoint).with_name("train.json").read_text(encoding="utf-8")


def test_a_metric_of_your_own(tmp_path):
    folder = copy_of_repository(tmp_path)
    tests, changes = make(example("A metric of your own"), folder)
    scores = "results/tiny/scores/tiny_de_en/transformer/seed1/test.json"
    try_out(folder, tests, changes, scores)
    assert "bleu_char" in (folder / scores).read_text(encoding="utf-8")


def test_a_format_of_your_own(tmp_path):
    folder = copy_of_repository(tmp_path)
    tests, changes = make(example("A format of your own"), folder)
    pairs = {"train": 60, "valid": 5, "test": 5}
    for split, count in pairs.items():
        lines = (json.dumps({"de": f"der Hund {n} läuft", "en": f"the dog {n} runs"}) for n in range(count))
        (folder / f"{split}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    manifest = "results/tiny/corpus/mine/manifest.json"
    try_out(folder, tests, changes, manifest)
    splits = json.loads((folder / manifest).read_text(encoding="utf-8"))["splits"]
    assert {split: splits[split]["pairs_after"] for split in pairs} == pairs
