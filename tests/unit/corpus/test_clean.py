"""Cleaning: every reason counted exactly, kept lines against a slow reference, and the same for any thread count."""

import gzip
import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacremoses import MosesTokenizer
from support.workflow import REAL_TEXT, ROOT, examples

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, read_lines, sha256, write_json, write_lines
from knnkd.corpus import clean as cleaning
from knnkd.corpus.clean import REASONS, Rules, Side, TextSettings, keep_pairs, normalise, prepare, prepare_all
from knnkd.corpus.tokenise import detokenise, tokenise

SCRIPT = ROOT / "workflow" / "scripts" / "clean_corpus.py"

# One pair for each reason under EVERY_RULE, with max_ratio 1.5, and two to keep.
TRAIN = [
    ("Guten Morgen .", "Good morning ."),
    ("", "nothing"),
    ("nichts", " \u2028\t"),
    ("Ja", "Oh yes"),
    ("a b c d e f g", "a b c d e f"),
    ("eins Donaudampfschifffahrtsgesellschaft", "one company"),
    ("a b c d", "a b"),
    ("Guten\u00a0 Morgen .", " Good morning . "),
    ("Auf Wiedersehen", "Good bye"),
    ("a b c", "a b"),
]
HELD_OUT = [("Auf Wiedersehen", "So long"), ("", ""), ("Ja", "Yes")]
BOUNDS = {"min_tokens": 2, "max_tokens": 6, "max_characters": 30}
EVERY_RULE = BOUNDS | {"drop_duplicates": True, "drop_overlap": True}


def write_corpus(raw: Path, **splits: list[tuple[str, str]]) -> Path:
    """Write the splits, those that are not given with one pair."""
    for split, pairs in ({name: [("a", "b")] for name in ("train", "valid", "test")} | splits).items():
        write_lines(raw / f"{split}.de", [source for source, _ in pairs])
        write_lines(raw / f"{split}.en", [target for _, target in pairs])
    return raw


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "raw", train=TRAIN, valid=HELD_OUT, test=HELD_OUT[:2])


def run_script(raw: Path, output: Path, *flags: object, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run the script with settings; unless they say otherwise, train alone may lose pairs."""
    text = json.dumps({"languages": ["de", "en"], "splits": ["train"]} | settings)
    command = [sys.executable, SCRIPT, "--settings", text, "--raw", raw, "--output", output, *flags]
    return subprocess.run(
        [str(part) for part in command], capture_output=True, encoding="utf-8", timeout=120, check=False
    )


def clean(raw: Path, output: Path, *flags: object, **settings: object) -> dict:
    run = run_script(raw, output, *flags, **settings)
    assert (run.returncode, run.stderr) == (0, "")
    return read_json(output / "manifest.json")


def one_error(run: subprocess.CompletedProcess[str]) -> str:
    """Return the run's only error line, after checking that it failed as a script should."""
    assert run.returncode == 1
    (line,) = run.stderr.splitlines()
    assert line.startswith("error: ")
    return line


def test_every_reason_is_counted_once(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    manifest = clean(raw, out, "--expect", '{"train": 2, "valid": 3}', rules=EVERY_RULE)
    train = manifest["splits"]["train"]
    assert train["dropped"] == {
        "empty": 2,
        "too_short": 1,
        "too_long": 1,
        "too_many_characters": 1,
        "ratio": 1,
        "duplicate": 1,
        "in_valid_or_test": 1,
        "too_many_subwords": 0,  # of a pre-trained model's, and there is none
    }
    assert (train["pairs_before"], train["pairs_after"], train["cleaned"]) == (10, 2, True)
    assert read_lines(out / "train.lines") == ["0", "9"]
    assert read_lines(out / "text" / "train.de") == read_lines(out / "tok" / "train.de") == ["Guten Morgen .", "a b c"]
    assert train["tokens"] == {"de": 6, "en": 5}
    assert train["types"] == {"de": 6, "en": 5}
    assert manifest["settings"]["max_tokens"] == 6 and manifest["settings"]["drop_overlap"] is True
    assert str(tmp_path) not in json.dumps(manifest)


def test_other_splits_are_never_shortened(raw: Path, tmp_path: Path) -> None:
    manifest = clean(raw, tmp_path, rules=EVERY_RULE)
    valid = manifest["splits"]["valid"]
    assert (valid["pairs_before"], valid["pairs_after"], valid["cleaned"]) == (3, 3, False)
    assert set(valid["dropped"].values()) == {0}
    assert read_lines(tmp_path / "text" / "valid.en") == ["So long", "", "Yes"]
    assert read_lines(tmp_path / "tok" / "valid.de") == ["Auf Wiedersehen", "", "Ja"]
    assert read_lines(tmp_path / "valid.lines") == ["0", "1", "2"]


def test_no_split_loses_pairs_where_none_is_named(raw: Path, tmp_path: Path) -> None:
    manifest = clean(raw, tmp_path, splits=[])
    assert list(manifest["splits"]) == ["train", "valid", "test"]
    assert manifest["splits"]["train"]["pairs_after"] == len(TRAIN)


def test_duplicates_and_overlap_are_kept_unless_asked_for(raw: Path, tmp_path: Path) -> None:
    manifest = clean(raw, tmp_path, rules=BOUNDS)
    assert manifest["splits"]["train"]["pairs_after"] == 4


def test_sources_are_handed_on(raw: Path, tmp_path: Path) -> None:
    record = {"name": "train.de.gz", "url": "https://host/train.de.gz", "sha256": "0" * 64, "bytes": 9, "lines": 10}
    write_json(raw / "train.de.source.json", record)
    sources = clean(raw, tmp_path)["splits"]["train"]["sources"]
    assert sources["de"] == record
    file = raw / "train.en"
    assert sources["en"] == {"name": "train.en", "sha256": sha256(file), "bytes": file.stat().st_size, "lines": 10}
    write_json(raw / "train.de.source.json", record | {"lines": 11})
    line = one_error(run_script(raw, tmp_path))
    assert "train.de.source.json does not describe train.de (10 lines)" in line


def test_tokenised_input_is_detokenised_and_lower_cased(tmp_path: Path) -> None:
    pair = ("Das ist Peter &apos;s Auto , oder ?", "It &apos;s Peter &apos;s well @-@ known car , isn &apos;t it ?")
    raw = write_corpus(tmp_path / "raw", test=[pair])
    manifest = clean(raw, tmp_path / "out", text={"tokenise": False, "escape": True, "lowercase": True})
    assert read_lines(tmp_path / "out" / "tok" / "test.en") == [pair[1].lower()]
    assert read_lines(tmp_path / "out" / "text" / "test.en") == ["it's peter's well-known car, isn't it?"]
    assert manifest["splits"]["test"]["tokens"] == {"de": 8, "en": 13}


def test_raw_input_is_tokenised_as_asked(tmp_path: Path) -> None:
    raw = write_corpus(tmp_path / "raw", test=[("Ein U-Boot & Boot.", 'A "well-known" one, e.g. this.')])
    clean(raw, tmp_path / "a", text={"escape": True, "aggressive": True, "lowercase": True})
    assert read_lines(tmp_path / "a" / "tok" / "test.de") == ["ein u @-@ boot &amp; boot ."]
    assert read_lines(tmp_path / "a" / "text" / "test.de") == ["ein u-boot & boot."]
    clean(raw, tmp_path / "b")
    assert read_lines(tmp_path / "b" / "tok" / "test.en") == ['A " well-known " one , e.g. this .']


def test_script_names_what_is_wrong(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    line = one_error(run_script(raw, out, "--expect", '{"train": 10}', rules=EVERY_RULE))
    assert "train: expected 10 pairs after cleaning, got 2" in line and "empty 2" in line and "ratio 1" in line
    line = one_error(run_script(raw, out, rules={"max_characters": 1}))
    assert "train: cleaning drops all 10 pairs (empty 2, too_many_characters 8)" in line
    line = one_error(run_script(raw, out, rules={"max_ratio": 0.5}))
    assert "max_ratio 0.5" in line
    write_lines(raw / "valid.en", ["one"])
    line = one_error(run_script(raw, out))
    assert f"{raw / 'valid.de'} has 3 lines but {raw / 'valid.en'} has 1" in line
    write_lines(raw / "valid.en", ["", "\u2028", "\ufeff"])
    line = one_error(run_script(raw, out))
    assert f"{raw / 'valid.en'}: every line is empty" in line
    (raw / "valid.en").unlink()
    line = one_error(run_script(raw, out))
    assert f"{raw / 'valid.en'}: no such file" in line
    assert not out.exists()


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"splits": ["dev"]}, "--settings: Invalid enum value 'dev'"),
        ({"splits": ["valid"], "rules": {"drop_overlap": True}}, "drop_overlap: takes pairs out of train"),
        ({"splits": None}, "Expected `array`, got `null` - at `$.splits`"),
        ({"rules": {"max_tokns": 1}}, "unknown field rules.max_tokns"),
        ({"languages": ["de", "de"]}, "source and target are the same"),
        ({"valid_every": 1}, "valid_every: at least 2"),
        ({"max_positions": 9}, "--codes are given; give both or neither"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(raw: Path, tmp_path: Path, settings: dict, part: str) -> None:
    assert part in one_error(run_script(raw, tmp_path / "out", **settings))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        (["--expect", '{"dev": 1}'], "--expect: Invalid enum value 'dev'"),
        (["--expect", '{"train": "many"}'], "--expect: Expected `int`, got `str`"),
        (["--threads", 0], "threads: at least 1"),
        (["--codes", "codes"], "--codes are given; give both or neither"),
    ],
)
def test_flags_that_mean_nothing_are_refused(raw: Path, tmp_path: Path, flags: list[object], part: str) -> None:
    assert part in one_error(run_script(raw, tmp_path / "out", *flags))
    assert not (tmp_path / "out").exists()


def test_failed_run_leaves_no_manifest_of_an_older_one_changed(raw: Path, tmp_path: Path) -> None:
    clean(raw, tmp_path / "out")
    before = {file: file.read_bytes() for file in (tmp_path / "out").rglob("*") if file.is_file()}
    one_error(run_script(raw, tmp_path / "out", "--expect", '{"train": 9}', rules={"max_tokens": 2}))
    assert before == {file: file.read_bytes() for file in (tmp_path / "out").rglob("*") if file.is_file()}


def test_threads_do_not_change_the_output(tmp_path: Path) -> None:
    pairs = [(f"Satz {n} , e.g. Nr. {n} .", f"It's sentence no. {n % 7}" + " x" * (n % 9)) for n in range(4500)]
    raw = write_corpus(tmp_path / "raw", train=pairs)
    outputs = []
    for threads in (1, 3):
        out = tmp_path / str(threads)
        clean(raw, out, "--threads", threads, rules={"drop_duplicates": True})
        outputs.append({file.relative_to(out): file.read_bytes() for file in out.rglob("*") if file.is_file()})
    assert len(outputs[0]) == 3 * 5 + 3
    assert outputs[0] == outputs[1]


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


def moses(line: str, lang: str, **options: bool) -> list[str]:
    """Return sacremoses' tokens, but the last full stop apart, as Moses' own script has it."""
    tokens = list(MosesTokenizer(lang).tokenize(line, **options))
    if tokens and re.fullmatch(r".*[^.]\.", tokens[-1]):
        tokens[-1:] = [tokens[-1][:-1], "."]
    return tokens


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


@examples(200)
@given(st.text(max_size=20), st.sampled_from(["de", "en", "vi"]), st.booleans(), st.booleans())
def test_tokens_are_those_of_plain_sacremoses(text: str, lang: str, escape: bool, aggressive: bool) -> None:
    line = normalise(text) + " Nr. 3 usw. x.y.z. Ok e.g. ok."
    (tokens,) = tokenise([line], lang, escape, aggressive)
    assert tokens == " ".join(moses(line, lang, aggressive_dash_splits=aggressive, escape=escape))


@given(st.text(alphabet="ab .,'\"!?-", max_size=12), st.sampled_from(["de", "en", "vi"]), st.booleans(), st.booleans())
def test_single_spaces_stand_between_tokens(text: str, lang: str, escape: bool, aggressive: bool) -> None:
    """A quote after a full stop at a line's end leaves plain sacremoses with a space too many."""
    (tokens,) = tokenise([normalise(text)], lang, escape, aggressive)
    assert tokens == " ".join(tokens.split())


@pytest.mark.parametrize(
    ("line", "tokens"),
    [
        ("He lives in the U.S.", "He lives in the U.S ."),
        ("Das ist Nr. 37.", "Das ist Nr. 37 ."),
        ("And so on ...", "And so on ..."),
        ("And so on..", "And so on .."),
        (".", "."),
        ("", ""),
    ],
)
def test_the_last_full_stop_stands_apart(line: str, tokens: str) -> None:
    """As in the published IWSLT'14 sets, whatever stands before it."""
    assert tokenise([line], "de" if "Das" in line else "en", False, False) == [tokens]


def test_a_line_that_ends_in_a_quote() -> None:
    assert tokenise(["You can't 'have it all.'"], "en", False, False) == ["You can 't ' have it all . '"]


def test_detokenise_undoes_tokenise() -> None:
    lines = ["It's a well-known fact, isn't it?", "", 'He said: [5 < 6] & "so on".']
    assert detokenise(tokenise(lines, "en", True, True), "en", True) == lines
    assert detokenise([""], "de", False) == [""]
    assert detokenise(["&lt;"], "de", False) == ["&lt;"]


@pytest.mark.skipif(not (REAL_TEXT / "koran" / "test.de.gz").exists(), reason="no real text beside this repository")
def test_real_text_is_tokenised_line_by_line() -> None:
    for lang in ("de", "en"):
        file = REAL_TEXT / "koran" / f"test.{lang}.gz"
        lines = read_lines(file)
        assert lines == gzip.decompress(file.read_bytes()).decode("utf-8").removesuffix("\n").split("\n")
        side = prepare(lines, lang, TextSettings())
        assert len(side.tokenised) == 2000 and all(side.tokenised)
        # Tokenisation moves spaces about and nothing else.
        assert [line.replace(" ", "") for line in side.tokenised] == [line.replace(" ", "") for line in side.text]
        assert sum(line.count(" ") for line in side.tokenised) > sum(line.count(" ") for line in side.text)


def test_published_counts_may_differ_by_a_thousandth_where_tokens_decide(tmp_path: Path) -> None:
    """What is cleaned rests on a tokeniser's version; a split that loses nothing has just its count."""
    raw = write_corpus(tmp_path / "raw", train=[("a b", "c d")] * 2001, test=[("a", "b")] * 2001)
    expect = ["--expect", json.dumps({"train": 2000})]
    run = run_script(raw, tmp_path / "out", *expect)
    assert run.returncode == 0 and "train: expected 2000 pairs after cleaning, got 2001" in run.stderr
    assert read_json(tmp_path / "out" / "manifest.json")["splits"]["train"]["pairs_after"] == 2001
    for wrong in ({"train": 1998}, {"test": 2000}):
        (split,) = wrong
        line = one_error(run_script(raw, tmp_path / "other", "--expect", json.dumps(wrong)))
        assert f"{split}: expected" in line and f"or set expect.{split}" in line
        assert not (tmp_path / "other" / "manifest.json").exists()


def test_text_in_subwords_is_refused(tmp_path: Path) -> None:
    """Tokenised already, in any line; to be tokenised, in most lines."""
    pairs = [("ein Hund", "a dog")] * 19
    raw = write_corpus(tmp_path / "raw", train=pairs, valid=[*pairs, ("ein Haus", "a hou@@ se")])
    assert run_script(raw, tmp_path / "out").returncode == 0
    line = one_error(run_script(raw, tmp_path / "out", text={"tokenise": False}))
    assert "valid.en: line 20: 'hou@@' ends in @@, the mark of a subword; join the subwords" in line
    raw = write_corpus(tmp_path / "cut", train=[*pairs, ("ein Haus", "a hou@@ se"), ("ein H@@ aus", "a hou@@ se")] * 2)
    assert run_script(raw, tmp_path / "other").returncode == 0
    raw = write_corpus(tmp_path / "more", train=[("ein Hund", "a dog"), *[("ein H@@ aus", "a hou@@ se")] * 2])
    assert "train.de: line 2: 'H@@' ends in @@" in one_error(run_script(raw, tmp_path / "other"))


def test_one_file_for_both_languages_is_refused(raw: Path, tmp_path: Path) -> None:
    """As a server gives a page for whatever is asked of it; a user's own copies are theirs."""
    for language in ("de", "en"):
        write_lines(raw / f"train.{language}", ["Please log in"])
        record = {"name": "train", "url": f"http://host/train.{language}", "sha256": "0", "bytes": 14, "lines": 1}
        (raw / f"train.{language}.source.json").write_text(json.dumps(record))
    line = one_error(run_script(raw, tmp_path / "out"))
    assert "train: http://host/train.de and http://host/train.en gave the same bytes" in line
