"""Checksums that nobody publishes: recorded when a file is first fetched, in one file, and held from then on."""

import json
from pathlib import Path

from filelock import FileLock

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, replacing


def hold(file: Path, url: str, digest: str) -> None:
    """Compare a file's SHA-256 with the one that is recorded for its URL, or record it.

    file: JSON {url: digest}, made where it is missing; other processes may do the same at the same time. Raises
    KnnKdError where the two differ.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.with_name(f".{file.name}.lock")):
        known = read_json(file) if file.exists() else {}
        if not isinstance(known, dict):
            raise KnnKdError(f"{file}: not a JSON object of URLs and checksums; mend it or remove it")
        recorded = known.setdefault(url, digest)
        if recorded != digest:
            raise KnnKdError(
                f"{url}: has changed: {file} recorded sha256 {recorded} when it was first fetched, now it is {digest}; "
                "if the new file is the right one, remove its line there"
            )
        with replacing(file) as temporary:
            temporary.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")
