"""Figures: one style for all, each written as PNG, SVG and PDF with its data beside it."""

import sys
import textwrap
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font
from matplotlib.text import Text

from knnkd.core.files import replacing
from knnkd.reporting.frames import write_csv

# Okabe and Ito's colours: told apart by colour-blind readers; line styles and marks carry the same in greyscale.
COLOURS = ("#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
MARKS = ("o", "s", "^", "D", "v", "P", "X")

# Beyond DejaVu Sans (Latin, Greek, Cyrillic, Arabic): the usual fonts of other scripts, where they are installed.
OTHER_SCRIPTS = (
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "IPAexGothic",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Noto Sans",
    "Unifont",
)
FONTS = ["DejaVu Sans", *(name for name in OTHER_SCRIPTS if name in fontManager.get_font_names())]
STYLE: Any = {
    "font.family": FONTS,
    "figure.dpi": 150,
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "legend.frameon": False,
    "text.parse_math": False,  # a dollar in a corpus or a label is a dollar
    "svg.hashsalt": "knnkd",  # the same figure gives the same bytes
}


def legend_below(figure: Figure, handles: Sequence[Any], labels: Sequence[str], at_most: int = 5) -> None:
    """Put a legend below all panels, in as many columns (`at_most`) as there is room for; its lines add height."""
    labels = [folded(label, figure.get_figwidth() - 0.8, 9) for label in labels]
    for columns in range(min(len(labels), at_most), 0, -1):
        legend = figure.legend(handles, labels, loc="outside lower center", ncols=columns)
        if columns == 1 or legend.get_window_extent().width <= figure.bbox.width:
            lines = legend.get_window_extent().height / figure.dpi
            figure.set_figheight(figure.get_figheight() + max(0.0, lines - 0.4))  # the panels keep their own
            return
        legend.remove()


def folded(text: str, inches: float, size: float) -> str:
    """Return `text` in lines that are at most so wide, in a font of `size` points.

    Not by matplotlib's own wrapping, which reads what is between two dollars as mathematics.
    """
    return textwrap.fill(text, max(1, int(72 * inches / (0.58 * size))))


@cache
def _glyphs() -> frozenset[int]:
    """Return the code points that the fonts of the figures have between them."""
    files = (fontManager.findfont(name) for name in FONTS)
    return frozenset(code for file in files for code in get_font(file).get_charmap())


def missing_glyphs(text: str) -> str:
    """Return the characters of a label that no font of the figures has."""
    return "".join(dict.fromkeys(each for each in text if not each.isspace() and ord(each) not in _glyphs()))


def save_figure(
    figure: Figure, data: pd.DataFrame, folder: Path, name: str, forms: Sequence[str] = ("png", "svg", "pdf")
) -> None:
    """Write `name` in each form, and as .csv, into `folder`; the CSV holds what is drawn."""
    write_csv(data, folder / f"{name}.csv")
    for label in figure.findobj(Text):
        if missing := missing_glyphs(label.get_text()):
            print(
                f"{name}: no installed font has {missing} of the label {label.get_text()!r}; install one that has "
                "(Debian: fonts-noto-cjk, fonts-noto-core)",
                file=sys.stderr,
            )
    undated = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with plt.rc_context(STYLE):
        for form in forms:
            with replacing(folder / f"{name}.{form}") as temporary:
                figure.savefig(temporary, format=form, metadata=undated[form])
    plt.close(figure)
