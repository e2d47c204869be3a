"""`import fairseq` after knnkd: translation's parts alone, the others still to be had, and plain fairseq unchanged."""

import subprocess
import sys

import pytest
from support.workflow import ROOT

HEAVY = ("sklearn", "scipy", "pandas", "matplotlib", "transformers", "faiss", "torchaudio", "torch._dynamo")
TRAINING = "import knnkd.distil.train"
LEAN = "import sys; import knnkd, fairseq; "


def run(code):
    """What a fresh Python prints."""
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "workflow", capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    return process.stdout.strip().splitlines()[-1]


def test_a_training_loads_nothing_heavy_but_torch():
    loaded = run(f"import sys; {TRAINING}; print([name for name in {HEAVY} if name in sys.modules])")
    assert loaded == "[]"


def test_what_is_left_out_stands_nowhere_and_can_be_had():
    """No empty module is taken for the real one, neither under its name nor in its package."""
    code = LEAN + (
        "left = knnkd.core.fairseq_import.FINDER.left_out; "
        "assert 'fairseq.models.lstm' in left and 'fairseq.tasks.speech_to_text' in left, left; "
        "assert not set(left) & set(sys.modules); "
        "assert not hasattr(fairseq.models, 'lstm') and not hasattr(fairseq, 'model_parallel'); "
        "assert 'lstm' not in fairseq.models.ARCH_MODEL_REGISTRY; "
        "import fairseq.models.lstm; print('lstm' in fairseq.models.ARCH_MODEL_REGISTRY)"
    )
    assert run(code) == "True"


@pytest.mark.parametrize("first", ["knnkd, fairseq", "fairseq, knnkd"])
def test_every_model_can_be_had(first):
    """As fairseq itself brings them, also where it was imported before."""
    every = (
        "known = fairseq.models.ARCH_MODEL_REGISTRY.items(); "
        "print(sorted(name for name, kind in known if kind.__module__.startswith('fairseq.models.')))"
    )
    assert run(f"import {first}; knnkd.core.fairseq_import.import_models(); {every}") == run(f"import fairseq; {every}")
