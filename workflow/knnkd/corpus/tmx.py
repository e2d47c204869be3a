"""Translation memories, TMX 1.4: units (tu) that hold a segment in each of several languages (tuv).

Read as a stream by expat, in whatever encoding the file declares. What it may not have are entities of its own, by
which a small file fills the memory or reads others.
"""

import re
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from knnkd.core.errors import KnnKdError
from knnkd.corpus.archives import MAX_LINE, Packed

# Codes of the format that a text comes from: no part of the text. What <hi> marks is.
CODES = {"bpt", "ept", "it", "ph", "ut"}
LANGUAGES = ("xml:lang", "lang")  # the second is that of older versions


def tmx_pairs(file: Packed, options: Any, languages: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the segments of the two languages of each unit, "" where it has none.

    A segment is of language de where its code is de, de-DE, DE_at or the like; of several that of just de is taken,
    else the first. Inline codes go with what they hold. Raises KnnKdError, with the line, for broken XML, for a file
    that is no TMX, a segment without a language, and entities that the file declares or leaves open.
    """
    reader = _Reader(file.shown, languages)
    try:
        for block in file.blocks():
            reader.parser.Parse(block, False)
            yield from reader.taken()
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise reader.broken(
            f"broken XML ({expat.ErrorString(error.code)}); correct it, or fetch the file again"
        ) from error
    yield from reader.taken()


class _Reader:
    """What expat has told of the unit that is being read."""

    def __init__(self, name: str, languages: tuple[str, str]) -> None:
        self._name, self._languages = name, languages
        self._pairs: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._code, self._size = "", 0
        self._text: list[str] = []
        self._segments: dict[str, str] = {}
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.EntityDeclHandler = self._declared
        self.parser.SkippedEntityHandler = self._skipped

    def taken(self) -> list[tuple[str, str]]:
        """Return the pairs that were read since the last call."""
        pairs, self._pairs = self._pairs, []
        return pairs

    def broken(self, what: str) -> KnnKdError:
        """Return an error with file and line."""
        return KnnKdError(f"{self._name}: line {self.parser.CurrentLineNumber}: {what}")

    def _declared(self, name: str, *about: Any) -> None:
        raise self.broken(f"declares the entity {name}, which is refused; write what it stands for")

    def _skipped(self, name: str, *about: Any) -> None:
        raise self.broken(f"the entity {name} is not known; write what it stands for")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open and name != "tmx":
            raise self.broken(f"begins with <{name}>, so it is no TMX; correct form, or the file")
        self._open.append(name)
        if name == "tu":
            self._segments = {}
        elif name == "tuv":
            self._code = next((attributes[key] for key in LANGUAGES if key in attributes), "")
            if not self._code:
                raise self.broken("a <tuv> without xml:lang; name its language")
        elif name == "seg":
            self._text, self._size = [], 0

    def _characters(self, text: str) -> None:
        if "seg" in self._open and not CODES.intersection(self._open):
            self._text.append(text)
            self._size += len(text)
            if self._size > MAX_LINE:
                raise self.broken(f"a segment of more than {MAX_LINE} characters; is it text?")

    def _end(self, name: str) -> None:
        self._open.pop()
        if name == "seg":
            self._segments.setdefault(self._code.replace("_", "-").lower(), "".join(self._text))
        elif name == "tu":
            first, second = (self._segment_of(language) for language in self._languages)
            self._pairs.append((first, second))

    def _segment_of(self, language: str) -> str:
        variants = [code for code in self._segments if re.match(rf"{language}(-|$)", code)]
        code = language if language in variants else next(iter(variants), "")
        return self._segments.get(code, "")
