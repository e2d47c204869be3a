"""Scores against a hand-worked case."""

import math

import pytest
from support.commands import Command
from support.workflow import one_error

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, write_json, write_lines
from knnkd.core.integrity import sums_of
from knnkd.evaluation.metrics import METRICS
from knnkd.evaluation.scores import Sentences, score
from knnkd.inference.hypotheses import FILES


@pytest.fixture
def hypotheses(tmp_path):
    write_lines(tmp_path / "hypotheses.tok", ["the cat sat on the mat .", "", "a dog runs"])
    write_lines(tmp_path / "hypotheses.txt", ["the cat sat on the mat.", "", "a dog runs"])
    write_lines(tmp_path / "tok" / "test.en", ["the cat sat on a mat .", "an empty one", "a dog runs"])
    write_lines(tmp_path / "text" / "test.en", ["the cat sat on a mat.", "an empty one", "a dog runs"])
    for kind in ("tok", "text"):
        write_lines(tmp_path / kind / "test.de", ["die Katze", "leer", "ein Hund"])
    write_lines(tmp_path / "hypotheses.bpe", ["the cat sat on the mat .", "", "a dog runs"])
    write_json(tmp_path / "decode.json", {"weights": "w", "files": sums_of(tmp_path, FILES)})
    return tmp_path


def sentences(folder):
    return Sentences(folder / "tok", folder / "text", "test.de", "test.en")


def test_bleu_by_hand(hypotheses):
    """n-gram matches over totals: 9/10 unigrams, 6/8 bigrams, 3/5 trigrams, 1/4 4-grams (counted below)."""
    # Line 1 against "the cat sat on a mat .": the cat sat on _ mat . | the-cat cat-sat sat-on mat-. | the-cat-sat
    # cat-sat-on | the-cat-sat-on. "the" occurs twice and matches once. Line 2 is empty. Line 3 matches wholly.
    matches, totals = [6 + 3, 4 + 2, 2 + 1, 1], [7 + 3, 6 + 2, 5 + 1, 4]
    brevity = math.exp(1 - 13 / 10)  # 7 + 3 + 3 reference tokens for 10 of the hypotheses
    expected = 100 * brevity * math.prod(m / t for m, t in zip(matches, totals, strict=True)) ** 0.25
    scores = {each.metric: each for each in score(hypotheses, sentences(hypotheses), METRICS)}
    assert scores["bleu_tok"].value == pytest.approx(expected)
    assert "tok:none" in scores["bleu_tok"].signature
    assert "tok:13a" in scores["sacrebleu"].signature
    assert scores["sacrebleu"].value == pytest.approx(expected)  # 13a splits off the full stop, as the tokens have it
    assert "nc:6" in scores["chrf"].signature
    # Plain text in small letters: "the" for "a", and three words that lack, of 6 + 3 + 3.
    assert scores["ter"].value == pytest.approx(100 * 4 / 12)


def test_a_missing_line_is_refused(hypotheses):
    write_lines(hypotheses / "tok" / "test.en", ["one line"])
    with pytest.raises(KnnKdError, match="1 references for 3 sources"):
        score(hypotheses, sentences(hypotheses), ["bleu_tok"])
    write_lines(hypotheses / "tok" / "test.de", ["eine Zeile"])
    with pytest.raises(KnnKdError, match="3 hypotheses for 1 references"):
        score(hypotheses, sentences(hypotheses), ["bleu_tok"])


def test_an_unknown_metric_is_named(hypotheses):
    with pytest.raises(KnnKdError, match="metric blue: unknown; give one of bleu_tok, sacrebleu, chrf, ter"):
        score(hypotheses, sentences(hypotheses), ["blue"])


def test_score_script(hypotheses):
    files = {"hypotheses": hypotheses / "decode.json", "tok": hypotheses / "tok", "text": hypotheses / "none"}
    files |= {"names": ["test.de", "test.en"], "output": hypotheses / "score.json"}
    run = {"dataset": "d", "system": "s", "seed": 1, "split": "test"}
    command = Command("score.py", {"run": run, "metrics": ["bleu_tok", "chrf"]}, **files)
    assert "none" in one_error(command.run())
    assert not (hypotheses / "score.json").exists()
    command.files["text"] = hypotheses / "text"
    assert command.run().returncode == 0
    assert read_json(hypotheses / "score.json")["weights"] == "w"
    write_lines(hypotheses / "hypotheses.tok", ["the cat sat on the hat .", "", "a dog runs"])
    line = one_error(command.run())
    assert "hypotheses.tok: changed since it was written" in line
