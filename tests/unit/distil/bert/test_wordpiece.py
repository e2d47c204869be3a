"""WordPiece of the student's text: learned, applied, and taken back."""

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.corpus import settings
from support.workflow import ROOT, one_error, run_script

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, read_lines, sha256, write_json, write_lines
from knnkd.corpus.subwords import join_subwords
from knnkd.distil.bert.wordpiece import RESERVED, SPECIAL, Vocabulary, WordPiece, count_unknown, learn_pieces
from knnkd.experiment import corpus_settings

TEXT = ["Der Hund läuft durch den Park .", "Die Hunde laufen durch die Parks .", "ein Hund &apos; und 1 # Park"] * 5
NAMES = [f"{split}.{language}" for split in ("train", "valid", "test") for language in ("de", "en")]
PIECES = learn_pieces(TEXT, 120)
CASED = WordPiece(Vocabulary(PIECES, lower_case=False))


def longest_first(pieces, word):
    """The algorithm of Devlin et al., one slice after the other; None where the word cannot be cut."""
    out = []
    while word:
        prefix = "##" if out else ""
        end = next((end for end in range(len(word), 0, -1) if prefix + word[:end] in pieces), None)
        if end is None:
            return None
        out.append(prefix + word[:end])
        word = word[end:]
    return out


words = st.text(st.sampled_from("DerHundläuftPk&apos;1#.x[]") | st.characters(exclude_categories=("C",)), min_size=1)


@given(st.lists(words.filter(lambda word: " " not in word), max_size=8))
@example(["##er", "Der", "#", "##", "###", "#e", "H##"])
@example(["[CLS]", "Hund", "[UNK]", "[SEP]", "</s>", "<unk>", "[MASK]"])
@example(["Der\u00a0Hund", "\u2028", "a" * 200])
def test_joining_is_the_inverse(words):
    expected = []
    for word in words:
        refused = word.startswith("##") or word in RESERVED or len(word) > 100  # BERT's own limit
        pieces = None if refused else longest_first(set(PIECES), word)
        assert CASED.segment(word) == ("[UNK]" if pieces is None else " ".join(pieces))
        expected.append("[UNK]" if pieces is None else word)
    line = CASED.segment(" ".join(words))
    assert join_subwords(line, "wordpiece") == " ".join(expected)
    assert count_unknown([" ".join(words)], [line])["unknown"] == expected.count("[UNK]")
    assert CASED.segment_lines(["", "Der"]) == ["", CASED.segment("Der")]


def test_known_characters_spell_every_word():
    """The whole training text, and any other order of its characters, comes back with nothing unknown."""
    letters = "".join(sorted(set("".join(TEXT)) - {" ", "#"}))
    lines = [*TEXT, letters, letters[::-1]]
    assert [join_subwords(line, "wordpiece") for line in CASED.segment_lines(lines)] == lines
    assert len(set(PIECES)) == len(PIECES) <= 120
    assert PIECES[:5] == SPECIAL


def test_learning_is_the_same_in_every_process():
    code = "import sys; from knnkd.distil.bert.wordpiece import learn_pieces; print(learn_pieces(sys.argv[1:], 100))"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code, *TEXT], cwd=ROOT / "workflow", capture_output=True, text=True, check=True
        ).stdout
        for _ in range(3)
    ]
    assert runs[0] == runs[1] == runs[2] == f"{learn_pieces(TEXT, 100)}\n"


def test_merging_takes_the_most_frequent_pair():
    """aaab: (a, ##a) and (##a, ##a) and (##a, ##b) once a word, xy twice as often."""
    pieces = learn_pieces(["xy xy ab"] * 2, 5 + 8 + 2)
    assert pieces[5:13] == ("a", "b", "x", "y", "##a", "##b", "##x", "##y")
    assert pieces[13:] == ("xy", "ab")


def test_too_small_a_vocabulary_is_refused():
    with pytest.raises(KnnKdError, match="the characters alone need"):
        learn_pieces(TEXT, 20)


def teacher(folder, pieces=PIECES, lower_case=False):
    write_lines(folder / "vocab.txt", pieces)
    write_json(folder / "tokenizer_config.json", {"do_lower_case": lower_case, "model_max_length": 64})
    return folder


@pytest.mark.parametrize(
    ("pieces", "words"), [([*PIECES, "Hund", "Hund"], "a piece twice"), (PIECES[2:], r"lacks \[PAD\], \[UNK\]")]
)
def test_odd_vocabularies_are_refused(tmp_path, pieces, words):
    with pytest.raises(KnnKdError, match=words):
        Vocabulary.open(teacher(tmp_path, pieces))


@pytest.fixture
def text(tmp_path):
    for name in NAMES:
        write_lines(tmp_path / "tok" / name, [*TEXT, "", "Der Ωmega Hund"])
    return tmp_path


def segment(folder, limit=64):
    flags = [*settings(corpus_settings.segmentation, max_positions=limit), "--output", folder / "out"]
    return run_script("segment_wordpiece.py", *flags, "--bert", folder / "bert", "--text", folder / "tok")


def test_script(text):
    teacher(text / "bert")
    process = segment(text)
    assert process.returncode == 0, process.stderr
    back = [join_subwords(line, "wordpiece") for line in read_lines(text / "out" / "train.de")]
    assert back == [*TEXT, "", "Der [UNK] Hund"]
    report = read_json(text / "out" / "wordpiece.json")
    assert report["vocabulary"] == sha256(text / "bert" / "vocab.txt")
    words = sum(len(line.split()) for line in TEXT) + 3
    counts = report["files"]["train.en"]
    assert (counts["words"], counts["unknown"], counts["unknown_share"]) == (words, 1, 1 / words)
    assert "training pairs are too long for BERT" in one_error(segment(text, limit=1))


def test_pairs_too_long_for_teacher_or_student_are_left_out_of_training_and_counted(text):
    """As the longest of IWSLT'15's Vietnamese sentences; valid and test lose none, and are refused."""
    teacher(text / "bert")
    long = {"train.de": ["a " * 40 + "b", "a", "a"], "train.en": ["a", "b " * 40 + "a", "a"]}
    for name, lines in long.items():
        write_lines(text / "tok" / name, lines)
    process = segment(text, limit=41)
    assert process.returncode == 0, process.stderr
    assert read_lines(text / "out" / "train.de") == read_lines(text / "out" / "train.en") == ["a"]
    assert read_json(text / "out" / "wordpiece.json")["left_out"] == 2
    assert "2 training pairs are left out" in process.stdout
    write_lines(text / "tok" / "valid.de", ["a " * 40 + "b"])
    assert "valid.de: line 1 has 41 subwords" in one_error(segment(text, limit=41))


def test_entities_are_cut_as_the_characters_that_they_stand_for(text):
    """As BERT knows them; joined again they are the entities of the references."""
    teacher(text / "bert")
    for name in NAMES:
        write_lines(text / "tok" / name, ["a &amp; b &apos;s", "&lt; a &#91;"])
    flags = [*settings(corpus_settings.segmentation, max_positions=64, entities=True), "--output", text / "out"]
    process = run_script("segment_wordpiece.py", *flags, "--bert", text / "bert", "--text", text / "tok")
    assert process.returncode == 0, process.stderr
    lines = read_lines(text / "out" / "test.en")
    assert not any("amp" in line or "apos" in line or "lt" in line for line in lines)
    assert "[UNK]" in lines[0], "the characters themselves are not in this vocabulary"


def test_an_uncased_teacher_is_refused(text):
    teacher(text / "bert", lower_case=True)
    assert "train.de: line 1 has upper case" in one_error(segment(text))
    for name in NAMES:
        write_lines(text / "tok" / name, [line.lower() for line in TEXT])
    assert segment(text).returncode == 0
