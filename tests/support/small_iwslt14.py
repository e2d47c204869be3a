"""A small archive in the form of IWSLT'14's de-en.tgz: tags, keywords, talks, segments, entities, odd white space."""

import io
import tarfile
from pathlib import Path

# Two talks: what is said about them, and what is said in them.
TAGS = {
    "de": """<url>http://www.ted.com/talks/lang/de/a.html</url>
<keywords>talks, Welt</keywords>
<speaker-less line is kept>
<talkid>1</talkid>
<title>Anna Müller: Über Bücher & Brot</title>
<description>TED Talk Untertitel und Transkript: Sie fragt: &quot;Warum?&quot;</description>
Das ist ein Buch.
 Ich\u00a0habe  zwei   Bücher.\t
""",
    "en": """<url>http://www.ted.com/talks/lang/en/a.html</url>
<keywords>talks, world</keywords>
<speaker-less line is kept>
<talkid>1</talkid>
<title>Anna Müller: On books & bread</title>
<description>TED Talk Subtitles and Transcript: She asks: &quot;Why?&quot;</description>
That's a book.
 I have  two   books.
""",
}
# 46 pairs more, so that each 23rd is split off twice; one pair of them is too unequal, and one is empty.
MORE = [(f"Satz Nummer {n} .", f"Sentence number {n} .") for n in range(44)]
MORE += [("Eins .", "One two three four five ."), ("", "Nothing there .")]
XML = """<?xml version="1.0" encoding="UTF-8"?>
<mteval><srcset setid="iwslt" srclang="german"><doc docid="1" genre="lectures"><url>x</url>
<seg id="1"> {first} </seg>
<seg id="2">{second}</seg>
</doc></srcset></mteval>
"""
TESTS = ["TED.dev2010", "TEDX.dev2012", "TED.tst2010", "TED.tst2011", "TED.tst2012"]


def write_archive(path: Path, more: list[tuple[str, str]] = MORE) -> Path:
    """Write de-en.tgz in the real one's form; more: the training pairs after the two talks."""
    files = {}
    for side, language in enumerate(("de", "en")):
        lines = "".join(pair[side] + "\n" for pair in more)
        files[f"de-en/train.tags.de-en.{language}"] = TAGS[language] + lines
        for number, name in enumerate(TESTS):
            first, second = ("Das ist’s, Nr. {}.", "Ende.") if language == "de" else ("That’s it, no. {}.", "The end.")
            files[f"de-en/IWSLT14.{name}.de-en.{language}.xml"] = XML.format(first=first.format(number), second=second)
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return path
