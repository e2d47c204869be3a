"""Translation memories: any segments come back, in any encoding, without inline codes; what is broken has a line."""

import tracemalloc
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.workflow import examples

from knnkd.core.errors import KnnKdError
from knnkd.corpus.archives import Packed
from knnkd.corpus.tmx import tmx_pairs

# What XML may hold; it makes one line end of every kind.
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=9
)
HEAD = '<?xml version="1.0" encoding="{}"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n'


def unit(**segments):
    tuvs = (f'<tuv xml:lang="{code.replace("_", "-")}"><seg>{text}</seg></tuv>' for code, text in segments.items())
    return f"<tu>{''.join(tuvs)}</tu>\n"


def write(path, *units, encoding="utf-8", head=HEAD):
    body = f'<tmx version="1.4"><header srclang="en"/><body>\n{"".join(units)}</body></tmx>'
    path.write_bytes((head.format(encoding) + body).encode(encoding))
    return path


def pairs(path, languages=("de", "en")):
    return list(tmx_pairs(Packed(path, path.name, None, path.parent), None, languages))


@examples(50)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=6), st.sampled_from(["utf-8", "utf-16"]))
def test_segments_come_back(tmp_path_factory, expected, encoding):
    path = tmp_path_factory.mktemp("tmx") / "a.tmx"
    units = [unit(en=escape(second), fr="x", de_DE=escape(first)) for first, second in expected]
    assert pairs(write(path, *units, encoding=encoding)) == expected


def test_regional_variants_and_units_without_a_language(tmp_path):
    units = [
        unit(de_AT="Jänner", de_DE="Januar", en_GB="January"),
        unit(de_AT="Jänner", de="Januar", EN_us="January"),
        unit(deu="nicht de", en="only"),
        unit(),
    ]
    expected = [("Jänner", "January"), ("Januar", "January"), ("", "only"), ("", "")]
    assert pairs(write(tmp_path / "a.tmx", *units)) == expected
    old = write(tmp_path / "old.tmx", *units).read_text().replace("xml:lang", "lang")
    (tmp_path / "old.tmx").write_text(old)
    assert pairs(tmp_path / "old.tmx") == expected


@pytest.mark.parametrize(
    ("segment", "text"),
    [
        ('Ein <bpt i="1">&lt;b&gt;</bpt>Wort<ept i="1">&lt;/b&gt;</ept>.', "Ein Wort."),
        ('a<ph x="1">{1}<sub>title</sub></ph>b<it pos="begin">[</it>c<ut>u</ut>d', "abcd"),
        ("<hi>kept</hi> <hi>as <ph/>text</hi>", "kept as text"),
        ("&amp;amp; &#x20AC; &lt;3 <![CDATA[<b> & c]]>", "&amp; € <3 <b> & c"),
    ],
)
def test_inline_codes_go_and_entities_are_decoded(tmp_path, segment, text):
    assert pairs(write(tmp_path / "a.tmx", unit(de=segment, en="x"))) == [(text, "x")]


BOMB = HEAD.replace(' SYSTEM "tmx14.dtd"', ' [<!ENTITY a "aaaa">\n<!ENTITY b "&a;&a;">]')
OUTSIDE = HEAD.replace(' SYSTEM "tmx14.dtd"', ' [<!ENTITY a SYSTEM "file:///etc/hostname">]')


@pytest.mark.parametrize(
    ("units", "head", "words"),
    [
        (["<tu><tuv>\n"], HEAD, "line 4: a <tuv> without xml:lang"),
        ([unit(de="a", en="b"), "<tu></body>\n"], HEAD, r"line 5: broken XML \(mismatched tag\); correct it"),
        ([unit(de="a & b")], HEAD, "line 4: broken XML"),
        ([unit(de="&nbsp;")], HEAD, "line 4: the entity nbsp is not known"),
        ([unit(de="&b;")], BOMB, "line 2: declares the entity a, which is refused"),
        ([unit(de="&a;")], OUTSIDE, "line 2: declares the entity a, which is refused"),
    ],
)
def test_what_is_broken_is_named_with_its_line(tmp_path, units, head, words):
    with pytest.raises(KnnKdError, match=rf"a\.tmx: {words}"):
        pairs(write(tmp_path / "a.tmx", *units, head=head))


def test_a_file_that_is_cut_short_or_no_tmx(tmp_path):
    path = write(tmp_path / "a.tmx", unit(de="a", en="b"))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(KnnKdError, match="line 5: broken XML"):
        pairs(path)
    path.write_text("<html/>")
    with pytest.raises(KnnKdError, match="line 1: begins with <html>, so it is no TMX"):
        pairs(path)


def test_a_large_file_takes_little_memory(tmp_path):
    path = write(tmp_path / "a.tmx", *(unit(de="Wort " * 200, en="word " * 200) for _ in range(7_000)))
    tracemalloc.start()
    count = sum(1 for _ in tmx_pairs(Packed(path, path.name, None, tmp_path), None, ("de", "en")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 7_000
    assert peak < path.stat().st_size / 2
