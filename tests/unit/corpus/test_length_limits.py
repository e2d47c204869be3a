"""Sentences that a model cannot take: refused, or dropped in cleaning where its subwords are known by then."""

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.workflow import one_error, run_script

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, read_lines, write_lines
from knnkd.corpus.bpe import learn_codes
from knnkd.corpus.clean import Kept, drop_overlong
from knnkd.corpus.length_limits import OVERLONG, overlong_lines, pairs_of_corpus, refuse_overlong

LANGUAGES = ("de", "en")
# Cut into characters but for "ab": codes are learned from it alone.
PAIRS = [("ab ab ab", "ab"), ("ab", "abcdef gh"), ("c d e f g h", "ab"), ("", "ab"), ("ab", "ab ab")]


def test_overlong_sentences_are_refused():
    refuse_overlong(["a b c", ""], 3, "train.de")
    with pytest.raises(KnnKdError, match="train.de: line 2 has 4 subwords, the model takes 3"):
        refuse_overlong(["a", "a b c d"], 3, "train.de")


@given(st.lists(st.text("ab ", max_size=12), max_size=8), st.integers(1, 6))
def test_overlong_lines_are_those_that_a_slow_count_finds(texts: list[str], limit: int) -> None:
    lines = [" ".join(text.split()) for text in texts]

    def segment(line: str) -> str:
        """Cut a line into characters."""
        return " ".join(line.replace(" ", ""))

    slow = {number for number, line in enumerate(lines) if len(segment(line).split()) > limit}
    assert overlong_lines(enumerate(lines), segment, limit) == slow


def test_what_was_dropped_before_is_still_counted() -> None:
    kept = drop_overlong(Kept([0, 2, 5], {"empty": 3, OVERLONG: 0}), {2, 4})
    assert kept == Kept([0, 5], {"empty": 3, OVERLONG: 1})
    with pytest.raises(KnnKdError, match="all 3 training pairs are too long"):
        drop_overlong(Kept([0, 2, 5], {}), {0, 2, 5})


def test_they_are_part_of_the_corpus() -> None:
    assert pairs_of_corpus({"pairs_after": 5}) == 5
    assert pairs_of_corpus({"pairs_after": 5, "dropped": {"empty": 3, OVERLONG: 2}}) == 7


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with a corpus in raw, and the codes of a model in codes."""
    for number, language in enumerate(LANGUAGES):
        for split in ("train", "valid", "test"):
            write_lines(tmp_path / "raw" / f"{split}.{language}", [pair[number] for pair in PAIRS])
        write_lines(tmp_path / "other" / f"train.{language}", ["ab ab ab"])
    learn_codes(tmp_path / "other", LANGUAGES, 1, True, tmp_path / "codes")
    return tmp_path


def clean(corpus: Path, **expected: int) -> CompletedProcess[str]:
    """Clean with settings that drop nothing else."""
    settings = {"languages": LANGUAGES, "splits": [], "text": {"tokenise": False}, "max_positions": 5}
    flags = ["--settings", json.dumps(settings), "--expect", json.dumps(expected), "--codes", corpus / "codes"]
    return run_script("clean_corpus.py", *flags, "--raw", corpus / "raw", "--output", corpus / "clean")


def test_training_pairs_too_long_for_the_model_go_and_count(corpus: Path) -> None:
    """By its codes pair 1 has eight subwords in English and pair 2 six in German; it takes four, and the end."""
    run = clean(corpus, train=5, valid=5)
    assert run.returncode == 0, run.stderr
    assert "train: 2 pairs of more than 4 subwords go" in run.stdout
    manifest = read_json(corpus / "clean" / "manifest.json")
    splits = manifest["splits"]
    assert {name: split["pairs_after"] for name, split in splits.items()} == {"train": 3, "valid": 5, "test": 5}
    assert splits["train"]["dropped"][OVERLONG] == 2 == splits["train"]["pairs_before"] - 3
    assert manifest["settings"]["max_positions"] == 5
    assert read_lines(corpus / "clean" / "train.lines") == ["0", "3", "4"]
    assert read_lines(corpus / "clean" / "tok" / "train.en") == ["ab", "ab", "ab ab"]


def test_a_count_that_differs_for_another_reason_is_refused(corpus: Path) -> None:
    line = one_error(clean(corpus, train=3))
    assert "expected 3 pairs after cleaning, got 5 (dropped: too_many_subwords 2)" in line
