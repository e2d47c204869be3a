"""Sentences packed for BERT, [CLS] source [SEP] target [SEP], and batches of them.

The last [SEP] stands for the target's end of sentence, so a target of n pieces has n + 1 positions to be predicted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, sha256
from knnkd.core.integrity import read_listed
from knnkd.distil.bert.wordpiece import CLS, SEP, TOKENIZER, VOCABULARY, Vocabulary


@dataclass(frozen=True)
class Examples:
    """Packed sequences; `starts` says where each one's target begins (its length, where it has none)."""

    sequences: Sequence[np.ndarray]  # each int64 [length]
    starts: np.ndarray  # int64 [S]
    cut: int = 0  # sentences that were cut to fit, in pre-training
    left_out: int = 0  # pairs that are too long for the teacher

    @property
    def lengths(self) -> np.ndarray:
        """Length of each sequence, int64 [S]."""
        return np.array([len(sequence) for sequence in self.sequences], dtype=np.int64)


@dataclass(frozen=True)
class Batch:
    """Padded sequences. ids: int64 [B, T]; attention: bool [B, T], False on padding; target: bool [B, T]."""

    ids: np.ndarray
    attention: np.ndarray
    target: np.ndarray


def read_pieces(bert: Path, text: Path, languages: tuple[str, str], split: str) -> tuple[list[str], list[str]]:
    """Return the source and target lines of one split of a folder of segment_wordpiece.py.

    Raises KnnKdError where the text was cut with another teacher's pieces or the sides differ in length.
    """
    if read_json(text / "wordpiece.json")["vocabulary"] != sha256(bert / VOCABULARY):
        raise KnnKdError(
            f"{text}: cut into other pieces than {bert / VOCABULARY}; run segment_wordpiece with that teacher"
        )
    source, target = (read_listed(text / f"{split}.{language}") for language in languages)
    if len(source) != len(target):
        raise KnnKdError(f"{text}: {split} has {len(source)} source and {len(target)} target lines; run its rule again")
    return source, target


def positions_of(bert: Path) -> int:
    """Return how many positions a teacher has; KnnKdError where its folder does not say."""
    try:
        return int(read_json(bert / TOKENIZER)["model_max_length"])
    except KeyError:
        raise KnnKdError(f"{bert / TOKENIZER}: lacks model_max_length; fetch or make the teacher again") from None


def hash_text(text: Path, languages: tuple[str, str]) -> dict[str, str]:
    """Return the SHA-256 of each file that a training on the folder `text` reads."""
    names = [f"{split}.{language}" for split in ("train", "valid") for language in languages]
    return {name: sha256(text / name) for name in names}


def pack_pairs(
    source: Iterable[str], target: Iterable[str], vocabulary: Vocabulary, max_positions: int, name: str | Path
) -> Examples:
    """Pack lines of pieces as [CLS] source [SEP] target [SEP].

    A pair that is longer than the model's `max_positions` is left out and counted, as Chen et al. (2020) do.
    Raises KnnKdError for a piece that the teacher does not have, and where every pair is too long.
    """
    encode = Encoder(vocabulary, name)
    sequences, starts, left_out = [], [], 0
    for number, (left, right) in enumerate(zip(source, target, strict=True), 1):
        x, y = encode(left, number), encode(right, number)
        if not fits(len(x), len(y), max_positions):
            left_out += 1
            continue
        sequences.append(encode.pack(x, y))
        starts.append(len(x) + 2)
    if not sequences:
        raise KnnKdError(f"{name}: every pair is longer than the {max_positions} positions of the teacher")
    return Examples(sequences, np.array(starts, dtype=np.int64), left_out=left_out)


def fits(source: int, target: int, max_positions: int) -> bool:
    """Return whether a pair of so many pieces has room in a teacher, with its three markers."""
    return source + target + 3 <= max_positions


def fitting_pairs(sides: Sequence[list[str]], student: int, teacher: int) -> tuple[list[list[str]], int]:
    """Return the lines of pieces of both sides that the models can take, and how many pairs are left out.

    student: pieces of one side at most; teacher: its positions. Raises KnnKdError where no pair is left.
    """
    source, target = sides
    pairs = [
        pair
        for pair in zip(source, target, strict=True)
        if max(lengths := [line.count(" ") + 1 for line in pair]) <= student and fits(lengths[0], lengths[1], teacher)
    ]
    if not pairs:
        raise KnnKdError(f"all {len(source)} training pairs are too long for BERT ({teacher} positions) or its student")
    return [list(side) for side in zip(*pairs, strict=True)], len(source) - len(pairs)


class Encoder:
    """Pieces to ids."""

    def __init__(self, vocabulary: Vocabulary, name: str | Path) -> None:
        """`name` stands in the error for a piece that is not in the vocabulary."""
        self._ids, self._name = vocabulary.ids, name

    def __call__(self, line: str, number: int) -> list[int]:
        """Return the ids of a line of pieces; KnnKdError, naming line `number`, for a piece that is not there."""
        try:
            return [self._ids[piece] for piece in line.split(" ") if piece]
        except KeyError as error:
            raise KnnKdError(f"{self._name}: line {number}: {error} is no piece of the teacher's vocabulary") from None

    def pack(self, *segments: list[int]) -> np.ndarray:
        """Return int64 [length]: [CLS] and then each segment with its [SEP]."""
        cls, sep = self._ids[CLS], self._ids[SEP]
        return np.array([cls, *(each for segment in segments for each in [*segment, sep])], dtype=np.int64)


def make_batches(lengths: np.ndarray, max_tokens: int, seed: int) -> list[np.ndarray]:
    """Return batches of indices, each of like lengths and at most `max_tokens` with padding, one sequence at least.

    lengths: int64 [S]. Among equal lengths, `seed` says which go together; every index stands in one batch.
    """
    shuffled = np.random.default_rng(seed).permutation(len(lengths))
    order = shuffled[np.argsort(lengths[shuffled], kind="stable")]
    batches, first = [], 0
    for last in range(1, len(order) + 1):
        if last == len(order) or (last + 1 - first) * lengths[order[last]] > max_tokens:
            batches.append(order[first:last])
            first = last
    return batches


def collate(examples: Examples, indices: np.ndarray, pad: int) -> Batch:
    """Return the padded batch of the examples `indices`."""
    sequences = [examples.sequences[i] for i in indices]
    lengths = np.array([len(sequence) for sequence in sequences])
    positions = np.arange(lengths.max())
    attention = positions < lengths[:, None]
    ids = np.full(attention.shape, pad, dtype=np.int64)
    ids[attention] = np.concatenate(sequences)
    return Batch(ids, attention, attention & (positions >= examples.starts[indices][:, None]))
