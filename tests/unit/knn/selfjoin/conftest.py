"""Blocks that are far smaller than the data."""

import numpy as np
import pytest
import torch

from knnkd.knn.selfjoin import cpu, gpu, join


@pytest.fixture(params=["cpu", "cpu, two threads", "gpu"])
def small_blocks(request, monkeypatch):
    """Blocks and tiles far smaller than the data, so that every seam is crossed; the GPU's tiles run on the CPU."""
    monkeypatch.setattr(join, "plan_block", lambda *_: 100)
    monkeypatch.setattr(cpu, "STRIP", 23)
    monkeypatch.setattr(gpu, "STRIP", 64)
    monkeypatch.setattr(gpu, "CLOSER", 50)
    monkeypatch.setattr(gpu, "GATHERED", 3000)
    monkeypatch.setattr(join, "RESCAN_BYTES", 5000)
    if request.param == "gpu":
        half = {np.dtype(np.float16): True, np.dtype(np.float32): False}
        monkeypatch.setattr(join, "_engine", lambda device, _, dtype: gpu.GpuTiles(torch.device("cpu"), half[dtype]))
    return {"threads": 2 if "two" in request.param else 1}
