"""The folder of what a killed training needs: it outlives a kill, because no rule names it as an output.

It is tied to the settings that made it by a fingerprint, and it goes when the result stands in its place.
"""

import shutil
from pathlib import Path

from knnkd.io import read_json, write_json

MARK = "fingerprint.json"


def take_up(work: Path, fingerprint: str) -> None:
    """Keep the folder where the same settings made it; else empty it, or make it."""
    mark = work / MARK
    if mark.exists() and read_json(mark) == fingerprint:
        print(f"training goes on from what lies in {work}", flush=True)
        return
    if work.exists():
        print(f"other settings lie in {work}: it is emptied", flush=True)
        shutil.rmtree(work)
    work.mkdir(parents=True)
    write_json(mark, fingerprint)


def leave(work: Path) -> None:
    """Remove the folder, the mark first: what a kill leaves of it is then emptied, and not gone on with."""
    (work / MARK).unlink()
    shutil.rmtree(work)
