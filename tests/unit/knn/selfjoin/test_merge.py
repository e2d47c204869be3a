"""Neighbours as numbers, the pairs of parts that jobs deal with, and the merge of what they find."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from knnkd.core.errors import KnnKdError
from knnkd.knn.candidates import Candidates
from knnkd.knn.selfjoin import merge
from knnkd.knn.selfjoin.join import self_join
from knnkd.knn.selfjoin.kernels import keep_nearest
from knnkd.knn.selfjoin.merge import gather_shards, new_shard
from knnkd.knn.selfjoin.packing import MAX_ROWS, Piece, pack, part_pairs, part_range, pieces_of, unpack

META = {"data": "d", "teacher": {"datastore": "store", "search": {}}}
DISTANCES = st.floats(0, 2.0**60, width=32)


@given(st.lists(st.tuples(DISTANCES, st.integers(0, MAX_ROWS - 1)), min_size=1), st.integers(0, MAX_ROWS - 1))
def test_packed_neighbours_are_in_order_and_come_back(neighbours, own):
    distances, rows = (np.array([each]) for each in zip(*neighbours, strict=True))
    packed = pack(distances.astype(np.float32), rows, np.array([own]))
    back = unpack(packed, np.array([own]))
    assert np.array_equal(back[0], rows)
    assert np.array_equal(back[1], distances.astype(np.float32))
    order = sorted(range(len(neighbours)), key=lambda i: (np.float32(neighbours[i][0]), rows[0, i] != own, rows[0, i]))
    assert np.array_equal(np.sort(packed[0]), packed[0, order])


@given(hnp.arrays(np.int64, st.integers(1, 200), elements=st.integers(0, 2**62), unique=True), st.data())
def test_the_nearest_are_kept(packed, data):
    kept = data.draw(st.integers(1, len(packed)))
    expected = np.sort(packed)[:kept]
    assert keep_nearest(packed, kept) == expected[-1]
    assert np.array_equal(np.sort(packed[:kept]), expected)


@pytest.mark.parametrize("jobs", range(1, 12))
def test_each_two_parts_meet_in_one_job(jobs):
    pairs = [part_pairs((job, jobs)) for job in range(1, jobs + 1)]
    met = [pair for job in pairs for pair in job]
    assert len(met) == len(set(met))
    assert set(met) == {(a, b) for a in range(2 * jobs) for b in range(a, 2 * jobs)}
    # In products of two parts: a part with itself is half of one.
    work = {sum(0.5 if a == b else 1 for a, b in job) for job in pairs}
    assert work == {2 * jobs}


@given(st.integers(1, 10**6), st.integers(1, 20))
def test_parts_cover_every_row_once(total, jobs):
    ranges = [part_range(total, part, jobs) for part in range(2 * jobs)]
    assert [first for first, _ in ranges] == [0, *(last for _, last in ranges[:-1])]
    assert ranges[-1][1] == total


def shards_of(keys, k, jobs, folder, datastore="store"):
    """Search in jobs, a folder each."""
    for job in range(1, jobs + 1):
        pieces = pieces_of(len(keys), (job, jobs))
        with new_shard(folder / str(job), pieces, k, {"datastore": datastore, "search": {}}) as out:
            self_join(keys, k, (job, jobs), out=out)
    return [folder / str(job) for job in range(1, jobs + 1)]


@pytest.mark.parametrize("jobs", [1, 2, 3, 4, 7])
def test_any_number_of_jobs_finds_the_same(jobs, tmp_path, monkeypatch):
    """Keys on a small grid, full of ties, so that the order of equals is tried as well."""
    monkeypatch.setattr(merge, "MERGED_BYTES", 500)
    keys = np.random.default_rng(1).integers(0, 3, size=(90, 4)).astype(np.float16)
    values = (np.arange(90) * 7 % 50).astype(np.int32)
    offsets = np.array([0, 30, 30, 90])
    shards = shards_of(keys, 6, jobs, tmp_path / "shards")
    gather_shards(shards[::-1], values, offsets, tmp_path / "candidates", META)
    candidates = Candidates.open(tmp_path / "candidates")
    rows, distances = unpack(self_join(keys, 6), np.arange(90))
    assert np.array_equal(candidates.tokens, values[rows])
    assert np.array_equal(candidates.scores, -distances)
    assert np.array_equal(candidates.offsets, offsets)
    assert json.loads((tmp_path / "candidates" / "meta.json").read_text())["k"] == 6


def test_more_parts_than_rows():
    """Some parts are empty then; a job without a row of its own is refused."""
    keys = np.arange(5, dtype=np.float16)[:, None]
    for job in range(1, 6):
        pieces = pieces_of(5, (job, 5))
        assert len(self_join(keys, 2, (job, 5))) == sum(piece.size for piece in pieces)
    with pytest.raises(KnnKdError, match="take fewer shards"):
        pieces_of(5, (1, 6))


def one_shard(folder, against, datastore="store", k=2, rows=(0, 10)):
    """A shard that says that all neighbours are row 0."""
    with new_shard(folder, [Piece(rows, against)], k, {"datastore": datastore, "search": {}}) as out:
        out[:] = pack(np.ones(out.shape), np.zeros(out.shape, int), np.full(len(out), -1))
    return folder


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: [one_shard(folder / "a", ((0, 4),)), one_shard(folder / "b", ((5, 10),))], "expected 4"),
        (lambda folder: [one_shard(folder / "a", ((0, 6),)), one_shard(folder / "b", ((5, 10),))], "expected 6"),
        (lambda folder: [one_shard(folder / "a", ((0, 9),))], "9 of 10"),
        (lambda folder: [one_shard(folder / "a", ((0, 10),), rows=(0, 9))], "rows: 9 of 10"),
        (lambda folder: [one_shard(folder / "a", ((0, 10),)), one_shard(folder / "b", (), "other")], "datastore"),
        (lambda folder: [one_shard(folder / "a", ((0, 10),)), one_shard(folder / "b", (), k=1)], "another k"),
    ],
)
def test_shards_that_do_not_fit_are_refused(tmp_path, make, words):
    shards = make(tmp_path)
    with pytest.raises(KnnKdError, match=words):
        gather_shards(shards, np.zeros(10, np.int32), np.array([0, 10]), tmp_path / "out", META)
    assert not (tmp_path / "out" / "meta.json").exists()
