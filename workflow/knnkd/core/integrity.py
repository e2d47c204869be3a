"""Whether the files of an artefact are those that were written: their sizes and CRC-32, kept in its record.

A file that was cut short, or whose bytes a disk or a hand has changed, would otherwise give other results and no error.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from knnkd.core.errors import KnnKdError
from knnkd.core.files import BLOCK, read_json, read_lines, write_json

Sums = dict[str, dict[str, int]]  # {name in the folder: {"bytes", "crc32"}}


def crc32(path: Path) -> int:
    """Return the CRC-32 of a file's bytes."""
    total = 0
    with open(path, "rb", buffering=0) as file:
        while block := file.read(BLOCK):
            total = zlib.crc32(block, total)
    return total


def sums_of(folder: Path, names: Iterable[str]) -> Sums:
    """Return the sums of some files in a folder."""
    return {name: {"bytes": (folder / name).stat().st_size, "crc32": crc32(folder / name)} for name in sorted(names)}


def read_record(path: Path, keys: Iterable[str] = (), remedy: str = "run its rule again") -> dict[str, Any]:
    """Return the record of an artefact: an object of JSON with these keys, and "files", the sums of its files.

    Raises KnnKdError where it is missing or is none; `remedy` says what makes it again.
    """
    record = read_json(path)
    if not isinstance(record, dict):
        raise KnnKdError(f"{path}: not an object of JSON; {remedy}")
    if missing := [key for key in (*keys, "files") if key not in record]:
        raise KnnKdError(f"{path}: lacks {', '.join(missing)}; {remedy}")
    files = record["files"]
    if not isinstance(files, dict) or not all(map(_has_sums, files.values())):
        raise KnnKdError(f"{path}: its files have no sums; {remedy}")
    return record


def require_intact(folder: Path, sums: Mapping[str, Mapping[str, int]], record: Path) -> None:
    """Raise KnnKdError where a file is missing, of another size or of other content than its record says.

    record: the file that the sums stand in, which is the output of the rule that makes the artefact.
    """
    remedy = f"make it again: snakemake --force {record}, with the flags of before"
    for name, expected in sums.items():
        path = folder / name
        if not path.is_file():
            raise KnnKdError(f"{path}: not there; {remedy}")
        if (size := path.stat().st_size) != expected["bytes"]:
            raise KnnKdError(f"{path}: cut short or changed, {size} bytes and not {expected['bytes']}; {remedy}")
        if crc32(path) != expected["crc32"]:
            raise KnnKdError(f"{path}: changed since it was written (CRC-32 differs); {remedy}")


LISTING = "sums.json"  # in a folder of text: the sums of the files beside it


def list_sums(folder: Path) -> None:
    """Write the sums of a folder's files beside them, for `read_listed`."""
    names = [path.name for path in folder.iterdir() if path.name != LISTING]
    write_json(folder / LISTING, {"files": sums_of(folder, names)})


def require_listed(path: Path) -> None:
    """Raise KnnKdError where a file is not as `list_sums` found it; a folder without sums is a user's own."""
    if (path.parent / LISTING).exists() and path.name in (sums := read_record(path.parent / LISTING)["files"]):
        require_intact(path.parent, {path.name: sums[path.name]}, path.parent)


def read_listed(path: Path, allow_empty: bool = False) -> list[str]:
    """Return the lines of a text after `require_listed`."""
    require_listed(path)
    return read_lines(path, allow_empty=allow_empty)


def _has_sums(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.keys() == {"bytes", "crc32"}


SEAL = "crc32"  # of a record, over all its other keys


def sealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record for JSON with a sum of its content."""
    return dict(record) | {SEAL: _sum_of(record)}


def require_sealed(record: Mapping[str, Any], path: Path) -> None:
    """Raise KnnKdError where a record that was read from JSON has no sum, or another content than was written."""
    if record.get(SEAL) != _sum_of({key: value for key, value in record.items() if key != SEAL}):
        raise KnnKdError(
            f"{path}: changed since it was written (CRC-32 differs); make it again: snakemake --force {path}"
        )


def _sum_of(record: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(record, sort_keys=True).encode())
