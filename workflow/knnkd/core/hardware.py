"""What the machine at hand is made of, in words: figures of time and memory mean nothing without it."""

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

JOBS_PER_GPU = "KNNKD_JOBS_PER_GPU"  # environment: what the workflow sets from its config, and every job reads


@dataclass(frozen=True)
class Hardware:
    """A machine: its processor, logical cores, memory in GB (1e9 bytes; NaN where unknown), and its GPUs by name."""

    processor: str
    cores: int
    memory_gb: float
    gpus: tuple[str, ...]

    def __str__(self) -> str:
        """Say it in one line."""
        memory = f"{self.memory_gb:.1f} GB of memory" if self.memory_gb == self.memory_gb else "memory not known"
        cores = f"{self.cores} logical core{'s' if self.cores > 1 else ''}"
        return f"{self.processor}, {cores}, {memory}, {', '.join(self.gpus) or 'no GPU'}"


def read_hardware(proc: Path = Path("/proc")) -> Hardware:
    """Return this machine's; `proc` is where Linux tells of it, and another system says less."""
    processor = _field(proc / "cpuinfo", "model name") or platform.processor() or platform.machine()
    memory = _field(proc / "meminfo", "MemTotal").removesuffix("kB").strip()
    memory_gb = int(memory) * 1024 / 1e9 if memory else float("nan")
    return Hardware(processor, os.cpu_count() or 1, memory_gb, _gpus())


def _field(path: Path, name: str) -> str:
    """Return the value of the first line "name : value" of a file, empty where there is none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    parted = (line.partition(":") for line in lines)
    return next((value.strip() for key, _, value in parted if key.strip() == name), "")


def _gpus() -> tuple[str, ...]:
    """Return the names of NVIDIA's GPUs; none where its tool is missing or fails."""
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        process = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(line.strip() for line in process.stdout.splitlines() if line.strip())
