"""What a page holds in itself, so that it asks for nothing from outside: pictures and data."""

import base64
import json
import re
import xml.etree.ElementTree as ET
from html import escape
from pathlib import Path
from typing import Any

from knnkd.core.errors import KnnKdError
from knnkd.core.files import unreadable

MOST_BYTES = 400_000  # of an SVG; a larger one would slow the page down, and its PNG stands in for it
SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
DROPPED = {f"{{{SVG}}}{name}" for name in ("metadata", "script", "style", "foreignObject")}
ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def json_for_page(value: Any) -> str:
    """Return a value as JSON that a <script type="application/json"> may hold, whatever text is in it."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(ESCAPES)


def picture(vector: Path, raster: Path, name: str, title: str) -> str:
    """Return a figure as HTML: its SVG in place, or where that is above MOST_BYTES its PNG as a data URI.

    name: unlike that of any other figure on the page; title: what a reader hears who does not see it.
    """
    try:
        if vector.stat().st_size <= MOST_BYTES:
            return inline_svg(vector, name, title)
        data = base64.b64encode(raster.read_bytes()).decode("ascii")
    except OSError as error:
        raise unreadable(error.filename, error) from error
    return f'<img src="data:image/png;base64,{data}" alt="{escape(title)}">'


def inline_svg(path: Path, name: str, title: str) -> str:
    """Return an SVG file of matplotlib's as an element of a page, scaled by its width; nothing in it runs or loads.

    Its ids get `name` before them, as those of two figures are often the same. KnnKdError where it is no SVG.
    """
    try:
        root = ET.parse(path).getroot()
    except ET.ParseError as error:
        raise KnnKdError(f"{path}: no SVG ({error}); draw the figure again") from error
    if root.tag != f"{{{SVG}}}svg" or "viewBox" not in root.attrib:
        raise KnnKdError(f"{path}: no SVG with a viewBox; draw the figure again")
    for parent in list(root.iter()):
        for child in [each for each in parent if each.tag in DROPPED]:
            parent.remove(child)
        parent.attrib = {key: _own(value, name, key) for key, value in parent.attrib.items() if _stays(key, value)}
    width = float(root.attrib["viewBox"].split()[2])
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    # The style sheet that matplotlib writes would hold for the whole page; inherited, it holds for this figure.
    root.attrib |= {"stroke-linejoin": "round", "stroke-linecap": "butt", "role": "img", "aria-label": title}
    root.attrib["style"] = f"--width: {width:g}pt"
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    return ET.tostring(root, encoding="unicode", short_empty_elements=True)


def _stays(key: str, value: str) -> bool:
    """Return whether an attribute is neither code nor a link out of the figure; a picture in it holds its own bytes."""
    link = key.rpartition("}")[2] in ("href", "src")
    return not key.lower().startswith("on") and (not link or value.startswith(("#", "data:image/png;")))


def _own(value: str, name: str, key: str) -> str:
    """Return an attribute's value with `name` before every id that it gives or refers to."""
    if key == "id":
        return f"{name}-{value}"
    if key.rpartition("}")[2] == "href" and value.startswith("#"):
        return f"#{name}-{value[1:]}"
    return re.sub(r"url\(#", f"url(#{name}-", value)
