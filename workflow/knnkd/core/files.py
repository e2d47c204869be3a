"""Text and JSON files, read strictly and written whole: what stands under a final name is complete."""

import glob
import gzip
import hashlib
import json
import os
import re
import secrets
import shutil
import socket
import sys
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TextIO

from knnkd.core.errors import KnnKdError

BOM = "\ufeff"
BLOCK = 1 << 20  # bytes read at once


def read_lines(path: str | Path, allow_empty: bool = False) -> list[str]:
    """Return the lines of a UTF-8 text file (gzip where the name ends in .gz), without their line ends.

    Only "\\n" ends a line; U+2028, U+0085, vertical tab and the like stay inside it. A "\\r" before the line end is
    stripped, and so is a byte order mark at the start; a final "\\n" makes no empty last line.

    Raises KnnKdError: no such file, damaged gzip, invalid UTF-8 (with line and byte offset), a NUL byte (with line),
    and, unless `allow_empty`, a file of no lines.
    """
    path = Path(path)
    try:
        with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as stream:
            lines = list(iter_lines(stream, str(path)))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise KnnKdError(f"{path}: damaged gzip file ({error}); fetch it again") from error
    except OSError as error:
        raise unreadable(path, error) from error
    if not lines and not allow_empty:
        raise empty_file(str(path))
    return lines


def iter_lines(stream: Iterable[bytes], name: str) -> Iterator[str]:
    """Yield the lines of an open binary file under the rules of `read_lines`; `name` stands in the errors.

    Raises KnnKdError on invalid UTF-8 or a NUL byte. A stream of no lines yields nothing.
    """
    offset = 0
    for number, raw in enumerate(stream, 1):
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            where = f"line {number}, byte offset {offset + error.start}"
            byte = raw[error.start]
            raise KnnKdError(
                f"{name}: {where}: invalid UTF-8 (byte 0x{byte:02x}); convert the file to UTF-8"
            ) from error
        if "\0" in line:
            raise KnnKdError(f"{name}: line {number}: NUL byte; is this a text file in UTF-8 (not UTF-16)?")
        offset += len(raw)
        if number == 1:
            line = line.lstrip(BOM)
            if not line:
                return
        yield line.removesuffix("\n").rstrip("\r")


def unreadable(path: str | Path, error: OSError) -> KnnKdError:
    """Return the error for a file that cannot be opened or read."""
    if isinstance(error, FileNotFoundError):
        return KnnKdError(f"{path}: no such file; check the path")
    return KnnKdError(f"{path}: cannot be read ({error.strerror or error})")


def empty_file(name: str) -> KnnKdError:
    """Return the error for a text file that holds no line."""
    return KnnKdError(f"{name}: the file is empty; was it fetched or written to its end?")


def write_lines(path: str | Path, lines: Iterable[str]) -> None:
    """Write one line each, UTF-8 with "\\n" ends (gzip where the name ends in .gz), beside and then renamed.

    What is written is what `read_lines` gives back: KnnKdError for a line that holds "\\n" or a NUL, ends in "\\r",
    starts the file with a byte order mark, or holds half of a surrogate pair.
    """
    path = Path(path)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        # No name and no time in the gzip header: the same lines give the same bytes.
        stream = gzip.GzipFile("", "wb", fileobj=file, mtime=0) if path.suffix == ".gz" else file
        for number, line in enumerate(lines, 1):
            stream.write(_encode(line, number, path))
        if stream is not file:
            stream.close()


def _encode(line: str, number: int, path: Path) -> bytes:
    """Return the line's bytes with its end, or raise for one that would not be read back as it is."""
    if "\n" in line or "\0" in line or line.endswith("\r") or (number == 1 and line.startswith(BOM)):
        raise KnnKdError(
            f"{path}: line {number} holds a line end, a NUL or a byte order mark inside its text: {line[:40]!r}"
        )
    try:
        return line.encode("utf-8") + b"\n"
    except UnicodeEncodeError as error:
        raise KnnKdError(f"{path}: line {number} cannot be written as UTF-8: {line[:40]!r}") from error


@contextmanager
def temporary_beside(path: str | Path) -> Iterator[Path]:
    """Yield a hidden, unused name in the folder of `path` (made where missing), for a file or a folder.

    What stands under it is removed after. What killed processes left for the same `path` is removed before: it may be
    as large as a datastore.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        if _is_orphan(left, path.name):
            _remove(left)
    temporary = path.with_name(f".{path.name}.{os.getpid()}@{socket.gethostname()}.{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
    finally:
        _remove(temporary)


@contextmanager
def scratch_folder(within: str | Path | None = None) -> Iterator[Path]:
    """Yield a new folder inside `within` (None: the system's for temporary files), which goes when the block ends.

    What killed processes left there is removed.
    """
    with temporary_beside(Path(within or tempfile.gettempdir()) / "knnkd_scratch") as folder:
        folder.mkdir()
        yield folder


def _remove(path: Path) -> None:
    """Remove a file or a folder with all in it, or nothing where there is none."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_orphan(temporary: Path, name: str) -> bool:
    """Tell whether the process that wrote a file for `name` is gone; another machine's counts as gone after a day."""
    owner = re.fullmatch(rf"\.{re.escape(name)}\.(\d+)@([^@]+)\.[0-9a-f]{{8}}\.tmp", temporary.name)
    if owner is None:
        return False
    try:
        if owner[2] != socket.gethostname():
            return time.time() - temporary.stat().st_mtime > 86_400
        os.kill(int(owner[1]), 0)
    except ProcessLookupError:
        return True
    except OSError:  # another user's process, or the file has just gone
        return False
    return False


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success sync it to disk and rename it, on any failure remove it."""
    with temporary_beside(path) as temporary:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes in lower-case hexadecimal; KnnKdError where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error


def write_json(path: str | Path, value: Any) -> None:
    """Write JSON in insertion order, indented by 2; ValueError for NaN and infinity, which are not JSON."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_json(path: str | Path) -> Any:
    """Return the value of a JSON file; KnnKdError where it is missing, not UTF-8 or not JSON."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        raise unreadable(path, error) from error
    except json.JSONDecodeError as error:
        raise KnnKdError(f"{path}: line {error.lineno}: not JSON ({error.msg}); write it again") from error
    except (ValueError, RecursionError) as error:
        raise KnnKdError(f"{path}: not JSON ({error}); write it again") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


class Progress:
    """Progress on stderr: a bar on a terminal, else one line every `interval` seconds and nothing before."""

    def __init__(
        self, what: str, total: int | None, unit: str, stream: TextIO | None = None, interval: float = 10.0
    ) -> None:
        """`total` in `unit`s ("B" or " lines"), None where unknown; `interval` in seconds."""
        # Imported here because files are read and written where no progress is shown and tqdm is not installed.
        from tqdm import tqdm

        self._stream = stream or sys.stderr
        self._meter = {"total": total, "unit": unit, "prefix": what, "unit_scale": True, "ncols": 100}
        self._format = tqdm.format_meter
        self._bar = tqdm(
            total=total, unit=unit, desc=what, unit_scale=True, file=self._stream, disable=not self._stream.isatty()
        )
        self._interval = interval
        self._start = self._shown = time.monotonic()
        self._done = 0

    def add(self, amount: int) -> None:
        """Count `amount` more units as done."""
        self._done += amount
        self._bar.update(amount)
        now = time.monotonic()
        if self._bar.disable and now - self._shown >= self._interval:
            self._shown = now
            print(self._format(self._done, elapsed=now - self._start, **self._meter), file=self._stream, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()
