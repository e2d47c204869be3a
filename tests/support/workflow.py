"""The repository's root, the tiny experiment, and a way to call scripts and the workflow."""

import os
import re
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
# Published parallel text for the tests that hold our stages to it; without it they are skipped.
REAL_TEXT = Path(os.environ.get("KNNKD_REAL_TEXT", ROOT.parent / "shared" / "data"))

EXAMPLES = int(os.environ.get("EXAMPLES", "1"))  # times as many generated cases as CI has; `make test-faults`: 20


long_form = pytest.mark.skipif(EXAMPLES == 1, reason="of the long form alone: make test-faults")


def examples(few):
    """Return the settings of a property test that generates `few` cases in CI."""
    # A busy machine is slow, and slow is not wrong: no test has a deadline for one example.
    return hypothesis.settings(max_examples=few * EXAMPLES, deadline=None)


SYSTEMS = ["transformer", "word_kd", "seq_kd", "bert_kd", "selective_kd", "knn_mt", "knn_kd"]
TINY = {
    "experiment": "tiny",
    "device": "cpu",
    "model": {
        "encoder_layers": 1,
        "decoder_layers": 1,
        "embed_dim": 32,
        "ffn_dim": 64,
        "heads": 2,
        "dropout": 0.1,
        "max_positions": 256,
    },
    "training": {"max_tokens": 512, "lr": 0.01, "warmup_updates": 30, "max_epoch": 4, "patience": 0, "valid_beam": 1},
    "search": {"k": 16, "shards": 3, "memory_gb": 1.0, "threads": 1},
    "decode": {"shards": 2},
    "bert": {
        "teacher": "tiny",
        "vocabulary": 300,
        "layers": 1,
        "hidden": 32,
        "heads": 2,
        "ffn": 64,
        "pretrain_updates": 20,
        "updates": 20,
        "max_tokens": 512,
        "stored": 32,
    },
    "knn_mt": {"k": [2, 8], "tau": [10, 100], "lambda": [0.2, 0.5], "decoded": 2},
    "bench": {
        "rounds": 2,
        "updates": 1,
        "sentences": 20,
        "threads": 1,
        "search": {"rows": 400, "queries": 100, "dimension": 16, "k": [8, 32], "sizes": [200, 300, 400, 500]},
    },
    "significance": {"samples": 100},
    "datasets": {
        "tiny_de_en": {
            "label": "tiny De-En",
            "source_lang": "de",
            "target_lang": "en",
            "paper": "iwslt14_de_en",
            "generator": {"corpus": "mini_de_en", "train": 600, "valid": 40, "test": 40},
            "bpe": {"merges": 300},
            "expect": {"valid": 40, "test": 40},
        },
        "tiny_general": {
            "label": "tiny General",
            "source_lang": "de",
            "target_lang": "en",
            "metric": "sacrebleu",
            "generator": {"corpus": "mini_general", "train": 400, "valid": 30, "test": 30},
            "bpe": {"merges": 300},
        },
        **{
            f"tiny_{name}": {
                "label": f"tiny {name.title()}",
                "source_lang": "de",
                "target_lang": "en",
                "paper": name,
                "metric": "sacrebleu",
                "generator": {"corpus": f"mini_{name}", "train": 300, "valid": 30, "test": 30},
                "pretrained": "general",
                "clean": {"drop_overlong": True},
                "systems": {"knn_mt": {"base": "pretrained"}, "knn_kd": {"teacher": "pretrained", "k": 4}},
            }
            for name in ("medical", "law")
        },
    },
    "pretrained": {"general": {"dataset": "tiny_general", "system": "transformer"}},
    "systems": {
        "transformer": {"label": "Transformer", "term": "none", "label_smoothing": 0.1},
        "word_kd": {"label": "Word-KD", "term": "dense", "teacher": "transformer", "alpha": 0.5, "tau": 1},
        "seq_kd": {
            "label": "Seq-KD",
            "term": "none",
            "targets": "translations",
            "teacher": "transformer",
            "label_smoothing": 0.1,
        },
        "bert_kd": {"label": "BERT-KD", "term": "sparse", "candidates": "bert", "alpha": 0.5, "k": 8, "tau": 10},
        "selective_kd": {
            "label": "Selective-KD",
            "term": "selective",
            "teacher": "transformer",
            "alpha": 0.5,
            "tau": 1,
            "queue": 500,
        },
        "knn_mt": {"label": "kNN-MT", "base": "transformer"},
        "knn_kd": {"label": "kNN-KD", "term": "sparse", "teacher": "transformer", "alpha": 0.5, "k": 8, "tau": 10},
        "pretrained": {"label": "Pre-trained model", "pretrained": True},
    },
    "tables": {
        "table2": {"datasets": ["tiny_de_en"], "systems": SYSTEMS},
        "table3": {
            "datasets": ["tiny_medical", "tiny_law"],
            "systems": ["pretrained", "knn_mt", "transformer", "knn_kd"],
        },
        "table4": {"pairs": [["tiny_law", "tiny_medical"]], "systems": ["transformer", "knn_kd"]},
    },
    "case_study": {
        "dataset": "tiny_de_en",
        "source": "Es gibt eine Menge Geschichten darüber, warum wir dies getan haben.",
        "prefix": "There are",
        "systems": ["transformer", "knn_mt", "knn_kd"],
    },
    "inspection": {"sentences": 2, "tokens": 5, "neighbours": 4},
    "ablation": {"system": "knn_kd", "datasets": ["tiny_de_en"], "k": [2, 8], "tau": [10, 100]},
    "controls": {
        "systems": ["transformer", "knn_kd"],
        "datasets": ["tiny_de_en"],
        "loss": ["released"],
        "self_neighbour": ["drop"],
    },
}


def run_script(name, *flags, cwd=ROOT, **options):
    """Run workflow/scripts/`name` and return the finished process with its output as text."""
    command = [sys.executable, str(ROOT / "workflow" / "scripts" / name), *map(str, flags)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, **options)


def run_snakemake(folder, *flags, config=None):
    """Run the workflow in `folder`, with `config` (a dict) written there as its config file."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    if config is not None:
        path = Path(folder) / "config.yaml"
        path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        command += ["--configfile", str(path)]
    # The rules call `python`: it must be the one that runs the tests.
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    command += ["--show-failed-logs", *map(str, flags)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def one_error(process):
    """Return the one `error:` line of a failed script."""
    assert process.returncode == 1, process.stderr
    assert "Traceback" not in process.stderr
    lines = [line for line in process.stderr.splitlines() if line.startswith("error:")]
    assert len(lines) == 1, process.stderr
    return lines[0]


def jobs(output):
    """Return {rule: jobs} from the job table of a dry run."""
    table = output.split("Job stats:")[1]
    return {name: int(count) for name, count in re.findall(r"(?m)^(\w+) +(\d+)$", table)}
