"""Odd text gives a result or a refusal of one line, never a traceback and never a silent loss of pairs."""

import pytest
from support.corpus import cleaning, settings
from support.workflow import run_script

from knnkd.core.files import read_json, read_lines
from knnkd.experiment import corpus_settings

pytestmark = pytest.mark.e2e
CLEANING = cleaning(rules={"max_ratio": 1.5})
PLAIN = [f"ein Haus mit {n} Türen ." for n in range(40)]
ODD = {
    "one token": ["ja"] * 3,
    "emoji": ["gut 👍🏽 👩‍👩‍👧‍👦 !", "🇩🇪🇩🇪"],
    "right to left": ["שלום עולם", "مرحبا بالعالم \u200f123\u200e"],
    "combining marks": ["e\u0301te\u0301", "a" + "\u0308" * 50, "각 각"],
    "carriage returns": ["Zeile\r", "noch\r eine\r"],
    "byte order marks": ["\ufeffAnfang", "mitten\ufeff drin"],
    "separators": ["vor\u2028nach", "vor\u2029nach", "vor\x85nach", "vor\x0bnach\x0cund"],
    "odd spaces": ["\u3000weit\u3000", "\u00a0 fest \u00a0", "a\u200bb"],
    "entities": ["&amp; &lt;s&gt; </s> <unk> <pad>", "| [ ] @-@ @@ x@@"],
    "surrogates of private use": ["\ue000 \U0010ffff"],
    "duplicates": ["dasselbe ."] * 5,
}


def stages(folder, lines):
    """Clean, learn BPE and segment; return the first process that fails, or the folder of subwords."""
    (folder / "raw").mkdir()
    for split, part in (("train", [*PLAIN, *lines]), ("valid", PLAIN[:3]), ("test", [*lines, *PLAIN[:1]])):
        for language in ("de", "en"):
            text = "".join(f"{line}\n" for line in part)
            (folder / "raw" / f"{split}.{language}").write_bytes(text.encode("utf-8", "surrogatepass"))
    limit = settings(corpus_settings.segmentation, max_positions=1024)
    calls = [
        ["clean_corpus.py", *CLEANING, "--raw", "raw", "--output", "clean"],
        ["learn_bpe.py", *settings(corpus_settings.bpe, merges=50), "--text", "clean/tok", "--output", "codes"],
        ["segment.py", *limit, "--codes", "codes", "--text", "clean/tok", "--output", "bpe"],
    ]
    for name, *flags in calls:
        process = run_script(name, *flags, cwd=folder)
        if process.returncode:
            return process
    return folder / "bpe"


def refused(process):
    """The one line that a stage ended with."""
    assert process.returncode == 1, process.stderr
    assert "Traceback" not in process.stderr
    (line,) = [line for line in process.stderr.splitlines() if line.startswith("error:")]
    return line


@pytest.mark.parametrize("kind", ODD)
def test_every_pair_is_kept_or_counted(tmp_path, kind):
    subwords = stages(tmp_path, ODD[kind])
    assert not hasattr(subwords, "returncode"), refused(subwords)
    splits = read_json(tmp_path / "clean" / "manifest.json")["splits"]
    for split, before in (("train", 40 + len(ODD[kind])), ("test", len(ODD[kind]) + 1)):
        about = splits[split]
        assert about["pairs_before"] == before
        assert about["pairs_after"] + sum(about["dropped"].values()) == before
        for language in ("de", "en"):
            lines = read_lines(subwords / f"{split}.{language}")
            assert len(lines) == about["pairs_after"]
            tokens = read_lines(tmp_path / "clean" / "tok" / f"{split}.{language}")
            assert [line.replace("@@ ", "") for line in lines] == tokens, "subwords join to the tokens again"
    assert splits["test"]["pairs_after"] == len(ODD[kind]) + 1, "a test set loses nothing"


def test_a_sentence_of_ten_thousand_tokens(tmp_path):
    """Cleaning drops it from the training set; a test set loses nothing, so that it is refused before any training."""
    line = refused(stages(tmp_path, [" ".join(["lang"] * 10_000)]))
    assert "test.de: line 1 has 40000 subwords, the model takes 1023" in line
    assert read_json(tmp_path / "clean" / "manifest.json")["splits"]["train"]["dropped"]["too_long"] == 1


@pytest.mark.parametrize(
    ("train", "words"),
    [
        (b"", "empty"),
        (b"\n\n\n", "every line is empty"),
        (b"\xff\xfe\n", "invalid UTF-8"),
        (b"a\0b\n", "NUL byte"),
        (b"eins\n", None),
    ],
)
def test_hardly_any_corpus(tmp_path, train, words):
    """Nothing, blank lines and no UTF-8 are refused; one sentence is a corpus."""
    (tmp_path / "raw").mkdir()
    for split in ("train", "valid", "test"):
        for language in ("de", "en"):
            (tmp_path / "raw" / f"{split}.{language}").write_bytes(train if split == "train" else b"eins\n")
    flags = ["--raw", tmp_path / "raw", "--output", tmp_path / "clean"]
    process = run_script("clean_corpus.py", *CLEANING, *flags)
    if words is None:
        assert process.returncode == 0, process.stderr
        assert read_lines(tmp_path / "clean" / "tok" / "train.de") == ["eins"]
    else:
        assert words in refused(process)
