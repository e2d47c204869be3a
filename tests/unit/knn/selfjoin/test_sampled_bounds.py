"""First limits from a sample: the search stays exact, whether the sample is a good one or a bad one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.small_search import agree

from knnkd.knn.selfjoin import join, sampled_bounds
from knnkd.knn.selfjoin.join import nearest
from knnkd.knn.selfjoin.sampled_bounds import draw, rank_in_sample, sample_size


@pytest.fixture
def sampled(monkeypatch, small_blocks):
    """Limits from samples for lists of any length; records how many rows were searched again."""
    monkeypatch.setattr(sampled_bounds, "LEAST_KEPT", 1)
    monkeypatch.setattr(sampled_bounds, "FOUND", 4)
    again = []
    search_again = join._Join._search_again
    monkeypatch.setattr(
        join._Join, "_search_again", lambda self, *args: (again.append(len(args[1])), search_again(self, *args))
    )
    return small_blocks, again


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_nothing_is_lost_and_hardly_anything_searched_again(sampled, dtype):
    settings, again = sampled
    agree(np.random.default_rng(1).normal(size=(600, 16)).astype(dtype), 8, **settings)
    assert sum(again) <= 6


def test_a_sample_that_is_too_near_costs_time_alone(sampled, monkeypatch):
    settings, again = sampled
    monkeypatch.setattr(join, "rank_in_sample", lambda *_: 1)
    agree(np.random.default_rng(2).normal(size=(600, 16)).astype(np.float16), 8, **settings)
    assert sum(again) > 60


def test_equal_keys(sampled):
    settings, _ = sampled
    keys = np.tile(np.random.default_rng(3).normal(size=(7, 8)).astype(np.float16), (50, 1))
    rows, distances = nearest(keys, 10, **settings)
    assert (distances == 0).all()
    assert np.array_equal(rows[:7, 1], np.arange(7) + 7)
    assert np.array_equal(rows[7:, 1], np.arange(7, 350) % 7)


def test_what_is_accepted_is_a_small_multiple_of_what_is_kept():
    """With the module's own figures: the limit lies beyond the kept-th nearest of nearly all, and not far beyond."""
    met, kept, trials = 100_000, 1040, 2000
    size = sample_size(met, kept)
    rank = rank_in_sample(size, met, kept)
    generator = np.random.default_rng(4)
    accepted = np.sort(np.array([generator.choice(met, size, replace=False) for _ in range(trials)]), 1)[:, rank - 1]
    assert accepted.min() >= kept
    assert accepted.mean() < 3 * kept


@pytest.mark.parametrize(
    ("met", "kept", "expected"),
    [(100_000, 1040, 1538), (100_000, 80, 0), (4000, 1040, 0), (1_000_000, 1040, 8192)],
)
def test_a_sample_is_drawn_where_it_pays(met, kept, expected):
    assert sample_size(met, kept) == expected


def test_no_sample_that_is_too_small_for_a_large_datastore():
    assert sample_size(10_000_000, 1040) == 0


@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), st.data())
def test_rows_are_drawn_from_the_ranges_alone_and_once(lengths, data):
    starts = np.cumsum([0] + [length + 3 for length in lengths])
    ranges = [(int(first), int(first) + length) for first, length in zip(starts[:-1], lengths, strict=True)]
    size = data.draw(st.integers(1, sum(lengths)))
    rows = draw(ranges, size)
    assert len(set(rows.tolist())) == size
    assert (np.diff(rows) > 0).all()
    assert all(any(first <= row < last for first, last in ranges) for row in rows.tolist())
