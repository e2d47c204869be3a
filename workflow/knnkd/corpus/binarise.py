"""Subword text to fairseq's memory-mapped data, with a hash by which every later artefact knows its text."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fairseq import options
from fairseq.data.indexed_dataset import MMapIndexedDataset
from fairseq_cli import preprocess

from knnkd.core.errors import KnnKdError
from knnkd.core.files import sha256, temporary_beside, write_json
from knnkd.core.integrity import read_listed, read_record, require_intact, sums_of

DATA_FILE = "data.json"


@dataclass(frozen=True)
class Binary:
    """What is binarised: text in two languages with one dictionary (joint) or two, and how it was cut into subwords."""

    languages: tuple[str, str]
    joint: bool
    subwords: Literal["bpe", "wordpiece", "wordpiece_of_characters"] = "bpe"


def binarise(
    text: Path,
    languages: tuple[str, str],
    splits: Sequence[str],
    output: Path,
    joint: bool,
    subwords: str = "bpe",
    dictionaries: Path | None = None,
) -> None:
    """Write fairseq's binary data of `{text}/{split}.{language}` into the folder `output`.

    `splits` are the training set, from which the dictionary is built, the validation set and the test set; `joint`
    makes one dictionary for both languages; `subwords` says how the text was cut (one of subwords.SEPARATORS);
    `dictionaries` is a binarised folder whose dictionaries are kept instead of building new ones. `data.json` holds
    subwords, hash (of the training pairs and the dictionaries), valid (hash of the validation pairs), dictionary (hash
    of the dictionaries alone), types, sentences and tokens (EOS in) of each split's target side, and all files' sums.
    Raises KnnKdError where fairseq's count of sentences or tokens is not ours: a sentence would be matched wrongly.
    """
    with temporary_beside(output) as work:
        _preprocess(text, languages, splits, work, joint, dictionaries)
        _require_text(text, languages, splits, work)
        about = {"subwords": subwords} | _describe(work, languages, splits)
        sums = sums_of(work, [path.name for path in work.iterdir()])
        write_json(work / DATA_FILE, about | {"files": sums})
        if output.exists():
            shutil.rmtree(output)
        work.rename(output)


def read_data(data_bin: Path) -> dict:
    """Return `data.json` of a binarised folder; KnnKdError where it is missing, or a file is not as it was written."""
    data = read_record(data_bin / DATA_FILE, remedy="binarise again")
    require_intact(data_bin, data["files"], data_bin)
    return data


def _preprocess(
    text: Path, languages: tuple[str, str], splits: Sequence[str], work: Path, joint: bool, dictionaries: Path | None
) -> None:
    source, target = languages
    flags = ["--source-lang", source, "--target-lang", target, "--destdir", str(work), "--workers", "1"]
    for split, flag in zip(splits, ("--trainpref", "--validpref", "--testpref"), strict=True):
        flags += [flag, str(text / split)]
    if joint:
        flags.append("--joined-dictionary")
    if dictionaries:
        flags += ["--srcdict", str(dictionaries / f"dict.{source}.txt")]
        # fairseq takes the source's dictionary for both sides where they are joined, and refuses to be told twice.
        flags += [] if joint else ["--tgtdict", str(dictionaries / f"dict.{target}.txt")]
    preprocess.main(options.get_preprocessing_parser().parse_args(flags))
    if dictionaries:  # fairseq writes them again, without `#fairseq:overwrite`
        for language in languages:
            shutil.copyfile(dictionaries / f"dict.{language}.txt", work / f"dict.{language}.txt")
    (work / "preprocess.log").unlink()  # it names folders of this machine and says nothing that data.json does not


def describe_binary(data_bin: Path, languages: tuple[str, str], subwords: str, splits: Sequence[str]) -> None:
    """Write `data.json` of a folder that plain fairseq-preprocess made, so that every stage reads it as one of ours.

    Raises KnnKdError where a file is missing or not fairseq's mmap data, or the sides of a split differ in number.
    """
    names = [f"{split}.{'-'.join(languages)}.{language}" for split in splits for language in languages]
    files = [*(f"dict.{language}.txt" for language in languages)]
    files += [f"{name}.{kind}" for name in names for kind in ("bin", "idx")]
    if missing := [name for name in files if not (data_bin / name).is_file()]:
        raise KnnKdError(
            f"{data_bin}: lacks {', '.join(missing)}; name the folder of fairseq-preprocess and its languages"
        )
    record = {"subwords": subwords} | _describe(data_bin, languages, splits)
    write_json(data_bin / DATA_FILE, record | {"files": sums_of(data_bin, files)})


def _require_text(text: Path, languages: tuple[str, str], splits: Sequence[str], work: Path) -> None:
    """Raise KnnKdError where binary data has other sentences or tokens than the text that it was made from."""
    pair = "-".join(languages)
    for split in splits:
        for language in languages:
            lines = read_listed(text / f"{split}.{language}")
            data = MMapIndexedDataset(str(work / f"{split}.{pair}.{language}"))
            expected = (len(lines), sum(len(line.split(" ")) if line else 0 for line in lines) + len(lines))
            if (len(data), int(data.sizes.sum())) != expected:
                raise KnnKdError(
                    f"{text / split}.{language}: {expected[0]} sentences of {expected[1]} tokens became "
                    f"{len(data)} of {int(data.sizes.sum())}; is there odd white space that cleaning should remove?"
                )


def _describe(data_bin: Path, languages: tuple[str, str], splits: Sequence[str]) -> dict:
    """Return what data.json says, but for subwords and sums."""
    pair = "-".join(languages)
    counts: dict[str, dict[str, int]] = {}
    for split in splits:
        source, target = (MMapIndexedDataset(str(data_bin / f"{split}.{pair}.{language}")) for language in languages)
        if len(source) != len(target):
            raise KnnKdError(f"{data_bin}: {split} has {len(source)} sources and {len(target)} targets; binarise again")
        counts[split] = {"sentences": len(target), "target_tokens": int(target.sizes.sum())}
    dictionaries = [data_bin / f"dict.{language}.txt" for language in languages]
    train, valid = ([data_bin / f"{split}.{pair}.{language}.bin" for language in languages] for split in splits[:2])
    return {
        "languages": list(languages),
        "hash": _hash_files(dictionaries + train),
        "valid": _hash_files(valid),
        "dictionary": hash_dictionaries(data_bin, languages),
        "types": {path.name: sum(1 for _ in open(path, encoding="utf-8")) for path in dictionaries},
        "splits": counts,
    }


def hash_dictionaries(folder: Path, languages: Sequence[str]) -> str:
    """Return the hash by which a checkpoint knows its dictionaries, dict.{language}.txt of source and target."""
    return _hash_files([folder / f"dict.{language}.txt" for language in languages])


def _hash_files(paths: Sequence[Path]) -> str:
    """Return one SHA-256 over the files' own, in the given order."""
    return hashlib.sha256("".join(sha256(path) for path in paths).encode()).hexdigest()
