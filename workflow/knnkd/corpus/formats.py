"""The forms in which public corpora come, and the sentences in them: FORMATS has them all.

A new one is an entry there, and its name and options in the config's schema, under `source` or `both`. ted_tags and
ted_segments are the files of the IWSLT evaluations, read as fairseq's prepare-iwslt14.sh does: what the published
counts of IWSLT'14 (160,239 / 7,283 / 6,750) and all results on it rest on.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from knnkd.corpus.archives import Packed, check_member
from knnkd.corpus.fairseq_binary import binary_lines
from knnkd.corpus.tmx import tmx_pairs
from knnkd.corpus.tsv import Columns, tsv_pairs

NOT_TEXT = ("<url>", "<talkid>", "<keywords>")  # a line that holds one is about the talk, and no part of it
# The same of IWSLT'15 to '17, whose files have more tags; fairseq's script for IWSLT'14 would keep these lines.
NOT_TEXT_2015 = (*NOT_TEXT, "<speaker>", "<reviewer", "<translator", "<doc ", "</doc>")
TITLES = re.compile(r"</?(title|description)>")
SEGMENT, SEGMENT_START, SEGMENT_END = "<seg id", re.compile(r'<seg id="[0-9]*">\s*'), re.compile(r"\s*</seg>\s*")


@dataclass(frozen=True)
class Nothing:
    """The options of a format that has none."""


@dataclass(frozen=True)
class Binary:
    """fairseq's binary data: the dictionary's name in the archive."""

    dictionary: str

    def __post_init__(self) -> None:
        """Raise KnnKdError for a name that leads out of the archive."""
        check_member(self.dictionary)


@dataclass(frozen=True)
class Format:
    """A form of file, with one language in it or with both.

    read: yields the sentences of a file, or of one member of an archive. both: yields the sentences of each pair, in
    the order of the languages that it is given, "" where the file has none. in_archive: is several files beside each
    other, and so needs a member.
    """

    read: Callable[[Packed, Any], Iterator[str]] | None = None
    both: Callable[[Packed, Any, tuple[str, str]], Iterator[tuple[str, str]]] | None = None
    options: type = Nothing
    in_archive: bool = False


def lines(file: Packed, options: Nothing) -> Iterator[str]:
    """Yield the lines of a file, each a sentence."""
    return file.lines()


def ted_tags(file: Packed, options: Nothing) -> Iterator[str]:
    """Yield the sentences of train.tags.*: titles and descriptions in, what else is said about a talk out."""
    return _talks(file, NOT_TEXT)


def ted_tags_2015(file: Packed, options: Nothing) -> Iterator[str]:
    """Yield the same of IWSLT'15 to '17, without the lines that name speakers, reviewers and translators."""
    return _talks(file, NOT_TEXT_2015)


def _talks(file: Packed, not_text: tuple[str, ...]) -> Iterator[str]:
    for line in file.lines():
        if not any(tag in line for tag in not_text):
            yield TITLES.sub("", line)


def ted_segments(file: Packed, options: Nothing) -> Iterator[str]:
    """Yield the sentences of IWSLT*.TED*.xml, one a <seg>; its typographic apostrophes become plain ones."""
    for line in file.lines():
        if SEGMENT in line:
            yield SEGMENT_END.sub("", SEGMENT_START.sub("", line)).replace("’", "'")


def fairseq_binary(file: Packed, options: Binary) -> Iterator[str]:
    """Yield the sentences of fairseq's memory-mapped data; the member is their name without .bin and .idx."""
    with file.unpacked(f"{file.member}.idx", f"{file.member}.bin", options.dictionary) as parts:
        yield from binary_lines(*parts)


FORMATS: dict[str, Format] = {
    "lines": Format(lines),
    "ted_tags": Format(ted_tags),
    "ted_tags_2015": Format(ted_tags_2015),
    "ted_segments": Format(ted_segments),
    "fairseq_binary": Format(fairseq_binary, options=Binary, in_archive=True),
    "tsv": Format(both=tsv_pairs, options=Columns),
    "tmx": Format(both=tmx_pairs),
}
