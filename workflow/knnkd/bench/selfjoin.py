"""The speed of the search in advance: against the matrix product it is made of, against faiss, and over N.

Keys are random normal numbers in float16; how they lie matters little, for every product is made all the same. Rates
that are compared come from turns within one run, and the product's own rate is measured in each round as well.
"""

import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from knnkd.bench.rounds import Turn, take_turns
from knnkd.core.errors import KnnKdError
from knnkd.knn.selfjoin.join import nearest, self_join

PRODUCT_ROWS = 8192  # of the square product whose rate is the measure: as fast as the library gets
PRODUCT_SECONDS = 1.0
SEED = 1


def random_keys(rows: int, dimension: int) -> np.ndarray:
    """Return keys float16 [rows, dimension]."""
    return np.random.default_rng(SEED).standard_normal((rows, dimension), np.float32).astype(np.float16)


@dataclass(frozen=True)
class Setting:
    """What all searches of a benchmark have in common; memory_gb: budget in 1e9 bytes; rounds: turns of each."""

    dimension: int
    memory_gb: float
    threads: int
    rounds: int
    device: torch.device

    def search(self, keys: np.ndarray, k: int) -> np.ndarray:
        """Return the k nearest rows of every row, int64 [N, k]."""
        return nearest(keys, k, memory_gb=self.memory_gb, threads=self.threads, device=self.device)[0]


def compare(rows: int, k: int, queries: int, setting: Setting) -> dict[str, Any]:
    """Return the seconds of self-joins by us and by faiss' exact search, and the rate of plain products in between.

    queries: how many of the rows faiss is asked for; its time is scaled up to all of them, being the same for each.
    {"rows", "k", "queries", "seconds": {"ours": [a round], "faiss": [a round]}, "product_gflops": [a round],
    "recall": the share of faiss' neighbours that we found}.
    """
    import faiss

    faiss.omp_set_num_threads(setting.threads)
    torch.set_num_threads(setting.threads)
    keys = random_keys(rows, setting.dimension)
    keys_in_float32 = keys.astype(np.float32)
    asked = np.sort(np.random.default_rng(SEED).permutation(rows)[:queries])
    found: dict[str, np.ndarray] = {}

    def ours() -> tuple[float, float]:
        start = time.perf_counter()
        found["ours"] = setting.search(keys, k)[asked]
        return rows, time.perf_counter() - start

    def rival() -> tuple[float, float]:
        start = time.perf_counter()
        found["faiss"] = _faiss(keys_in_float32[asked], keys_in_float32, k, setting.device)
        return queries, time.perf_counter() - start

    turns = {"ours": ours, "faiss": rival, "product": lambda: product_turn(setting)}
    setting.search(keys[:PRODUCT_ROWS], min(k, PRODUCT_ROWS))  # compiles what is not compiled yet
    rates = take_turns(turns, setting.rounds, warm_up=False)
    recall = (found["ours"][:, :, None] == found["faiss"][:, None, :]).any(1).mean()
    seconds = {name: [rows / rate for rate in rates[name]] for name in ("ours", "faiss")}
    about = {"rows": rows, "k": k, "queries": queries, "seconds": seconds, "recall": float(recall)}
    return about | {"product_gflops": [rate / 1e9 for rate in rates["product"]]}


def _faiss(queries: np.ndarray, keys: np.ndarray, k: int, device: torch.device) -> np.ndarray:
    """Return the rows int64 [n, k] that faiss' exact search finds."""
    import faiss

    if device.type == "cuda" and faiss.get_num_gpus() > 0:
        return faiss.knn_gpu(faiss.StandardGpuResources(), queries, keys, k)[1]
    return faiss.knn(queries, keys, k)[1]


def product_turn(setting: Setting) -> tuple[float, float]:
    """Return (floating-point operations, seconds) of products of [PRODUCT_ROWS, d] with itself.

    In float32 on a CPU, in float16 on a GPU: what the search takes there.
    """
    rows = torch.from_numpy(random_keys(PRODUCT_ROWS, setting.dimension)).to(setting.device)
    rows = rows if setting.device.type == "cuda" else rows.float()
    product = torch.empty(PRODUCT_ROWS, PRODUCT_ROWS, dtype=rows.dtype, device=rows.device)
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < PRODUCT_SECONDS:
        torch.mm(rows, rows.T, out=product)
        if setting.device.type == "cuda":
            torch.cuda.synchronize()
        done += 1
    return 2.0 * done * PRODUCT_ROWS**2 * setting.dimension, time.perf_counter() - start


def over_neighbours(rows: int, ks: Sequence[int], setting: Setting) -> dict[str, Any]:
    """Return {"rows", "seconds": {k: [a round]}} of self-joins that keep more and more neighbours."""
    keys = random_keys(rows, setting.dimension)

    def turn_of(k: int) -> Turn:
        def turn() -> tuple[float, float]:
            start = time.perf_counter()
            self_join(keys, k, (1, 1), setting.memory_gb, setting.device, setting.threads)
            return 1, time.perf_counter() - start

        return turn

    rates = take_turns({str(k): turn_of(k) for k in ks}, setting.rounds, warm_up=False)
    return {"rows": rows, "seconds": {k: [1 / rate for rate in each] for k, each in rates.items()}}


def over_sizes(sizes: Sequence[int], k: int, setting: Setting, scratch: Path) -> list[dict[str, Any]]:
    """Return [{"rows", "seconds", "peak_gb"}]: each size searched once, by a process of its own, from file to file.

    peak_gb: memory above what the process holds once its libraries are loaded, in 1e9 bytes. Raises KnnKdError where
    the process fails.
    """
    points = []
    for rows in sizes:
        numbers = rows, setting.dimension, k, setting.memory_gb, setting.threads, setting.device, scratch
        flags = [str(each) for each in numbers]
        call = [sys.executable, "-m", "knnkd.bench.selfjoin", *flags]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        process = subprocess.run(call, env=environment, stdout=subprocess.PIPE, text=True, check=False)
        if process.returncode:
            raise KnnKdError(f"the search of {rows} rows ended with exit code {process.returncode}; see its log above")
        seconds, peak = map(float, process.stdout.split()[-2:])
        points.append({"rows": rows, "seconds": seconds, "peak_gb": peak})
    return points


def describe(setting: Setting) -> dict[str, Any]:
    """Return what the measurements have in common."""
    on_gpu = setting.device.type == "cuda"
    device = torch.cuda.get_device_name() if on_gpu else f"{platform.machine()} CPU"
    about = {"dimension": setting.dimension, "device": device, "cores": os.cpu_count()}
    return about | {"threads": setting.threads, "rounds": setting.rounds, "memory_gb": setting.memory_gb}


def _search_files(rows: int, k: int, setting: Setting, scratch: Path) -> None:
    """Search keys in a file, write the neighbours into another, and print seconds and peak memory."""
    keys_file, found_file = scratch / "keys.npy", scratch / "neighbours.npy"
    np.save(keys_file, random_keys(rows, setting.dimension))
    setting.search(random_keys(2000, setting.dimension), k)
    keys = np.load(keys_file, mmap_mode="r")
    found = np.lib.format.open_memmap(found_file, mode="w+", dtype=np.int64, shape=(rows, k))
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before, start = _memory("VmRSS"), time.perf_counter()
    self_join(keys, k, (1, 1), setting.memory_gb, setting.device, setting.threads, found, scratch)
    print(time.perf_counter() - start, _memory("VmHWM") - before)
    keys_file.unlink()
    found_file.unlink()


def _memory(name: str) -> float:
    """Return a field of Linux' /proc/self/status in 1e9 bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024 / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    _rows, _dimension, _k, _memory_gb, _threads, _device, _scratch = sys.argv[1:]
    _setting = Setting(int(_dimension), float(_memory_gb), int(_threads), 1, torch.device(_device))
    _search_files(int(_rows), int(_k), _setting, Path(_scratch))
