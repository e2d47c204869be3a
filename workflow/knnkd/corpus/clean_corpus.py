"""One parallel corpus cleaned: its splits read and checked, their pairs sifted, and written with a manifest."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, read_lines, sha256
from knnkd.corpus.bpe import Segmenter
from knnkd.corpus.clean import (
    Kept,
    Side,
    TextSettings,
    describe_drops,
    drop_overlong,
    keep_all,
    keep_pairs,
    normalise,
    prepare_all,
    split_off,
)
from knnkd.corpus.cleaned import TOLERANCE, TRAIN, VALID, Cleaning, Sides, Split, check_expected, write_corpus
from knnkd.corpus.length_limits import OVERLONG, overlong_lines
from knnkd.corpus.subwords import JOINER

# A word that is cut; and a token that joining would take for one, which may be the mark alone, as in a diff.
CUT, MARKED = re.compile(rf"\S+{JOINER}(?!\S)"), re.compile(rf"\S*{JOINER}(?!\S)")


@dataclass(frozen=True)
class Subwords:
    """The subwords of a pre-trained model: the folder of its BPE codes, and that of its dictionaries."""

    codes: Path
    dictionaries: Path | None = None


def clean_corpus(
    raw: Path,
    output: Path,
    cleaning: Cleaning,
    subwords: Subwords | None = None,
    expected: Mapping[Split, int] | None = None,
    threads: int = 1,
) -> None:
    """Clean `raw`/{split}.{language} into `output`: text/{split}.{language}, tok/..., {split}.lines and manifest.json.

    subwords: of the model that `max_positions` is of, else none; expected: the pairs that splits must end with. Nothing
    is written unless every split passes. Raises KnnKdError where a file is missing or unlike its other side, where
    cleaning leaves nothing, and where another number of pairs is left.
    """
    if (subwords is None) != (cleaning.max_positions is None):
        raise KnnKdError("max_positions: of the model whose --codes are given; give both or neither")
    if threads < 1:
        raise KnnKdError("threads: at least 1")
    lines = {split: _read_split(raw, split, cleaning.languages) for split in cleaning.read}
    sources = {
        split: {language: _read_source(raw / f"{split}.{language}", len(each)) for language, each in both.items()}
        for split, both in lines.items()
    }
    for split, records in sources.items():
        _refuse_one_file_for_both(raw / split, *records.values())
    sides = {split: _prepare_sides(split, both, cleaning.text, threads) for split, both in lines.items()}
    kept = _keep_splits(cleaning, sides)
    for split, records in sources.items():
        for language, side in sides[split].items():
            _refuse_subwords(raw / f"{split}.{language}", side, kept[split])
        # They left both sides alike when they were fetched: here they count as what they are, pairs that went.
        kept[split].dropped["empty"] += _incomplete(raw / split, records)
    if cleaning.valid_every:
        kept[TRAIN], kept[VALID] = split_off(kept[TRAIN], cleaning.valid_every)
        sources[VALID], sides[VALID] = sources[TRAIN], sides[TRAIN]
    if subwords and cleaning.max_positions:
        kept[TRAIN] = _without_overlong(subwords, cleaning.max_positions - 1, kept[TRAIN], sides[TRAIN])
    _check_counts(cleaning, kept, expected or {}, raw)
    write_corpus(output, cleaning, sources, sides, kept)


def _check_counts(cleaning: Cleaning, kept: Mapping[str, Kept], expected: Mapping[Split, int], raw: Path) -> None:
    for split, pairs in expected.items():
        sifted = split in cleaning.splits or (split == VALID and cleaning.valid_every is not None)
        check_expected(split, kept[split], pairs, raw, TOLERANCE if sifted else 0.0)


def _prepare_sides(split: str, lines: Mapping[str, list[str]], text: TextSettings, threads: int) -> Sides:
    return {name: prepare_all(each, name, text, threads, f"{split}.{name}") for name, each in lines.items()}


def _read_split(raw: Path, split: str, languages: tuple[str, str]) -> dict[str, list[str]]:
    """Return {language: lines}; KnnKdError for unequal line counts, a side of empty lines, or a file changed since."""
    files = {language: raw / f"{split}.{language}" for language in languages}
    lines = {language: read_lines(file) for language, file in files.items()}
    (first, count), (second, other) = ((files[language], len(lines[language])) for language in languages)
    if count != other:
        raise KnnKdError(f"{first} has {count} lines but {second} has {other}; they must be parallel, line by line")
    for language, file in files.items():
        if not any(map(normalise, lines[language])):
            raise KnnKdError(f"{file}: every line is empty; fetch or write it again")
    return lines


def _read_source(file: Path, lines: int) -> dict[str, Any]:
    """Return where a raw file came from: its .source.json, or else its name, sum and size."""
    record_path = file.with_name(file.name + ".source.json")
    if not record_path.exists():
        return {"name": file.name, "sha256": sha256(file), "bytes": file.stat().st_size, "lines": lines}
    record = read_json(record_path)
    if not isinstance(record, dict) or record.get("lines", lines) != lines:
        raise KnnKdError(f"{record_path} does not describe {file.name} ({lines} lines); fetch or write it again")
    return record


def _refuse_one_file_for_both(pair: Path, source: Mapping[str, Any], target: Mapping[str, Any]) -> None:
    """Raise KnnKdError where two addresses gave the same bytes: a page of the server, and not two languages."""
    if "url" in source and source["url"] != target.get("url") and source["sha256"] == target["sha256"]:
        raise KnnKdError(
            f"{pair}: {source['url']} and {target['url']} gave the same bytes; look at them, they are not two languages"
        )


def _incomplete(place: Path, sources: Mapping[str, Any]) -> int:
    """Return the pairs without text on one side that both sides were fetched without."""
    counts = {record.get("incomplete", 0) for record in sources.values()}
    if len(counts) > 1:
        raise KnnKdError(f"{place}: its sides were fetched from different files; fetch both again")
    return counts.pop()


def _keep_splits(cleaning: Cleaning, sides: Mapping[str, Sides]) -> dict[str, Kept]:
    """Return the pairs that stay of every split that was read; KnnKdError where cleaning leaves none of one."""
    kept = {}
    for split, both in sides.items():
        source, target = both.values()
        if split not in cleaning.splits:
            kept[split] = keep_all(source)
            continue
        held_out: set[str] = set()
        if cleaning.rules.drop_overlap and split == TRAIN:
            others = (side[cleaning.languages[0]] for name, side in sides.items() if name != TRAIN)
            held_out = {line for side in others for line in side.read}
        kept[split] = keep_pairs(source, target, cleaning.rules, held_out)
        if not kept[split].lines:
            reasons = describe_drops(kept[split].dropped)
            raise KnnKdError(f"{split}: cleaning drops all {len(source.read)} pairs ({reasons}); relax the rules")
    return kept


def _refuse_subwords(file: Path, side: Side, kept: Kept) -> None:
    """Raise KnnKdError where text is cut into subwords already: joined again, it would be other text.

    It is where a token stands in any line that joining would take for a subword, and where most lines had such words
    before they were tokenised. In a few lines they are odd text, which the tokeniser takes apart.
    """
    cut = [line for line in kept.lines if CUT.search(side.read[line])]
    marked = (line for line in kept.lines if MARKED.search(side.tokenised[line]))
    first = next(marked, cut[0] if 2 * len(cut) > len(kept.lines) else None)
    if first is not None:
        found = CUT.search(side.read[first]) or MARKED.search(side.tokenised[first])
        assert found
        raise KnnKdError(
            f"{file}: line {first + 1}: {found[0]!r} ends in {JOINER}, the mark of a subword; join the subwords "
            "(sed -E 's/@@( |$)//g'), or take the mark out of the line"
        )


def _without_overlong(subwords: Subwords, limit: int, kept: Kept, sides: Sides) -> Kept:
    """Return the pairs that have at most `limit` subwords of the pre-trained model on both sides."""
    overlong: set[int] = set()
    for language, side in sides.items():
        segmenter = Segmenter(subwords.codes / f"{language}.bpe", subwords.dictionaries)
        lines = ((line, side.tokenised[line]) for line in kept.lines)
        overlong |= overlong_lines(lines, segmenter.segment, limit)
    left = drop_overlong(kept, overlong)
    print(f"{TRAIN}: {left.dropped[OVERLONG]} pairs of more than {limit} subwords go")
    return left
