"""The work folder of a training: one process has it, and it is whole, another's, or not there."""

import subprocess
import sys

import pytest
from filelock import FileLock
from support.workflow import ROOT

from knnkd.core.errors import KnnKdError
from knnkd.core.resumable import leave, take_up

HOLDER = """
import sys; sys.path.insert(0, "workflow")
from pathlib import Path
from knnkd.core.resumable import take_up
take_up(Path(sys.argv[1]), "mine")
print("taken", flush=True)
sys.stdin.read()
"""


def test_one_process_at_a_time(tmp_path):
    """Where Snakemake alone was killed, its training may still run when the next run starts the same."""
    work = tmp_path / "train" / "seed1"
    command = [sys.executable, "-c", HOLDER, work]
    holder = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    while holder.stdout.readline() != "taken\n":
        assert holder.poll() is None
    (work / "checkpoint_last.pt").write_text("of the other")
    with pytest.raises(KnnKdError, match="another process trains there; wait for its end"):
        take_up(work, "mine")
    holder.kill()
    holder.communicate()
    take_up(work, "mine")
    assert (work / "checkpoint_last.pt").read_text() == "of the other", "it goes on from what the killed one left"
    leave(work)
    assert not list(work.parent.iterdir())


def test_of_other_settings_nothing_is_kept(tmp_path):
    work = tmp_path / "seed1"
    for settings in ("a", "b"):
        take_up(work, settings)
        assert not (work / "checkpoint_last.pt").exists()
        (work / "checkpoint_last.pt").write_text(settings)
    take_up(work, "b")
    assert (work / "checkpoint_last.pt").read_text() == "b"
    leave(work)


def test_a_file_system_without_locks_is_said(tmp_path, monkeypatch, capsys):
    def refuse(self, *_, **__):
        raise NotImplementedError

    monkeypatch.setattr(FileLock, "acquire", refuse)
    take_up(tmp_path / "seed1", "a")
    assert "its file system knows no locks" in capsys.readouterr().out
    leave(tmp_path / "seed1")
    assert not list(tmp_path.glob("seed1*"))
