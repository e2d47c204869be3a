"""The registry of terms: each entry whole, its options in the config's schema, its loss that of the slow reference."""

import subprocess
import sys
from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from support.workflow import ROOT

from knnkd.experiment.config import read_schema
from knnkd.experiment.grids import SECTION_OF
from knnkd.objective.terms import TERMS, Batch

PADDING = 1
OPTIONS = [(name, option) for name, term in TERMS.items() for option in term.options]


def batch(term, seed, smoothing=0.0, tau=2.0, **options):
    """Return a batch [2, 3] over 9 types, with a padded position, and what the term learns from."""
    generator = torch.Generator().manual_seed(seed)
    log_probs = torch.randn(2, 3, 9, generator=generator).log_softmax(-1)
    taught = {}
    if term.teacher == "candidates":
        taught["tokens"] = torch.randint(2, 9, (2, 3, 4), generator=generator)
        taught["scores"] = -torch.rand(2, 3, 4, generator=generator).sort(dim=-1).values
    if term.teacher == "model":
        taught["teacher_logits"] = torch.randn(2, 3, 9, generator=generator)
    values = {option.name: option.schema["default"] for option in term.options} | options
    target = torch.tensor([[4, 2, PADDING], [7, 5, 3]])
    return Batch(log_probs, target, PADDING, smoothing, tau, **taught, options=values, memory=term.memory(values))


@given(st.sampled_from(sorted(TERMS)), st.integers(0, 10**6), st.sampled_from([0.0, 0.1]))
def test_losses_have_the_shape_of_the_batch_and_none_on_padding(name, seed, smoothing):
    given_batch = batch(TERMS[name], seed, smoothing)
    losses = TERMS[name].loss(given_batch)
    assert all(loss.shape == (2, 3) and loss[0, 2] == 0 and loss.ge(0).all() for loss in losses)
    expected = given_batch.cross_entropy()
    assert torch.allclose(losses.ce, expected[0]) and torch.allclose(losses.nll, expected[1])


@given(st.sampled_from(["sparse", "dense", "selective"]), st.integers(0, 10**6))
def test_terms_are_cross_entropies_with_their_teachers(name, seed):
    """Position by position in plain Python: -sum_w p(w) log q(w), with p of Eq. 7 or 10."""
    given_batch = batch(TERMS[name], seed, share=1.0) if name == "selective" else batch(TERMS[name], seed)
    losses = TERMS[name].loss(given_batch)
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1), (1, 2)):
        log_q = given_batch.log_probs[i, j]
        if TERMS[name].teacher == "model":
            teacher = (given_batch.teacher_logits[i, j] / 2.0).softmax(-1)
            expected = -sum((p * q).item() for p, q in zip(teacher, log_q, strict=True))
        else:
            weights = [torch.exp(score / 2.0).item() for score in given_batch.scores[i, j]]
            tokens = given_batch.tokens[i, j].tolist()
            expected = -sum(w / sum(weights) * log_q[t].item() for w, t in zip(weights, tokens, strict=True))
        assert losses.term[i, j].item() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("term", "option"), OPTIONS, ids=[f"{term}-{option.name}" for term, option in OPTIONS])
def test_an_option_is_a_key_of_the_config(term, option):
    blocks = read_schema()["$defs"]
    assert blocks["system"]["properties"][option.name] == option.schema
    assert "default" not in blocks["objective"]["properties"][option.name]
    assert (option.name in blocks["grid"]["properties"]) == option.in_grid == (option.name in SECTION_OF)
    assert Draft202012Validator(option.schema).is_valid(option.schema["default"])
    assert option.schema["description"]
    if option.where:
        assert option.where[0] in [each.name for each in TERMS[term].options]


def test_no_option_has_two_meanings():
    counts = Counter(option.name for _, option in OPTIONS)
    assert max(counts.values()) == 1
    assert not {"term", "alpha", "tau", "k", "candidates", "teacher", "label_smoothing"} & set(counts)


def test_the_registry_imports_no_torch():
    """The workflow reads it at every start."""
    code = "import sys; import knnkd.objective.terms; sys.exit('torch' in sys.modules)"
    path = str(ROOT / "workflow")
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": path})
