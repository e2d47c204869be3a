"""Batches: every pair is in one of each epoch, on one device and on several; shuffled ones have as many tokens."""

import numpy as np
import pytest
import torch
from fairseq.data import Dictionary, LanguagePairDataset
from hypothesis import given
from hypothesis import strategies as st

from knnkd.distil.plugin.dataset import CorpusOrderDataset, EveryPairDataset, ShuffledDataset, every_pair

DICTIONARY = Dictionary()
LIMITS = {"max_tokens": 64, "max_sentences": None, "required_batch_size_multiple": 8}


def pairs_of(lengths):
    text = [torch.full((length,), 4) for length in lengths]
    return LanguagePairDataset(text, np.array(lengths), DICTIONARY, text, np.array(lengths), DICTIONARY)


def ordered(pairs, order):
    return {"length": pairs, "corpus": CorpusOrderDataset(pairs), "shuffled": ShuffledDataset(pairs, pairs.tgt_sizes)}[
        order
    ]


def test_fairseq_itself_drops_the_last_batch():
    """What is mended; where fairseq mends it, our part of it can go."""
    pairs = pairs_of([5] * 17)
    assert sum(map(len, pairs.batch_by_size(pairs.ordered_indices(), **LIMITS))) == 16
    assert sum(map(len, every_pair(pairs, pairs.ordered_indices(), **LIMITS))) == 17


@pytest.mark.parametrize("order", ["length", "corpus", "shuffled"])
@pytest.mark.parametrize("devices", [1, 2, 3])
@given(lengths=st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_each_pair_is_in_one_batch(order, devices, lengths):
    dataset = EveryPairDataset(ordered(pairs_of(lengths), order), devices)
    batches = dataset.batch_by_size(dataset.ordered_indices(), **LIMITS)
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    assert len(batches) % devices == 0 or len(batches) == len(lengths), "no device gets an empty batch beside another's"
    assert all(len(batch) for batch in batches)


@given(st.lists(st.integers(1, 40), min_size=40, max_size=200))
def test_shuffled_batches_have_the_tokens_of_sorted_ones(lengths):
    pairs = pairs_of(lengths)
    by_length = every_pair(pairs, pairs.ordered_indices(), **LIMITS)
    shuffled = ordered(pairs, "shuffled")
    batches = every_pair(shuffled, shuffled.ordered_indices(), **LIMITS)
    # A batch that would get no sentence is left out; only the largest sentences can make one.
    assert len(by_length) - 1 <= len(batches) <= len(by_length)
    sizes = np.array([pairs.tgt_sizes[batch].sum() for batch in batches])
    assert abs(sizes[:-1] - sum(lengths) / len(by_length)).max(initial=0) <= 2 * max(lengths)


def test_each_epoch_deals_them_out_anew():
    dataset = ordered(pairs_of([3] * 40), "shuffled")
    assert not np.array_equal(dataset.ordered_indices(), dataset.ordered_indices())
