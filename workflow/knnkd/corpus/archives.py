"""What is in a plain, compressed, tar or zip file, read as a stream: an archive is never extracted as a whole."""

import bz2
import errno
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO, cast

from knnkd.core.errors import KnnKdError
from knnkd.core.files import BLOCK, empty_file, iter_lines, scratch_folder

MAX_UNPACKED = 8 << 30  # bytes of text that one file may unpack to
MAX_LINE = 16 << 20  # bytes of one line: what is longer is no text, and would be read into memory as a whole
MAX_HEADER = 1 << 20  # bytes of a tar member's long name and the like, which are read as a whole too
GZIPPED_TARS = (".tar.gz", ".tgz")
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".zip")
DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,  # a zip file's rarer compressions
)


class _Member(tarfile.TarInfo):
    """A member of a tar archive whose headers do not fill the memory."""

    def _proc_member(self, archive):
        extended = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE)
        if self.type in (*extended, tarfile.SOLARIS_XHDTYPE) and self.size > MAX_HEADER:
            raise tarfile.ReadError(f"a header of {self.size} bytes")
        return super()._proc_member(archive)


def is_archive(name: str) -> bool:
    """Tell whether a file of this name holds several files."""
    return name.lower().endswith(ARCHIVES)


def check_member(member: str) -> None:
    """Raise KnnKdError for a name that would lead out of the archive's own folder."""
    path = PurePosixPath(member)
    if path.is_absolute() or ".." in path.parts or "\\" in member or not path.parts:
        raise KnnKdError(f"member {member!r} is refused: it must be a relative name without '..'")


def is_wanted(name: str, member: str) -> bool:
    """Tell whether an archive's file is the one that is asked for; "*" in `member` stands for anything.

    Anything but what macOS packs beside each file, a note of the Finder's under almost the same name.
    """
    path = PurePosixPath(name)
    if (path.name.startswith("._") or "__MACOSX" in path.parts) and path != PurePosixPath(member):
        return False
    return fnmatchcase(str(PurePosixPath(name)), str(PurePosixPath(member)).replace("[", "[[]").replace("?", "[?]"))


def unpacked_lines(file: Path, name: str, member: str | None, max_unpacked: int = MAX_UNPACKED) -> Iterator[str]:
    """Yield the lines of `file`, unpacked as its original `name` says, under the rules of `core.files.read_lines`.

    Raises KnnKdError: a damaged archive, a member that is missing, a link or encrypted, more than `max_unpacked`
    bytes, bad UTF-8, no line at all.
    """
    shown = f"{name}: {member}" if member else name
    empty = True
    try:
        with _unpacked(file, name, member) as stream:
            for line in iter_lines(_limited(stream, max_unpacked, shown), shown):
                empty = False
                yield line
    except (*DAMAGED, OSError) as error:
        raise _damaged(name, error) from error
    if empty:
        raise empty_file(shown)


def unpacked_blocks(
    file: Path, name: str, member: str | None, max_unpacked: int = MAX_UNPACKED, decompress: bool = True
) -> Iterator[bytes]:
    """Yield the bytes of `file` in blocks, unpacked as its original `name` says; the same errors but for the text's.

    decompress: also what is compressed itself, a member inside an archive too.
    """
    shown, done = f"{name}: {member}" if member else name, 0
    try:
        with _unpacked(file, name, member, decompress) as stream:
            while block := stream.read(BLOCK):
                done += len(block)
                if done > max_unpacked:
                    raise KnnKdError(f"{shown}: unpacks to more than {max_unpacked} bytes; is it the right file?")
                yield block
    except (*DAMAGED, OSError) as error:
        raise _damaged(name, error) from error
    if not done:
        raise empty_file(shown)


@dataclass(frozen=True)
class Packed:
    """A file that was fetched, or one member of it, to be read as lines, as bytes, or unpacked beside others.

    name: as it came, which says how it is packed; work: folder for what must be unpacked.
    """

    file: Path
    name: str
    member: str | None
    work: Path
    max_unpacked: int = MAX_UNPACKED

    @property
    def shown(self) -> str:
        """What an error calls it."""
        return f"{self.name}: {self.member}" if self.member else self.name

    def lines(self) -> Iterator[str]:
        """Yield its lines, as of `unpacked_lines`."""
        return unpacked_lines(self.file, self.name, self.member, self.max_unpacked)

    def blocks(self) -> Iterator[bytes]:
        """Yield its bytes, as of `unpacked_blocks`."""
        return unpacked_blocks(self.file, self.name, self.member, self.max_unpacked)

    @contextmanager
    def unpacked(self, *members: str) -> Iterator[list[Path]]:
        """Unpack members of its archive for as long as the context lasts."""
        with scratch_folder(self.work) as folder:
            paths = [folder / Path(member).name for member in members]
            for member, path in zip(members, paths, strict=True):
                with open(path, "wb") as target:
                    target.writelines(unpacked_blocks(self.file, self.name, member, self.max_unpacked))
            yield paths


def require_readable(file: Path, name: str) -> None:
    """Read an archive to its end; KnnKdError where it is damaged."""
    try:
        with open(file, "rb") as raw:
            if name.lower().endswith(".zip"):
                with zipfile.ZipFile(raw) as archive:
                    if broken := archive.testzip():
                        raise zipfile.BadZipFile(f"{broken}: CRC-32 differs")
                return
            with _tar(raw, name) as members:
                for _ in members:
                    pass
    except (*DAMAGED, OSError) as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> Exception:
    """Return what is said of a damaged file; an error of the disk stays what it is."""
    if isinstance(error, OSError) and not isinstance(error, DAMAGED) and error.errno not in (None, errno.EINVAL):
        return error
    return KnnKdError(f"{name}: cannot be unpacked ({str(error)[:200]}); is it damaged? Fetch it again")


def _limited(stream: IO[bytes], limit: int, name: str) -> Iterator[bytes]:
    """Yield the stream's lines, refused once they are more than `limit` bytes in all."""
    done = 0
    # One byte beyond the limit is asked for at most: a bomb of a single line is refused before it fills memory.
    while line := stream.readline(min(limit - done, MAX_LINE) + 1):
        done += len(line)
        if len(line) > MAX_LINE:
            raise KnnKdError(f"{name}: a line of more than {MAX_LINE} bytes; is it text?")
        if done > limit:
            raise KnnKdError(f"{name}: unpacks to more than {limit} bytes; is it the right file?")
        yield line


@contextmanager
def _unpacked(file: Path, name: str, member: str | None, decompress: bool = True) -> Iterator[IO[bytes]]:
    """Open the text of a plain, compressed or archive file as a binary stream; nothing is extracted to disk."""
    with open(file, "rb") as raw:
        if member is None:
            yield _decompressed(raw, name)
            return
        with _open_member(raw, name, member) as stream:
            yield _decompressed(stream, member) if decompress else stream


def _decompressed(stream: IO[bytes], name: str) -> IO[bytes]:
    """Return what a gzip, bzip2 or xz file holds, known by its first bytes whatever its name; another as it is."""
    buffered = cast(io.BufferedReader, stream)  # so are files, and the members of archives
    start = buffered.peek(8)
    # The casts: typeshed counts none of these as IO[bytes], though they read as one.
    if start.startswith(b"BZh"):
        return cast(IO[bytes], bz2.BZ2File(buffered))
    if start.startswith(b"\xfd7zXZ\x00"):
        return cast(IO[bytes], lzma.LZMAFile(buffered))
    if start.startswith(b"\x28\xb5\x2f\xfd"):
        raise KnnKdError(f"{name}: is compressed by zstd, which cannot be read here; unpack it and give its path")
    # A name that says gzip, and bytes that do not: damaged, and no text.
    if start.startswith(b"\x1f\x8b") or name.lower().endswith(".gz"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=buffered))
    return stream


def _open_member(raw: IO[bytes], name: str, member: str) -> AbstractContextManager[IO[bytes]]:
    return _zip_member(raw, name, member) if name.lower().endswith(".zip") else _tar_member(raw, name, member)


@contextmanager
def _tar(raw: IO[bytes], name: str) -> Iterator[tarfile.TarFile]:
    """Open a tar archive that is read once, from front to back, and to its end where a checksum stands there."""
    if not name.lower().endswith(GZIPPED_TARS):
        with tarfile.open(fileobj=raw, mode="r|*", tarinfo=_Member) as archive:
            yield archive
        return
    # tarfile's own gzip stream does not compare the checksum.
    with gzip.GzipFile(fileobj=raw) as stream:
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member) as archive:
            yield archive
        while stream.read(BLOCK):
            pass


@contextmanager
def _tar_member(raw: IO[bytes], name: str, member: str) -> Iterator[IO[bytes]]:
    names = []
    with _tar(raw, name) as archive:
        for info in archive:
            if is_wanted(info.name, member):
                check_member(info.name)
                stream = archive.extractfile(info) if info.isreg() else None
                if stream is None:
                    raise KnnKdError(f"{name}: member {member} is refused: it is a link or a folder, not a file")
                yield stream
                return
            names.append(info.name)
    raise _missing(name, member, names)


@contextmanager
def _zip_member(raw: IO[bytes], name: str, member: str) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(raw) as archive:
        found = [info for info in archive.infolist() if is_wanted(info.filename, member)]
        if not found:
            raise _missing(name, member, archive.namelist())
        check_member(found[0].filename)
        if found[0].is_dir() or stat.S_ISLNK(found[0].external_attr >> 16):
            raise KnnKdError(f"{name}: member {member} is refused: it is a link or a folder, not a file")
        if found[0].flag_bits & 1:
            raise KnnKdError(f"{name}: member {member} is encrypted; unpack it by hand and give its path")
        with archive.open(found[0]) as stream:
            yield stream


def _missing(name: str, member: str, names: list[str]) -> KnnKdError:
    rest = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return KnnKdError(f"{name}: no member {member}; it has {', '.join(each[:80] for each in names[:10])}{rest}")
