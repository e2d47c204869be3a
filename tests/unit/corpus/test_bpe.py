"""Subwords and their inverse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.corpus import settings
from support.workflow import one_error, run_script

from knnkd.core.files import read_lines, write_lines
from knnkd.corpus.bpe import Segmenter, learn_codes
from knnkd.corpus.subwords import join_subwords
from knnkd.experiment import corpus_settings

TEXT = ["der hund läuft durch den park .", "die hunde laufen durch die parks .", "ein hund und ein park"] * 5


@pytest.fixture(scope="module")
def codes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bpe")
    write_lines(folder / "train.de", TEXT)
    write_lines(folder / "train.en", ["the dog runs through the park ."] * 5)
    learn_codes(folder, ("de", "en"), 20, joint=True, output=folder / "joint")
    learn_codes(folder, ("de", "en"), 20, joint=False, output=folder / "apart")
    return folder


def test_joint_codes_are_the_same_for_both(codes):
    joint = [(codes / "joint" / f"{language}.bpe").read_text() for language in ("de", "en")]
    apart = [(codes / "apart" / f"{language}.bpe").read_text() for language in ("de", "en")]
    assert joint[0] == joint[1]
    assert apart[0] != apart[1]
    assert len(joint[0].splitlines()) == 21  # a header and the merges


words = st.text(st.characters(exclude_categories=("Z", "C")), min_size=1, max_size=8).filter(
    lambda word: not word.endswith("@@")
)


@given(st.lists(st.one_of(words, st.sampled_from(["<s>", "</s>", "<pad>", "<unk>", "<s>.", "x</s>"])), max_size=8))
def test_no_subword_is_one_of_fairseq_own_symbols(codes, tokens):
    """A text that holds them whole teaches them as merges, and they come back all the same."""
    write_lines(codes / "special" / "train.de", ["<s> <pad> </s> <unk> <s>."] * 9)
    learn_codes(codes / "special", ["de"], 60, joint=False, output=codes / "special")
    subwords = Segmenter(codes / "special" / "de.bpe").segment(" ".join(tokens))
    assert not {"<s>", "<pad>", "</s>", "<unk>"} & set(subwords.split(" "))
    assert join_subwords(subwords) == " ".join(tokens)


def test_an_unknown_word_stays_one(codes):
    """In text that comes from fairseq's binary data; elsewhere it is a word like any other."""
    path = codes / "joint" / "de.bpe"
    assert Segmenter(path, unknown=True).segment("der <unk> x<unk> <s>").split(" ").count("<unk>") == 1
    assert Segmenter(path, unknown=True).segment("<s> <unk>").endswith("> <unk>")
    assert "<unk>" not in Segmenter(path).segment("der <unk>").split(" ")


@given(st.lists(words, max_size=8))
def test_joining_is_the_inverse(codes, tokens):
    sentence = " ".join(tokens)
    assert join_subwords(Segmenter(codes / "joint" / "de.bpe").segment(sentence)) == sentence


@given(st.lists(words, max_size=8), st.lists(words, max_size=8))
def test_phrases_may_be_segmented_one_by_one(codes, first, second):
    """The lattice's promise: a sentence's subwords are those of its phrases, one after the other."""
    segmenter = Segmenter(codes / "joint" / "de.bpe")
    whole = segmenter.segment(" ".join(first + second)).split(" ")
    parts = [subword for part in (first, second) if part for subword in segmenter.segment(" ".join(part)).split(" ")]
    assert [subword for subword in whole if subword] == parts


def test_scripts(codes, tmp_path):
    for split in ("train", "valid", "test"):
        write_lines(tmp_path / "tok" / f"{split}.de", TEXT)
        write_lines(tmp_path / "tok" / f"{split}.en", [""] * len(TEXT))
    cut = [*settings(corpus_settings.segmentation), "--text", tmp_path / "tok", "--output", tmp_path / "bpe"]
    process = run_script("segment.py", *cut, "--codes", codes / "joint")
    assert process.returncode == 0, process.stderr
    assert [join_subwords(line) for line in read_lines(tmp_path / "bpe" / "valid.de")] == TEXT
    assert read_lines(tmp_path / "bpe" / "valid.en") == [""] * len(TEXT)
    assert "de.bpe" in one_error(run_script("segment.py", *cut, "--codes", tmp_path))
    write_lines(tmp_path / "odd" / "train.de", ["a b c"])
    write_lines(tmp_path / "odd" / "train.en", ["d e f"])
    learn = [*settings(corpus_settings.bpe, merges=5), "--text", tmp_path / "odd", "--output", tmp_path / "codes"]
    process = run_script("learn_bpe.py", *learn)
    assert "train.de" in one_error(process)
    assert not (tmp_path / "codes").exists()


@pytest.mark.parametrize(
    ("subwords", "kind", "tokens"),
    [
        ("the do@@ g", "bpe", "the dog"),
        ("the do@@", "bpe", "the do"),
        ("the do ##g", "wordpiece", "the dog"),
        ("##g runs", "wordpiece", "g runs"),
        ("", "wordpiece", ""),
    ],
)
def test_what_a_model_writes_is_joined_even_where_no_word_is(subwords, kind, tokens):
    assert join_subwords(subwords, kind) == tokens


def test_a_new_domain_comes_in_subwords_that_the_model_knows(tmp_path):
    """Merges whose result the dictionary lacks are undone; what no piece can spell stays for <unk>."""
    write_lines(tmp_path / "en.bpe", ["#version: 0.2", "a b", "ab c", "abc d</w>"])
    write_lines(tmp_path / "dict.en.txt", ["ab@@ 3", "c@@ 2", "d 2", "abcd 1"])
    whole, known = Segmenter(tmp_path / "en.bpe"), Segmenter(tmp_path / "en.bpe", tmp_path)
    assert whole.segment("abcd abcy") == "abcd abc@@ y"
    assert known.segment("abcd abcy") == "abcd ab@@ c@@ y"
    assert join_subwords(known.segment("abcd abcy")) == "abcd abcy"
