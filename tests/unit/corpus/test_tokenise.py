"""sacremoses' gaps, which our tokeniser and detokeniser close, in every language that it has rules of its own for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
