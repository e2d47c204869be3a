"""Datastore and candidates: opened only when every promise holds."""

import numpy as np
import pytest

from knnkd.core.arrays import new_array, save_array, write_meta
from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, write_json
from knnkd.knn.candidates import Candidates, new_candidates
from knnkd.knn.datastore import Datastore

OFFSETS = np.array([0, 3, 3, 10])


@pytest.fixture
def store(tmp_path):
    """A datastore of ten rows over three sentences, the second of them empty."""
    folder = tmp_path / "datastore"
    save_array(folder / "keys.npy", np.arange(40, dtype=np.float16).reshape(10, 4))
    save_array(folder / "values.npy", np.arange(10, dtype=np.int32) + 100)
    save_array(folder / "offsets.npy", OFFSETS)
    meta = {"rows": 10, "dimension": 4, "sentences": 3, "checkpoint": "c", "data": "d"}
    write_meta(folder, meta)
    return folder


def seal(folder):
    """Write the record anew, as if the files that are there now were those that were written."""
    write_meta(folder, read_json(folder / "meta.json"))


def test_open(store):
    opened = Datastore.open(store)
    assert len(opened) == 10
    assert opened.keys.shape == (10, 4)
    assert opened.keys.dtype == np.float16
    assert opened.values[opened.offsets[2]] == 103


def flip(path):
    """Change one bit of a file, in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["keys.npy", "values.npy", "offsets.npy"])
def test_a_changed_file_is_named_with_what_makes_it_again(store, name):
    whole = (store / name).read_bytes()
    remedy = f"make it again: snakemake --force {store / 'meta.json'}"
    flip(store / name)
    with pytest.raises(KnnKdError, match=f"{name}: changed since it was written .*{remedy}"):
        Datastore.open(store)
    (store / name).write_bytes(whole[:-1])
    with pytest.raises(KnnKdError, match=f"{name}: cut short or changed, .*{remedy}"):
        Datastore.open(store)
    (store / name).unlink()
    with pytest.raises(KnnKdError, match=f"{name}: not there; {remedy}"):
        Datastore.open(store)
    (store / name).write_bytes(whole)
    Datastore.open(store)


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
        (lambda folder: write_json(folder / "meta.json", {"rows": 10}), "lacks dimension"),
    ],
)
def test_what_no_sum_can_see_is_named_too(store, damage, words):
    damage(store)
    seal(store)
    with pytest.raises(KnnKdError, match=words):
        Datastore.open(store)


def test_a_missing_record(store):
    (store / "meta.json").unlink()
    with pytest.raises(KnnKdError, match="meta.json"):
        Datastore.open(store)


def test_pickled_arrays_are_refused(store):
    np.save(store / "values.npy", np.array([{"a": 1}] * 10, dtype=object), allow_pickle=True)
    seal(store)
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
