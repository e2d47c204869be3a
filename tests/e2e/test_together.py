"""Two processes that train one model (gloo, as there is no GPU here) learn what one learns from twice the batches."""

import pytest
from support.commands import training
from support.training import kill_when
from support.workflow import one_error

from knnkd.core.files import read_json

pytestmark = pytest.mark.e2e
NO_DROPOUT = dict.fromkeys(("dropout", "attention_dropout", "activation_dropout"), 0.0)


def without_dropout(system, output, processes=1, **changes):
    """train.py without dropout, as each process would drop other weights."""
    command = training(system, output, **{"max_epoch": 2} | changes)
    command.settings |= {"model": command.settings["model"] | NO_DROPOUT, "gpus": processes}
    return command


@pytest.mark.parametrize("system", ["transformer", "knn_kd"])
def test_two_processes_are_two_batches_an_update(tiny_run, tmp_path, system):
    alone = without_dropout(system, tmp_path / "alone", update_freq=2)
    both = without_dropout(system, tmp_path / "both", processes=2)
    reports = []
    for name, command in (("alone", alone), ("both", both)):
        process = command.run(tiny_run)
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
    whole = without_dropout("transformer", tmp_path / "whole", processes=2, save_interval_updates=7)
    assert whole.run(tiny_run).returncode == 0
    broken = without_dropout("transformer", tmp_path / "broken", processes=2, save_interval_updates=7)
    kill_when(broken.words, tiny_run, (tmp_path / "broken" / "work" / "checkpoint_1_7.pt").exists)
    process = broken.run(tiny_run)
    assert process.returncode == 0, process.stderr
    reports = [read_json(tmp_path / name / "train.json") for name in ("whole", "broken")]
    for key in ("weights", "updates", "tokens_per_update", "best", "history"):
        assert reports[0][key] == reports[1][key], key


def test_a_process_that_fails_ends_all_in_one_line(tiny_run, tmp_path):
    command = without_dropout("transformer", tmp_path, processes=2, lr=1e30)
    assert one_error(command.run(tiny_run)).startswith("error: one of 2 training processes failed: ")
