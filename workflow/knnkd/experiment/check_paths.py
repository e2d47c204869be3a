"""Paths in a config: the user's folder and environment put in, and what no tool below could take refused by its key."""

import os
import re
from collections.abc import Iterator
from typing import Any

KEYS = ("results", "data_dir", "path", "data_bin")
VARIABLE = re.compile(r"\$\w+|\$\{[^}]*\}")
BRACES = "braces are Snakemake's wildcards"


def expand_paths(value: Any, place: str = "") -> Iterator[str]:
    """Expand `~` and `$VARIABLE` in every path of a config, in place; yield a sentence for each that cannot be used."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        inner = f"{place}.{key}".lstrip(".")
        if key in KEYS and isinstance(each, str):
            value[key] = os.path.expanduser(os.path.expandvars(each))
            yield from _problems(inner, value[key])
        else:
            yield from expand_paths(each, inner)


def _problems(place: str, path: str) -> Iterator[str]:
    if unknown := VARIABLE.search(path):
        yield f"{place}: '{path}': no environment variable {unknown[0]} is set; set it, or write the folder"
    elif "{" in path or "}" in path:
        yield f"{place}: '{path}': {BRACES}; give a path without them"
    if place == "results":
        if ":" in path:
            yield f"{place}: '{path}': fairseq separates folders by colons; give a path without them"
        if path != path.strip() or not path or any(ord(character) < 32 for character in path):
            yield f"{place}: '{path}': begins or ends in white space, or is empty; give a folder"
