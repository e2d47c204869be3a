"""The settings that a rule hands to its script: one JSON object, which a script reads into a dataclass."""

import argparse
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from knnkd.core.errors import KnnKdError

T = TypeVar("T")


def add_settings_flag(
    parser: argparse.ArgumentParser, about: str, flag: str = "--settings", default: str | None = None
) -> None:
    """Add --settings, or another flag that takes JSON; `about` says what they are of; default: where it is left out."""
    about = f"{about}; a JSON object, or @FILE with one"
    parser.add_argument(flag, required=default is None, default=default, metavar="JSON", help=about)


def read_settings(text: str, kind: type[T], flag: str = "--settings") -> T:
    """Return the settings of a JSON object, or of the file behind an @, as a dataclass.

    Raises KnnKdError where the file is missing, or the JSON is broken, lacks a field, has one too many, or a value of
    another type.
    """
    try:
        content = Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text
        values = msgspec.json.decode(content)
    except OSError as error:
        raise KnnKdError(f"{flag} {text}: {error.strerror}; give the name of a JSON file behind the @") from error
    except msgspec.DecodeError as error:
        raise KnnKdError(f"{flag}: {error}; give a JSON object with the fields of {kind.__name__}") from error
    return convert_settings(values, kind, flag)


def convert_settings(values: Any, kind: type[T], flag: str) -> T:
    """Return the settings that a decoded JSON object says as a dataclass; errors as of `read_settings`."""
    try:
        settings = msgspec.convert(values, kind, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise KnnKdError(f"{flag}: {error}; give a JSON object with the fields of {kind.__name__}") from error
    if unknown := _unknown(values, msgspec.to_builtins(settings, enc_hook=str)):
        raise KnnKdError(f"{flag}: unknown field {unknown}; give only the fields of {kind.__name__}")
    return settings


def _decode(kind: type, value: Any) -> Any:
    """Return a path from its text, the one type of ours that JSON has not; msgspec asks for this error at others."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(kind)


def _unknown(given: Any, known: Any, place: str = "") -> str | None:
    """Return the place of a field that was given and is not known, None where there is none."""
    if isinstance(given, dict) and isinstance(known, dict):
        pairs = [(f"{place}.{key}".lstrip("."), value, known.get(key, _unknown)) for key, value in given.items()]
    elif isinstance(given, list) and isinstance(known, list):
        pairs = [(f"{place}[{i}]", *both) for i, both in enumerate(zip(given, known, strict=True))]
    else:
        pairs = []
    for name, value, there in pairs:
        if there is _unknown:
            return name
        if found := _unknown(value, there, name):
            return found
    return None
