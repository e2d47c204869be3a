"""Parallel text made fit for training: normalised, tokenised, and rid of the pairs that no stage can use.

Every pair that goes is counted under one reason, and every pair that stays keeps the number of its raw line.
"""

import math
import multiprocessing
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from functools import partial

from knnkd.core.errors import KnnKdError
from knnkd.core.files import BOM, Progress
from knnkd.corpus.length_limits import OVERLONG
from knnkd.corpus.tokenise import detokenise, tokenise

REASONS = ("empty", "too_short", "too_long", "too_many_characters", "ratio", "duplicate", "in_valid_or_test", OVERLONG)
CHUNK = 2000  # lines that one worker takes at once
SPACE = re.compile(rf"[\s\x00-\x1f\x7f-\x9f{BOM}]+")


@dataclass(frozen=True)
class TextSettings:
    """How a line is read: tokenised here, or tokenised already, and then `escape` tells what its entities mean."""

    tokenise: bool = True
    escape: bool = False
    aggressive: bool = False
    lowercase: bool = False


@dataclass(frozen=True)
class Rules:
    """What a pair must satisfy: bounds in tokens and code points on both sides, longer over shorter side in tokens."""

    min_tokens: int = 1
    max_tokens: int = 175
    max_ratio: float = 1.5
    max_characters: int = 5000
    drop_duplicates: bool = False
    drop_overlap: bool = False

    def __post_init__(self) -> None:
        """Raise KnnKdError for rules that no pair, or any pair, could satisfy."""
        if not 0 <= self.min_tokens <= self.max_tokens:
            raise KnnKdError(f"min_tokens {self.min_tokens} to max_tokens {self.max_tokens} is no range; correct it")
        if math.isnan(self.max_ratio) or math.isinf(self.max_ratio) or self.max_ratio < 1:
            raise KnnKdError(f"max_ratio {self.max_ratio} must be finite and at least 1 (longer over shorter side)")
        if self.max_characters < 1:
            raise KnnKdError(f"max_characters {self.max_characters} must be at least 1")


@dataclass(frozen=True)
class Side:
    """One language of one split, all lists of the same length."""

    read: list[str]  # as it came, normalised (and lower-cased)
    text: list[str]  # not tokenised
    tokenised: list[str]


@dataclass(frozen=True)
class Kept:
    """What cleaning leaves: 0-based line numbers in order, and the pairs dropped under each of REASONS."""

    lines: list[int]
    dropped: dict[str, int]


def normalise(line: str) -> str:
    """Return the line with every run of white space and control characters as one space, and none at its ends.

    White space is Unicode's (U+00A0, U+2028, U+3000 and so on) and the byte order mark, which joined files leave
    inside a text.
    """
    return SPACE.sub(" ", line).strip(" ")


def prepare(lines: list[str], lang: str, settings: TextSettings) -> Side:
    """Normalise the lines of one language and give them as text and tokenised.

    Lower-casing comes last, as in the usual Moses pipelines: abbreviations are known by their case.
    """
    read = [normalise(line) for line in lines]
    if settings.tokenise:
        text, tokenised = read, tokenise(read, lang, settings.escape, settings.aggressive)
    else:
        text, tokenised = detokenise(read, lang, settings.escape), read
    if settings.lowercase:
        read, text, tokenised = ([line.lower() for line in column] for column in (read, text, tokenised))
    return Side(read, text, tokenised)


def prepare_all(lines: list[str], lang: str, settings: TextSettings, threads: int = 1, what: str = "") -> Side:
    """Do the work of `prepare` in chunks over `threads` processes; the result does not depend on their number."""
    chunks = [lines[start : start + CHUNK] for start in range(0, len(lines), CHUNK)]
    side = Side([], [], [])
    with Progress(what, len(lines), " lines") as progress:
        for part in _map_chunks(partial(prepare, lang=lang, settings=settings), chunks, threads):
            side.read.extend(part.read)
            side.text.extend(part.text)
            side.tokenised.extend(part.tokenised)
            progress.add(len(part.read))
    return side


def _map_chunks(work: partial[Side], chunks: list[list[str]], threads: int) -> Iterator[Side]:
    if threads == 1 or len(chunks) <= 1:
        yield from map(work, chunks)
        return
    # Spawned, not forked: a fork copies whatever threads and locks the caller holds, in the state they happen to have.
    with multiprocessing.get_context("spawn").Pool(min(threads, len(chunks))) as pool:
        yield from pool.imap(work, chunks)


def keep_pairs(source: Side, target: Side, rules: Rules, held_out: Collection[str] = frozenset()) -> Kept:
    """Return the pairs that satisfy `rules`; a pair that goes is counted under the first of REASONS that it meets.

    A duplicate repeats an earlier pair (source and target) that got as far as this rule. `held_out` are the source
    sentences, as in `Side.read`, that must not occur.
    """
    dropped = dict.fromkeys(REASONS, 0)
    lines: list[int] = []
    seen: set[tuple[str, str]] = set()
    for number, pair in enumerate(zip(source.read, target.read, strict=True)):
        reason = _broken_rule(pair, (source.tokenised[number], target.tokenised[number]), rules)
        if reason is None and rules.drop_duplicates:
            reason = "duplicate" if pair in seen else None
            seen.add(pair)
        if reason is None and pair[0] in held_out:
            reason = "in_valid_or_test"
        if reason is None:
            lines.append(number)
        else:
            dropped[reason] += 1
    return Kept(lines, dropped)


def _broken_rule(pair: tuple[str, str], tokenised: tuple[str, str], rules: Rules) -> str | None:
    """Return the first reason that a pair by itself gives to drop it, or None."""
    if not all(pair):
        return "empty"
    shorter, longer = sorted(line.count(" ") + 1 for line in tokenised)
    if shorter < rules.min_tokens:
        return "too_short"
    if longer > rules.max_tokens:
        return "too_long"
    if max(map(len, pair)) > rules.max_characters:
        return "too_many_characters"
    if longer / shorter > rules.max_ratio:
        return "ratio"
    return None


def keep_all(source: Side) -> Kept:
    """Return every pair as kept: a split that is only measured on stays what it is."""
    return Kept(list(range(len(source.read))), dict.fromkeys(REASONS, 0))


def drop_overlong(kept: Kept, overlong: Collection[int]) -> Kept:
    """Return the kept pairs without those whose 0-based raw lines a model cannot take on one side or the other.

    Raises KnnKdError where none is left.
    """
    lines = [line for line in kept.lines if line not in overlong]
    if not lines:
        raise KnnKdError(f"all {len(kept.lines)} training pairs are too long for the model; raise model.max_positions")
    return Kept(lines, kept.dropped | {OVERLONG: len(kept.lines) - len(lines)})


def split_off(kept: Kept, every: int) -> tuple[Kept, Kept]:
    """Return the kept pairs without each `every`-th one, and those alone, of which none counts as dropped.

    Raises KnnKdError where either would be empty.
    """
    taken = kept.lines[every - 1 :: every]
    rest = [line for number, line in enumerate(kept.lines, 1) if number % every]
    if not taken or not rest:
        raise KnnKdError(f"{len(kept.lines)} training pairs: no {every}-th one goes to valid; lower clean.valid_every")
    return Kept(rest, kept.dropped), Kept(taken, dict.fromkeys(REASONS, 0))


def describe_drops(dropped: dict[str, int]) -> str:
    """Return the reasons that dropped pairs, with their counts, as one phrase."""
    return ", ".join(f"{reason} {count}" for reason, count in dropped.items() if count) or "none"


def count_tokens(tokenised: list[str]) -> tuple[int, int]:
    """Return the number of tokens and of types (distinct tokens)."""
    counts = Counter(token for line in tokenised for token in line.split())
    return counts.total(), len(counts)


def settings_record(*settings: TextSettings | Rules) -> dict[str, bool | int | float]:
    """Return the settings as one flat dictionary, for a manifest."""
    return {field.name: getattr(part, field.name) for part in settings for field in fields(part)}
