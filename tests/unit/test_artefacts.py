"""Datastore and candidates: opened only when every promise holds."""

import numpy as np
import pytest

from knnkd.arrays import new_array, save_array
from knnkd.candidates import Candidates, new_candidates
from knnkd.datastore import Datastore
from knnkd.errors import KnnKdError
from knnkd.io import write_json

OFFSETS = np.array([0, 3, 3, 10])


@pytest.fixture
def store(tmp_path):
    """A datastore of ten rows over three sentences, the second of them empty."""
    folder = tmp_path / "datastore"
    save_array(folder / "keys.npy", np.arange(40, dtype=np.float16).reshape(10, 4))
    save_array(folder / "values.npy", np.arange(10, dtype=np.int32) + 100)
    save_array(folder / "offsets.npy", OFFSETS)
    meta = {"rows": 10, "dimension": 4, "sentences": 3, "checkpoint": "c", "data": "d"}
    write_json(folder / "meta.json", meta)
    return folder


def test_open(store):
    opened = Datastore.open(store)
    assert len(opened) == 10
    assert opened.keys.shape == (10, 4)
    assert opened.keys.dtype == np.float16
    assert opened.values[opened.offsets[2]] == 103


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "keys.npy").unlink(), "keys.npy: not there"),
        (lambda folder: (folder / "keys.npy").write_bytes((folder / "keys.npy").read_bytes()[:-8]), "cut short"),
        (lambda folder: (folder / "values.npy").write_bytes(b"not an array"), "values.npy: broken"),
        (lambda folder: save_array(folder / "values.npy", np.zeros(9, dtype=np.int32)), "expected int32"),
        (lambda folder: save_array(folder / "values.npy", np.zeros(10, dtype=np.int64)), "expected int32"),
        (lambda folder: save_array(folder / "offsets.npy", np.array([0, 5, 3, 10])), "offsets.npy: does not rise"),
        (lambda folder: save_array(folder / "offsets.npy", np.array([0, 3, 3, 9])), "offsets.npy: does not rise"),
        (lambda folder: (folder / "meta.json").unlink(), "meta.json"),
        (lambda folder: write_json(folder / "meta.json", {"rows": 10}), "lacks dimension"),
    ],
)
def test_damage_is_named(store, damage, words):
    damage(store)
    with pytest.raises(KnnKdError, match=words):
        Datastore.open(store)


def test_pickled_arrays_are_refused(store):
    np.save(store / "values.npy", np.array([{"a": 1}] * 10, dtype=object), allow_pickle=True)
    with pytest.raises(KnnKdError, match="values.npy"):
        Datastore.open(store)


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), new_array(tmp_path / "keys.npy", (4, 2), np.float16) as array:
        array[:] = 1
        raise RuntimeError("killed")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "lengths", "k", "words"),
    [
        ("other", [3, 0, 7], 2, "other text"),
        ("d", [3, 1, 6], 2, "not as long"),
        ("d", [3, 0, 7], 3, "2 are stored"),
        ("d", [3, 0, 7], 0, "2 are stored"),
    ],
)
def test_candidates_of_other_text_are_refused(tmp_path, data, lengths, k, words):
    with new_candidates(tmp_path / "out", OFFSETS, 2, {"data": "d", "teacher": {}}, 5) as (tokens, scores):
        tokens[:], scores[:] = 5, -1
    candidates = Candidates.open(tmp_path / "out")
    candidates.require("d", np.array([3, 0, 7]), 2)
    with pytest.raises(KnnKdError, match=words):
        candidates.require(data, np.array(lengths), k)


@pytest.mark.parametrize(("largest", "kind"), [(65535, np.uint16), (65536, np.int32)])
def test_tokens_are_as_small_as_the_vocabulary_allows(tmp_path, largest, kind):
    with new_candidates(tmp_path / "out", OFFSETS, 2, {"data": "d", "teacher": {}}, largest) as (tokens, scores):
        tokens[:], scores[:] = largest, -1
    candidates = Candidates.open(tmp_path / "out")
    assert candidates.tokens.dtype == kind
    assert (candidates.tokens == largest).all()
