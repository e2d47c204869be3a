"""One finished tiny run, a loopback server, and how many cases a property test generates."""

import os
import shutil
from pathlib import Path

import hypothesis
import pytest
from filelock import FileLock
from support.fetching import Server
from support.workflow import TINY, examples, run_snakemake

hypothesis.settings.register_profile("house", examples(100))
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory):
    """The folder of a whole run of the tiny experiment, results/tiny below it; TINY_RUN names one that is there.

    The processes of xdist share it, and none of them writes into it.
    """
    if finished := os.environ.get("TINY_RUN"):
        return Path(finished)
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "tiny"
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "done").exists():
            folder.mkdir(exist_ok=True)
            process = run_snakemake(folder, "--cores", "2", "all", config=TINY)
            assert process.returncode == 0, process.stdout + process.stderr
            (folder / "done").touch()
    return folder


@pytest.fixture(scope="module")
def tiny_copy(tiny_run, tmp_path_factory):
    """A copy of the tiny run that one file of tests may add to."""
    return Path(shutil.copytree(tiny_run, tmp_path_factory.mktemp("copy") / "tiny"))


@pytest.fixture(scope="module")
def running():
    """A loopback server for one file of tests."""
    server = Server()
    yield server
    server.close()


@pytest.fixture
def server(running, monkeypatch):
    """The loopback server, with no file yet, reached past whatever proxy the machine has."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    running.replies.clear()
    running.asked.clear()
    return running


@pytest.fixture
def output(tmp_path):
    """The file that a fetch writes, in a folder that is not there yet."""
    return tmp_path / "raw" / "train.de"
