"""Tables: any rows come back, with and without quotes; what has too few columns is named with its line."""

import csv
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.workflow import examples

from knnkd.core.errors import KnnKdError
from knnkd.corpus.archives import Packed
from knnkd.corpus.tsv import Columns, tsv_pairs

PLAIN = st.text(st.characters(exclude_characters="\t\n\r\0\ufeff", exclude_categories=("Cs",)), max_size=8)
QUOTED = st.text(st.sampled_from("ab \",;'\n\tü\u2028"), max_size=8)


def pairs(path, *languages, **about):
    return list(tsv_pairs(Packed(path, path.name, None, path.parent), Columns(**about), languages or ("de", "en")))


@examples(50)
@given(st.lists(st.tuples(PLAIN, PLAIN, PLAIN), min_size=1, max_size=6))
def test_rows_come_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("tsv") / "a.tsv"
    path.write_bytes("".join("\t".join(row) + "\n" for row in rows).encode())
    assert pairs(path, columns={"de": 3, "en": 1}) == [(row[2], row[0]) for row in rows]


@examples(50)
@given(st.lists(st.tuples(QUOTED, QUOTED), min_size=1, max_size=6), st.sampled_from(",;\t"))
def test_quoted_rows_come_back_as_csv_wrote_them(tmp_path_factory, rows, delimiter):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([("x", "y"), *rows])
    about = {"columns": {"de": "y", "en": "x"}, "header": True, "quotes": True, "delimiter": delimiter}
    assert pairs(path, **about) == [(second, first) for first, second in rows]


def test_a_quote_is_text_unless_quotes_are_asked_for(tmp_path):
    path = tmp_path / "a.tsv.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write('"Hallo\t"hello" he said\n\n')
    assert pairs(path, columns={"de": 1, "en": 2}) == [('"Hallo', '"hello" he said'), ("", "")]
    with pytest.raises(KnnKdError, match=r"a\.tsv\.gz: line 1: .*; correct the row, or say quotes: false"):
        pairs(path, columns={"de": 1, "en": 2}, quotes=True)


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"columns": {"de": 1, "en": 3}}, "a.tsv: line 2: 2 columns, but en is in column 3; correct columns"),
        ({"columns": {"de": 1, "en": 2}, "delimiter": ","}, "line 1: 1 columns, but en is in column 2"),
        ({"columns": {"de": "a", "en": "d"}, "header": True}, "line 1: no one column 'd'; the header has a, b, c"),
        ({"columns": {"de": 1, "fr": 2}}, "columns: has de, fr; give those of de and en"),
        ({"columns": {"de": 1, "en": 1}}, "two languages in one column"),
        ({"columns": {"de": 0, "en": 1}}, "counted from 1"),
        ({"columns": {"de": "a", "en": 2}}, "'a' is a name; say header: true"),
        ({"columns": {"de": 1, "en": 2}, "delimiter": "ab"}, "give one character"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, about, words):
    (tmp_path / "a.tsv").write_text("a\tb\tc\nd\te\n")
    with pytest.raises(KnnKdError, match=words):
        pairs(tmp_path / "a.tsv", **about)
