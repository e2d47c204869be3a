"""Another workflow uses this one as a module: its own corpus, its own config, and none of our files touched."""

import copy
import os
import subprocess
import sys

import pytest
import yaml
from support.workflow import ROOT, TINY

pytestmark = pytest.mark.e2e

SNAKEFILE = f"""
configfile: "outer.yaml"


module knn_kd:
    snakefile:
        {str(ROOT / "Snakefile")!r}
    config:
        config["knn_kd"]


use rule * from knn_kd as kd_*


rule write_corpus:
    output:
        expand("corpus/{{split}}.{{language}}", split=["train", "valid", "test"], language=["de", "en"]),
    shell:
        "python write_corpus.py"


rule best:
    input:
        "results/outer/tables/table2.md",
    output:
        "best.txt",
    default_target: True
    shell:
        "grep kNN-KD {{input}} | head -n 1 > {{output}}"
"""
CORPUS = """
import itertools, pathlib
words = {"der Hund": "the dog", "die Katze": "the cat", "das Kind": "the child", "der Mann": "the man"}
verbs = {"sieht": "sees", "hört": "hears", "sucht": "seeks", "mag": "likes"}
triples = itertools.product(words, verbs, words)
pairs = [(f"{a} {v} {b} .", f"{words[a]} {verbs[v]} {words[b]} .") for a, v, b in triples]
pathlib.Path("corpus").mkdir(exist_ok=True)
for split, part in (("train", pairs * 6), ("valid", pairs[::3]), ("test", pairs[::4])):
    for side, language in enumerate(("de", "en")):
        pathlib.Path(f"corpus/{split}.{language}").write_text("".join(pair[side] + "\\n" for pair in part))
"""


def test_an_outer_workflow_builds_the_table_for_its_own_corpus(tmp_path):
    kept = ("experiment", "device", "model", "training", "search", "decode", "significance")
    config = {key: copy.deepcopy(TINY[key]) for key in kept} | {
        "experiment": "outer",
        "bench": {"rounds": 2, "updates": 1},
    }
    config["bench"] |= {"sentences": 10, "threads": 1}
    sources = {
        split: {lang: {"path": f"corpus/{split}.{lang}"} for lang in ("de", "en")}
        for split in ("train", "valid", "test")
    }
    config["datasets"] = {
        "own": {"label": "Own", "source_lang": "de", "target_lang": "en", "sources": sources, "bpe": {"merges": 60}}
    }
    config["systems"] = {name: TINY["systems"][name] for name in ("transformer", "knn_kd")}
    config["tables"] = {"table2": {"datasets": ["own"], "systems": ["transformer", "knn_kd"]}}
    (tmp_path / "outer.yaml").write_text(yaml.safe_dump({"knn_kd": config}))
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "write_corpus.py").write_text(CORPUS)
    before = {path for path in ROOT.rglob("*") if ".git" not in path.parts and "__pycache__" not in path.parts}
    environment = os.environ | {"PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--show-failed-logs"]
    process = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "kNN-KD" in (tmp_path / "best.txt").read_text()
    after = {path for path in ROOT.rglob("*") if ".git" not in path.parts and "__pycache__" not in path.parts}
    assert after == before, "nothing of ours is written to"
