"""Two processes that train one model (gloo, as there is no GPU here) learn what one learns from twice the batches."""

import sys

import pytest
from support.training import kill_when, train_flags
from support.workflow import ROOT, one_error, run_script

from knnkd.core.files import read_json

pytestmark = pytest.mark.e2e
SAME = ["--dropout", "0", "--attention-dropout", "0", "--activation-dropout", "0"]  # each process drops other weights


def flags_of(folder, system, output, *more, **training):
    """Return the flags of train.py, without dropout; `more` goes to fairseq."""
    return [*train_flags(folder, system, output, max_epoch=2, **training), *SAME, *more]


def together(flags, processes=2):
    at = flags.index("--")
    return [*flags[:at], "--gpus", processes, *flags[at:]]


@pytest.mark.parametrize("system", ["transformer", "knn_kd"])
def test_two_processes_are_two_batches_an_update(tiny_run, tmp_path, system):
    alone = flags_of(tiny_run, system, tmp_path / "alone", update_freq=2)
    both = together(flags_of(tiny_run, system, tmp_path / "both"))
    reports = []
    for name, flags in (("alone", alone), ("both", both)):
        process = run_script("train.py", *flags, cwd=tiny_run)
        assert process.returncode == 0, process.stdout[-3000:] + process.stderr[-3000:]
        reports.append(read_json(tmp_path / name / "train.json"))
    one, two = reports
    for key in ("updates", "epochs", "updates_per_epoch", "tokens_per_update", "parameters", "data"):
        assert one[key] == two[key], key
    assert len(one["history"]) == len(two["history"]) == 2
    for first, second in zip(one["history"], two["history"], strict=True):
        assert second["updates"] == first["updates"]
        for key in ("train_loss", "loss", "nll_loss"):
            assert second[key] == pytest.approx(first[key], abs=2e-3), key  # logged with three digits
        assert second["bleu"] == pytest.approx(first["bleu"], abs=0.5)


def test_killed_and_started_again(tiny_run, tmp_path):
    whole = together(flags_of(tiny_run, "transformer", tmp_path / "whole", save_interval_updates=7))
    assert run_script("train.py", *whole, cwd=tiny_run).returncode == 0
    broken = together(flags_of(tiny_run, "transformer", tmp_path / "broken", save_interval_updates=7))
    command = [sys.executable, str(ROOT / "workflow" / "scripts" / "train.py"), *map(str, broken)]
    kill_when(command, tiny_run, (tmp_path / "broken" / "work" / "checkpoint_1_7.pt").exists)
    process = run_script("train.py", *broken, cwd=tiny_run)
    assert process.returncode == 0, process.stderr
    reports = [read_json(tmp_path / name / "train.json") for name in ("whole", "broken")]
    for key in ("weights", "updates", "tokens_per_update", "best", "history"):
        assert reports[0][key] == reports[1][key], key


def test_a_process_that_fails_ends_all_in_one_line(tiny_run, tmp_path):
    flags = together(flags_of(tiny_run, "transformer", tmp_path, "--no-such-flag"))
    process = run_script("train.py", *flags, cwd=tiny_run)
    assert process.returncode != 0
    flags = together(flags_of(tiny_run, "transformer", tmp_path, "--lr", "1e30"))
    process = run_script("train.py", *flags, cwd=tiny_run)
    assert one_error(process).startswith("error: one of 2 training processes failed: ")
