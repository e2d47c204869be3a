"""Killed at random moments in every stage, and started again each time, a run ends with the results of an unbroken one.

KILLS says how many there are: a few in CI, on the way to kNN-KD's score; `make test-faults` makes 60, on the way to all
that there is. SEED says when.
"""

import copy
import hashlib
import math
import os
import random
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from support.running import Run
from support.workflow import TINY, run_snakemake

from knnkd.core.files import read_json

pytestmark = pytest.mark.e2e
KILLS, SEED = int(os.environ.get("KILLS", "5")), int(os.environ.get("SEED", "1"))
TARGET = "all" if KILLS >= 50 else "results/tiny/scores/tiny_de_en/knn_kd/seed1/test.json"
LONGEST = 6.0  # seconds that a job is left to run before its kill, at most: few take longer


CANDIDATES = "results/tiny/candidates/knn/tiny_de_en/transformer/seed1"


def digest(folder: Path) -> dict[str, str]:
    """Return what must be equal: {path: hash}, of records without their times."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, top = str(path.relative_to(folder)), path.relative_to(folder).parts[0]
        # Exports and benches are no part of `all`: other tests may have asked the unbroken run for them.
        if top in ("logs", "benchmarks", "bench", "work", "shards", "export"):
            continue
        if path.name == "train.json":
            kept = ("weights", "updates", "epochs", "best", "history", "tokens_per_update", "data")
            found[name] = str({key: read_json(path)[key] for key in kept})
        elif path.suffix == ".npy":
            found[name] = hashlib.sha256(np.load(path).tobytes()).hexdigest()
        elif top in ("corpus", "data", "measures", "scores", "scores.csv") or path.suffix in (".txt", ".tok", ".bpe"):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def left_to_run(folder: Path) -> set[str]:
    """Return the rules that a run in `folder` still has to run: a kill in another one would never come."""
    planned = run_snakemake(folder, "-n", "--rerun-incomplete", "--", TARGET, config=copy.deepcopy(TINY))
    assert planned.returncode == 0, planned.stderr
    return set(re.findall(r"(?m)^(\w+) +\d+$", planned.stdout + planned.stderr)) - {"all", "total"}


def test_killed_in_every_stage(tiny_run, tmp_path):
    chance = random.Random(SEED)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(copy.deepcopy(TINY), sort_keys=False))
    waiting = left_to_run(tmp_path)
    # As often as it takes, and no stage much oftener than another.
    each, killed = math.ceil(KILLS / len(waiting)) + 1, []
    while len(killed) < KILLS and (to_come := sorted(waiting & left_to_run(tmp_path))):
        # Few kills are spread over the stages as they come; many meet each of them.
        few = chance.sample(to_come, min(len(to_come), max(1, KILLS - len(killed) + 2)))
        rule = Run(tmp_path, target=TARGET).kill_in(set(few), chance.uniform(0, LONGEST) ** 1.5 / LONGEST**0.5)
        assert rule, "the run still had to run each of the few"
        killed.append(rule)
        if killed.count(rule) >= each:
            waiting.discard(rule)
        unlocked = run_snakemake(tmp_path, "--unlock", "--", TARGET, config=copy.deepcopy(TINY))
        assert unlocked.returncode == 0, unlocked.stderr
    code, said = Run(tmp_path, target=TARGET).end()
    assert code == 0, said[-6000:]
    print(f"killed {len(killed)} times: {', '.join(killed)}")
    made, unbroken = (digest(folder / "results" / "tiny") for folder in (tmp_path, Path(tiny_run)))
    assert (tmp_path / TARGET).exists() or TARGET == "all"
    assert made == {name: unbroken[name] for name in (unbroken if TARGET == "all" else made)}
    left = [path for path in (tmp_path / "results" / "tiny" / "work").rglob("*") if path.is_file()]
    assert not left, "nothing of a finished training is left"
    assert len(killed) >= min(KILLS, 50)


@pytest.mark.parametrize("retries", [0, 1])
def test_a_shard_whose_worker_is_gone(tiny_run, tmp_path, retries):
    """The run says which job failed, or tries it again where it may; the candidates are those of an unbroken one."""
    folder = tmp_path / "run"
    shutil.copytree(tiny_run, folder)
    unbroken = digest(folder / CANDIDATES)
    shutil.rmtree(folder / CANDIDATES)
    run = Run(folder, "--retries", str(retries), target=f"{CANDIDATES}/meta.json")
    run.kill_worker("search.py")
    code, said = run.end()
    assert "Error in rule search:" in said, said
    assert (code == 0) == (retries > 0), said
    if code:
        assert not (folder / CANDIDATES).exists()
        code, said = Run(folder, target=f"{CANDIDATES}/meta.json").end()
        assert code == 0, said
    assert digest(folder / CANDIDATES) == unbroken
