"""Cleaning: lines kept against a slow reference, and normalised white space."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.corpus import moses
from support.workflow import examples

from knnkd.core.errors import KnnKdError
from knnkd.corpus import clean as cleaning
from knnkd.corpus.clean import REASONS, Rules, Side, TextSettings, keep_pairs, normalise, prepare, prepare_all


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("  a\t b \r", "a b"),
        ("a\u00a0\u2028\u3000b\x85c\x0bd", "a b c d"),
        ("a\x00\x07b\x7f\x9fc", "a b c"),
        ("\ufeffa\ufeffb", "a b"),
        ("a\u200bb\u00adc", "a\u200bb\u00adc"),
        ("\u2028 ", ""),
    ],
)
def test_white_space_and_control_characters_become_one_space(line: str, expected: str) -> None:
    assert normalise(line) == expected


WORDS = st.sampled_from(["a", "b", "Herr", "Mr.", "isn't", "well-known", "3,5", "\u00a0", "\t", "...", "&", "Straße"])
LINES = st.lists(WORDS, max_size=8).map(" ".join)
CORPORA = st.lists(st.tuples(LINES, LINES), max_size=12)


RULES = st.builds(
    Rules,
    min_tokens=st.integers(0, 3),
    max_tokens=st.integers(3, 9),
    max_ratio=st.sampled_from([1.0, 1.5, 3.0]),
    max_characters=st.integers(5, 40),
    drop_duplicates=st.booleans(),
)


def slow_reason(pairs: list[tuple[str, str]], number: int, rules: Rules, held_out: set[str]) -> str | None:
    """Return the reason to drop one pair, said as plainly as the rules are: each asked of every pair anew."""
    source, target = (" ".join(line.split()) for line in pairs[number])
    lengths = [len(moses(line, lang)) for lang, line in (("de", source), ("en", target))]
    earlier = [tuple(" ".join(line.split()) for line in pair) for pair in pairs[:number]]
    broken = {
        "empty": source == "" or target == "",
        "too_short": any(length < rules.min_tokens for length in lengths),
        "too_long": any(length > rules.max_tokens for length in lengths),
        "too_many_characters": len(source) > rules.max_characters or len(target) > rules.max_characters,
        "ratio": 0 not in lengths and max(lengths[0] / lengths[1], lengths[1] / lengths[0]) > rules.max_ratio,
        "duplicate": rules.drop_duplicates and (source, target) in earlier,
        "in_valid_or_test": source in held_out,
    }
    return next((reason for reason in REASONS if broken.get(reason)), None)


@examples(60)
@given(pairs=CORPORA, rules=RULES, held_out=st.sets(st.sampled_from(["a", "a b", "Herr"])))
def test_kept_pairs_are_those_of_a_slow_reference(
    pairs: list[tuple[str, str]], rules: Rules, held_out: set[str]
) -> None:
    source, target = both_sides(pairs)
    kept = keep_pairs(source, target, rules, held_out)
    reasons = [slow_reason(pairs, number, rules, held_out) for number in range(len(pairs))]
    assert kept.lines == [number for number, reason in enumerate(reasons) if reason is None]
    assert kept.dropped == {reason: Counter(reasons)[reason] for reason in REASONS}
    assert len(kept.lines) + sum(kept.dropped.values()) == len(pairs)
    for number in kept.lines:
        assert source.text[number] == " ".join(pairs[number][0].split())


def both_sides(pairs: list[tuple[str, str]]) -> tuple[Side, Side]:
    return (
        prepare([source for source, _ in pairs], "de", TextSettings()),
        prepare([target for _, target in pairs], "en", TextSettings()),
    )


@examples(60)
@given(pairs=CORPORA, rules=RULES)
def test_cleaning_its_own_text_changes_nothing(pairs: list[tuple[str, str]], rules: Rules) -> None:
    rules = replace(rules, drop_duplicates=True)
    source, target = both_sides(pairs)
    kept = keep_pairs(source, target, rules)
    once = [(source.text[number], target.text[number]) for number in kept.lines]
    again = both_sides(once)
    assert list(zip(again[0].text, again[1].text, strict=True)) == once
    assert keep_pairs(*again, rules).lines == list(range(len(once)))


@given(lines=st.lists(LINES, max_size=9), size=st.integers(1, 4))
def test_chunks_do_not_change_the_result(lines: list[str], size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cleaning, "CHUNK", size)
        assert prepare_all(lines, "de", TextSettings()) == prepare(lines, "de", TextSettings())


@pytest.mark.parametrize(
    "wrong", [{"min_tokens": -1}, {"min_tokens": 5, "max_tokens": 4}, {"max_ratio": 0.9}, {"max_ratio": float("inf")}]
)
def test_impossible_rules_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(KnnKdError, match=next(iter(wrong))):
        Rules(**wrong)
