"""A file of a corpus or a model: what it is, where it may be fetched, and what is to be said with it."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from knnkd.core.errors import KnnKdError
from knnkd.core.settings import convert_settings
from knnkd.corpus.archives import check_member, is_archive
from knnkd.corpus.download import Network, file_name
from knnkd.corpus.formats import FORMATS, Format

PATIENT = Network()


@dataclass(frozen=True)
class Wanted:
    """What a file is: a local `path`, or what one of `urls` (the first, then its mirrors) has.

    Where `sha256` says what it is, its URLs may stand in `Where` alone; `packed` names the member that is the file, by
    the URL, where a mirror has it in an archive of its own. `file` is its name where a URL does not say it;
    `members` name files inside a tar or zip archive, joined in this order; `form` is one of `formats.py`, with its
    `options`; of a form that holds both languages, these are `languages`, and `language` the one that is wanted.
    """

    path: Path | None = None
    urls: tuple[str, ...] = ()
    packed: dict[str, str] = field(default_factory=dict)
    sha256: str | None = None
    file: str | None = None
    members: tuple[str, ...] = ()
    form: str = "lines"
    options: dict[str, Any] = field(default_factory=dict)
    languages: tuple[str, str] | None = None
    language: str | None = None


@dataclass(frozen=True)
class Where:
    """Where a file may be had, which changes nothing of what it is.

    `data_dir` is looked into before the network, by the file's name; `checksums`: the file of
    `recorded_checksums.py`, for a file without a published sum.
    """

    urls: tuple[str, ...] = ()
    packed: dict[str, str] = field(default_factory=dict)
    data_dir: Path | None = None
    checksums: Path | None = None
    network: Network = PATIENT


@dataclass(frozen=True)
class Credits:
    """Whose a file is, to be said with its download."""

    licence: str | None = None
    citation: str | None = None

    def say(self) -> None:
        """Print what there is to say."""
        if self.licence:
            print(f"Licence: {self.licence}")
        if self.citation:
            print(f"Please cite: {self.citation}")


@dataclass(frozen=True)
class Source(Wanted):
    """A file with what `Where` says of it; `whole`: it is wanted as it comes, also where it is an archive."""

    data_dir: Path | None = None
    checksums: Path | None = None
    whole: bool = False

    @classmethod
    def of(cls, wanted: Wanted, where: Where, whole: bool = False) -> Self:
        """Return the source of a file; KnnKdError for whatever can be known to be wrong before it is fetched."""
        both = {"urls": (*wanted.urls, *where.urls), "packed": wanted.packed | where.packed}
        places = {"data_dir": where.data_dir, "checksums": where.checksums}
        return cls(**vars(wanted) | both | places, whole=whole)

    def __post_init__(self) -> None:
        """Raise KnnKdError for whatever can be known to be wrong before anything is read or fetched."""
        if (self.path is None) == (not self.urls):
            raise KnnKdError("a source needs either a path or at least one URL, and not both")
        if self.sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", self.sha256):
            raise KnnKdError(f"sha256 {self.sha256!r} is not 64 hexadecimal digits; give what `sha256sum` prints")
        for name in self.names():
            if is_archive(name) and not self.members and not self.whole:
                raise KnnKdError(f"{name} is an archive: say which member")
            if self.members and not is_archive(name):
                raise KnnKdError(f"{name} is no archive: leave out the member")
        self._check_packed()
        for member in (*self.members, *self.packed.values()):
            check_member(member)
        if self.form not in FORMATS:
            raise KnnKdError(f"no form {self.form!r}; there are {', '.join(FORMATS)}")
        if self.format.in_archive and not self.members:
            raise KnnKdError(f"form {self.form} needs a member")
        if bool(self.format.both) != bool(self.languages) or self.language not in (self.languages or (None,)):
            raise KnnKdError(
                f"form {self.form}: a file of {'both languages' if self.format.both else 'one language'}; "
                "in the config it stands under both, or under a language"
            )
        self.read_options()
        if self.data_dir is not None and not self.data_dir.is_dir():
            raise KnnKdError(f"{self.data_dir}: no such folder; correct data_dir or leave it out")

    def _check_packed(self) -> None:
        for url in self.packed:
            if not is_archive(file_name(url)):
                raise KnnKdError(f"{url} is no archive: leave out the member")
        if self.urls and set(self.urls) <= set(self.packed):
            raise KnnKdError("every URL has a member of its own; name one that is the file itself, or say members")

    @property
    def format(self) -> Format:
        """The form of the file."""
        return FORMATS[self.form]

    def read_options(self) -> Any:
        """Return the options of the form; KnnKdError where they are not its own."""
        return convert_settings(self.options, self.format.options, f"form {self.form}")

    def names(self) -> list[str]:
        """Return the file's own name, or those that its URLs say."""
        plain = [file_name(url) for url in self.urls if url not in self.packed]
        return [self.file] if self.file else plain or [Path(self.path or "").name]

    def known_as(self) -> list[tuple[str, str | None]]:
        """Return the names that `data_dir` may have it under: (name, None), or (archive, the member that it is)."""
        return [
            *((name, None) for name in self.names()),
            *((file_name(url), each) for url, each in self.packed.items()),
        ]
