"""One training of the tiny run, called by hand, and a sudden end to it."""

import copy
import signal
import subprocess
import time

from knnkd.experiment.config import complete, fairseq_flags
from knnkd.experiment.resolve import objective, section
from support.workflow import TINY

RESULTS = "results/tiny"


RUN = "tiny_de_en/transformer/seed1"


def train_flags(folder, system, output, **training):
    """Return the flags of train.py for one system of the tiny run in `folder`, with changes to `training`."""
    config = copy.deepcopy(TINY)
    config["training"] |= training
    config = complete(config)
    settings, goal = section(config, "training", "tiny_de_en", system), objective(config, "tiny_de_en", system)
    flags = ["--data-bin", f"{RESULTS}/data/tiny_de_en/bpe", "--output", output, "--work", output / "work", "--seed", 1]
    flags += ["--metric", settings["metric"], "--valid-beam", settings["valid_beam"], "--device", "cpu"]
    if goal["term"] != "none":
        flags += ["--term", goal["term"], "--alpha", goal["alpha"], "--tau", goal["tau"]]
    if goal["term"] == "sparse":
        flags += ["--k", goal["k"], "--candidates", f"{RESULTS}/candidates/knn/{RUN}"]
        flags += ["--datastore", f"{RESULTS}/datastore/{RUN}"]
    if goal["term"] in ("dense", "selective"):
        flags += ["--teacher", f"{RESULTS}/train/{RUN}/checkpoint_best.pt", "--queue", goal["queue"]]
    return [*flags, "--", *fairseq_flags(config["model"], settings, goal["label_smoothing"])]


def kill_when(command, folder, ready):
    """Start `command`, kill it with -9 as soon as `ready()` and a moment more, in the middle of an epoch."""
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 120
        while not ready():
            assert process.poll() is None, "training ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
