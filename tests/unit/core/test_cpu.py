"""Memory that stays with the process: a tensor as large as the last one touches no page that the kernel must clear."""

import platform
import subprocess
import sys

import pytest
from support.workflow import ROOT

PROGRAM = """
import resource, sys
import torch
from knnkd.core.cpu import use_processor

if sys.argv[1] == "kept":
    use_processor(2)
    assert torch.get_num_threads() == 2

def grow():
    "Take and free two tensors of 64 MB."
    return torch.ones(1 << 24) + torch.ones(1 << 24)

for _ in range(30):
    grow()  # until the heap has room for a tensor wherever one was freed
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    grow()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(way: str) -> int:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, way], cwd=ROOT / "workflow", capture_output=True, text=True, check=True
    )
    return int(run.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's malloc")
def test_freed_tensors_are_taken_again() -> None:
    assert faults("kept") < faults("handed back") / 10
