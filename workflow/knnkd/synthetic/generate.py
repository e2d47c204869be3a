"""Synthetic parallel corpora whose true translation distribution is known.

A corpus is one module of sentence frames with a file of words beside it; it is added by one line in `CORPORA`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from knnkd.core.errors import KnnKdError
from knnkd.synthetic.corpora import de_en, en_vi, general, koran, law, medical
from knnkd.synthetic.corpus import Corpus, Pair, Sentence
from knnkd.synthetic.notation import compile_lattice, detokenize

CORPORA: dict[str, Corpus] = {
    "mini_de_en": de_en.CORPUS,
    "mini_en_vi": en_vi.CORPUS,
    "mini_koran": koran.CORPUS,
    "mini_medical": medical.CORPUS,
    "mini_law": law.CORPUS,
    "mini_general": general.CORPUS,
}
# So many draws in a row without a new source mean that the grammar has hardly any left.
_PATIENCE = 2000


@dataclass(frozen=True)
class Draw:
    """What is drawn: which corpus, the seed (another one, other sentences), and the pairs of each split."""

    corpus: str
    seed: int
    train: int
    valid: int
    test: int

    def __post_init__(self) -> None:
        """Raise KnnKdError for a split of no pairs."""
        if min(self.sizes.values()) < 1:
            raise KnnKdError(f"{self.corpus}: each split needs one pair at least")

    @property
    def sizes(self) -> dict[str, int]:
        """The pairs of each split."""
        return {"train": self.train, "valid": self.valid, "test": self.test}


def generate(corpus: str, sizes: dict[str, int], seed: int) -> dict[str, list[Pair]]:
    """Draw a corpus with so many pairs a split, all sources distinct over all splits together.

    The same arguments give the same pairs. A corpus with a case study has it as the first pair of "test", with the most
    probable translation as its reference. KnnKdError: no such corpus, or too few distinct sources.
    """
    if corpus not in CORPORA:
        raise KnnKdError(f"no corpus {corpus!r}; there are {', '.join(CORPORA)}")
    rng = random.Random(f"{corpus} {seed}")
    sentences = _distinct_sentences(corpus, sum(sizes.values()), rng)
    pairs: dict[str, list[Pair]] = {}
    start = 0
    for split, size in sizes.items():
        pairs[split] = [_pair(sentence, rng) for sentence in sentences[start : start + size]]
        start += size
    case_study = CORPORA[corpus].case_study
    if case_study and pairs.get("test"):
        lattice = compile_lattice(case_study.target)
        pairs["test"][0] = Pair(case_study.source, detokenize(lattice.mode()), lattice)
    return pairs


def _pair(sentence: Sentence, rng: random.Random) -> Pair:
    lattice = compile_lattice(sentence.target)
    return Pair(sentence.source, detokenize(lattice.sample(rng)), lattice)


def _distinct_sentences(name: str, count: int, rng: random.Random) -> list[Sentence]:
    corpus = CORPORA[name]
    found: dict[str, Sentence] = {}
    failures = 0
    while len(found) < count:
        sentence = corpus.draw(rng)
        is_new = sentence.source not in found and not (
            corpus.case_study and sentence.source == corpus.case_study.source
        )
        failures = 0 if is_new else failures + 1
        if is_new:
            found[sentence.source] = sentence
        if failures > _PATIENCE:
            raise KnnKdError(f"{name} yields {len(found)} distinct sources, not the {count} asked for")
    sentences = list(found.values())
    # The last ones drawn are the rarer ones; shuffled, all splits are drawn alike.
    rng.shuffle(sentences)
    return sentences
