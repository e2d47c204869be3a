"""Logs: fairseq's lines have their time, other libraries stay quiet, and a failed save is said once."""

import logging
import subprocess
import sys

from support.workflow import ROOT

from knnkd.core.logs import use_logs

LINES = """
import logging
from knnkd.core.logs import use_logs
use_logs()
import fairseq.checkpoint_utils
logging.getLogger("filelock").debug("a library's debugging")
logging.getLogger("filelock").warning("a library's warning")
logging.getLogger("fairseq.trainer").info("fairseq's progress")
"""
EXPECTED = {"filelock": "a library's warning", "fairseq.trainer": "fairseq's progress"}


def test_importing_fairseq_changes_nothing():
    process = subprocess.run(
        [sys.executable, "-c", LINES], capture_output=True, text=True, check=True, cwd=ROOT / "workflow"
    )
    ours = [line.split(" | ") for line in process.stderr.splitlines() if "fairseq's" in line or "library's" in line]
    assert dict(line[1:] for line in ours) == EXPECTED
    assert all(len(line[0]) == len("2026-01-01 00:00:00") for line in ours)


def test_a_traceback_is_not_logged_beside_the_error_it_belongs_to(caplog):
    use_logs()
    logger = logging.getLogger("fairseq.checkpoint_utils")
    with caplog.at_level(logging.INFO, "fairseq.checkpoint_utils"):
        logger.error("Traceback (most recent call last):\n  ...")
        logger.error("something else")
    assert [record.getMessage() for record in caplog.records] == ["something else"]
