"""Settings of a script: JSON or a file of it, typed; what is wrong is named by its place."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from knnkd.core.errors import KnnKdError
from knnkd.core.settings import read_settings


@dataclass(frozen=True)
class Inner:
    k: int = 1
    kind: Literal["a", "b"] = "a"


@dataclass(frozen=True)
class Outer:
    name: str
    inner: Inner = Inner()
    share: float = 0.5
    folder: Path | None = None
    more: list[Inner] = field(default_factory=list)
    table: dict[str, float] = field(default_factory=dict)


def test_defaults_nested_values_and_paths():
    assert read_settings('{"name": "x"}', Outer) == Outer("x")
    text = '{"name": "x", "inner": {"k": 2, "kind": "b"}, "share": 1, "folder": "a/b", "more": [{}], "table": {"y": 1}}'
    assert read_settings(text, Outer) == Outer("x", Inner(2, "b"), 1.0, Path("a/b"), [Inner()], {"y": 1.0})


def test_a_file(tmp_path):
    (tmp_path / "settings.json").write_text('{"name": "ü"}', encoding="utf-8")
    assert read_settings(f"@{tmp_path / 'settings.json'}", Outer).name == "ü"
    with pytest.raises(KnnKdError, match=r"none\.json: No such file"):
        read_settings(f"@{tmp_path / 'none.json'}", Outer)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "malformed|truncated"),
        ("[]", "Expected `object`, got `array`"),
        ("{}", "missing required field `name`"),
        ('{"name": 1}', r"Expected `str`, got `int` - at `\$.name`"),
        ('{"name": "x", "inner": {"k": "2"}}', r"Expected `int`, got `str` - at `\$.inner.k`"),
        ('{"name": "x", "inner": {"k": 2.5}}', r"Expected `int`, got `float` - at `\$.inner.k`"),
        ('{"name": "x", "inner": {"kind": "c"}}', r"Invalid enum value 'c' - at `\$.inner.kind`"),
        ('{"name": "x", "kk": 1}', "unknown field kk; give only the fields of Outer"),
        ('{"name": "x", "inner": {"kk": 1}}', r"unknown field inner\.kk"),
        ('{"name": "x", "more": [{}, {"kk": 1}]}', r"unknown field more\[1\]\.kk"),
    ],
)
def test_what_is_wrong_is_named(text, words):
    with pytest.raises(KnnKdError, match=words):
        read_settings(text, Outer)
