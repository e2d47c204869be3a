"""How tables look: numbers as text, and blocks of rows as Markdown that lines up, LaTeX with booktabs, and HTML."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from knnkd.core.files import replacing
from knnkd.reporting.frames import write_csv

GAP = "–"  # where there is no number; a table says why below
MARKS = "†‡§≠¶◦"  # behind a number; one with fewer of them is moved, so that points stand below each other

LONG = 36  # characters from which on a column of a LaTeX table breaks its lines

LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%_#$"},
    "±": r"$\pm$",
    "×": r"$\times$",
    "†": r"$^{\dagger}$",
    "‡": r"$^{\ddagger}$",
    "§": r"$^{\S}$",
    "¶": r"$^{\P}$",
    "◦": r"$^{\circ}$",
    "‖": r"$\|$",
    "→": r"$\rightarrow$",
    "≠": r"$\neq$",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "ε": r"$\varepsilon$",
    "λ": r"$\lambda$",
    "τ": r"$\tau$",
    "<": "$<$",
    ">": "$>$",
    "|": r"$|$",
    "–": "--",
}


def number(value: float, digits: int = 2, sign: bool = False) -> str:
    """Return a number with that many decimals, its sign shown where asked for; a gap where it is NaN."""
    return GAP if pd.isna(value) else f"{value:{'+' if sign else ''}.{digits}f}"


def whole(value: float) -> str:
    """Return a count with commas between its thousands; a gap where it is missing."""
    return GAP if pd.isna(value) else f"{value:,.0f}"


def with_spread(mean: float, spread: float, digits: int = 2) -> str:
    """Return "mean ± spread", the mean alone where there is no spread (one seed), a gap where there is no mean."""
    return number(mean, digits) + ("" if pd.isna(spread) else f" ± {spread:.{digits}f}")


def write_table(
    long: pd.DataFrame,
    blocks: dict[str, pd.DataFrame],
    notes: Sequence[str],
    folder: Path,
    name: str,
    text_columns: int = 1,
) -> None:
    """Write `name`.csv (the long form, every figure) and .md, .tex and .html (the blocks as printed) into `folder`."""
    write_csv(long, folder / f"{name}.csv")
    write_markdown(blocks, notes, folder / f"{name}.md", text_columns)
    write_latex(blocks, notes, folder / f"{name}.tex", text_columns)
    write_html(blocks, notes, folder / f"{name}.html", name, text_columns)


def write_markdown(blocks: dict[str, pd.DataFrame], notes: Sequence[str], path: Path, text_columns: int = 1) -> None:
    """Write blocks of rows, each under its title, as Markdown tables that line up in plain text too; notes below.

    The blocks share their columns; the first `text_columns` are set to the left, the others to the right.
    """
    lines = []
    for title, table in zip(blocks, markdown_tables(list(blocks.values()), text_columns), strict=True):
        lines += [f"**{title}**", "", table, ""]
    lines += [f"- {note}" for note in notes]
    with replacing(path) as temporary:
        temporary.write_text("\n".join([*lines, ""]), encoding="utf-8")


def markdown_tables(blocks: Sequence[pd.DataFrame], text_columns: int = 1) -> list[str]:
    """Return blocks of the same columns as Markdown tables of one width."""
    texts = [_cells(block, text_columns) for block in blocks]
    widths = [max(len(row[i]) for rows in texts for row in rows) for i in range(len(blocks[0].columns))]
    rule = [f":{'-' * (width - 1)}" if i < text_columns else f"{'-' * (width - 1)}:" for i, width in enumerate(widths)]
    ruled = [[rows[0], rule, *rows[1:]] for rows in texts]
    return ["\n".join(_markdown_row(row, widths, text_columns) for row in rows) for rows in ruled]


def write_latex(blocks: dict[str, pd.DataFrame], notes: Sequence[str], path: Path, text_columns: int = 1) -> None:
    """Write the blocks as one LaTeX table, to be set by \\input in an article that loads booktabs and graphicx.

    The first note is its caption, the others stand small below. A column of long texts breaks its lines, and a table
    wider than the page is scaled down to it.
    """
    columns = _columns(blocks)
    body = [_latex_row(columns)]
    for title, block in blocks.items():
        body += [r"\midrule", rf"\multicolumn{{{len(columns)}}}{{l}}{{\emph{{{latex(title)}}}}} \\"]
        body += [_latex_row(row) for row in block.astype(str).values.tolist()]
    text = [
        "% needs booktabs and graphicx",
        r"\begin{table}",
        r"\centering",
        r"\setbox0=\hbox{%",
        rf"\begin{{tabular}}{{{''.join(_latex_column(blocks, i, text_columns) for i in range(len(columns)))}}}",
        r"\toprule",
        *body,
        r"\bottomrule",
        r"\end{tabular}}",
        r"\ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\box0}\else\box0\fi",
        rf"\caption{{{latex(notes[0])}}}",
        *([rf"\par\smallskip\parbox{{\linewidth}}{{\footnotesize {latex(' '.join(notes[1:]))}}}"] if notes[1:] else []),
        r"\end{table}",
    ]
    with replacing(path) as temporary:
        temporary.write_text("\n".join(text) + "\n", encoding="utf-8")


def _latex_column(blocks: dict[str, pd.DataFrame], i: int, text_columns: int) -> str:
    longest = max(len(str(cell)) for block in blocks.values() for cell in block.iloc[:, i])
    if longest > LONG:
        return r"p{5cm}"
    return "l" if i < text_columns else "r"


def write_html(
    blocks: dict[str, pd.DataFrame], notes: Sequence[str], path: Path, name: str, text_columns: int = 1
) -> None:
    """Write the blocks as a fragment of a page: one table, a row group for each block, the notes as a list below.

    Each figure says what it is: data-column on its cell, data-row (the text columns) on its row, data-block on its
    group and data-table (`name`) on the whole.
    """
    columns = _columns(blocks)
    lines = [f'<div class="table" data-table="{escape(name)}">', "<table>", "<thead><tr>"]
    lines += [f'<th scope="col">{escape(column)}</th>' for column in columns]
    lines += ["</tr></thead>"]
    for title, block in blocks.items():
        lines += [f'<tbody data-block="{escape(title)}">']
        lines += [f'<tr><th class="block" colspan="{len(columns)}" scope="rowgroup">{escape(title)}</th></tr>']
        lines += [_html_row(row, columns, text_columns) for row in block.astype(str).values.tolist()] + ["</tbody>"]
    lines += ["</table>", '<ul class="notes">', *(f"<li>{escape(note)}</li>" for note in notes), "</ul>", "</div>"]
    with replacing(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _html_row(cells: Sequence[str], columns: Sequence[str], text_columns: int) -> str:
    heads = "".join(f'<th scope="row">{escape(cell)}</th>' for cell in cells[:text_columns])
    figures = zip(columns[text_columns:], cells[text_columns:], strict=True)
    data = "".join(f'<td data-column="{escape(column)}">{escape(cell)}</td>' for column, cell in figures)
    return f'<tr data-row="{escape(" | ".join(cells[:text_columns]))}">{heads}{data}</tr>'


def latex(text: str) -> str:
    """Return plain text with what LaTeX would read as a command, or cannot set, escaped."""
    return "".join(LATEX.get(sign, sign) for sign in text)


def listed(names: Iterable[str]) -> str:
    """Return names as "a, b", each once, in their order."""
    return ", ".join(dict.fromkeys(names))


def _columns(blocks: dict[str, pd.DataFrame]) -> list[str]:
    return list(next(iter(blocks.values())).columns)


def _cells(block: pd.DataFrame, text_columns: int) -> list[list[str]]:
    """Return header and rows as text for Markdown, numbers with fewer marks moved left where others have more."""
    columns = []
    for i, name in enumerate(block.columns):
        cells = [_markdown(cell) for cell in block[name]]
        if i >= text_columns:
            marks = [len(cell) - len(cell.rstrip(MARKS)) for cell in cells]
            cells = [cell + " " * (max(marks, default=0) - own) for cell, own in zip(cells, marks, strict=True)]
        columns.append([_markdown(name), *cells])
    return [list(row) for row in zip(*columns, strict=True)]


def _markdown(cell: Any) -> str:
    """Return a cell that stays in its row and column, and is no HTML."""
    return " ".join(str(cell).splitlines()).replace("|", r"\|").replace("<", "&lt;")


def _markdown_row(cells: Sequence[str], widths: Sequence[int], text_columns: int) -> str:
    padded = [
        cell.ljust(width) if i < text_columns else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"


def _latex_row(cells: Sequence[str]) -> str:
    row = " & ".join(latex(str(cell)) for cell in cells) + r" \\"
    # After the end of a row these two would be read as its options.
    return f"{{}}{row}" if row.startswith(("[", "*")) else row
