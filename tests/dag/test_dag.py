"""The DAG: whole and static for every config, lint clean, and each rule as the house rules want it."""

import copy
import os
import re
import shlex
import subprocess
import sys

import pytest
from support.workflow import ROOT, TINY, jobs, run_snakemake

from knnkd.core.files import write_lines

RULE_FILES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
CONFIGS = [[path] for path in sorted((ROOT / "config").glob("*.yaml"))]
OVERRIDES = sorted((ROOT / "config" / "overrides").glob("*.yaml"))
# Each is tried on the config that the command at its head names.
OVERRIDDEN = [
    [ROOT / re.search(r"--configfile (\S+) config/overrides/", path.read_text(encoding="utf-8"))[1], path]
    for path in OVERRIDES
]


def rules():
    """Yield (name, text) of every rule that runs something."""
    for path in RULE_FILES:
        for text in re.split(r"(?m)^rule ", path.read_text(encoding="utf-8"))[1:]:
            if "shell:" in text:
                yield text.split(":")[0], text


@pytest.mark.parametrize("configs", CONFIGS + OVERRIDDEN, ids=lambda configs: "+".join(path.stem for path in configs))
def test_dry_run_of_every_config(configs, tmp_path):
    for name in re.findall(
        r"path: ([\w./]+)", configs[-1].read_text(encoding="utf-8")
    ):  # local files, of which none comes
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    process = run_snakemake(tmp_path, "-n", "--configfile", *configs, "--", "all")
    assert process.returncode == 0, process.stdout + process.stderr
    planned = jobs(process.stdout + process.stderr)
    assert planned.get("table2", 0) + planned.get("table3", 0) >= 1
    assert planned["decode"] + planned.get("decode_knn_mt", 0) == planned["score"]
    assert planned["train"] <= planned["decode"]
    assert not (tmp_path / "results").exists(), "a dry run makes nothing"


def test_a_seed_adds_just_its_own_jobs(tmp_path):
    counts = []
    for seeds in ([1], [1, 2]):
        config = copy.deepcopy(TINY) | {"seeds": seeds}
        process = run_snakemake(tmp_path, "-n", "all", config=config)
        counts.append(jobs(process.stdout + process.stderr))
    seeded = ["translate", "finetune_bert", "bert_candidates", "measure", "compare_systems"]
    for rule in seeded:
        assert counts[1][rule] == 2 * counts[0][rule], rule
    # A pre-trained model has one run, and so have its datastores, their search, and kNN-MT on it.
    once = {"train": 1, "dump_datastore": 2, "search": 6, "gather_candidates": 2, "tune_knn_mt": 2, "decode_knn_mt": 2}
    for rule, same in (once | {"decode": 2}).items():
        assert counts[1][rule] - same == 2 * (counts[0][rule] - same), rule
    alone = ["generate_corpus", "clean_corpus", "learn_bpe", "segment", "binarise", "pretrain_bert", "collect_scores"]
    alone += [f"table{number}" for number in range(1, 8)]
    for rule in [*alone, "segment_wordpiece", "bench_training", "bench_decoding", "case_study"]:
        assert counts[1][rule] == counts[0][rule], rule


def planned_jobs(tmp_path, **changes):
    process = run_snakemake(tmp_path, "-n", "all", config=copy.deepcopy(TINY) | changes)
    assert process.returncode == 0, process.stdout + process.stderr
    return jobs(process.stdout + process.stderr), process.stdout + process.stderr


def test_a_model_from_elsewhere_takes_the_place_of_a_training(tmp_path):
    archive = {"url": "http://127.0.0.1:9/wmt.tar.gz"}
    members = {"checkpoint": "wmt/model.pt", "dictionary": "wmt/dict.en.txt", "codes": "wmt/bpecodes"}
    model = {part: archive | {"member": member} for part, member in members.items()}
    model |= {"source_lang": "de", "target_lang": "en"}
    own, _ = planned_jobs(tmp_path)
    adopted, output = planned_jobs(tmp_path, pretrained={"general": model})
    assert adopted["fetch_pretrained"] == 1
    assert adopted["train"] == own["train"] - 1, "the general model is not trained"
    assert adopted["learn_bpe"] == own["learn_bpe"] - 1
    assert adopted["binarise"] == own["binarise"] - 1
    same = ["decode", "decode_knn_mt", "dump_datastore", "tune_knn_mt", "score", "compare_systems", "inspect"]
    assert [adopted[rule] for rule in same] == [own[rule] for rule in same]
    assert "results/tiny/pretrained/general/checkpoint.pt" in output


def test_only_and_without_plan_nothing_else(tmp_path):
    planned, output = planned_jobs(tmp_path, only=["tiny_law"], without=["knn_mt"])
    assert planned["train"] == 3, "the general model, and two systems on Law"
    assert "tune_knn_mt" not in planned
    assert "tiny_medical" not in output
    assert "tiny_de_en" not in output
    assert {"table1", "table3", "table4", "table5", "table6", "report"} <= set(planned)
    assert not {"table2", "table7", "ablation", "case_study"} & set(planned)


def test_a_typo_stops_the_run(tmp_path):
    config = copy.deepcopy(TINY)
    config["training"]["max_epok"] = 3
    process = run_snakemake(tmp_path, "-n", "all", config=config)
    assert process.returncode != 0
    assert "unknown key 'max_epok', did you mean 'max_epoch'?" in process.stdout + process.stderr


def test_the_default_config_is_mini_wherever_it_runs(tmp_path):
    process = run_snakemake(tmp_path, "-n", "all")
    assert process.returncode == 0, process.stderr
    assert "results/mini/" in process.stdout + process.stderr


def test_the_readmes_own_corpus(tmp_path):
    """The block that a reader copies is a whole experiment on top of mini's settings."""
    block = re.search(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.S)[1]
    (tmp_path / "mine.yaml").write_text(block, encoding="utf-8")
    for split in ("train", "valid", "test"):
        for language in ("de", "en"):
            write_lines(tmp_path / "corpus" / f"{split}.{language}", ["a line"])
    configs = ROOT / "config" / "config.yaml", tmp_path / "mine.yaml"
    process = run_snakemake(tmp_path, "-n", "--configfile", *configs, "--", "all")
    assert process.returncode == 0, process.stdout + process.stderr
    planned = jobs(process.stdout + process.stderr)
    assert planned["fetch_source"] == 6
    assert planned["train"] == 2
    assert "results/mine/tables/table2.md" in process.stdout + process.stderr


@pytest.mark.parametrize("config", CONFIGS, ids=lambda configs: configs[0].stem)
def test_lint(config):
    command = [sys.executable, "-m", "snakemake", "--lint", "--configfile", str(config[0])]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr


@pytest.mark.parametrize(("name", "text"), list(rules()), ids=[name for name, _ in rules()])
def test_house_rules(name, text):
    for part in ("log:", "conda:", "threads:", "resources:", "mem_mb=", "runtime="):
        assert part in text, f"{name} lacks {part}"
    assert re.match(rf'{name}:\n    """[A-Z].+', text), f"{name} lacks a docstring"
    assert not re.search(r"(?m)^ +(run|script|notebook):", text)
    assert "script=script(" in text, "what the script's place is a part of would retrain everything when it moves"
    long = int(re.search(r"runtime=grown\((\d+)\)", text)[1]) >= 240
    assert not long or "benchmark:" in text or name.startswith("bench_"), f"{name} is long and lacks benchmark"
    assert "> {log:q} 2>&1" in text


def test_no_rule_is_conditional():
    for path in [ROOT / "Snakefile", *RULE_FILES]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?m)^[ \t]+rule \w+:", text), f"{path.name}: a rule inside a block"
        assert not re.search(r"(?m)^checkpoint \w+:", text), f"{path.name}: a checkpoint makes the DAG grow as it runs"


QSUB = """#!/bin/sh
echo "$@" >> "$QSUB_LOG"
for last in "$@"; do :; done
setsid sh "$last" > /dev/null 2>&1 &
echo 1
"""


def test_the_command_for_other_schedulers(tmp_path, monkeypatch):
    """As the docs give it, with a qsub of our own; on jobs that want no GPU, which had no such resource to name."""
    command = re.search(
        r"(?s)\n    (snakemake --executor cluster-generic.*?)\n\n", (ROOT / "docs/cluster.md").read_text()
    )[1]
    flags = shlex.split(command.replace("\\\n", " "))[1:]
    place = flags.index("--configfile")
    flags = [
        *flags[:place],
        *flags[place + 2 : flags.index("--")],
        "--latency-wait",
        "60",
        "--",
        "results/tiny/settings.yaml",
    ]
    (tmp_path / "qsub").write_text(QSUB)
    (tmp_path / "qsub").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("QSUB_LOG", str(tmp_path / "log"))
    process = run_snakemake(tmp_path, *flags, config=copy.deepcopy(TINY))
    assert process.returncode == 0, process.stdout + process.stderr
    assert (tmp_path / "results/tiny/settings.yaml").exists()
    asked = (tmp_path / "log").read_text()
    assert re.search(r"-pe smp 1 -l h_vmem=\d+M,h_rt=\d+:0,gpu=0 ", asked), asked


def test_gpus_are_asked_for_unless_there_are_none(tmp_path):
    """A resource of every rule that may use one, and of no other."""
    asked = {}
    for device in ("cpu", "auto"):
        process = run_snakemake(tmp_path, "-n", "--", "all", config=copy.deepcopy(TINY) | {"device": device})
        found = re.findall(r"(?s)\n(?:local)?rule (\w+):\n(.*?)(?=\n\[|\Z)", process.stdout + process.stderr)
        asked[device] = {name for name, about in found if re.search(r"\bgpu=[1-9]", about)}
    assert not asked["cpu"]
    assert {"train", "dump_datastore", "search", "decode", "tune_knn_mt", "decode_knn_mt", "measure"} <= asked["auto"]
    assert not asked["auto"] & {"clean_corpus", "binarise", "gather_candidates", "score", "table2", "report"}
