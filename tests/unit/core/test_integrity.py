"""Records of artefacts: what is no record is said in one line, and a checkpoint is held to the one beside it."""

import json
from pathlib import Path

import pytest
import torch

from knnkd.core.errors import KnnKdError
from knnkd.core.files import write_json
from knnkd.core.integrity import read_record, sums_of
from knnkd.distil.plugin.checkpoints import load_state


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[1]", "not an object of JSON"),
        ("null", "not an object of JSON"),
        ("{", "not JSON"),
        ('{"rows": 1}', "lacks files"),
        ('{"files": {}}', "lacks rows"),
        ("{}", "lacks rows, files"),
        ('{"rows": 1, "files": []}', "its files have no sums"),
        ('{"rows": 1, "files": {"a": 5}}', "its files have no sums"),
        ('{"rows": 1, "files": {"a": {"bytes": 5}}}', "its files have no sums"),
    ],
)
def test_what_is_no_record_is_said(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "meta.json"
    path.write_text(content)
    with pytest.raises(KnnKdError, match=f"meta.json: .*{words}"):
        read_record(path, ["rows"])


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A checkpoint as training leaves it, with its record."""
    path = tmp_path / "checkpoint_best.pt"
    history = [{"criterion_name": "distillation", "optimizer_name": "FairseqAdam", "num_updates": 1}]
    history[0]["lr_scheduler_state"] = {}
    extra = {"train_iterator": {"epoch": 1}, "val_loss": 1.0}
    state = {"model": {"w": torch.ones(3)}, "args": None, "optimizer_history": history, "extra_state": extra}
    torch.save(state | {"last_optimizer_state": None}, path)
    write_json(tmp_path / "train.json", {"files": sums_of(tmp_path, [path.name])})
    return path


def test_a_checkpoint_is_held_to_its_record(checkpoint: Path) -> None:
    assert load_state(checkpoint)["model"]["w"].tolist() == [1, 1, 1]
    checkpoint.write_bytes(checkpoint.read_bytes() + b"x")
    with pytest.raises(KnnKdError, match=r"checkpoint_best\.pt: cut short or changed"):
        load_state(checkpoint)


def test_a_checkpoint_of_another_name_is_loaded_beside_a_record(checkpoint: Path) -> None:
    """Whoever puts checkpoint_last.pt there has no sum for it, and it is not the file that the record speaks of."""
    other = checkpoint.rename(checkpoint.with_name("checkpoint_last.pt"))
    assert load_state(other)["model"]["w"].tolist() == [1, 1, 1]
    with pytest.raises(KnnKdError, match=r"checkpoint_best\.pt: not there"):
        load_state(checkpoint)


def test_a_record_of_training_that_is_none_is_said(checkpoint: Path) -> None:
    for content, words in (([1], "not an object"), ({"epochs": 4}, "lacks files")):
        checkpoint.with_name("train.json").write_text(json.dumps(content))
        with pytest.raises(KnnKdError, match=f"train.json: {words}.*; make it again: snakemake --force"):
            load_state(checkpoint)
