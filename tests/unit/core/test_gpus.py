"""GPUs are claimed by jobs of one machine: none twice, as many jobs as allowed, all released however a job ends."""

import os
import signal
import subprocess
import sys

import pytest
import torch
from support.workflow import ROOT

from knnkd.core import gpus
from knnkd.core.errors import KnnKdError

# A job: claims, says what it has, and lives until it is told to end.
JOB = f"""
import sys
sys.path.insert(0, {str(ROOT / "workflow")!r})
from pathlib import Path
from knnkd.core import gpus
gpus.POLL = 0.05
print(",".join(gpus.claim_gpus(int(sys.argv[2]), Path(sys.argv[1]))), flush=True)
sys.stdin.readline()
"""


class Job:
    """One job in a process of its own."""

    def __init__(self, folder, gpus="0,1", count=1, slots=1):
        environment = os.environ | {"CUDA_VISIBLE_DEVICES": gpus, "KNNKD_JOBS_PER_GPU": str(slots)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", JOB, str(folder), str(count)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def says(self):
        return self.process.stdout.readline().strip()

    def end(self):
        self.process.communicate("\n")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


@pytest.fixture(autouse=True)
def nothing_claimed(monkeypatch):
    monkeypatch.setattr(gpus, "_claimed", [])
    for name in gpus.SCHEDULERS:
        monkeypatch.delenv(name, raising=False)


def test_two_jobs_two_gpus_and_a_third_waits_until_one_is_killed(tmp_path):
    first, second = Job(tmp_path), Job(tmp_path)
    assert {first.says(), second.says()} == {"0", "1"}
    third = Job(tmp_path)
    assert third.says() == "waiting for 1 free of 2 GPUs"
    second.kill()
    assert third.says() in ("0", "1")
    first.end()
    third.end()


def test_jobs_per_gpu(tmp_path):
    """The second job on each GPU comes only when all have one."""
    jobs = [Job(tmp_path, slots=2) for _ in range(4)]
    assert sorted(job.says() for job in jobs) == ["0", "0", "1", "1"]
    fifth = Job(tmp_path, slots=2)
    assert fifth.says().startswith("waiting")
    for job in jobs:
        job.end()
    assert fifth.says() in ("0", "1")
    fifth.end()


def test_several_gpus_are_claimed_together_or_not_at_all(tmp_path):
    one = Job(tmp_path)
    assert one.says() in ("0", "1")
    both = Job(tmp_path, count=2)
    assert both.says() == "waiting for 2 free of 2 GPUs"
    another = Job(tmp_path)  # the one that waits holds nothing
    assert another.says() in ("0", "1")
    one.end()
    another.end()
    assert both.says() == "0,1"
    both.end()


def test_names_may_be_uuids(tmp_path):
    job = Job(tmp_path, gpus="GPU-12ab,MIG-34/5")
    assert job.says() in ("GPU-12ab", "MIG-34/5")
    job.end()


def test_more_than_there_are(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    with pytest.raises(KnnKdError, match="2 GPUs wanted, but 1 are visible; lower gpus_per_train"):
        gpus.claim_gpus(2, tmp_path)


def test_a_device_is_claimed_once_and_left_to_a_scheduler(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.setattr(gpus.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert gpus.choose_device("auto") == gpus.choose_device("cuda") == torch.device("cuda")
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "0"
    assert len(gpus._claimed) == 1
    gpus._claimed.pop().release()
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    assert gpus.choose_device("auto") == torch.device("cuda")
    assert "CUDA_VISIBLE_DEVICES" not in os.environ
    assert gpus.choose_device("cpu") == torch.device("cpu")


def test_no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpus.choose_device("auto") == torch.device("cpu")
    with pytest.raises(KnnKdError, match="torch sees no GPU"):
        gpus.choose_device("cuda")
