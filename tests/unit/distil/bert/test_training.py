"""Training of BERT: its loss, its schedule, and that a killed run ends as an unbroken one."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from support.small_bert import CPU, IDS, PAIRS, VOCABULARY, alone, untrained
from torch.nn.functional import cross_entropy

from knnkd.core.errors import KnnKdError
from knnkd.distil.bert import training
from knnkd.distil.bert.masking import mask_every, mask_targets, mask_tokens
from knnkd.distil.bert.model import predict
from knnkd.distil.bert.pairs import collate, make_batches
from knnkd.distil.bert.pretraining import new_model
from knnkd.distil.bert.settings import Schedule


@pytest.fixture(scope="module")
def model():
    return untrained()


def run_of(model, schedule, masking=mask_targets):
    return training.Run(model, VOCABULARY, PAIRS, PAIRS, masking(VOCABULARY), schedule)


SCHEDULE = Schedule(updates=8, lr=1e-2, warmup=0.25, max_tokens=60, seed=3, save_interval=2, threads=1)


def test_loss_is_that_of_one_sentence_at_a_time(model):
    """The mean over masked target pieces of -log p(piece), each sentence alone and unpadded."""
    losses, right = [], []
    for number, indices in enumerate(make_batches(PAIRS.lengths, SCHEDULE.max_tokens, 0)):
        batch = collate(PAIRS, indices, IDS["[PAD]"])
        _, chosen = mask_targets(VOCABULARY)(batch, np.random.default_rng(number))
        for row, i in enumerate(indices):
            positions = np.flatnonzero(chosen[row])
            logits = alone(model, PAIRS.sequences[i], PAIRS.starts[i], positions)[positions]
            expected = torch.tensor(PAIRS.sequences[i][positions])
            losses += cross_entropy(logits, expected, reduction="none").tolist()
            right += (logits.argmax(dim=1) == expected).tolist()
    found = training.validate(run_of(model, SCHEDULE))
    assert found == pytest.approx({"valid_loss": np.mean(losses), "valid_accuracy": np.mean(right)}, abs=1e-4)


def test_padding_and_batching_change_nothing(model):
    batch = collate(PAIRS, np.arange(len(PAIRS.sequences)), IDS["[PAD]"])
    inputs, chosen = mask_every(batch, 3, 1, IDS["[MASK]"])
    with torch.no_grad():
        logits = predict(model, batch, inputs, chosen)
    expected = []
    for row, sequence in enumerate(PAIRS.sequences):
        positions = np.flatnonzero(chosen[row])
        expected.append(alone(model, sequence, PAIRS.starts[row], positions)[positions])
    torch.testing.assert_close(logits, torch.cat(expected), atol=1e-4, rtol=0)


def test_schedule():
    rates = [SCHEDULE.lr_at(update) for update in range(1, 9)]
    assert rates == pytest.approx([0.005, 0.01, *(0.01 * n / 7 for n in (6, 5, 4, 3, 2, 1))])


def test_training_learns_the_text(tmp_path):
    schedule = Schedule(200, 1e-2, 0.05, 200, 1, 200, 1)
    done = training.train(run_of(new_model(VOCABULARY, 1, 32, 2, 64, 64, 0.0, 1), schedule), tmp_path)
    assert done.history[-1]["valid_loss"] < 0.5 < done.history[-1]["valid_accuracy"]


class Killed(Exception):
    """What ends a training in the middle."""


@pytest.mark.parametrize("masking", [mask_targets, mask_tokens])
def test_a_killed_training_ends_as_an_unbroken_one(tmp_path, monkeypatch, masking):
    whole, broken = untrained(), untrained()
    content = {"text": "t"}
    for name in ("whole", "broken"):
        training.take_up(tmp_path / name, SCHEDULE, CPU, content)
    expected = training.train(run_of(whole, SCHEDULE, masking), tmp_path / "whole")
    update = training._update

    def killed(run, optimizer, batches, number):
        if number == 6:
            raise Killed
        return update(run, optimizer, batches, number)

    monkeypatch.setattr(training, "_update", killed)
    with pytest.raises(Killed):
        training.train(run_of(broken, SCHEDULE, masking), tmp_path / "broken")
    monkeypatch.setattr(training, "_update", update)
    training.take_up(tmp_path / "broken", SCHEDULE, CPU, content)
    fresh = untrained(seed=7)
    done = training.train(run_of(fresh, SCHEDULE, masking), tmp_path / "broken")
    assert done.history == expected.history
    assert done.tokens == expected.tokens
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, fresh.state_dict()[name]), name
    assert not torch.equal(
        whole.bert.embeddings.word_embeddings.weight, untrained().bert.embeddings.word_embeddings.weight
    )
    # One that had ended, and could not write its result, trains no further.
    monkeypatch.setattr(training, "_update", None)
    assert training.train(run_of(untrained(seed=8), SCHEDULE, masking), tmp_path / "broken") == done


def test_work_of_other_settings_is_emptied(tmp_path):
    work = tmp_path / "work"
    training.take_up(work, SCHEDULE, CPU, {"text": "t"})
    (work / "checkpoint.pt").touch()
    training.take_up(work, SCHEDULE, CPU, {"text": "t"})
    assert (work / "checkpoint.pt").exists()
    training.take_up(work, SCHEDULE, CPU, {"text": "other"})
    assert not (work / "checkpoint.pt").exists()


def test_a_broken_checkpoint_is_named(tmp_path):
    (tmp_path / "checkpoint.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(KnnKdError, match=r"checkpoint.pt: cannot be loaded"):
        training.train(run_of(untrained(), SCHEDULE), tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"updates": 0}, "1 at least"), ({"threads": 0}, "1 at least"), ({"warmup": 1.5}, "warmup 1.5 is no share")],
)
def test_impossible_schedules_are_refused(change, words):
    with pytest.raises(KnnKdError, match=words):
        replace(SCHEDULE, **change)
