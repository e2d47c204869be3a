"""Partners: the same gold token, the same rows in all, and no position its own but where its token is unique."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from knnkd.distil.shuffled_neighbours import partners_of

golds = st.lists(st.integers(0, 6), max_size=60).map(np.array)


@given(golds, st.integers(1, 50))
def test_partners(gold, seed):
    partners = partners_of(gold.astype(np.int64), seed)
    assert sorted(partners) == list(range(len(gold))), "the same multiset of rows"
    gold = gold.astype(np.int64)
    assert np.array_equal(gold[partners], gold)
    for position, partner in enumerate(partners):
        assert (partner == position) == (np.sum(gold == gold[position]) == 1)
    assert np.array_equal(partners, partners_of(gold.astype(np.int64), seed))


def test_another_seed_another_circle():
    gold = np.zeros(50, np.int64)
    assert not np.array_equal(partners_of(gold, 1), partners_of(gold, 2))
