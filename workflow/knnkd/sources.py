"""A file of a corpus or a model, from a local file, a folder of files fetched beforehand, or the network, to its place.

Whatever comes is checked (length, SHA-256), unpacked as a stream, validated as text where it is text, and only then
renamed into place; `OUTPUT.source.json` beside a text says what it was.
"""

import argparse
import http.client
import re
import ssl
import sys
import time
import urllib.error
import urllib.request
import urllib.response
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from knnkd.archives import MAX_UNPACKED, check_member, is_archive, unpacked_blocks, unpacked_lines
from knnkd.errors import KnnKdError
from knnkd.io import BLOCK, Progress, replacing, sha256, temporary_beside, write_json

Response = http.client.HTTPResponse | urllib.response.addinfourl
MAX_DELAY = 30.0  # seconds between two tries, at most


@dataclass(frozen=True)
class Source:
    """Where one text file comes from: a local `path`, or `urls` (the first, then its mirrors), one of the two.

    `data_dir` is looked into before the network; `member` names the file inside a tar or zip archive.
    """

    path: Path | None = None
    urls: tuple[str, ...] = ()
    sha256: str | None = None
    data_dir: Path | None = None
    member: str | None = None

    def __post_init__(self) -> None:
        """Raise KnnKdError for whatever can be known to be wrong before anything is read or fetched."""
        if (self.path is None) == (not self.urls):
            raise KnnKdError("a source needs either a path or at least one URL, and not both")
        if self.sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", self.sha256):
            raise KnnKdError(f"sha256 {self.sha256!r} is not 64 hexadecimal digits; give what `sha256sum` prints")
        for name in [file_name(url) for url in self.urls] or [Path(self.path or "").name]:
            if is_archive(name) != (self.member is not None):
                remedy = "is an archive: say which" if is_archive(name) else "is no archive: leave out the"
                raise KnnKdError(f"{name} {remedy} member")
        if self.member is not None:
            check_member(self.member)
        if self.data_dir is not None and not self.data_dir.is_dir():
            raise KnnKdError(f"{self.data_dir}: no such folder; correct data_dir or leave it out")


def named_source(args: argparse.Namespace) -> Source:
    """Return the source that the flags of `flags.add_source_flags` name; KnnKdError as `Source`."""
    return Source(args.path, tuple(args.url or ()), args.sha256, args.data_dir, args.member)


@dataclass(frozen=True)
class Network:
    """How patiently to download: `retries` after the first try, `timeout` and first `delay` in seconds."""

    retries: int = 4
    timeout: float = 60.0
    delay: float = 1.0

    def delays(self) -> list[float]:
        """Return the seconds to wait before each retry: doubling from `delay`, capped at MAX_DELAY."""
        return [min(self.delay * 2.0**attempt, MAX_DELAY) for attempt in range(self.retries)]


class WrongChecksumError(KnnKdError):
    """A file came whole but is not the one that was asked for."""


class _Refused(Exception):
    """This URL will not work, however often it is tried."""


class _Interrupted(Exception):
    """This URL did not work this time."""


def file_name(url: str) -> str:
    """Return the last path component of an http(s) or file URL, decoded; KnnKdError for any other URL."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise KnnKdError(f"{url!r} is not a URL ({error})") from error
    if parts.scheme not in ("http", "https", "file") or (parts.scheme != "file" and not parts.hostname):
        raise KnnKdError(f"{url!r} is not an http, https or file URL; correct it")
    name = unquote(parts.path.rpartition("/")[2])
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise KnnKdError(f"{url!r} names no file: its last path component must be a file name")
    return name


def fetch(
    source: Source, output: Path, network: Network = Network(), max_unpacked: int = MAX_UNPACKED
) -> dict[str, str | int]:
    """Bring `source` to `output` as UTF-8 text with "\\n" line ends, and write `OUTPUT.source.json`.

    Returns what the JSON holds: name, url or path or data_dir (file names only), member, sha256 and bytes of the file
    as it came, and lines. Raises KnnKdError: see the module; nothing then stands under either name that is new.
    """
    record_path = output.with_name(output.name + ".source.json")
    with temporary_beside(output) as download:
        file, record = _obtain(source, download, network)
        with replacing(record_path) as new_record, replacing(output) as new_output:
            count = 0
            with open(new_output, "wb") as text:
                for line in unpacked_lines(file, str(record["name"]), source.member, max_unpacked):
                    text.write(line.encode("utf-8") + b"\n")
                    count += 1
            record["lines"] = count
            write_json(new_record, record)
    return record


def fetch_files(
    sources: Mapping[Path, Source], network: Network = Network(), max_unpacked: int = MAX_UNPACKED
) -> dict[str, dict[str, str | int]]:
    """Bring files that are no text to their places, as they are; members of one archive are fetched once.

    sources: where to -> where from. Returns the record of each by the name of its output (see `fetch`, but no lines).
    Raises KnnKdError as `fetch` does.
    """
    records: dict[str, dict[str, str | int]] = {}
    origins: dict[tuple, list[Path]] = {}
    for output, source in sources.items():
        origins.setdefault((source.path, source.urls, source.sha256, source.data_dir), []).append(output)
    for outputs in origins.values():
        with temporary_beside(outputs[0]) as download:
            file, record = _obtain(sources[outputs[0]], download, network)
            for output in outputs:
                member = sources[output].member
                with replacing(output) as new_output, open(new_output, "wb") as target:
                    for block in unpacked_blocks(file, str(record["name"]), member, max_unpacked):
                        target.write(block)
                records[output.name] = record | ({"member": member} if member else {})
    return records


def _obtain(source: Source, download: Path, network: Network) -> tuple[Path, dict[str, str | int]]:
    """Return the checked file as it came and its record; `download` is used only when the network is."""
    if source.path is not None:
        return source.path, _checked(source.path, source, "path", source.path.name)
    for url in source.urls:
        if source.data_dir is not None and (found := source.data_dir / file_name(url)).exists():
            return found, _checked(found, source, "data_dir", found.name)
    url = _download_any(source, download, network)
    name = file_name(url)
    # A file URL holds a path of this machine, which is of no use to a reader elsewhere.
    key, value = ("path", name) if urlsplit(url).scheme == "file" else ("url", url)
    return download, _record(download, source, key, value, name)


def _checked(file: Path, source: Source, key: str, value: str) -> dict[str, str | int]:
    """Return the record of a local file after its checksum held; WrongChecksumError otherwise."""
    record = _record(file, source, key, value, file.name)
    _check(str(record["sha256"]), source.sha256, str(file), "put the right file there, or correct sha256")
    return record


def _record(file: Path, source: Source, key: str, value: str, name: str) -> dict[str, str | int]:
    record: dict[str, str | int] = {"name": name, key: value}
    if source.member is not None:
        record["member"] = source.member
    return record | {"sha256": sha256(file), "bytes": file.stat().st_size}


def _check(got: str, expected: str | None, where: str, remedy: str) -> None:
    if expected is not None and got != expected.lower():
        raise WrongChecksumError(f"{where}: wrong sha256: expected {expected.lower()}, got {got}; {remedy}")


def _download_any(source: Source, download: Path, network: Network) -> str:
    """Download from the first URL that gives the right file and return it; KnnKdError where none does."""
    wrong: WrongChecksumError | None = None
    reason = ""
    for url in source.urls:
        try:
            _download(url, download, network)
            _check(sha256(download), source.sha256, url, "the file has changed there: correct sha256 or the URL")
            return url
        except WrongChecksumError as error:
            wrong = wrong or error
        except (_Refused, _Interrupted) as error:
            reason = str(error)
    if wrong is not None:
        raise wrong
    raise KnnKdError(
        f"cannot download {', '.join(source.urls)}: {reason}; "
        f"put {file_name(source.urls[0])} into a folder and set data_dir"
    )


def _download(url: str, download: Path, network: Network) -> None:
    """Download one URL, trying again as `network` says; raises the last try's _Interrupted, or _Refused at once."""
    for delay in network.delays():
        try:
            return _download_once(url, download, network.timeout)
        except _Interrupted as error:
            print(f"{url}: {error}; trying again in {delay:g} s", file=sys.stderr)
            time.sleep(delay)
    return _download_once(url, download, network.timeout)


def _download_once(url: str, download: Path, timeout: float) -> None:
    """Stream one URL to `download`; _Interrupted where the connection broke or fewer bytes came than announced."""
    with _open_url(url, timeout) as response, open(download, "wb") as file:
        length = response.headers.get("Content-Length", "")
        expected = int(length) if length.isdecimal() else None
        got = 0
        with Progress(file_name(url), expected, "B") as progress:
            while block := _read_block(response):
                file.write(block)
                got += len(block)
                progress.add(len(block))
    if expected is not None and got != expected:
        raise _Interrupted(f"the download was cut short ({got} of {expected} bytes)")


def _read_block(response: Response) -> bytes:
    # Apart from the writing, whose OSError (a full disk) no second try would mend.
    try:
        return response.read(BLOCK)
    except (OSError, http.client.HTTPException) as error:
        raise _Interrupted(f"the connection broke ({error or type(error).__name__})") from error


def _open_url(url: str, timeout: float) -> Response:
    """Open a URL; _Refused where another try would give the same, _Interrupted where it need not."""
    try:
        response: Response = _opener().open(url, timeout=timeout)
        return response
    except urllib.error.HTTPError as error:
        again = error.code >= 500 or error.code in (408, 429)
        raise (_Interrupted if again else _Refused)(f"the server says {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        # A reason in words is urllib's own: no such scheme, a file on another host.
        final = isinstance(error.reason, (str, ssl.SSLCertVerificationError, FileNotFoundError, IsADirectoryError))
        raise (_Refused if final else _Interrupted)(str(error.reason)) from error
    except (http.client.InvalidURL, ValueError) as error:
        raise _Refused(f"not a valid URL ({error})") from error
    except (OSError, http.client.HTTPException) as error:
        raise _Interrupted(f"no answer ({error or type(error).__name__})") from error


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener for http, https and file: urllib's default one would follow a redirect to ftp as well."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.FileHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", "knnkd")]
    return opener
