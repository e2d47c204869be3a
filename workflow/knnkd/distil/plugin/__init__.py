"""The fairseq plugin (`--user-dir workflow/knnkd/distil/plugin`): one task, one criterion, one dataset.

fairseq imports this folder as a top-level module named `plugin`; our scripts import it as `knnkd.distil.plugin`.
Either way the classes below come from `knnkd.distil.plugin`, so that nothing is registered twice.
"""

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from knnkd.distil.plugin import criterion, task  # noqa: F401

# fairseq keeps a Namespace in its checkpoints; torch >= 2.6 loads tensors and named safe types only.
torch.serialization.add_safe_globals([argparse.Namespace])
