"""The workflow while it runs: which rule has begun, and an end to it, or to one of its jobs, without warning."""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.workflow import ROOT

STARTED = re.compile(r"^(?:local)?rule (\w+):$")


class Run:
    """The workflow in a session of its own."""

    def __init__(self, folder: Path, *flags: str, target: str = "all", config: str = "config.yaml"):
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--cores", "2"]
        command += ["--configfile", config, "--rerun-incomplete", "--show-failed-logs", *flags, "--", target]
        environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self.rules: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if started := STARTED.match(line.strip()):
                self.rules.put(started[1])
        self.rules.put(None)

    def wait_for(self, wanted: set[str]) -> str | None:
        """Return which of the rules began first, None where the run ended before."""
        while (rule := self.rules.get(timeout=600)) is not None and rule not in wanted:
            pass
        return rule

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Hold the workflow and its jobs still, as they are."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)

    def kill_in(self, wanted: set[str], moment: float) -> str | None:
        """Kill everything `moment` seconds after one of the rules began; return which, None if the run ended."""
        if rule := self.wait_for(wanted):
            time.sleep(moment)
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        return rule

    def kill_worker(self, script: str) -> None:
        """Kill one process that runs `script`, as soon as there is one, and nothing else of the run."""
        while True:
            for path in Path("/proc").glob("[0-9]*"):
                try:
                    words = (path / "cmdline").read_bytes().split(b"\0")
                    ours = os.getsid(int(path.name)) == self.process.pid
                except OSError:  # it has ended meanwhile
                    continue
                if ours and words[0].endswith(b"python") and len(words) > 1 and words[1].endswith(script.encode()):
                    os.kill(int(path.name), signal.SIGKILL)
                    return
            assert self.process.poll() is None, "".join(self.lines[-60:])
            time.sleep(0.05)

    def end(self, seconds: float = 1200) -> tuple[int, str]:
        """Wait for its end; return its exit code and what it said."""
        code = self.process.wait(timeout=seconds)
        self._reader.join()
        return code, "".join(self.lines)
