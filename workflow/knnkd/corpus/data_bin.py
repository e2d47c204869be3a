"""The data-bin of a fairseq project as a corpus: its own binary files, and beside them the text that they hold."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knnkd.core.errors import KnnKdError
from knnkd.core.files import sha256, temporary_beside, write_lines
from knnkd.core.integrity import list_sums
from knnkd.corpus.binarise import describe_binary
from knnkd.corpus.clean import Side, TextSettings, keep_all, prepare_all
from knnkd.corpus.cleaned import Cleaning, Split, check_expected, write_corpus
from knnkd.corpus.fairseq_binary import binary_subwords, read_types
from knnkd.corpus.length_limits import refuse_overlong
from knnkd.corpus.subwords import JOINER, join_subwords

SPLITS: tuple[Split, ...] = ("train", "valid", "test")
WORD_START = "\u2581"  # stands at the start of a word in SentencePiece's subwords


@dataclass(frozen=True)
class Adoption:
    """What a data-bin is taken for: its languages, its tokens (`text`), and the subwords that a model takes, EOS in."""

    languages: tuple[str, str]
    max_positions: int
    text: TextSettings


def adopt_data_bin(
    data_bin: Path,
    dictionaries: Path,
    corpus: Path,
    data: Path,
    adoption: Adoption,
    expected: Mapping[Split, int] | None = None,
    threads: int = 1,
) -> None:
    """Copy `data_bin` to `data` and write the text of its splits into `corpus`: bpe/, tok/, text/, lines, manifest.

    dictionaries: folder of the model's dict.{language}.txt, which must hold the types of the data-bin's; expected: the
    pairs that splits must have. Nothing is dropped, cut or binarised: the ids are the project's own.
    Raises KnnKdError for a file that is missing or damaged, a training set in parts, other dictionaries or numbers of
    pairs, SentencePiece's subwords, or a sentence longer than the model takes.
    """
    pair = "-".join(adoption.languages)
    if more := sorted(file.name for file in data_bin.glob(f"train[0-9]*.{pair}.*.idx")):
        raise KnnKdError(f"{data_bin}: has a training set in parts ({', '.join(more)}); binarise it as one")
    _require_same_types(data_bin, dictionaries, adoption.languages)
    _refuse_other_subwords(data_bin, adoption.languages)
    sides: dict[str, dict[str, Side]] = {}
    sources: dict[str, dict[str, Any]] = {}
    for split in SPLITS:
        for language in adoption.languages:
            binary = data_bin / f"{split}.{pair}.{language}.bin"
            subwords = _read_subwords(binary, data_bin / f"dict.{language}.txt", adoption.max_positions - 1)
            write_lines(corpus / "bpe" / f"{split}.{language}", subwords)
            tokens = [join_subwords(line) for line in subwords]
            side = prepare_all(tokens, language, adoption.text, threads, f"{split}.{language}")
            sides.setdefault(split, {})[language] = Side(side.read, side.text, tokens)
            record = {"name": binary.name, "sha256": sha256(binary), "bytes": binary.stat().st_size}
            sources.setdefault(split, {})[language] = record | {"lines": len(subwords)}
    kept = {split: keep_all(both[adoption.languages[0]]) for split, both in sides.items()}
    for split, pairs in (expected or {}).items():
        check_expected(split, kept[split], pairs, data_bin)
    list_sums(corpus / "bpe")
    _copy(data_bin, dictionaries, data, adoption.languages)
    write_corpus(corpus, Cleaning(adoption.languages, [], text=adoption.text), sources, sides, kept)


def _read_subwords(binary: Path, dictionary: Path, limit: int) -> list[str]:
    subwords = list(binary_subwords(binary.with_suffix(".idx"), binary, dictionary))
    refuse_overlong(subwords, limit, binary, "raise model.max_positions, or binarise again without it")
    return subwords


def _require_same_types(data_bin: Path, dictionaries: Path, languages: tuple[str, str]) -> None:
    for language in languages:
        name = f"dict.{language}.txt"
        theirs, types = read_types(data_bin / name), read_types(dictionaries / name)
        if theirs != types:
            place = next((n for n, (a, b) in enumerate(zip(theirs, types, strict=False)) if a != b), None)
            where = f"from type {place} on" if place is not None else f"{len(theirs)} types against {len(types)}"
            raise KnnKdError(
                f"{data_bin / name}: not the dictionary of the model ({where}); name the checkpoint that was trained "
                "on this data-bin, and its dictionaries"
            )


def _refuse_other_subwords(data_bin: Path, languages: tuple[str, str]) -> None:
    """Raise KnnKdError for a dictionary of SentencePiece's subwords; those of BPE may hold its mark as a word."""
    for language in languages:
        types = read_types(data_bin / f"dict.{language}.txt")
        if any(each.startswith(WORD_START) for each in types) and not any(each.endswith(JOINER) for each in types):
            raise KnnKdError(
                f"{data_bin}: dict.{language}.txt is of SentencePiece's subwords; only BPE with {JOINER} can be taken"
            )


def _copy(data_bin: Path, dictionaries: Path, data: Path, languages: tuple[str, str]) -> None:
    """Copy the project's binary data under the names of ours, with the record that every later stage asks for."""
    pair = "-".join(languages)
    with temporary_beside(data) as work:
        work.mkdir()
        for language in languages:
            # The model's: a checkpoint knows its dictionaries by their bytes.
            shutil.copyfile(dictionaries / f"dict.{language}.txt", work / f"dict.{language}.txt")
            for split in SPLITS:
                for kind in ("bin", "idx"):
                    name = f"{split}.{pair}.{language}.{kind}"
                    shutil.copyfile(data_bin / name, work / name)
        describe_binary(work, languages, "bpe", SPLITS)
        if data.exists():
            shutil.rmtree(data)
        work.rename(data)
