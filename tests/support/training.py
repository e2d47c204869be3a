"""One training of the tiny run, called by hand, and a sudden end to it."""

import signal
import subprocess
import time

RESULTS = "results/tiny"


RUN = "tiny_de_en/transformer/seed1"


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
