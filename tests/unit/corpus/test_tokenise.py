"""Moses' tokens and back; sacremoses' gaps, which are closed in every language that it has rules of its own for."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.corpus import moses
from support.workflow import REAL_TEXT, examples

from knnkd.core.files import read_lines
from knnkd.corpus.clean import TextSettings, normalise, prepare
from knnkd.corpus.subwords import OF_CHARACTERS, escape, join_subwords, unescape
from knnkd.corpus.tokenise import detokenise, tokenise

LANGUAGES = ["en", "cs", "fr", "it", "ga", "fi", "sv", "zh", "ja", "ko", "de", "vi", "tdt"]
ODD = ["e'", "je'", "l'", "d'", "-", "–", "li", "mail", "Mail", "'", '"', "„", "“", "”", "``", "''", "3", ".", ",", "5"]
ODD += ["%", "$", "(", ")", "us", "USA", ":", "ssa", "Jones", "'s", "&apos;", "&quot;", "@-@", "日", "本", "한", "…"]


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("e' - mail je tady", "e'-mail je tady"),
        ("je' – li to tak", "je'–li to tak"),
        ("E' - Mail", "E'-Mail"),
        ("e&apos; - mail", "e'-mail"),
        ("e' - e' - mail", "e' - e'-mail"),
        ("a - li", "a - li"),
    ],
)
def test_czech_dashes_are_joined_as_moses_joins_them(tokens, text):
    assert detokenise([tokens], "cs", unescape=True) == [text]


@pytest.mark.parametrize("language", LANGUAGES)
@given(st.lists(st.sampled_from(ODD), max_size=8))
def test_no_language_breaks_on_odd_tokens(language, tokens):
    """Nothing but white space, quotes and hyphens' marks is lost."""
    (text,) = detokenise([" ".join(tokens)], language, unescape=False)
    bare = [each.replace("@-@", "-").replace(" ", "") for each in (text, " ".join(tokens))]
    assert sorted(bare[0]) == sorted(bare[1])
    tokenise([" ".join(tokens)], language, escape=True, aggressive=True)


@given(st.text(max_size=30))
def test_entities_and_back(text):
    (escaped,) = tokenise([text], "en", escape=True, aggressive=False)
    (plain,) = tokenise([text], "en", escape=False, aggressive=False)
    assert unescape(escaped) == plain
    assert escape(plain) == escaped
    assert join_subwords(plain, OF_CHARACTERS) == escaped


WORDS = st.sampled_from(["a", "b", "Herr", "Mr.", "isn't", "well-known", "3,5", "\u00a0", "\t", "...", "&", "Straße"])
LINES = st.lists(WORDS, max_size=8).map(" ".join)


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
