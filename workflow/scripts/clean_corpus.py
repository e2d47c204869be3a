"""Clean and tokenise the splits of one parallel corpus, and write a manifest of what came, went and stayed.

    clean_corpus.py --raw raw --output clean --source-lang de --target-lang en --clean-split train --max-tokens 175

Reads RAW/{split}.{lang}; writes text/{split}.{lang}, tok/{split}.{lang}, {split}.lines (the 0-based raw line number of
each kept pair) and manifest.json into OUTPUT. Nothing is written unless every split passes.
"""

import argparse
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import read_json, read_lines, sha256, write_json, write_lines
from knnkd.corpus.bpe import Segmenter
from knnkd.corpus.clean import (
    Kept,
    Rules,
    Side,
    TextSettings,
    count_tokens,
    describe_drops,
    drop_overlong,
    keep_all,
    keep_pairs,
    normalise,
    prepare_all,
    settings_record,
    split_off,
)
from knnkd.corpus.length_limits import OVERLONG, overlong_lines

TRAIN, VALID = "train", "valid"


def parse_arguments() -> argparse.Namespace:
    """Return the command line's flags."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raw", type=Path, required=True, help="folder of {split}.{lang}")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--source-lang", required=True)
    parser.add_argument("--target-lang", required=True)
    parser.add_argument("--split", nargs="+", action="extend", help="splits to read (train valid test)")
    parser.add_argument(
        "--clean-split", nargs="*", action="extend", required=True, help="splits that may lose pairs; none if bare"
    )
    add_rules(parser)
    parser.add_argument("--codes", type=Path, help="BPE of a pre-trained model: training pairs too long for it go")
    parser.add_argument("--dictionaries", type=Path, help="its dictionaries, as of segment.py")
    parser.add_argument("--max-positions", type=int, default=1024, help="subwords that it takes, EOS in (%(default)s)")
    flag = argparse.BooleanOptionalAction
    parser.add_argument("--tokenise", action=flag, default=True, help="no: the text is tokenised already")
    parser.add_argument("--escape", action=flag, default=False, help="tokens have Moses' entities (&apos; and so on)")
    parser.add_argument("--aggressive", action=flag, default=False, help="split hyphens as @-@")
    parser.add_argument("--lowercase", action=flag, default=False, help="lower-case, after tokenisation")
    parser.add_argument("--valid-every", type=int, help="each so many-th cleaned training pair goes to valid, not read")
    parser.add_argument("--expect", nargs="+", action="extend", default=[], type=expectation, metavar="SPLIT=PAIRS")
    parser.add_argument("--threads", type=int, default=1, help="worker processes (%(default)s)")
    arguments = parser.parse_args()
    arguments.split = arguments.split or [TRAIN, *([] if arguments.valid_every else [VALID]), "test"]
    check_arguments(parser, arguments)
    return arguments


def add_rules(parser: argparse.ArgumentParser) -> None:
    """Add the flags that become `Rules`."""
    defaults, flag = Rules(), argparse.BooleanOptionalAction
    parser.add_argument("--min-tokens", type=int, default=defaults.min_tokens, help="on each side (%(default)s)")
    parser.add_argument("--max-tokens", type=int, default=defaults.max_tokens, help="on each side (%(default)s)")
    parser.add_argument(
        "--max-ratio", type=float, default=defaults.max_ratio, help="longer over shorter side in tokens (%(default)s)"
    )
    parser.add_argument(
        "--max-characters", type=int, default=defaults.max_characters, help="code points on each side (%(default)s)"
    )
    parser.add_argument("--drop-duplicates", action=flag, default=False, help="keep the first of equal pairs")
    parser.add_argument(
        "--drop-overlap", action=flag, default=False, help="drop train pairs whose source occurs in another split"
    )


def expectation(text: str) -> tuple[str, int]:
    """Return ("train", 17982) for "train=17982"; ValueError otherwise."""
    split, _, count = text.partition("=")
    return split, int(count)


def check_arguments(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """End with the usage where flags contradict each other."""
    if arguments.threads < 1:
        parser.error("--threads must be at least 1")
    if arguments.source_lang == arguments.target_lang:
        parser.error("--source-lang and --target-lang are the same")
    if len(set(arguments.split)) != len(arguments.split):
        parser.error("--split names a split twice")
    if arguments.valid_every is not None and (arguments.valid_every < 2 or VALID in arguments.split):
        parser.error("--valid-every is at least 2, and takes the place of the split valid")
    made = {*arguments.split, *([VALID] if arguments.valid_every else [])}
    unknown = {*arguments.clean_split, *(split for split, _ in arguments.expect)} - made
    if unknown:
        parser.error(f"--clean-split and --expect name splits that are not read: {', '.join(sorted(unknown))}")
    if arguments.codes and TRAIN not in arguments.split:
        parser.error(f"--codes needs {TRAIN} in --split")
    if arguments.dictionaries and not arguments.codes:
        parser.error("--dictionaries needs --codes")
    if arguments.drop_overlap and TRAIN not in arguments.clean_split:
        parser.error(f"--drop-overlap needs {TRAIN} in --clean-split")


def read_split(raw: Path, split: str, langs: list[str]) -> dict[str, list[str]]:
    """Return {lang: lines}; KnnKdError for unequal line counts, a side of empty lines, or a file changed since."""
    files = {lang: raw / f"{split}.{lang}" for lang in langs}
    lines = {lang: read_lines(file) for lang, file in files.items()}
    (first, count), (second, other) = ((files[lang], len(lines[lang])) for lang in langs)
    if count != other:
        raise KnnKdError(f"{first} has {count} lines but {second} has {other}; they must be parallel, line by line")
    for lang, file in files.items():
        if not any(map(normalise, lines[lang])):
            raise KnnKdError(f"{file}: every line is empty; fetch or write it again")
    return lines


def read_source(file: Path, lines: int) -> dict[str, Any]:
    """Return where a raw file came from: its .source.json, or else its own name, sum and size."""
    record_path = file.with_name(file.name + ".source.json")
    if not record_path.exists():
        return {"name": file.name, "sha256": sha256(file), "bytes": file.stat().st_size, "lines": lines}
    record = read_json(record_path)
    if not isinstance(record, dict) or record.get("lines", lines) != lines:
        raise KnnKdError(f"{record_path} does not describe {file.name} ({lines} lines); fetch or write it again")
    return record


def clean_split(split: str, sides: dict[str, Side], rules: Rules, held_out: set[str]) -> Kept:
    """Return the kept pairs of one split; KnnKdError, with the reasons, where none is left."""
    source, target = sides.values()
    kept = keep_pairs(source, target, rules, held_out)
    if not kept.lines:
        raise KnnKdError(
            f"{split}: cleaning drops all {len(source.read)} pairs ({describe_drops(kept.dropped)}); relax the rules"
        )
    return kept


def without_overlong(arguments: argparse.Namespace, kept: Kept, sides: dict[str, Side]) -> Kept:
    """Return the kept pairs that the pre-trained model can take on both sides, as its BPE cuts them."""
    overlong: set[int] = set()
    for lang, side in sides.items():
        segmenter = Segmenter(arguments.codes / f"{lang}.bpe", arguments.dictionaries)
        lines = ((line, side.tokenised[line]) for line in kept.lines)
        overlong |= overlong_lines(lines, segmenter.segment, arguments.max_positions - 1)
    return drop_overlong(kept, overlong)


def check_expected(split: str, kept: Kept, expected: int, raw: Path) -> None:
    """Raise KnnKdError where a split does not end with the number of pairs that it must have.

    Those that are too long for a model count: they are in the corpus, and in the counts that are published of it.
    """
    if (pairs := len(kept.lines) + kept.dropped[OVERLONG]) != expected:
        raise KnnKdError(
            f"{raw / split}: expected {expected} pairs after cleaning, got {pairs} "
            f"(dropped: {describe_drops(kept.dropped)}); check the raw files and the rules"
        )


def write_split(output: Path, split: str, sides: dict[str, Side], kept: Kept) -> dict[str, Any]:
    """Write the kept pairs and their line numbers; return their part of the manifest."""
    counts = {}
    for lang, side in sides.items():
        tokenised = [side.tokenised[line] for line in kept.lines]
        write_lines(output / "text" / f"{split}.{lang}", (side.text[line] for line in kept.lines))
        write_lines(output / "tok" / f"{split}.{lang}", tokenised)
        counts[lang] = count_tokens(tokenised)
    write_lines(output / f"{split}.lines", map(str, kept.lines))
    return {
        "pairs_before": len(kept.lines) + sum(kept.dropped.values()),
        "pairs_after": len(kept.lines),
        "dropped": kept.dropped,
        "tokens": {lang: tokens for lang, (tokens, _) in counts.items()},
        "types": {lang: types for lang, (_, types) in counts.items()},
    }


def main() -> None:
    """Clean what the flags name."""
    arguments = parse_arguments()
    langs = [arguments.source_lang, arguments.target_lang]
    rules = Rules(**{name: getattr(arguments, name) for name in settings_record(Rules())})
    settings = TextSettings(**{name: getattr(arguments, name) for name in settings_record(TextSettings())})
    raw = {split: read_split(arguments.raw, split, langs) for split in arguments.split}
    sources = {
        split: {lang: read_source(arguments.raw / f"{split}.{lang}", len(lines)) for lang, lines in both.items()}
        for split, both in raw.items()
    }
    sides = {
        split: {
            lang: prepare_all(lines, lang, settings, arguments.threads, f"{split}.{lang}")
            for lang, lines in both.items()
        }
        for split, both in raw.items()
    }
    kept = keep_splits(arguments, rules, sides)
    if arguments.valid_every:
        kept[TRAIN], kept[VALID] = split_off(kept[TRAIN], arguments.valid_every)
        sources[VALID], sides[VALID] = sources[TRAIN], sides[TRAIN]
    if arguments.codes:
        kept[TRAIN] = without_overlong(arguments, kept[TRAIN], sides[TRAIN])
        print(f"{TRAIN}: {kept[TRAIN].dropped[OVERLONG]} pairs of more than {arguments.max_positions - 1} subwords go")
    for split, expected in arguments.expect:
        check_expected(split, kept[split], expected, arguments.raw)
    # An older manifest must not vouch for files that are being replaced.
    (arguments.output / "manifest.json").unlink(missing_ok=True)
    manifest: dict[str, Any] = {
        "source_lang": langs[0],
        "target_lang": langs[1],
        "settings": settings_record(settings, rules)
        | {"valid_every": arguments.valid_every, "sacremoses": version("sacremoses")}
        | ({"max_positions": arguments.max_positions} if arguments.codes else {}),
        "splits": {},
    }
    for split in kept:
        written = write_split(arguments.output, split, sides[split], kept[split])
        cleaned = split in arguments.clean_split
        manifest["splits"][split] = {"sources": sources[split], "cleaned": cleaned} | written
    write_json(arguments.output / "manifest.json", manifest)


def keep_splits(arguments: argparse.Namespace, rules: Rules, sides: dict[str, dict[str, Side]]) -> dict[str, Kept]:
    """Return the kept pairs of every split that was read."""
    kept = {}
    for split, both in sides.items():
        held_out: set[str] = set()
        if rules.drop_overlap and split == TRAIN:
            others = (side[arguments.source_lang] for name, side in sides.items() if name != TRAIN)
            held_out = {line for side in others for line in side.read}
        cleaned = split in arguments.clean_split
        kept[split] = clean_split(split, both, rules, held_out) if cleaned else keep_all(both[arguments.source_lang])
    return kept


if __name__ == "__main__":
    exit_with_errors(main)
