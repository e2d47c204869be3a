"""Raw text to plain text with any engine, as a stream: one line out for each line in; torch is not needed."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from knnkd.core.files import Progress
from knnkd.corpus.subwords import SEPARATORS
from knnkd.serving.bundle import RawText
from knnkd.serving.ctranslate2_engine import Engine, run_engine


def in_batches(lengths: Sequence[int], max_tokens: int) -> list[list[int]]:
    """Return the numbers of the sentences, sorted by length, in batches of at most `max_tokens`, padding in.

    lengths: in subwords, EOS in. A sentence that is longer than that is a batch of its own.
    """
    batches: list[list[int]] = []
    for number in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not batches or (len(batches[-1]) + 1) * lengths[number] > max_tokens:
            batches.append([])
        batches[-1].append(number)
    return batches


def translate_sentences(engine: Engine, sentences: Sequence[Sequence[str]], max_tokens: int) -> list[str]:
    """Return the hypothesis of each sentence in subwords, joined by spaces; an empty one is not asked for and is ""."""
    hypotheses = [""] * len(sentences)
    numbers = [number for number, sentence in enumerate(sentences) if sentence]
    for batch in in_batches([len(sentences[number]) + 1 for number in numbers], max_tokens):
        chosen = [numbers[i] for i in batch]
        found = run_engine(engine, [sentences[number] for number in chosen])
        for number, hypothesis in zip(chosen, found, strict=True):
            hypotheses[number] = hypothesis
    return hypotheses


def in_parts(subwords: list[str], limit: int, kind: str) -> list[list[str]]:
    """Return a sentence in parts of at most `limit` subwords; a word is cut only where it alone is longer.

    kind: one of subwords.SEPARATORS.
    """
    parts = []
    while len(subwords) > limit:
        ends = (i for i in range(limit, 0, -1) if SEPARATORS[kind] not in f"{subwords[i - 1]} {subwords[i]}")
        end = next(ends, limit)
        parts.append(subwords[:end])
        subwords = subwords[end:]
    return [*parts, subwords]


def translate_lines(
    lines: Iterable[str], text: RawText, engine: Engine, max_tokens: int, buffer: int = 1000
) -> Iterator[str]:
    """Yield the translation of each line of raw text; a line without text gives "".

    buffer: lines that are read before they are translated, sorted by length, in batches of `max_tokens`. A sentence
    longer than the model takes is translated in parts, which stderr names, and their translations are joined.
    """
    waiting = iter(lines)
    first = 1
    with Progress("translating", None, " lines") as progress:
        while chunk := list(islice(waiting, buffer)):
            yield from _translate_chunk(chunk, first, text, engine, max_tokens)
            first += len(chunk)
            progress.add(len(chunk))


def _translate_chunk(chunk: list[str], first: int, text: RawText, engine: Engine, max_tokens: int) -> list[str]:
    """Return the translations of some lines, of which the first has the number `first`."""
    limit = text.exported.positions[0] - 1  # EOS comes after
    owners: list[int] = []
    parts: list[list[str]] = []
    for number, subwords in enumerate(text.cut(chunk)):
        own = in_parts(subwords, limit, text.exported.subwords)
        if len(own) > 1:
            about = f"{len(subwords)} subwords, the model takes {limit}: translated in {len(own)} parts"
            print(f"line {first + number}: {about}", file=sys.stderr)
        parts += own
        owners += [number] * len(own)
    tokenised: list[list[str]] = [[] for _ in chunk]
    for owner, hypothesis in zip(owners, translate_sentences(engine, parts, max_tokens), strict=True):
        tokenised[owner].append(text.join(hypothesis))
    return text.plain(" ".join(own) for own in tokenised)
