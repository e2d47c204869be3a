"""The criterion against autograd, a dense float64 teacher, and fairseq's own loss."""

import math

import pytest
import torch
from fairseq.criterions.label_smoothed_cross_entropy import label_smoothed_nll_loss
from hypothesis import given
from hypothesis import strategies as st

from knnkd.objective.losses import (
    cross_entropy,
    dense_distillation,
    sparse_distillation,
    teacher_distribution,
    teacher_weights,
)

PADDING = 1


def example(seed=0, vocabulary=11, k=6):
    """Logits [2, 3, V] in float64, a target with padding, and candidates that hold the same token more than once."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, 3, vocabulary, generator=generator, dtype=torch.float64, requires_grad=True)
    target = torch.tensor([[4, 2, PADDING], [7, 5, 3]])
    tokens = torch.randint(2, 6, (2, 3, k), generator=generator)  # four types for six places: duplicates are certain
    scores = -50 * torch.rand(2, 3, k, generator=generator, dtype=torch.float64).sort(dim=-1).values
    return logits, target, tokens, scores


@given(st.integers(0, 10**6), st.integers(1, 6), st.floats(0.1, 1000))
def test_teacher_is_a_distribution_over_the_candidates(seed, k, tau):
    _, _, tokens, scores = example(seed)
    dense = teacher_distribution(tokens, scores, k, tau, 11)
    assert torch.allclose(dense.sum(-1), torch.ones(2, 3))
    for b in range(2):
        for t in range(3):
            mass = {}
            weights = [torch.exp(score / tau).item() for score in scores[b, t, :k]]
            for token, weight in zip(tokens[b, t, :k].tolist(), weights, strict=True):
                mass[token] = mass.get(token, 0.0) + weight / sum(weights)
            for token in range(11):
                assert dense[b, t, token].item() == pytest.approx(mass.get(token, 0.0), abs=1e-5)


def test_paper_example():
    """Eq. 14: 0.378 on useful and 0.622 on helpful, the latter from two neighbours whose mass is added up."""
    tokens = torch.tensor([0, 0, 1])  # helpful, helpful, useful
    distances = torch.tensor([4 + math.log(2), 4 + math.log(2), 4.5])
    dense = teacher_distribution(tokens, -distances, k=3, tau=1.0, vocabulary=2)
    assert dense.tolist() == pytest.approx([0.622, 0.378], abs=5e-4)


def test_small_tau_is_one_hot_and_large_tau_is_uniform():
    _, _, tokens, scores = example()
    assert teacher_weights(scores, 6, 1e-3)[..., 0].min() > 0.999
    assert torch.allclose(teacher_weights(scores, 6, 1e6), torch.full((2, 3, 6), 1 / 6), atol=1e-4)
    with pytest.raises(ValueError, match="above 0"):
        teacher_weights(scores, 6, 0.0)


@pytest.mark.parametrize("tau", [1e-37, 1e-3, 1.0, 1e37])
@pytest.mark.parametrize("far", [0.0, -1e3, -1e30, -3.4e38])
def test_a_row_never_loses_its_mass(far, tau):
    """However far all candidates are, and whatever the temperature: their weights are finite and sum to 1."""
    weights = teacher_weights(far + torch.tensor([[0.0, 0.0, -1.0], [0.0, -1e3, -1e3]]), 3, tau)
    assert torch.isfinite(weights).all()
    assert torch.allclose(weights.sum(-1), torch.ones(2))
    assert (weights[:, 0] >= weights[:, 2]).all()


@pytest.mark.parametrize("seed", range(5))
def test_sparse_loss_equals_the_dense_one(seed):
    logits, target, tokens, scores = example(seed)
    log_probs = torch.log_softmax(logits, -1)
    weights = teacher_weights(scores, 6, 10.0).double()
    _, _, kd = sparse_distillation(log_probs, target, PADDING, 0.0, tokens, weights)
    dense = torch.zeros(2, 3, 11, dtype=torch.float64).scatter_add_(-1, tokens, weights)
    expected = -(dense * log_probs).sum(-1) * target.ne(PADDING)
    assert torch.allclose(kd, expected, atol=1e-12)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.5, 1.0])
def test_gradient_is_equation_13(alpha):
    logits, target, tokens, scores = example()
    weights = torch.softmax(scores / 10.0, -1)  # teacher_weights is float32, and this looks at the twelfth digit
    log_probs = torch.log_softmax(logits, -1)
    ce, _, kd = sparse_distillation(log_probs, target, PADDING, 0.0, tokens, weights)
    ((1 - alpha) * ce + alpha * kd).sum().backward()
    p = torch.softmax(logits.detach(), -1)
    teacher = torch.zeros(2, 3, 11, dtype=torch.float64).scatter_add_(-1, tokens, weights)
    gold = torch.nn.functional.one_hot(target, 11).double()
    expected = (1 - alpha) * (p - gold) + alpha * (p - teacher)
    assert torch.allclose(logits.grad, expected * target.ne(PADDING).unsqueeze(-1), atol=1e-12)
    # The three cases as the paper writes them, at one position.
    for token in range(11):
        in_candidates, is_gold = teacher[1, 0, token] > 0, token == target[1, 0]
        if is_gold:
            case = p[1, 0, token] - (1 - alpha + alpha * teacher[1, 0, token])
        else:
            case = p[1, 0, token] - (alpha * teacher[1, 0, token] if in_candidates else 0)
        assert logits.grad[1, 0, token].item() == pytest.approx(case.item(), abs=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_is_fairseqs(smoothing):
    logits, target, _, _ = example()
    log_probs = torch.log_softmax(logits, -1)
    loss, nll = cross_entropy(log_probs, target, PADDING, smoothing)
    flat = log_probs.view(-1, 11), target.view(-1, 1)
    expected, expected_nll = label_smoothed_nll_loss(*flat, smoothing, ignore_index=PADDING)
    assert loss.sum().item() == pytest.approx(expected.item(), rel=1e-12)
    assert nll.sum().item() == pytest.approx(expected_nll.item(), rel=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_without_alpha_nothing_is_left_of_the_teacher(smoothing):
    logits, target, tokens, scores = example()
    log_probs = torch.log_softmax(logits.float(), -1)
    ce, nll, kd = sparse_distillation(log_probs, target, PADDING, smoothing, tokens, teacher_weights(scores, 6, 10.0))
    plain, plain_nll = cross_entropy(log_probs, target, PADDING, smoothing)
    assert torch.equal((1.0 - 0.0) * ce.sum() + 0.0 * kd.sum(), plain.sum())
    assert torch.equal(nll, plain_nll)


@pytest.mark.parametrize(("alpha", "tau"), [(0.0, 1.0), (0.5, 1.0), (0.3, 4.0), (1.0, 0.5)])
def test_dense_loss_and_gradient_position_by_position(alpha, tau):
    """Word-KD: Eq. 8 and 9 with a softened teacher (Eq. 7); the gradient is that of KL(teacher || student)."""
    logits, target, _, _ = example()
    teacher_logits = example(seed=1)[0].detach()
    log_probs = torch.log_softmax(logits, -1)
    ce, _ = cross_entropy(log_probs, target, PADDING, 0.0)
    kd = dense_distillation(log_probs, teacher_logits, target, PADDING, tau)
    ((1 - alpha) * ce + alpha * kd).sum().backward()
    p = torch.softmax(logits.detach(), -1)
    for b in range(2):
        for t in range(3):
            softened = [math.exp(z / tau) for z in teacher_logits[b, t].tolist()]
            teacher = [z / sum(softened) for z in softened]
            real = target[b, t] != PADDING
            expected = -sum(q * math.log(p[b, t, w]) for w, q in enumerate(teacher)) if real else 0.0
            assert kd[b, t].item() == pytest.approx(expected, rel=1e-6)
            for w, q in enumerate(teacher):
                gold = float(w == target[b, t])
                slope = (1 - alpha) * (p[b, t, w] - gold) + alpha * (p[b, t, w] - q) if real else torch.tensor(0.0)
                assert logits.grad[b, t, w].item() == pytest.approx(slope.item(), abs=1e-6)


def test_padding_counts_for_nothing():
    logits, target, tokens, scores = example()
    weights = teacher_weights(scores, 6, 10.0).double()
    for part in sparse_distillation(torch.log_softmax(logits, -1), target, PADDING, 0.1, tokens, weights):
        assert part[0, 2].item() == 0.0
