"""Exact search against brute force in float64, with ties, duplicates, odd sizes and little memory, on both engines."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support.small_search import agree, brute_force
from support.workflow import ROOT, examples

from knnkd.core.errors import KnnKdError
from knnkd.knn.selfjoin import gpu, join
from knnkd.knn.selfjoin.join import MARGIN, nearest, plan_block, self_join
from knnkd.knn.selfjoin.packing import pieces_of, unpack


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("k", [1, 8, 64])
def test_self_join(k, dtype, small_blocks):
    keys = np.random.default_rng(k).normal(size=(300, 16)).astype(dtype)
    rows, distances = agree(keys, k, **small_blocks)
    assert (rows[:, 0] == np.arange(300)).all()
    assert (distances[:, 0] == 0).all()
    assert (np.diff(distances, axis=1) >= 0).all()


@pytest.mark.parametrize("memory", [4.0, 0.1])
def test_at_its_own_sizes(memory):
    keys = np.random.default_rng(7).normal(size=(2500, 24)).astype(np.float16)
    rows, distances = nearest(keys, 10, threads=2, memory_gb=memory)
    exact = np.square(keys[:, None, :].astype(np.float32)[:50] - keys[None].astype(np.float32)).sum(-1)
    assert np.allclose(distances[:50], np.sort(exact, axis=1)[:, :10], rtol=1e-5, atol=1e-6)
    assert np.allclose(np.take_along_axis(exact, rows[:50], 1), distances[:50], rtol=1e-5, atol=1e-6)


def test_ties_are_broken_by_own_row_then_row(small_blocks):
    """Each key stands there 40 times: more equal rows than k and the margin hold together."""
    distinct = np.random.default_rng(2).normal(size=(6, 8)).astype(np.float16)
    keys = np.tile(distinct, (40, 1))
    rows, distances = nearest(keys, 10, **small_blocks)
    expected, _ = brute_force(keys, 10)
    assert np.array_equal(rows, expected)
    assert (distances == 0).all()


def test_all_keys_equal(small_blocks):
    keys = np.full((150, 4), 0.5, dtype=np.float16)
    rows, distances = nearest(keys, 7, **small_blocks)
    assert (distances == 0).all()
    assert np.array_equal(rows[100], [100, 0, 1, 2, 3, 4, 5])
    assert np.array_equal(rows[3], [3, 0, 1, 2, 4, 5, 6])


def test_far_from_the_origin(small_blocks):
    """Large norms and small distances: the product alone would lose all digits of the distance."""
    keys = (1000 + np.random.default_rng(3).integers(0, 4, size=(200, 12))).astype(np.float16)
    rows, distances = nearest(keys, 20, **small_blocks)
    expected_rows, expected = brute_force(keys, 20)
    assert np.array_equal(distances, expected.astype(np.float32))
    assert np.array_equal(rows, expected_rows)


@examples(60)
@given(
    hnp.arrays(np.float16, st.tuples(st.integers(1, 60), st.integers(1, 5)), elements=st.integers(-3, 3).map(float)),
    st.data(),
)
def test_any_small_grid(keys, data):
    """Whole numbers are exact in float32, so the order must be the reference's to the last tie."""
    k = data.draw(st.integers(1, len(keys)))
    rows, distances = nearest(keys, k)
    expected_rows, expected = brute_force(keys, k)
    assert np.array_equal(rows, expected_rows)
    assert np.array_equal(distances, expected)


@pytest.mark.parametrize("jobs", [1, 2, 3, 4, 5])
def test_each_job_finds_what_its_pieces_say(jobs, small_blocks):
    keys = np.random.default_rng(4).normal(size=(301, 16)).astype(np.float16)
    whole = np.square(keys[:, None].astype(np.float64) - keys[None].astype(np.float64)).sum(-1)
    for job in range(1, jobs + 1):
        pieces = pieces_of(len(keys), (job, jobs))
        found, at = self_join(keys, 5, (job, jobs), **small_blocks), 0
        for piece in pieces:
            first, last = piece.rows
            rows, distances = unpack(found[at : at + piece.size], np.arange(first, last))
            columns = np.concatenate([np.arange(a, b) for a, b in piece.against])
            expected = columns[np.argsort(whole[first:last, columns], axis=1, kind="stable")[:, :5]]
            assert np.array_equal(rows, expected)
            assert np.allclose(distances, np.take_along_axis(whole[first:last], rows, 1), rtol=1e-5, atol=1e-6)
            at += piece.size
        assert at == len(found)


def test_both_engines_find_the_same(monkeypatch):
    keys = np.random.default_rng(8).normal(size=(700, 16)).astype(np.float16)
    rows, distances = nearest(keys, 30)
    monkeypatch.setattr(join, "_engine", lambda *_: gpu.GpuTiles(torch.device("cpu"), True))
    gpu_rows, gpu_distances = nearest(keys, 30)
    assert np.array_equal(rows, gpu_rows)
    assert np.allclose(distances, gpu_distances, rtol=1e-6)


def test_memory_is_planned_within_the_budget():
    for memory in (0.5, 1.0, 8.0):
        rows = plan_block(1024, 1024, memory, taken=10**7)
        blocks = 2 * rows * (1024 * 4 + 2 * (1024 + MARGIN) * 8) + rows * 1024 * 4
        assert 0.5 * memory * 1e9 < blocks + 10**7 <= memory * 1e9
    with pytest.raises(KnnKdError, match=r"memory_gb = 0.01: too small .*; take at least 0.1"):
        plan_block(1024, 1024, 0.01, taken=10**7)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_key_that_is_not_finite_is_refused(value):
    keys = np.random.default_rng(5).normal(size=(300, 4)).astype(np.float16)
    keys[123, 2] = value
    with pytest.raises(KnnKdError, match="row 123 of the keys is not finite"):
        nearest(keys, 5)


def test_results_may_be_memory_maps(tmp_path, small_blocks):
    keys = np.lib.format.open_memmap(tmp_path / "keys.npy", "w+", np.float16, (250, 4))
    keys[:] = np.random.default_rng(6).normal(size=keys.shape)
    out = np.lib.format.open_memmap(tmp_path / "out.npy", "w+", np.int64, (250, 3))
    found = self_join(np.load(tmp_path / "keys.npy", mmap_mode="r"), 3, out=out, scratch=tmp_path, **small_blocks)
    assert found is out
    assert np.array_equal(np.load(tmp_path / "out.npy"), self_join(np.array(keys), 3))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys.npy", "out.npy"]


# Random keys, whose lists do not fit, so that they wait in a file; equal keys are slow, and a few suffice.
@pytest.mark.parametrize(("equal", "rows"), [(False, 40000), (True, 6000)], ids=["random", "all equal"])
def test_memory_stays_within_the_budget(equal, rows, tmp_path):
    """Peak memory of a process above what it needs to start, against the budget and a tenth of it."""
    program = f"""
import resource, sys
sys.path.insert(0, {str(ROOT / "workflow")!r})
import numpy as np
from knnkd.knn.selfjoin.join import nearest, self_join
keys = np.lib.format.open_memmap({str(tmp_path / "keys.npy")!r}, "w+", np.float16, ({rows}, 128))
generator = np.random.default_rng(0)
for first in range(0, {rows}, 1000):
    keys[first : first + 1000] = 0.5 if {equal} else generator.normal(size=(1000, 128))
keys.flush()
del keys
keys = np.load({str(tmp_path / "keys.npy")!r}, mmap_mode="r")
out = np.lib.format.open_memmap({str(tmp_path / "out.npy")!r}, "w+", np.int64, ({rows}, 64))
nearest(np.array(keys[:2000]), 8, threads=2)  # what the libraries take on first use
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")  # the peak counts from here
def peak():
    lines = open("/proc/self/status").read().splitlines()
    return [1024 * int(line.split()[1]) / 1e9 for line in lines if line.startswith(("VmHWM", "VmRSS"))]
before = peak()[1]
self_join(keys, 64, memory_gb=0.12, threads=2, out=out, scratch={str(tmp_path)!r})
print(peak()[0] - before)
"""
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    assert float(process.stdout) < 0.132


def test_k_above_the_datastore_is_refused():
    keys = np.zeros((5, 4), dtype=np.float16)
    with pytest.raises(KnnKdError, match="5 rows"):
        nearest(keys, 6)
