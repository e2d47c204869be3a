"""docs/by-hand.md: from plain fairseq-preprocess and fairseq-train to kNN-KD, by the page's own commands."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.workflow import ROOT

from knnkd.core.files import read_json, write_lines

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


def test_the_pages_commands_train_knn_kd_on_a_plain_project(tmp_path):
    shutil.copytree(ROOT / "workflow", tmp_path / "workflow", ignore=shutil.ignore_patterns("__pycache__"))
    words = [("hund", "dog"), ("katze", "cat"), ("haus", "house"), ("baum", "tree"), ("st@@ adt", "ci@@ ty")]
    pairs = [(f"der {a} und der {b}", f"the {x} and the {y}") for a, x in words for b, y in words] * 4
    for split, part in (("train", pairs), ("valid", pairs[:11]), ("test", pairs[:9])):
        write_lines(tmp_path / "text" / f"{split}.de", [source for source, _ in part])
        write_lines(tmp_path / "text" / f"{split}.en", [target for _, target in part])
    bash(tmp_path, PLAIN)
    page = (ROOT / "docs" / "by-hand.md").read_text(encoding="utf-8")
    yours, five, result = re.findall(r"```bash\n(.*?)```", page, re.S)
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
