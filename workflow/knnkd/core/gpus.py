"""Which device a stage runs on, and that no two jobs of one machine run on the same GPU."""

import os
import tempfile
import time
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from knnkd.core.errors import KnnKdError
from knnkd.core.hardware import JOBS_PER_GPU

VISIBLE = "CUDA_VISIBLE_DEVICES"
SCHEDULERS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "KUBERNETES_SERVICE_HOST")  # they hand out GPUs themselves
POLL = 2.0  # seconds between two looks for a free GPU
_claimed: list[FileLock] = []  # held until the process ends, in whatever way


def choose_device(wanted: str, gpus: int = 1) -> torch.device:
    """Return the device for `auto`, `cpu` or `cuda`, so many free GPUs claimed; waits where all are taken.

    KnnKdError where cuda is asked for and there is none, or fewer than that.
    """
    if wanted == "cuda" and not torch.cuda.is_available():
        raise KnnKdError("device: cuda, but torch sees no GPU; set device: auto or cpu, or install a CUDA build")
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cuda" and not _claimed and not any(name in os.environ for name in SCHEDULERS):
        claim_gpus(gpus)
    return torch.device(wanted)


def visible_gpus() -> list[str]:
    """Return the names of the GPUs that this process may use, as CUDA_VISIBLE_DEVICES has them: numbers or UUIDs."""
    named = os.environ.get(VISIBLE)
    if named is not None:
        return [name.strip() for name in named.split(",") if name.strip()]
    return [str(number) for number in range(torch.cuda.device_count())]


def claim_gpus(count: int, folder: Path | None = None) -> list[str]:
    """Claim `count` GPUs for this process, and let CUDA see no others; call it before CUDA is used.

    Jobs of other processes are kept off by a lock for each GPU, and for each of the jobs that it may have at once
    (jobs_per_gpu). The kernel releases it however a process ends. Several are claimed all or none, so that two jobs
    never wait for each other. folder: of the locks; by default one of the user's in the temporary folder. Raises
    KnnKdError where there are fewer GPUs than that.
    """
    gpus, slots = visible_gpus(), int(os.environ.get(JOBS_PER_GPU, "1"))
    if len(gpus) < count:
        raise KnnKdError(f"{count} GPUs wanted, but {len(gpus)} are visible; lower gpus_per_train")
    folder = folder or Path(tempfile.gettempdir()) / f"knnkd-gpus-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    waiting = False
    while len(taken := _try_to_take(gpus, count, slots, folder)) < count:
        for _, lock in taken:
            lock.release()
        if not waiting:
            print(f"waiting for {count} free of {len(gpus)} GPUs", flush=True)
            waiting = True
        time.sleep(POLL)
    _claimed.extend(lock for _, lock in taken)
    os.environ[VISIBLE] = ",".join(gpu for gpu, _ in taken)
    return [gpu for gpu, _ in taken]


def _try_to_take(gpus: list[str], count: int, slots: int, folder: Path) -> list[tuple[str, FileLock]]:
    """Return at most `count` GPUs with their locks, those with the fewest jobs first."""
    taken: list[tuple[str, FileLock]] = []
    for slot in range(slots):
        for gpu in gpus:
            if len(taken) == count:
                return taken
            if gpu in (name for name, _ in taken):
                continue
            lock = FileLock(folder / f"{gpu.replace('/', '_')}.{slot}.lock", timeout=0)
            try:
                lock.acquire()
            except Timeout:
                continue
            taken.append((gpu, lock))
    return taken
