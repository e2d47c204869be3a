"""Tables of sentence pairs: a row a pair, a column a language, as in Tatoeba's, WikiMatrix' and many others' files."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from knnkd.core.errors import KnnKdError
from knnkd.corpus.archives import MAX_LINE, Packed


@dataclass(frozen=True)
class Columns:
    """Where the languages stand in a table.

    columns: {language: number of its column, from 1, or its name in the header}; quotes: whether a field may stand in
    double quotes, a quote inside doubled, and hold the delimiter and line ends, as in CSV.
    """

    columns: dict[str, int | str]
    delimiter: str = "\t"
    quotes: bool = False
    header: bool = False

    def __post_init__(self) -> None:
        """Raise KnnKdError for columns that cannot be."""
        if len(self.delimiter) != 1 or self.delimiter in '\r\n"':
            raise KnnKdError(f"delimiter {self.delimiter!r}: give one character, no quote and no line end")
        if len(set(self.columns.values())) < len(self.columns):
            raise KnnKdError("columns: two languages in one column; give each its own")
        for column in self.columns.values():
            if isinstance(column, str) and not self.header:
                raise KnnKdError(f"columns: {column!r} is a name; say header: true, or give its number, from 1")
            if isinstance(column, int) and column < 1:
                raise KnnKdError(f"columns: {column}; they are counted from 1")


def tsv_pairs(file: Packed, options: Columns, languages: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the fields of the two languages of each row; of an empty line "" and "".

    Raises KnnKdError where a language has no column, a row has too few, and where quotes do not close.
    """
    if set(options.columns) != set(languages):
        raise KnnKdError(f"columns: has {', '.join(options.columns)}; give those of {' and '.join(languages)}")
    rows = _quoted_rows(file, options.delimiter) if options.quotes else _rows(file, options.delimiter)
    names = next(rows, (1, []))[1] if options.header else []
    places = [_place(file, options.columns[language], names) for language in languages]
    for number, row in rows:
        if row in ([], [""]):
            yield "", ""
            continue
        for place, language in zip(places, languages, strict=True):
            if place >= len(row):
                raise KnnKdError(
                    f"{file.shown}: line {number}: {len(row)} columns, but {language} is in column {place + 1}; "
                    "correct columns, delimiter or quotes, or the file"
                )
        yield row[places[0]], row[places[1]]


def _place(file: Packed, column: int | str, names: list[str]) -> int:
    if isinstance(column, int):
        return column - 1
    if names.count(column) != 1:
        raise KnnKdError(f"{file.shown}: line 1: no one column {column!r}; the header has {', '.join(names)}")
    return names.index(column)


def _rows(file: Packed, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(file.lines(), 1):
        yield number, line.split(delimiter)


def _quoted_rows(file: Packed, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader((f"{line}\n" for line in file.lines()), delimiter=delimiter, strict=True)
    while True:
        first = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise KnnKdError(
                f"{file.shown}: line {first}: {error}; correct the row, or say quotes: false where a quote is text"
            ) from error
        yield first, row
