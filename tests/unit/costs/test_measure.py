"""What the plan measures here: real work on random text. How fast it is, no test asserts."""

import math

import numpy as np
import pytest
from support.workflow import TINY

from knnkd.core.files import read_lines
from knnkd.corpus.binarise import read_data
from knnkd.costs import measure as measuring
from knnkd.costs.measure import Batches, Measured, measure, sized, write_data
from knnkd.costs.model import Network
from knnkd.costs.work import RATES, Work, work_of
from knnkd.experiment.config import complete


@pytest.fixture
def work():
    return Work(Network(1, 1, 16, 32, 50), 2, True, 512, 1, 600, 1, 1, beam=2, valid_beam=1)


def sections_of(config, **changes):
    """Return the sections model and training, as a rule hands them over."""
    return config["model"] | changes, config["training"] | {"update_freq": 4}


def test_the_text_is_of_about_25_tokens_a_sentence_and_of_all_types(work, tmp_path):
    write_data(work, {"train": Batches(2048, 5), "valid": Batches(300), "test": Batches(600)}, tmp_path)
    data = read_data(tmp_path / "bin")
    counts = {split: found["sentences"] for split, found in data["splits"].items()}
    assert counts == {"train": sum(Batches(2048, 5).sentences), "valid": 8, "test": 16}
    assert data["splits"]["train"]["target_tokens"] / counts["train"] == pytest.approx(25, abs=1)
    assert set(data["types"].values()) == {50}
    lengths = [[len(line.split()) for line in read_lines(tmp_path / "text" / f"train.{side}")] for side in ("de", "en")]
    assert set(np.subtract(*lengths)) == set(range(7)), "batches are padded, as real ones are"


@pytest.mark.parametrize("batches", [Batches(512), Batches(2048, 5), Batches(100, 2)])
def test_an_epoch_has_just_the_batches_that_a_turn_counts(batches, work, tmp_path):
    """So that a turn trains each token once, and none of its batches is a remnant."""
    settings = measuring.training_of(Measured(work, *sections_of(complete(TINY), embed_dim=16)), batches, tmp_path)
    trained = measuring.untrained_model(settings)
    trained.task.load_dataset("train")
    limit = max(batches.max_tokens, max(batches.lengths) * 8)
    epoch = trained.task.get_batch_iterator(
        dataset=trained.task.dataset("train"), max_tokens=limit, required_batch_size_multiple=8, num_workers=0
    )
    sizes = [len(batch["id"]) for batch in epoch.next_epoch_itr(shuffle=False)]
    assert sizes == batches.sentences


def test_every_rate_is_a_positive_number(work, tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "PRODUCT_SECONDS", 0.01)
    monkeypatch.setattr(measuring, "SECONDS", 0.05)
    monkeypatch.setattr(measuring, "ROUNDS", 1)
    found = measure(work, *sections_of(complete(TINY), embed_dim=16, ffn_dim=32), tmp_path)
    assert set(found["tokens_per_second"]) == set(RATES)
    assert all(math.isfinite(rate) and rate > 0 for rate in [*found["tokens_per_second"].values(), found["product"]])
    assert found["batch"] == 512


def test_the_model_is_the_datasets_own(tmp_path):
    config = complete(TINY)
    work = work_of(config, "tiny_de_en")
    trained = measuring.untrained_model(
        measuring.training_of(Measured(work, *sections_of(config)), Batches(512), tmp_path)
    )
    # The output is the embeddings' matrix, or is counted in its place; special symbols have rows of it too.
    matrices = {id(each): each.numel() for each in trained.model.parameters() if each.dim() == 2}
    assert sum(matrices.values()) == work.network.parameters + 4 * work.network.width


def test_a_turn_is_a_second_of_full_batches_and_of_smaller_ones_where_one_would_take_long():
    a_second = sized(2048, 10_000)
    assert a_second == Batches(2048, 5)
    assert a_second.sentences == [88, 80, 72, 64, 56], "as many as fit, in eights"
    assert sized(2048, 10_000, number=1) == Batches(2048)
    assert sized(8192, 1000) == Batches(2800), "of two and a half seconds"
    assert sized(8192, 0.1).sentences == [8]
