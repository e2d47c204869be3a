"""A file of a corpus or a model, from a local file, a folder of files fetched beforehand, or the network, to its place.

Where nobody publishes a checksum, the one of the first fetch holds (`recorded_checksums.py`).

Whatever comes is checked (length, SHA-256), unpacked as a stream, validated as text where it is text, and only then
renamed into place; `OUTPUT.source.json` beside a text says what it was.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, replacing, sha256, temporary_beside, write_json
from knnkd.corpus.archives import MAX_UNPACKED, Packed, is_archive, require_readable, unpacked_blocks
from knnkd.corpus.clean import normalise
from knnkd.corpus.download import InterruptedDownloadError, Network, RefusedError, download, file_name
from knnkd.corpus.recorded_checksums import hold
from knnkd.corpus.sources import PATIENT, Source

LINE_ENDS = re.compile(r"[\r\n\0]+")  # inside a sentence, where a form allows them: a line is a sentence


class WrongChecksumError(KnnKdError):
    """A file came whole but is not the one that was asked for."""


def fetch(source: Source, output: Path, network: Network = PATIENT, max_unpacked: int = MAX_UNPACKED) -> dict[str, Any]:
    """Bring `source` to `output` as UTF-8 text with "\\n" line ends, and write `OUTPUT.source.json`.

    Returns what the JSON holds: name, url or path or data_dir (file names only), member, form, sha256 and bytes of the
    file as it came, lines and, of a file that holds both languages, incomplete: the pairs without text on one side,
    which are in no output. Raises KnnKdError: see the module; nothing then stands under either name that is new.
    """
    record_path = output.with_name(output.name + ".source.json")
    with temporary_beside(output) as target:
        file, record = _obtain(source, target, network)
        with replacing(record_path) as new_record, replacing(output) as new_output:
            count = size = incomplete = 0
            with open(new_output, "wb") as text:
                for line in _sentences(file, str(record["name"]), source, output.parent, max_unpacked):
                    if line is None:
                        incomplete += 1
                        continue
                    size += text.write(line.encode("utf-8"))
                    text.write(b"\n")
                    count += 1
                    if size > max_unpacked:
                        raise KnnKdError(
                            f"{record['name']}: makes more than {max_unpacked} bytes; is it the right file?"
                        )
            if not count:
                lost = f" ({incomplete} pairs without text on one side)" if incomplete else ""
                raise KnnKdError(
                    f"{record['name']}: holds no sentence in the form {source.form}{lost}; correct the form"
                )
            _hold(source, record)
            record |= {"lines": count} | ({"incomplete": incomplete} if source.languages else {})
            write_json(new_record, record)
    return record


def _sentences(file: Path, name: str, source: Source, work: Path, max_unpacked: int) -> Iterator[str | None]:
    """Yield the sentences of all members, or of the file itself; work: folder for what is unpacked to be read.

    Of a file of both languages those of one side, and None for a pair that has no text on one of them.
    """
    form, options = source.format, source.read_options()
    for member in source.members or (None,):
        packed = Packed(file, name, member, work, max_unpacked)
        if form.read:
            yield from form.read(packed, options)
        elif form.both and source.languages:
            side = source.languages.index(str(source.language))
            for pair in form.both(packed, options, source.languages):
                yield LINE_ENDS.sub(" ", pair[side]) if all(map(normalise, pair)) else None


def _unpack(file: Path, name: str, member: str | None, path: Path, max_unpacked: int) -> None:
    with open(path, "wb") as target:
        for block in unpacked_blocks(file, name, member, max_unpacked):
            target.write(block)


def _take_member(archive: Path, name: str, member: str, output: Path) -> None:
    """Write a member of an archive as it is: where it is compressed itself, so is the file that it stands for."""
    with open(output, "wb") as target:
        target.writelines(unpacked_blocks(archive, name, member, decompress=False))


def _replace_by_member(archive: Path, url: str, member: str) -> None:
    """Put a member into its archive's place; RefusedError where the URL gave no such archive: there may be others."""
    try:
        with replacing(archive) as taken:
            _take_member(archive, file_name(url), member, taken)
    except KnnKdError as error:
        raise RefusedError(f"{url}: {error}") from error


def fetch_whole(source: Source, output: Path, network: Network = PATIENT) -> None:
    """Bring a file to `output` as it is, with `OUTPUT.source.json`; errors as of `fetch`."""
    with replacing(output.with_name(output.name + ".source.json")) as new_record, replacing(output) as new_output:
        file, record = _obtain(source, new_output, network)
        if is_archive(str(record["name"])):
            require_readable(file, str(record["name"]))
        _hold(source, record)
        if file != new_output:
            shutil.copyfile(file, new_output)
        write_json(new_record, record)


def fetch_files(
    sources: Mapping[Path, Source], network: Network = PATIENT, max_unpacked: int = MAX_UNPACKED
) -> dict[str, dict[str, Any]]:
    """Bring files that are no text to their places, as they are; members of one archive are fetched once.

    sources: where to -> where from. Returns the record of each by the name of its output (see `fetch`, but no lines).
    Raises KnnKdError as `fetch` does.
    """
    records: dict[str, dict[str, Any]] = {}
    origins: dict[tuple, list[Path]] = {}
    for output, source in sources.items():
        same = source.path, source.urls, tuple(source.packed.items()), source.sha256, source.data_dir, source.file
        origins.setdefault(same, []).append(output)
    for outputs in origins.values():
        with temporary_beside(outputs[0]) as target:
            file, record = _obtain(sources[outputs[0]], target, network)
            for output in outputs:
                member = next(iter(sources[output].members), None)
                with replacing(output) as new_output:
                    _unpack(file, str(record["name"]), member, new_output, max_unpacked)
                records[output.name] = record | ({"member": member} if member else {})
            _hold(sources[outputs[0]], record)
    return records


def _obtain(source: Source, target: Path, network: Network) -> tuple[Path, dict[str, Any]]:
    """Return the checked file as it came and its record; `target` gets what is downloaded or unpacked."""
    if source.path is not None:
        record = _checked(source.path, source, "path", source.path.name)
        return source.path, record | _origin(source.path, str(record["sha256"]))
    for name, member in source.known_as():
        if source.data_dir is None or not (found := source.data_dir / name).exists():
            continue
        if member is not None:
            _take_member(found, name, member, target)
            _check(sha256(target), source.sha256, f"{found}: {member}", "put the right file there, or correct sha256")
            return target, _record(target, source, "data_dir", name, source.names()[0])
        return found, _checked(found, source, "data_dir", found.name)
    url = _download_any(source, target, network)
    name = source.file or (source.names()[0] if url in source.packed else file_name(url))
    # A file URL holds a path of this machine, which is of no use to a reader elsewhere.
    key, value = ("path", name) if urlsplit(url).scheme == "file" else ("url", url)
    return target, _record(target, source, key, value, name)


def _origin(file: Path, digest: str) -> dict[str, Any]:
    """Return where `fetch_whole` had a file from; KnnKdError where it is not the file that was fetched.

    Nothing for a file that it did not fetch: the record beside a text that `fetch` made speaks of another file.
    """
    path = file.with_name(file.name + ".source.json")
    fetched = read_json(path) if path.exists() else None
    if not isinstance(fetched, dict) or "lines" in fetched or "sha256" not in fetched:
        return {}
    if fetched["sha256"] != digest:
        raise KnnKdError(
            f"{file}: changed since it was fetched (sha256 differs); fetch it again: snakemake --force {file}"
        )
    return {key: fetched[key] for key in ("url", "data_dir") if key in fetched}


def _hold(source: Source, record: Mapping[str, Any]) -> None:
    """Hold a file's sum to the one of its first fetch; only what could be read is recorded."""
    if source.urls and source.checksums is not None and source.sha256 is None:
        hold(source.checksums, source.urls[0], record["sha256"])


def _checked(file: Path, source: Source, key: str, value: str) -> dict[str, Any]:
    """Return the record of a local file after its checksum held; WrongChecksumError otherwise."""
    record = _record(file, source, key, value, file.name)
    _check(str(record["sha256"]), source.sha256, str(file), "put the right file there, or correct sha256")
    return record


def _record(file: Path, source: Source, key: str, value: str, name: str) -> dict[str, Any]:
    record: dict[str, Any] = {"name": name, key: value}
    if source.members:
        record["member"] = source.members[0] if len(source.members) == 1 else list(source.members)
    if source.form != "lines":
        record["form"] = source.form
    if source.options:
        record["options"] = dict(source.options)
    record |= {"sha256": sha256(file), "bytes": file.stat().st_size}
    _refuse_web_page(file, value)
    return record


def _refuse_web_page(file: Path, where: str) -> None:
    """Raise KnnKdError for a page in the place of a file: a log-in, a quota, a question before a large download."""
    with open(file, "rb") as stream:
        start = stream.read(1000).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise KnnKdError(
            f"{where}: is a web page, not the file (a log-in, quota or confirmation page?); fetch it by hand, from "
            "Google Drive with gdown, put it into a folder and set data_dir"
        )


def _check(got: str, expected: str | None, where: str, remedy: str) -> None:
    if expected is not None and got != expected.lower():
        raise WrongChecksumError(f"{where}: wrong sha256: expected {expected.lower()}, got {got}; {remedy}")


def _download_any(source: Source, target: Path, network: Network) -> str:
    """Download from the first URL that gives the right file and return it; KnnKdError where none does."""
    wrong: WrongChecksumError | None = None
    reason = ""
    for url in source.urls:
        try:
            download(url, target, network)
            if member := source.packed.get(url):
                _replace_by_member(target, url, member)
            _check(sha256(target), source.sha256, url, "the file has changed there: correct sha256 or the URL")
            return url
        except WrongChecksumError as error:
            wrong = wrong or error
        except (RefusedError, InterruptedDownloadError) as error:
            reason = str(error)
    if wrong is not None:
        raise wrong
    raise KnnKdError(
        f"cannot download {', '.join(source.urls)}: {reason}; put {source.names()[0]} into a folder and set data_dir"
    )
