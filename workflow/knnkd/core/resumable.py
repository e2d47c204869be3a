"""The folder of what a killed training needs: it outlives a kill, because no rule names it as an output.

It is tied to the settings that made it by a fingerprint, and it goes when the result stands in its place. One process
has it at a time: where Snakemake alone was killed, its jobs may still run when the next run starts them again.
"""

import shutil
from pathlib import Path

from filelock import FileLock, Timeout

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, write_json

MARK = "fingerprint.json"
_held: dict[Path, FileLock] = {}  # until the folder is left, or the process ends in whatever way


def take_up(work: Path, fingerprint: str) -> None:
    """Keep the folder where the same settings made it; else empty it, or make it.

    Raises KnnKdError where another process has it.
    """
    _hold(work)
    mark = work / MARK
    if mark.exists() and read_json(mark) == fingerprint:
        print(f"training goes on from what lies in {work}", flush=True)
        return
    if work.exists():
        print(f"other settings lie in {work}: it is emptied", flush=True)
        mark.unlink(missing_ok=True)
        shutil.rmtree(work)
    work.mkdir(parents=True)
    write_json(mark, fingerprint)


def leave(work: Path) -> None:
    """Remove the folder, the mark first: what a kill leaves of it is then emptied, and not gone on with."""
    (work / MARK).unlink()
    shutil.rmtree(work)
    if lock := _held.pop(work.resolve(), None):
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def _hold(work: Path) -> None:
    if work.resolve() in _held:
        return
    lock = FileLock(work.with_name(f".{work.name}.lock"), timeout=0)
    work.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire()
    except Timeout:
        raise KnnKdError(f"{work}: another process trains there; wait for its end, or end it") from None
    except NotImplementedError:
        print(f"{work}: its file system knows no locks; see to it that no other process trains there", flush=True)
        return
    _held[work.resolve()] = lock
