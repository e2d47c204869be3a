"""The words of a corpus, read from a file that stands beside its sentence frames.

    # A comment takes a whole line.
    [nouns papers]
    Antrag m -s Anträge = application:7|request:3

    [actions duties]
    vor|legen legt gelegt legte = submit:7|present:3
        papers acts(Beschluss): formal(not neu)

A head names a kind of entries, as the pair of languages has them, and the section. The source language stands before
the last " = ". What fits an entry is indented under it: sections above, each whole, or only the entries in brackets, or
all but those behind "not", a colon before another sort of them; or a text by itself. Sections take in others likewise.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_lines

T = TypeVar("T")
Fitting = tuple[tuple[Any, ...], ...]
_REFERENCE = r"(\w+)(?:\((not )?([^()]*)\))?"


@dataclass(frozen=True)
class Kind(Generic[T]):
    """How entries of one type are read, by which name each is picked, and entries of which types may fit them."""

    name: str
    holds: type[T]
    example: str
    read: Callable[[str, str, Fitting], T]
    name_of: Callable[[T], str]
    fits: tuple[type, ...] = ()

    def entry(self, line: str, fitting: Fitting = ()) -> T:
        """Read one entry; ValueError shows how they are written."""
        source, target = line.rsplit(" = ", 1)
        try:
            return self.read(source, target, fitting)
        except (ValueError, LookupError) as error:
            raise ValueError(f"{line!r} is none of the {self.name}; write it like {self.example!r}") from error


class Group(Generic[T]):
    """All sections of one kind as attributes: nouns.papers."""

    def __init__(self, sections: dict[str, tuple[T, ...]]) -> None:
        vars(self).update(sections)

    def __getattr__(self, name: str) -> tuple[T, ...]:
        raise AttributeError(f"no section {name!r} among {', '.join(vars(self))}")


class Words:
    """The sections of one file, read with the kinds of a pair of languages."""

    def __init__(self, module: str | Path, kinds: tuple[Kind[Any], ...]) -> None:
        """Read the file beside a module, law.words for law.py; KnnKdError names file, line, fault and remedy."""
        path = Path(module).with_suffix(".words")
        self._kinds = {kind.name: kind for kind in kinds}
        self._sections: dict[str, tuple[Kind[Any], list[Any]]] = {}
        for number, line, fitting in _joined(read_lines(path)):
            try:
                self._take(line, fitting)
            except ValueError as error:
                raise KnnKdError(f"{path}, line {number}: {error}") from error

    def of(self, entry_type: type[T]) -> Group[T]:
        """The sections whose entries are of this type."""
        return Group({name: tuple(of) for name, (kind, of) in self._sections.items() if kind.holds is entry_type})

    def _take(self, line: str, fitting: str) -> None:
        if fitting and " = " not in line:
            raise ValueError(f"{fitting!r} fits no entry; indent it under 'source = target'")
        if head := re.fullmatch(r"\[(\w+) (\w+)\]", line):
            if head[1] not in self._kinds or head[2] in self._sections:
                raise ValueError(f"{line} needs another name, and one of the kinds {', '.join(self._kinds)}")
            self._sections[head[2]] = (self._kinds[head[1]], [])
            return
        if not self._sections:
            raise ValueError(f"{line!r} stands in no section; put a head such as [texts times] above it")
        kind, entries = list(self._sections.values())[-1]
        fits = self._fitting(fitting, kind)
        entries.extend([kind.entry(line, fits)] if " = " in line else self._picked(line, kind.holds))

    def _fitting(self, text: str, kind: Kind[Any]) -> Fitting:
        if " = " in text and kind.fits == (self._kinds["texts"].holds,):
            return ((self._kinds["texts"].entry(text),),)
        parts = text.split(":") if text else []
        if len(parts) > len(kind.fits):
            raise ValueError(f"{text!r} is too much for {kind.name}; write them like {kind.example!r}")
        return tuple(self._picked(part, fit) for part, fit in zip(parts, kind.fits, strict=False))

    def _picked(self, references: str, of: type) -> tuple[Any, ...]:
        """The entries of the sections above that are named, each whole or in part, all of one type."""
        if not re.fullmatch(rf"{_REFERENCE}( +{_REFERENCE})*", references.strip()):
            raise ValueError(f"{references!r} is neither 'source = target' nor sections, such as 'papers acts(Gesetz)'")
        found: list[Any] = []
        for section, but, names in re.findall(_REFERENCE, references):
            kind, entries = self._sections.get(section, (None, []))
            if kind is None or kind.holds is not of:
                raise ValueError(f"no section {section!r} of {of.__name__} above; name one that is, or move it there")
            named = [(kind.name_of(entry), entry) for entry in entries]
            wanted = names.split(", ") if names else []
            if missing := [name for name in wanted if name not in dict(named)]:
                raise ValueError(f"no {missing[0]!r} in {section}; pick some of {', '.join(dict(named))}")
            if names and not but:
                found += [entry for one in wanted for name, entry in named if name == one]
            else:
                found += [entry for name, entry in named if name not in wanted]
        return tuple(found)


def _joined(lines: list[str]) -> list[tuple[int, str, str]]:
    """Each line with its number and the indented lines under it, comments and empty lines left out."""
    joined: list[tuple[int, str, str]] = []
    for number, line in enumerate(lines, start=1):
        if line[:1].isspace() and line.strip() and joined:
            above, entry, fitting = joined[-1]
            joined[-1] = above, entry, f"{fitting} {line.strip()}".lstrip()
        elif line.strip() and not line.startswith("#"):
            joined.append((number, line.strip(), ""))
    return joined
