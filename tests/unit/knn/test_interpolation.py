"""Eq. 4 and 5 against plain slow ones in float64, and the form that the decoder takes against the dense one."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from support.workflow import examples

from knnkd.core.errors import KnnKdError
from knnkd.inference.tuning import _gold_log_probs
from knnkd.knn.interpolation import NearestNeighbours, interpolated, knn_log_probs, with_neighbours

pytest_plugins = ["support.small_model"]


def slow_knn(distances, tokens, tau, types):
    """Eq. 4 in float64, neighbour by neighbour."""
    p = np.zeros((len(distances), types))
    for i, row in enumerate(distances.double().numpy()):
        mass = np.exp(-(row - row.min()) / tau)
        for token, each in zip(tokens[i].tolist(), mass / mass.sum(), strict=True):
            p[i, token] += each
    return p


def example(seed, n=4, types=9, k=6):
    generator = torch.Generator().manual_seed(seed)
    log_probs = torch.randn(n, types, generator=generator).mul(4).log_softmax(-1)
    distances = torch.rand(n, k, generator=generator).mul(300).sort(1).values
    return log_probs, distances, torch.randint(types, (n, k), generator=generator)


@given(st.integers(0, 10**6), st.floats(0.5, 1000), st.floats(0, 1), st.integers(1, 6))
@examples(60)
def test_equations_4_and_5(seed, tau, lam, k):
    log_probs, distances, tokens = example(seed, k=k)
    found = interpolated(log_probs, knn_log_probs(distances, tokens, tau, 9), lam)
    expected = (1 - lam) * log_probs.double().exp().numpy() + lam * slow_knn(distances, tokens, tau, 9)
    assert np.allclose(found.double().exp(), expected, rtol=1e-4, atol=1e-9)
    assert np.allclose(found.double().exp().sum(-1), 1, atol=1e-5)


@given(st.integers(0, 10**6))
def test_lambda_0_changes_no_bit_and_lambda_1_is_the_datastore(seed):
    log_probs, distances, tokens = example(seed)
    log_probs[0, 3] = -torch.inf
    knn = knn_log_probs(distances, tokens, 10.0, 9)
    assert interpolated(log_probs, knn, 0.0).view(torch.int32).equal(log_probs.view(torch.int32))
    assert interpolated(log_probs, knn, 1.0).equal(knn)
    unchanged = with_neighbours(log_probs, distances, tokens, 10.0, 0.0)
    assert unchanged.view(torch.int32).equal(log_probs.view(torch.int32))
    assert torch.allclose(with_neighbours(log_probs, distances, tokens, 10.0, 1.0), knn, rtol=1e-6)


@given(st.integers(0, 10**6), st.floats(0.01, 1000), st.sampled_from([0.0, 0.3, 0.999, 1.0]), st.integers(1, 40))
@examples(80)
def test_the_decoder_s_form_is_the_dense_one(seed, tau, lam, k):
    """Also where neighbours share a token, one is missing, a token is impossible, or a weight is too small."""
    log_probs, distances, tokens = example(seed, k=k)
    log_probs[0, 3] = -torch.inf
    distances[1:, 1:].masked_fill_(torch.rand(3, k - 1) < 0.2, torch.inf)
    before = log_probs.clone()
    found = with_neighbours(log_probs, distances, tokens, tau, lam)
    expected = interpolated(log_probs, knn_log_probs(distances, tokens, tau, 9), lam)
    assert torch.allclose(found, expected, rtol=1e-6, atol=1e-7)
    others = torch.ones_like(log_probs, dtype=torch.bool).scatter_(1, tokens, False)
    assert found[others].equal(expected[others])
    assert log_probs.equal(before), "what the model said stays as it was"


class Counting:
    """An index that returns the rows 0 to k - 1 and notes how much it was asked."""

    device = torch.device("cpu")

    def __init__(self):
        self.asked = []

    def search(self, queries, k):
        self.asked.append(queries)
        return queries[:, :1] + torch.arange(float(k)), torch.arange(k).expand(len(queries), k)


def test_beams_at_one_place_ask_once():
    index = Counting()
    neighbours = NearestNeighbours(index, np.array([4, 5, 4, 6]), 3, 10.0, 0.5)
    hidden = torch.tensor([[1.0, 2.0], [1.0, 2.0], [3.0, 2.0], [1.0, 2.0]])
    log_probs = torch.randn(4, 9, generator=torch.Generator().manual_seed(1)).log_softmax(-1)
    found = neighbours(log_probs, hidden)
    assert index.asked[0].tolist() == [[1.0, 2.0], [3.0, 2.0], [1.0, 2.0]]
    distances = hidden[:, :1] + torch.arange(3.0)
    assert found.equal(with_neighbours(log_probs, distances, torch.tensor([[4, 5, 4]]).expand(4, 3), 10.0, 0.5))


@given(st.integers(0, 10**6), st.floats(0.01, 300), st.integers(1, 6))
def test_the_grid_knows_of_the_gold_token_what_the_decoder_does(seed, tau, k):
    """Also where its weight is too small for float32, so that p_kNN is 0: the two are -inf for the same tokens."""
    _, distances, tokens = example(seed, k=k)
    decoder = knn_log_probs(distances, tokens, tau, 9)
    for gold in range(9):
        assert torch.allclose(_gold_log_probs(distances, tokens == gold, tau), decoder[:, gold], rtol=1e-6)


def test_a_weight_too_small_for_float32_is_0_in_grid_and_decoder():
    distances, tokens = torch.tensor([[0.0, 200.0]]), torch.tensor([[2, 4]])
    for tau, logarithm in ((4.0, -50.0), (1.0, -math.inf)):
        assert knn_log_probs(distances, tokens, tau, 6)[0, 4] == pytest.approx(logarithm)
        assert _gold_log_probs(distances, tokens == 4, tau)[0] == pytest.approx(logarithm)


def test_a_missing_neighbour_has_no_weight_and_a_query_has_one():
    distances, tokens = torch.tensor([[3.0, torch.inf]]), torch.tensor([[2, 4]])
    assert knn_log_probs(distances, tokens, 10.0, 6).exp().tolist() == [[0, 0, 1, 0, 0, 0]]
    far = torch.tensor([[3e38, 3e38, torch.inf]])
    assert knn_log_probs(far, torch.tensor([[2, 4, 5]]), 1e-3, 6).exp().tolist() == [[0, 0, 0.5, 0, 0.5, 0]]
    with pytest.raises(KnnKdError, match="larger nprobe"):
        knn_log_probs(torch.full((1, 2), torch.inf), tokens, 10.0, 6)


@pytest.mark.parametrize(
    ("k", "tau", "lam", "words"),
    [
        (0, 10, 0.5, "k = 0"),
        (4, 0, 0.5, "tau = 0"),
        (4, math.nan, 0.5, "tau = nan"),
        (4, 10, -0.1, "lambda = -0.1"),
        (4, 10, 1.1, "lambda = 1.1"),
        (4, 10, math.nan, "lambda = nan"),
        (10**6, 10, 0.5, "lower k"),
    ],
)
def test_impossible_settings_are_refused(k, tau, lam, words, index, store):
    with pytest.raises(KnnKdError, match=words):
        NearestNeighbours(index, store.values, k, tau, lam)
