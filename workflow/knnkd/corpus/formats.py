"""The forms in which public corpora come, other than one sentence a line, and the sentences in them.

ted_tags and ted_segments are the files of the IWSLT evaluations, read as fairseq's prepare-iwslt14.sh does: what the
published counts of IWSLT'14 (160,239 / 7,283 / 6,750) and all results on it rest on.
"""

import re
from collections.abc import Callable, Iterator

NOT_TEXT = ("<url>", "<talkid>", "<keywords>")  # a line that holds one is about the talk, and no part of it
TITLES = re.compile(r"</?(title|description)>")
SEGMENT, SEGMENT_START, SEGMENT_END = "<seg id", re.compile(r'<seg id="[0-9]*">\s*'), re.compile(r"\s*</seg>\s*")


def ted_tags(lines: Iterator[str]) -> Iterator[str]:
    """Yield the sentences of train.tags.*: titles and descriptions in, what else is said about a talk out."""
    for line in lines:
        if not any(tag in line for tag in NOT_TEXT):
            yield TITLES.sub("", line)


def ted_segments(lines: Iterator[str]) -> Iterator[str]:
    """Yield the sentences of IWSLT*.TED*.xml, one a <seg>; its typographic apostrophes become plain ones."""
    for line in lines:
        if SEGMENT in line:
            yield SEGMENT_END.sub("", SEGMENT_START.sub("", line)).replace("’", "'")


FORMS: dict[str, Callable[[Iterator[str]], Iterator[str]]] = {
    "lines": iter,
    "ted_tags": ted_tags,
    "ted_segments": ted_segments,
}
BINARY = "fairseq_binary"  # not read as lines: `fairseq_binary.py`
