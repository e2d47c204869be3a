"""A cleaned corpus: what it was cleaned by, the pairs that it must have, its files and its manifest."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from knnkd.core.errors import KnnKdError
from knnkd.core.files import write_json, write_lines
from knnkd.core.integrity import list_sums
from knnkd.corpus.clean import Kept, Rules, Side, TextSettings, count_tokens, describe_drops, settings_record
from knnkd.corpus.length_limits import OVERLONG

TRAIN, VALID, TEST = "train", "valid", "test"
MANIFEST = "manifest.json"
TOLERANCE = 0.001  # share of the pairs by which a cleaned split may differ from its published count
Split = Literal["train", "valid", "test"]
Sides = dict[str, Side]  # by language, the source first


@dataclass(frozen=True)
class Cleaning:
    """How a corpus is cleaned.

    splits: those that may lose pairs; valid_every: each so many-th cleaned training pair goes to valid, which is not
    read then; max_positions: subwords that a pre-trained model takes, EOS in: longer training pairs are dropped.
    """

    languages: tuple[str, str]
    splits: list[Split]
    rules: Rules = Rules()
    text: TextSettings = TextSettings()
    valid_every: int | None = None
    max_positions: int | None = None

    def __post_init__(self) -> None:
        """Raise KnnKdError where settings contradict each other."""
        if len(set(self.languages)) == 1:
            raise KnnKdError("languages: source and target are the same; correct one")
        if self.valid_every is not None and self.valid_every < 2:
            raise KnnKdError("valid_every: at least 2")
        if self.rules.drop_overlap and TRAIN not in self.splits:
            raise KnnKdError(f"drop_overlap: takes pairs out of {TRAIN}; name it in splits")

    @property
    def read(self) -> list[str]:
        """The splits that are read."""
        return [TRAIN, TEST] if self.valid_every else [TRAIN, VALID, TEST]


def check_expected(split: str, kept: Kept, expected: int, raw: Path, tolerance: float = 0.0) -> None:
    """Raise KnnKdError where a split does not end with the number of pairs that it must have.

    Those that are too long for a model count: they are in the corpus, and in the counts that are published of it. A
    share of up to `tolerance` is said and passed: it rests on a tokeniser, in which versions of Moses differ.
    """
    pairs = len(kept.lines) + kept.dropped[OVERLONG]
    said = (
        f"{raw / split}: expected {expected} pairs after cleaning, got {pairs} "
        f"(dropped: {describe_drops(kept.dropped)})"
    )
    if abs(pairs - expected) > tolerance * expected:
        raise KnnKdError(f"{said}; check the raw files and the rules, or set expect.{split} to what is right here")
    if pairs != expected:
        print(f"{said}; within {tolerance:.1%}, which another version of the tokeniser can make", file=sys.stderr)


def write_corpus(
    output: Path,
    cleaning: Cleaning,
    sources: Mapping[str, dict[str, Any]],
    sides: Mapping[str, Sides],
    kept: Mapping[str, Kept],
) -> None:
    """Write text/, tok/ and {split}.lines of the pairs that stay, and the manifest last."""
    # An older manifest must not vouch for files that are being replaced.
    (output / MANIFEST).unlink(missing_ok=True)
    limit = {"max_positions": cleaning.max_positions} if cleaning.max_positions else {}
    libraries = {"sacremoses": version("sacremoses")}
    settings = settings_record(cleaning.text, cleaning.rules) | {"valid_every": cleaning.valid_every}
    splits = {}
    for split, each in kept.items():
        written = _write_split(output, split, sides[split], each)
        splits[split] = {"sources": sources[split], "cleaned": split in cleaning.splits} | written
    for folder in ("text", "tok"):
        list_sums(output / folder)
    source_lang, target_lang = cleaning.languages
    manifest = {"source_lang": source_lang, "target_lang": target_lang, "settings": settings | libraries | limit}
    write_json(output / MANIFEST, manifest | {"splits": splits})


def _write_split(output: Path, split: str, sides: Sides, kept: Kept) -> dict[str, Any]:
    """Write the pairs that stay and their line numbers; return their part of the manifest."""
    counts = {}
    for language, side in sides.items():
        tokenised = [side.tokenised[line] for line in kept.lines]
        write_lines(output / "text" / f"{split}.{language}", (side.text[line] for line in kept.lines))
        write_lines(output / "tok" / f"{split}.{language}", tokenised)
        counts[language] = count_tokens(tokenised)
    write_lines(output / f"{split}.lines", map(str, kept.lines))
    return {
        "pairs_before": len(kept.lines) + sum(kept.dropped.values()),
        "pairs_after": len(kept.lines),
        "dropped": kept.dropped,
        "tokens": {language: tokens for language, (tokens, _) in counts.items()},
        "types": {language: types for language, (_, types) in counts.items()},
    }
