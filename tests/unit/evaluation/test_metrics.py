"""The registry: each entry against sacrebleu and against its own sums, and the schema that lists its names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF, TER
from support.workflow import examples

from knnkd.evaluation.metrics import METRICS
from knnkd.experiment.config import read_schema

PLAIN = {"bleu_tok": BLEU(tokenize="none"), "sacrebleu": BLEU(), "chrf": CHRF(), "ter": TER()}
SENTENCES = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "d", "the", ",", "."]), max_size=7).map(" ".join), min_size=1
)


@pytest.mark.parametrize("name", METRICS)
@examples(25)
@given(st.data())
def test_a_score_is_sacrebleus_and_that_of_the_sums(name, data):
    references = data.draw(SENTENCES)
    hypotheses = data.draw(st.lists(SENTENCES.map(" ".join), min_size=len(references), max_size=len(references)))
    scorer = METRICS[name].opened(references, references)
    expected = PLAIN[name].corpus_score(hypotheses, [references]).score
    assert scorer.score(hypotheses) == pytest.approx(expected)
    statistics = scorer.statistics(hypotheses)
    assert len(statistics) == len(references)
    assert scorer.of_sums(statistics.sum(0)) == pytest.approx(expected)
    rows = np.array([statistics.sum(0), statistics[0]])
    assert scorer.of_sums(rows) == pytest.approx(
        [expected, PLAIN[name].corpus_score(hypotheses[:1], [references[:1]]).score]
    )


@pytest.mark.parametrize("name", METRICS)
def test_which_of_two_scores_is_better(name):
    scorer, metric = METRICS[name].opened(["a small house ."] * 3, [""] * 3), METRICS[name]
    good, bad = scorer.score(["a small house ."] * 3), scorer.score(["the dog", "", "a house"])
    assert metric.sign * good > metric.sign * bad


def test_the_schema_has_just_these():
    assert read_schema()["$defs"]["metric"]["enum"] == list(METRICS)
