"""The tables and figures of the report: each with its title, how it was obtained, and its HTML."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2

from knnkd.core.errors import KnnKdError
from knnkd.core.files import unreadable
from knnkd.reporting.pages.embed import picture

FOLDER = Path(__file__).resolve().parents[3] / "report"  # template, style, script and captions
# What a whole experiment has; of these the page says where one is missing. "verdict" and "costs" have their own places.
TABLES = ("table1", "table2", "table3", "table4", "table5", "table6", "table7", "overcorrection")
FIGURES = ("figure2", "figure3", "knn_mt_grid", "overcorrection", "curves")
NOTES = '<ul class="notes">'


@dataclass(frozen=True)
class Captioned:
    """A table or figure: its file's name, title, how it was obtained (paragraphs), and its HTML."""

    name: str
    title: str
    text: tuple[str, ...]
    html: str = ""

    @property
    def short(self) -> str:
        """The title up to its colon."""
        return self.title.partition(":")[0]

    @property
    def notes(self) -> str:
        """The list of notes below a table."""
        return NOTES + self.html.partition(NOTES)[2].partition("</ul>")[0] + "</ul>"


class Captions:
    """The captions of workflow/report, which Snakemake's own report shows too: a title, then how it was obtained."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """config: the completed one, which captions quote."""
        self._snakemake = SimpleNamespace(config=config)

    def of(self, name: str, html: str = "") -> Captioned:
        """Return what is shown under `name`; KnnKdError where it has no caption."""
        template = jinja2.Template(read_text(FOLDER / f"{name}.rst"), undefined=jinja2.StrictUndefined)
        title, *text = template.render(snakemake=self._snakemake).strip().split("\n\n")
        return Captioned(name, title, tuple(text), html)


def page_template(name: str) -> jinja2.Template:
    """Return a page's template: it escapes all text, and refuses a name that it does not know."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)


def read_text(path: Path) -> str:
    """Return a text file; KnnKdError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise unreadable(path, error) from error


def read_tables(files: Iterable[Path], captions: Captions) -> dict[str, Captioned]:
    """Return the tables by name, in the order of TABLES and then of `files`, each in a box of its own that scrolls.

    files: of typeset.write_html. KnnKdError for another page.
    """
    pages = {}
    for path in files:
        html = read_text(path)
        if html.count("<table>") != 1 or f'data-table="{path.stem}"' not in html:
            raise KnnKdError(f"{path}: not a table of write_html's; run its rule again")
        title = escape(captions.of(path.stem).title)
        box = f'<div class="scroll" tabindex="0" role="region" aria-label="{title}"><table>'
        # The heads of columns of text stand to the left, as these do.
        texts = html.partition("<td")[0].rpartition("<tr")[2].count('<th scope="row">')
        html = html.replace('<th scope="col">', '<th scope="col" class="text">', texts)
        html = html.replace("<table>", box).replace("</table>", "</table></div>")
        pages[path.stem] = captions.of(path.stem, html)
    return _ordered(pages, TABLES)


def read_figures(files: Iterable[Path], captions: Captions) -> dict[str, Captioned]:
    """Return the figures by name, in the order of FIGURES and then of `files`, which hold each as SVG and PNG."""
    pages = {}
    for path in dict.fromkeys(file.with_suffix("") for file in files):
        drawn = picture(path.with_suffix(".svg"), path.with_suffix(".png"), path.name, captions.of(path.name).title)
        pages[path.name] = captions.of(path.name, drawn)
    return _ordered(pages, FIGURES)


def _ordered(pages: Mapping[str, Captioned], order: Sequence[str]) -> dict[str, Captioned]:
    names = [name for name in order if name in pages] + [name for name in pages if name not in order]
    return {name: pages[name] for name in names}
