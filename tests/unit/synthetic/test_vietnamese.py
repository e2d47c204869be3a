"""English and Vietnamese words as files hold them, and clauses of them."""

import pytest

from knnkd.core.errors import KnnKdError
from knnkd.synthetic.vietnamese import EMPTY, KINDS, Action, Clause, Noun, Speaker, Word
from knnkd.synthetic.words import Words

FILE = """
[speakers speakers]
he: Lan = Lan
they: I = tôi

[nouns things]
book = [quyển:6|cuốn:4] + sách:7|vở:3
article = bài báo

[texts good]
long = dài

[actions actions]
read = đọc
    things: good
"""


@pytest.fixture
def words(tmp_path):
    path = tmp_path / "some.words"
    path.write_text(FILE, encoding="utf-8")
    return Words(path, KINDS)


def test_nouns_are_counted_by_classifiers_where_they_have_one(words):
    assert [noun.counted.strip() for noun in words.of(Noun).things] == ["[quyển:6|cuốn:4] [sách:7|vở:3]", "bài báo"]


def test_the_english_verb_agrees_with_the_speaker_and_the_vietnamese_one_has_a_particle(words):
    (read,), (lan, me) = words.of(Action).actions, words.of(Speaker).speakers
    assert (read.objects, read.adjectives) == (words.of(Noun).things, words.of(Word).good)
    books = Word("books", "sách")
    assert Clause(lan, read.verb, books, EMPTY, "present").english().split() == ["Lan", "reads", "books"]
    assert Clause(me, read.verb, books, EMPTY, "present").english().split() == ["I", "read", "books"]
    assert Clause(me, read.verb, books, EMPTY, "past").vietnamese().split() == ["tôi", "đã", "đọc", "sách"]
    assert Clause(me, read.verb, books, Word("soon", "sớm"), "will").fronting(0.3) == (
        "[sớm tôi [sẽ:8|:2] đọc sách :0.3|tôi [sẽ:8|:2] đọc sách sớm:0.7]"
    )


def test_a_speaker_without_its_pronoun_is_refused(tmp_path):
    (tmp_path / "some.words").write_text("[speakers all]\nshe: Lan = Lan\n", encoding="utf-8")
    with pytest.raises(KnnKdError, match="line 2: 'she: Lan = Lan' is none of the speakers; write it like 'he: Lan"):
        Words(tmp_path / "some.words", KINDS)
