"""docs/by-hand.md: from plain fairseq-preprocess and fairseq-train to kNN-KD, by its commands and by its config."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from support.workflow import ROOT, run_snakemake

from knnkd.core.files import read_json, read_lines, write_lines
from knnkd.distil.plugin.checkpoints import hash_tensors

pytestmark = pytest.mark.e2e
MODEL = "--arch transformer --encoder-layers 1 --decoder-layers 1 --encoder-embed-dim 32 --decoder-embed-dim 32"
MODEL += (
    " --encoder-ffn-embed-dim 64 --decoder-ffn-embed-dim 64 --encoder-attention-heads 2 --decoder-attention-heads 2"
)
SCHEDULE = (
    "--optimizer adam --lr 5e-3 --lr-scheduler inverse_sqrt --warmup-updates 20 --max-tokens 512 --max-epoch 2 --cpu"
)
# The block of what is the user's, for a small project; its base keeps validation BLEU, as many do.
OURS = f"""
DATA=data-bin SOURCE=de TARGET=en BASE=checkpoints/checkpoint_best.pt
K=8 TAU=100 ALPHA=0.5 MEMORY_GB=1 THREADS=1
MODEL="{MODEL} --share-all-embeddings"
SCHEDULE="{SCHEDULE}"
"""
PLAIN = """
fairseq-preprocess --source-lang de --target-lang en --trainpref text/train --validpref text/valid \\
    --testpref text/test --joined-dictionary --destdir data-bin
fairseq-train data-bin --task translation --criterion label_smoothed_cross_entropy --label-smoothing 0.1 \\
    $MODEL $SCHEDULE --eval-bleu --eval-bleu-args '{"beam": 1}' --eval-tokenized-bleu --best-checkpoint-metric bleu \\
    --maximize-best-checkpoint-metric --save-dir checkpoints
"""


def bash(folder: Path, commands: str) -> None:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    script = f"set -euo pipefail\n{OURS}\n{commands}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]


PAGE = (ROOT / "docs" / "by-hand.md").read_text(encoding="utf-8")
# So small that it is quick; what the page's config leaves out of a model and its training.
SMALL = {"encoder_layers": 1, "decoder_layers": 1, "embed_dim": 32, "ffn_dim": 64, "heads": 2}
TRAINING = {"max_tokens": 1024, "lr": 5e-3, "warmup_updates": 20, "max_epoch": 2, "valid_beam": 1, "patience": 0}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder with text in subwords, their codes, a data-bin and a checkpoint, by plain fairseq."""
    folder = tmp_path_factory.mktemp("project")
    words = [("hund", "dog"), ("katze", "cat"), ("haus", "house"), ("baum", "tree"), ("st@@ adt", "ci@@ ty")]
    pairs = [(f"der {a} und der {b}", f"the {x} and the {y}") for a, x in words for b, y in words] * 4
    for split, part in (("train", pairs), ("valid", pairs[:11]), ("test", pairs[:9])):
        write_lines(folder / "text" / f"{split}.de", [source for source, _ in part])
        write_lines(folder / "text" / f"{split}.en", [target for _, target in part])
    merges = dict.fromkeys(
        pair for word in ["der", "hund", "katze", "haus", "baum", "the", "and", "dog"] for pair in by_letters(word)
    )
    write_lines(folder / "codes", merges)
    bash(folder, PLAIN)
    return folder


def by_letters(word):
    """The merges that make a word out of its letters, from the front."""
    letters = [*word[:-1], f"{word[-1]}</w>"]
    return [f"{''.join(letters[:end])} {letters[end]}" for end in range(1, len(letters))]


def test_the_pages_commands_train_knn_kd_on_a_plain_project(project, tmp_path):
    shutil.copytree(ROOT / "workflow", tmp_path / "workflow", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("data-bin", "checkpoints"):
        shutil.copytree(project / name, tmp_path / name)
    yours, five, result = re.findall(r"```bash\n(.*?)```", PAGE, re.S)
    assert len(re.findall(r"^(?:python|fairseq-)", five, re.M)) == 5
    assert {line.split("=")[0] for line in re.findall(r"\b[A-Z_]+=", yours)} == {
        line.split("=")[0] for line in re.findall(r"\b[A-Z_]+=", OURS)
    }
    bash(tmp_path, five)
    bash(tmp_path, result)
    assert read_json(tmp_path / "candidates" / "meta.json")["k"] == 8
    generated = (tmp_path / "generated.txt").read_text(encoding="utf-8")
    assert len(re.findall(r"^H-\d+\t", generated, re.M)) == 9, "every test sentence, though 9 is no multiple of 8"
    assert "@@" not in "".join(re.findall(r"^H-.*$", generated, re.M))


def test_the_pages_config_trains_knn_kd_on_a_plain_project(project, tmp_path):
    """Nothing is cleaned, cut, binarised or trained again; ids and weights are the project's own."""
    block = re.search(r"```yaml\n(.*?)```", PAGE, re.S)[1].replace("path/to", str(project))
    config = yaml.safe_load(block) | {"device": "cpu"}
    config["model"] |= SMALL
    config["training"] |= TRAINING
    config["datasets"]["mine"]["search"] = {"k": 8, "memory_gb": 1.0, "threads": 1}
    config["systems"]["knn_kd"]["k"] = 8
    config["knn_mt"] = {"k": [2, 8], "tau": [10, 100], "lambda": [0.2, 0.5], "decoded": 1}
    process = run_snakemake(tmp_path, "--cores", "2", "all", config=config)
    assert process.returncode == 0, process.stdout + process.stderr
    ran = set(re.findall(r"^(?:local)?rule (\w+):", process.stderr, re.M))
    assert not ran & {"fetch_source", "clean_corpus", "learn_bpe", "segment", "binarise"}
    assert "adopt_data_bin" in ran
    results = tmp_path / "results" / "mine"
    assert [path.parts[-3] for path in results.glob("train/mine/*/seed1/train.json")] == ["knn_kd"]
    for file in (project / "data-bin").glob("*.de-en.*"):
        assert (results / "data" / "mine" / "bpe" / file.name).read_bytes() == file.read_bytes()
    for split in ("train", "valid", "test"):
        for language in ("de", "en"):
            assert read_lines(results / f"corpus/mine/bpe/{split}.{language}") == read_lines(
                project / "text" / f"{split}.{language}"
            )
    original = torch.load(project / "checkpoints" / "checkpoint_best.pt", weights_only=False)["model"]
    ours = torch.load(results / "pretrained" / "mine" / "checkpoint.pt", weights_only=True)["model"]
    assert hash_tensors(ours) == hash_tensors(original)
    table = (results / "tables" / "table3.md").read_text(encoding="utf-8")
    assert (results / "report.html").stat().st_size > 0
    assert all(label in table for label in ("My Transformer", "kNN-MT", "kNN-KD"))
