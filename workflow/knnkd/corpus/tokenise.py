"""Moses tokenisation and the way back from tokens to text, the same for corpora and for hypotheses."""

import re
from collections.abc import Iterable
from functools import cache

from sacremoses import MosesDetokenizer, MosesTokenizer

# A letter with an apostrophe, a dash, and what Moses joins to them.
CZECH_DASH = re.compile(r"(?i)(?<!\S)(\S*[^\W\d_](?:'|&apos;)) ([-–]) (li(?!\S)|mail)")


class _Tokenizer(MosesTokenizer):
    """sacremoses' tokenizer with its two character tests on sets made once: the same tokens in about half the time."""

    def __init__(self, lang: str) -> None:
        super().__init__(lang=lang)
        self._alpha = frozenset(self.IsAlpha)
        self._lower = frozenset(self.IsLower)

    def isanyalpha(self, text: str) -> bool:
        return not self._alpha.isdisjoint(text)

    def islower(self, text: str) -> bool:
        return self._lower.issuperset(text)


@cache
def _tokenizer(lang: str) -> _Tokenizer:
    return _Tokenizer(lang)


@cache
def _detokenizer(lang: str) -> MosesDetokenizer:
    return MosesDetokenizer(lang=lang)


def tokenise(lines: Iterable[str], lang: str, escape: bool, aggressive: bool) -> list[str]:
    """Return the Moses tokens of each sentence, joined by single spaces.

    `escape` writes & < > ' " | [ ] as Moses' entities; `aggressive` splits hyphens as " @-@ ". A language that Moses
    has no abbreviations for (Vietnamese, say) is split with the English ones, as Moses' own script does.
    """
    tokenizer = _tokenizer(lang)
    return [
        _last_stop_apart(tokenizer.tokenize(line, aggressive_dash_splits=aggressive, return_str=True, escape=escape))
        for line in lines
    ]


def _last_stop_apart(tokens: str) -> str:
    """Return a tokenised sentence with its last full stop as a token of its own.

    Moses' script splits it off whatever stands before it, an abbreviation or a number (sacremoses 0.2.0 does not yet).
    """
    # Split, because sacremoses leaves a space at the end of a line that ends in a quote after a full stop.
    *first, last = tokens.split() or [""]
    if len(last) > 1 and last[-1] == "." != last[-2]:
        last = f"{last[:-1]} ."
    return " ".join([*first, last])


def detokenise(lines: Iterable[str], lang: str, unescape: bool) -> list[str]:
    """Return each tokenised sentence as plain text; `unescape` turns Moses' entities back. "" stays ""."""
    detokenizer = _detokenizer(lang)
    words = _join_czech_dashes if lang == "cs" else str.split
    return [detokenizer.detokenize(words(line), return_str=True, unescape=unescape) for line in lines]


def _join_czech_dashes(line: str) -> list[str]:
    """Return the tokens of a line with "e' - mail" and "je' - li" as one, as Moses has it; sacremoses 0.2.0 breaks."""
    return CZECH_DASH.sub(r"\1\2\3", line).split()
