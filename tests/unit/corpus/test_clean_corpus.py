"""Cleaning a corpus: every reason counted exactly, what is refused, and where text came from handed on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.workflow import ROOT

from knnkd.core.files import read_json, read_lines, sha256, write_json, write_lines

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
