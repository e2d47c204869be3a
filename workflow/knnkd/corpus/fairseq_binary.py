"""Text out of fairseq's memory-mapped binary data: the one form in which the multi-domain sets are published whole.

Read without fairseq, which the stage that fetches corpora has no need of otherwise.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_lines
from knnkd.corpus.subwords import SPECIAL, join_subwords

MAGIC = b"MMIDIDX\x00\x00"
DTYPES = {1: np.uint8, 2: np.int8, 3: np.int16, 4: np.int32, 5: np.int64, 8: np.uint16, 9: np.uint32, 10: np.uint64}
END = SPECIAL.index("</s>")


def read_index(file: Path) -> tuple[np.dtype, np.ndarray, np.ndarray]:
    """Return the type of the tokens, the sentences' lengths int32 [S] and where each begins, in bytes, int64 [S].

    Raises KnnKdError for a file that is no such index, or is cut short.
    """
    content = file.read_bytes()
    header = len(MAGIC) + struct.calcsize("<QBQ")
    if not content.startswith(MAGIC) or len(content) < header:
        raise KnnKdError(f"{file.name}: not an index of fairseq's mmap data; name the file that ends in .idx")
    version, code, sentences = struct.unpack_from("<QBQ", content, len(MAGIC))
    if version != 1 or code not in DTYPES or len(content) < header + 12 * sentences:
        raise KnnKdError(f"{file.name}: version {version}, type {code}, cut short or damaged; fetch it again")
    lengths = np.frombuffer(content, np.int32, sentences, header)
    return np.dtype(DTYPES[code]), lengths, np.frombuffer(content, np.int64, sentences, header + 4 * sentences)


def read_types(file: Path) -> list[str]:
    """Return the types of a fairseq dictionary by their numbers; KnnKdError for a line that is none."""
    types = list(SPECIAL)  # before the dictionary's own
    for number, line in enumerate(read_lines(file), 1):
        word, _, count = line.removesuffix(" #fairseq:overwrite").rpartition(" ")
        if not word or not count.isdecimal():
            raise KnnKdError(f"{file.name}:{number}: {line!r} is no type and its count; name fairseq's dict.*.txt")
        types.append(word)
    return types


def binary_lines(index: Path, data: Path, dictionary: Path) -> Iterator[str]:
    """Yield the sentences of `binary_subwords` as tokens joined by spaces, subwords put together again."""
    return map(join_subwords, binary_subwords(index, data, dictionary))


def binary_subwords(index: Path, data: Path, dictionary: Path) -> Iterator[str]:
    """Yield the sentences of {split}.*.idx and .bin as they were binarised, subwords joined by spaces.

    Raises KnnKdError where a file is missing, or the three do not belong together.
    """
    if missing := [file.name for file in (index, data) if not file.is_file()]:
        raise KnnKdError(f"{index.parent}: lacks {', '.join(missing)}; name the folder of fairseq-preprocess")
    dtype, lengths, starts = read_index(index)
    types = np.array(read_types(dictionary), dtype=object)
    tokens = np.fromfile(data, dtype)
    ends = np.cumsum(lengths, dtype=np.int64)
    # fairseq writes one sentence after the other: anything else would read some tokens twice, or from the end.
    if (lengths < 0).any() or not np.array_equal(starts, (ends - lengths) * dtype.itemsize):
        raise KnnKdError(f"{index.name}: its sentences do not stand one after the other; fetch it again")
    if len(ends) and ends[-1] > len(tokens):
        raise KnnKdError(f"{data.name}: {len(tokens)} tokens, fewer than its index says; fetch it again")
    for start, end in zip((ends - lengths).tolist(), ends.tolist(), strict=True):
        sentence = tokens[start:end]
        strange = sentence[(sentence < 0) | (sentence >= len(types))]
        if len(strange):
            raise KnnKdError(f"{data.name}: token {int(strange[0])}, but the dictionary has {len(types)} types")
        yield " ".join(types[sentence[sentence != END].astype(np.int64)])
