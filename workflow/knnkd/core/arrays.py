"""Folders of arrays that belong together: written beside and renamed, opened with a check of every promise.

A datastore and a set of candidates are both such folders: `.npy` files that share one row axis, `offsets.npy`, which
says which rows belong to which sentence, and `meta.json`, which is written last and so marks the folder as complete.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from knnkd.core.errors import KnnKdError
from knnkd.core.files import replacing, write_json
from knnkd.core.integrity import read_record, require_intact, sums_of


@contextmanager
def new_array(path: Path, shape: tuple[int, ...], dtype: np.dtype | type) -> Iterator[np.memmap]:
    """Yield a writable memory map for a new `.npy` file, which takes its name only when the block ends well.

    Its room on the disk is taken at once: written into a full disk, a memory map kills the process without a word.
    """
    with replacing(path) as temporary:
        array = np.lib.format.open_memmap(temporary, mode="w+", dtype=dtype, shape=shape)
        with open(temporary, "rb+") as file:
            size = os.fstat(file.fileno()).st_size
            if size:
                os.posix_fallocate(file.fileno(), 0, size)
        yield array
        array.flush()
        del array


def save_array(path: Path, array: np.ndarray) -> None:
    """Write `array` as `.npy`, beside and then renamed."""
    with new_array(path, array.shape, array.dtype) as target:
        target[...] = array


def open_array(path: Path, dtype: type, shape: tuple[int | None, ...]) -> np.ndarray:
    """Memory-map a `.npy` file and check it. `None` in `shape` stands for any length.

    Raises KnnKdError where the file is missing, cut short, of another type or of another shape.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise KnnKdError(f"{path}: not there; run the rule that makes it again") from None
    except (ValueError, OSError) as error:
        raise KnnKdError(f"{path}: broken or cut short ({error}); delete it and run its rule again") from None
    fits = len(array.shape) == len(shape) and all(b in (None, a) for a, b in zip(array.shape, shape, strict=True))
    if array.dtype != np.dtype(dtype) or not fits:
        wanted = f"{np.dtype(dtype)} {tuple('any' if n is None else n for n in shape)}"
        raise KnnKdError(f"{path}: {array.dtype} {array.shape}, expected {wanted}; delete it and run its rule again")
    return array


def open_offsets(path: Path, sentences: int, rows: int) -> np.ndarray:
    """Return offsets int64 [sentences + 1]: sentence i owns rows offsets[i]:offsets[i + 1].

    Raises KnnKdError where they do not rise from 0 to `rows`.
    """
    offsets = np.array(open_array(path, np.int64, (sentences + 1,)))
    if offsets[0] != 0 or offsets[-1] != rows or (np.diff(offsets) < 0).any():
        raise KnnKdError(f"{path}: does not rise from 0 to {rows}; delete it and run its rule again")
    return offsets


def read_meta(folder: Path, keys: Iterable[str]) -> dict:
    """Return `meta.json` of an artefact whose files are as they were written.

    Raises KnnKdError where it is missing or lacks one of `keys`, or a file is not the one that was written.
    """
    record = folder / "meta.json"
    meta = read_record(record, keys)
    require_intact(folder, meta["files"], record)
    return meta


def begin(folder: Path) -> None:
    """Make an artefact's folder ready to be written: an older meta.json must not vouch for what is being replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meta.json").unlink(missing_ok=True)


def write_meta(folder: Path, meta: dict) -> None:
    """Write `meta.json`, the last file of an artefact, with the sums of all others."""
    names = [path.name for path in folder.iterdir() if path.is_file() and path.suffix in (".npy", ".faiss")]
    write_json(folder / "meta.json", meta | {"files": sums_of(folder, names)})
