"""One file from an http, https or file URL, as a stream, tried again where another try may give something else."""

import http.client
import ssl
import sys
import time
import urllib.error
import urllib.request
import urllib.response
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from knnkd.core.errors import KnnKdError
from knnkd.core.files import BLOCK, Progress

Response = http.client.HTTPResponse | urllib.response.addinfourl
MAX_DELAY = 30.0  # seconds between two tries, at most
MAX_DOWNLOAD = 32 << 30  # bytes; the paper's data sets and models are a few gigabytes each at most


@dataclass(frozen=True)
class Network:
    """How patiently to download: `retries` after the first try, `timeout` and first `delay` in seconds.

    max_bytes: of one file; a server that sends more is left.
    """

    retries: int = 4
    timeout: float = 60.0
    delay: float = 1.0
    max_bytes: int = MAX_DOWNLOAD

    def __post_init__(self) -> None:
        """Raise KnnKdError for what no download can be."""
        if self.retries < 0 or self.delay < 0 or self.timeout <= 0:
            raise KnnKdError("network: retries and delay cannot be negative, and timeout must be positive")

    def delays(self) -> list[float]:
        """Return the seconds to wait before each retry: doubling from `delay`, capped at MAX_DELAY."""
        return [min(self.delay * 2.0**attempt, MAX_DELAY) for attempt in range(self.retries)]


class RefusedError(Exception):
    """This URL will not work, however often it is tried."""


class InterruptedDownloadError(Exception):
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


def download(url: str, target: Path, network: Network) -> None:
    """Download one URL, trying again as `network` says; InterruptedDownloadError or RefusedError where none works."""
    for delay in network.delays():
        try:
            return _download_once(url, target, network)
        except InterruptedDownloadError as error:
            print(f"{url}: {error}; trying again in {delay:g} s", file=sys.stderr)
            time.sleep(delay)
    return _download_once(url, target, network)


def _download_once(url: str, target: Path, network: Network) -> None:
    """Stream one URL to a file.

    InterruptedDownloadError where fewer bytes came than were announced, RefusedError where more than may.
    """
    with _open_url(url, network.timeout) as response, open(target, "wb") as file:
        length = response.headers.get("Content-Length", "")
        expected = int(length) if length.isdecimal() else None
        got = 0
        _require_fitting(expected or 0, network)
        with Progress(file_name(url), expected, "B") as progress:
            while block := _read_block(response):
                got += len(block)
                _require_fitting(got, network)
                file.write(block)
                progress.add(len(block))
    if expected is not None and got != expected:
        raise InterruptedDownloadError(f"the download was cut short ({got} of {expected} bytes)")


def _require_fitting(size: int, network: Network) -> None:
    if size > network.max_bytes:
        raise RefusedError(f"it sends more than {network.max_bytes} bytes")


def _read_block(response: Response) -> bytes:
    # Apart from the writing, whose OSError (a full disk) no second try would mend.
    try:
        return response.read(BLOCK)
    except (OSError, http.client.HTTPException) as error:
        raise InterruptedDownloadError(f"the connection broke ({error or type(error).__name__})") from error


def _open_url(url: str, timeout: float) -> Response:
    """Open a URL; RefusedError where another try would give the same, InterruptedDownloadError where it need not."""
    try:
        response: Response = _opener().open(url, timeout=timeout)
        return response
    except urllib.error.HTTPError as error:
        again = error.code >= 500 or error.code in (408, 429)
        raise (InterruptedDownloadError if again else RefusedError)(
            f"the server says {error.code} {error.reason}"
        ) from error
    except urllib.error.URLError as error:
        # A reason in words is urllib's own: no such scheme, a file on another host.
        final = isinstance(error.reason, (str, ssl.SSLCertVerificationError, FileNotFoundError, IsADirectoryError))
        raise (RefusedError if final else InterruptedDownloadError)(str(error.reason)) from error
    except (http.client.InvalidURL, ValueError) as error:
        raise RefusedError(f"not a valid URL ({error})") from error
    except (OSError, http.client.HTTPException) as error:
        raise InterruptedDownloadError(f"no answer ({error or type(error).__name__})") from error


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
