"""Sums that nobody publishes are recorded at first use, and held from then on, whoever comes at the same time."""

import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest

from knnkd.core.errors import KnnKdError
from knnkd.corpus.fetch import fetch, fetch_whole
from knnkd.corpus.recorded_checksums import hold
from knnkd.corpus.sources import Source


def test_recorded_at_first_use_and_held(tmp_path):
    sums = tmp_path / "config" / "checksums.json"
    hold(sums, "http://host/a", "1" * 64)
    hold(sums, "http://host/b", "2" * 64)
    hold(sums, "http://host/a", "1" * 64)
    assert json.loads(sums.read_text()) == {"http://host/a": "1" * 64, "http://host/b": "2" * 64}
    with pytest.raises(KnnKdError, match="http://host/a: has changed: .*checksums.json recorded sha256 1{64}"):
        hold(sums, "http://host/a", "3" * 64)
    assert json.loads(sums.read_text())["http://host/a"] == "1" * 64


def _hold(arguments):
    hold(*arguments)


def test_many_at_once(tmp_path):
    sums = tmp_path / "checksums.json"
    with ProcessPoolExecutor(
        4, multiprocessing.get_context("spawn")
    ) as pool:  # unlike a Pool, it breaks and never hangs
        list(pool.map(_hold, [(sums, f"http://host/{n}", f"{n:064x}") for n in range(40)]))
    assert len(json.loads(sums.read_text())) == 40


@pytest.mark.parametrize("get", [fetch, fetch_whole])
def test_a_file_fetched_beforehand_is_held_too(tmp_path, get):
    (tmp_path / "beforehand").mkdir()
    there = tmp_path / "beforehand" / "train.de"
    there.write_text("Hallo .\n")
    source = Source(urls=("http://host/train.de",), data_dir=there.parent, checksums=tmp_path / "sums.json")
    get(source, tmp_path / "raw" / "train.de")
    there.write_text("Tag .\n")
    with pytest.raises(KnnKdError, match=r"http://host/train\.de: has changed"):
        get(source, tmp_path / "raw" / "train.de")
    assert (tmp_path / "raw" / "train.de").read_text() == "Hallo .\n"


def test_a_published_sum_is_not_recorded(tmp_path):
    (tmp_path / "train.de").write_text("Hallo .\n")
    digest = "e9e4ba3b6dd4b0a2e5a0dcf3b84e0f1a0d3a2a1c0b3b1a0f0e0d0c0b0a090807"
    source = Source(urls=("http://host/train.de",), data_dir=tmp_path, sha256=digest, checksums=tmp_path / "sums.json")
    with pytest.raises(KnnKdError, match="wrong sha256"):
        fetch(source, tmp_path / "raw" / "train.de")
    assert not (tmp_path / "sums.json").exists()
