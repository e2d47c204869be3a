"""Selective-KD's choice of tokens against a plain, slow reference: sorting, a list as queue, loops over positions."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from knnkd.core.errors import KnnKdError
from knnkd.objective.token_selection import CrossEntropyQueue, hard_tokens, threshold

VALUES = st.lists(st.floats(0, 20, width=32), min_size=1, max_size=40)


def slow_threshold(values, share):
    """The last of the best floor(share * n) values, of at least one."""
    best = sorted(values, reverse=True)[: max(1, math.floor(share * len(values)))]
    return best[-1]


@given(VALUES, st.floats(0.01, 1.0))
def test_threshold_is_the_last_of_the_hardest(values, share):
    assert threshold(torch.tensor(values), share).item() == slow_threshold(values, share)


@given(st.lists(VALUES, min_size=1, max_size=6), st.integers(1, 50))
def test_queue_keeps_the_last_values_in_order(batches, size):
    queue, kept = CrossEntropyQueue(size), []
    for batch in batches:
        queue.push(torch.tensor(batch))
        kept = (kept + batch)[-size:]
        assert queue.values.tolist() == torch.tensor(kept).tolist()


@pytest.mark.parametrize("level", ["batch", "global"])
@given(seeds=st.lists(st.integers(0, 10**6), min_size=1, max_size=5), share=st.sampled_from([0.1, 0.5, 0.9, 1.0]))
def test_hard_tokens_position_by_position(level, seeds, share):
    """Over several batches with padding: the batch is pushed before the threshold is taken, padding never is."""
    queue, kept = (CrossEntropyQueue(17), []) if level == "global" else (None, [])
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        nll = torch.rand(3, 4, generator=generator)
        real = torch.rand(3, 4, generator=generator) < 0.7
        real[0, 0] = True
        nll = nll * real
        chosen = hard_tokens(nll, real, share, queue)
        values = [nll[b, t].item() for b in range(3) for t in range(4) if real[b, t]]
        kept = (kept + values)[-17:]
        least = slow_threshold(kept if level == "global" else values, share)
        for b in range(3):
            for t in range(4):
                assert chosen[b, t].item() == (bool(real[b, t]) and nll[b, t].item() >= least)


def test_the_whole_batch_is_chosen_with_share_1():
    real = torch.tensor([[True, True, False]])
    assert hard_tokens(torch.tensor([[0.5, 2.0, 0.0]]), real, 1.0, None).equal(real)


def test_gradients_do_not_reach_the_choice():
    nll = torch.rand(2, 3, requires_grad=True)
    queue = CrossEntropyQueue(10)
    hard_tokens(nll, torch.ones(2, 3, dtype=torch.bool), 0.5, queue)
    assert not queue.values.requires_grad


def test_an_empty_queue_is_refused():
    with pytest.raises(KnnKdError, match="queue = 0"):
        CrossEntropyQueue(0)


@pytest.mark.parametrize("share", [0.0, 1.5])
def test_a_share_beyond_the_batch_is_refused(share):
    with pytest.raises(KnnKdError, match=f"share = {share}"):
        threshold(torch.ones(3), share)
