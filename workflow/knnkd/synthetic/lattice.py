"""Lattices of acceptable translations, and the exact next-token distribution p* that they define.

A lattice is a weighted acyclic graph whose paths spell the acceptable translations of one source sentence. Every path's
probability is known, and so is p*(y_t | x, y_<t): the distribution that a student would learn from unlimited data.
"Nearest Neighbor Knowledge Distillation for NMT" argues in its Section 4.6, on one example, that a model trained on
single references is corrected away from acceptable words; against p* that can be measured.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_lines, write_lines

EOS = "</s>"
TOLERANCE = 1e-9

Belief = dict[tuple[int, int], float]


class Arc(NamedTuple):
    """One phrase (whole Moses tokens joined by single spaces) from state `source` to state `target`."""

    source: int
    target: int
    phrase: str
    probability: float


@dataclass(frozen=True)
class Lattice:
    """A weighted DAG over phrases: state 0 is the start, state `states - 1` the only final one.

    Every arc goes from a lower state to a higher one, and the probabilities of the arcs that leave a state sum to 1.
    The constructor raises ValueError, saying what is wrong, when this does not hold or a state cannot be reached.
    """

    states: int
    arcs: tuple[Arc, ...]

    def __post_init__(self) -> None:
        if self.states < 2:
            raise ValueError(f"a lattice needs at least 2 states, not {self.states}")
        for arc in self.arcs:
            _check_arc(arc, self.states)
        entered = {0} | {arc.target for arc in self.arcs}
        for state in range(self.states):
            if state not in entered:
                raise ValueError(f"state {state} cannot be reached")
        for state in range(self.states - 1):
            total = math.fsum(arc.probability for arc in self.leaving[state])
            if abs(total - 1) > TOLERANCE:
                raise ValueError(f"the probabilities leaving state {state} sum to {total}, not to 1")

    @cached_property
    def leaving(self) -> tuple[tuple[Arc, ...], ...]:
        """The arcs that leave each state, [states]."""
        table: list[list[Arc]] = [[] for _ in range(self.states)]
        for arc in self.arcs:
            table[arc.source].append(arc)
        return tuple(tuple(row) for row in table)

    def sample(self, rng: random.Random) -> str:
        """Draw one string: a path from start to end, each arc by its probability."""
        state, phrases = 0, []
        while state != self.states - 1:
            arcs = self.leaving[state]
            arc = rng.choices(arcs, weights=[arc.probability for arc in arcs])[0]
            phrases.append(arc.phrase)
            state = arc.target
        return " ".join(phrases)

    def strings(self) -> Iterator[tuple[str, float]]:
        """Yield every distinct string with its probability; exponential in the number of slots."""
        suffixes: list[dict[str, float]] = [{} for _ in range(self.states)]
        suffixes[-1] = {"": 1.0}
        for state in reversed(range(self.states - 1)):
            for arc in self.leaving[state]:
                for suffix, probability in suffixes[arc.target].items():
                    text = f"{arc.phrase} {suffix}" if suffix else arc.phrase
                    suffixes[state][text] = suffixes[state].get(text, 0.0) + arc.probability * probability
        yield from suffixes[0].items()

    def mode(self) -> str:
        """The string of the most probable path; among equals, the one whose arcs are listed first."""
        best: list[tuple[float, str]] = [(0.0, "")] * self.states
        best[-1] = (1.0, "")
        for state in reversed(range(self.states - 1)):
            arc = max(self.leaving[state], key=lambda arc: arc.probability * best[arc.target][0])
            probability, suffix = best[arc.target]
            best[state] = (arc.probability * probability, f"{arc.phrase} {suffix}" if suffix else arc.phrase)
        return best[0][1]

    def entropy(self) -> float:
        """Entropy of the distribution over paths, in nats."""
        reach = [0.0] * self.states
        reach[0] = 1.0
        total = 0.0
        for state in range(self.states - 1):
            for arc in self.leaving[state]:
                mass = reach[state] * arc.probability
                reach[arc.target] += mass
                total -= mass * math.log(arc.probability)
        return total

    def to_json(self) -> str:
        """One line of JSON, no line end: {"states": n, "arcs": [[source, target, phrase, probability], ...]}."""
        return json.dumps({"states": self.states, "arcs": self.arcs}, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Lattice:
        """Parse and check what `to_json` wrote; ValueError says what is wrong."""
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"not JSON: {error}") from error
        if not isinstance(record, dict) or set(record) != {"states", "arcs"}:
            raise ValueError("a lattice is an object with exactly the keys states and arcs")
        if type(record["states"]) is not int or not isinstance(record["arcs"], list):
            raise ValueError("states must be an integer and arcs a list")
        return cls(record["states"], tuple(_arc_from_json(item) for item in record["arcs"]))


def _arc_from_json(item: object) -> Arc:
    if not isinstance(item, list) or [type(field) for field in item[:3]] != [int, int, str] or len(item) != 4:
        raise ValueError(f"an arc is [source, target, phrase, probability], not {item!r}")
    if type(item[3]) not in (int, float):
        raise ValueError(f"the probability of {item!r} is not a number")
    return Arc(item[0], item[1], item[2], float(item[3]))


def _check_arc(arc: Arc, states: int) -> None:
    if not 0 <= arc.source < arc.target < states:
        raise ValueError(f"{arc} does not go from a lower to a higher state below {states}")
    if not arc.phrase or arc.phrase != " ".join(arc.phrase.split()):
        raise ValueError(f"{arc} has an empty phrase or stray spaces")
    if EOS in arc.phrase.split():
        raise ValueError(f"{arc} contains the end of sentence, {EOS}")
    if not 0 < arc.probability <= 1 + TOLERANCE:
        raise ValueError(f"{arc} has a probability outside (0, 1]")


class Automaton:
    """A lattice over subwords: p*(. | x, prefix) for every prefix, by forward weights over (arc, offset).

    `segment` maps a phrase to its list of subwords. Segmentation works word by word, so that of a sentence is the
    concatenation over its phrases. Several arcs may agree with a prefix ("a lot of", "a few"): a belief holds each of
    them, weighted by the probability of all paths through it that spell the prefix. The empty belief accepts nothing.
    """

    _FINAL = (-1, 0)

    def __init__(self, lattice: Lattice, segment: Callable[[str], list[str]]) -> None:
        self._subwords = [list(segment(arc.phrase)) for arc in lattice.arcs]
        self._lattice = lattice
        self._leaving: list[list[int]] = [[] for _ in range(lattice.states)]
        for index, arc in enumerate(lattice.arcs):
            if not self._subwords[index]:
                raise ValueError(f"the phrase {arc.phrase!r} has no subwords")
            self._leaving[arc.source].append(index)

    def _enter(self, belief: Belief, state: int, weight: float) -> None:
        if state == self._lattice.states - 1:
            belief[self._FINAL] = belief.get(self._FINAL, 0.0) + weight
        for index in self._leaving[state]:
            belief[index, 0] = belief.get((index, 0), 0.0) + weight * self._lattice.arcs[index].probability

    def start(self) -> Belief:
        """The belief before the first token."""
        belief: Belief = {}
        self._enter(belief, 0, 1.0)
        return belief

    def advance(self, belief: Belief, token: str) -> Belief:
        """The belief after one more token (never EOS); empty when no acceptable translation goes on with it."""
        after: Belief = {}
        for (index, offset), weight in belief.items():
            if index < 0 or self._subwords[index][offset] != token:
                continue
            if offset + 1 == len(self._subwords[index]):
                self._enter(after, self._lattice.arcs[index].target, weight)
            else:
                after[index, offset + 1] = after.get((index, offset + 1), 0.0) + weight
        return after

    def next_token(self, belief: Belief) -> dict[str, float]:
        """p*(. | x, prefix): token -> probability, the end of sentence under EOS; {} for the empty belief."""
        total = math.fsum(belief.values())
        distribution: dict[str, float] = {}
        for (index, offset), weight in belief.items():
            token = EOS if index < 0 else self._subwords[index][offset]
            distribution[token] = distribution.get(token, 0.0) + weight / total
        return distribution

    def probability(self, tokens: Sequence[str]) -> float:
        """p*(tokens | x) of a whole translation, given without EOS; 0.0 when it is not acceptable."""
        belief = self.start()
        for token in tokens:
            belief = self.advance(belief, token)
        return belief.get(self._FINAL, 0.0)

    def accepts(self, tokens: Sequence[str]) -> bool:
        """Whether the tokens, given without EOS, are an acceptable translation."""
        return self.probability(tokens) > 0.0


def write_lattices(path: str | Path, lattices: Iterable[Lattice]) -> None:
    """Write one lattice a line, gzip when the name ends in .gz; equal lattices give equal bytes."""
    write_lines(path, (lattice.to_json() for lattice in lattices))


def read_lattices(path: str | Path) -> list[Lattice]:
    """Read what `write_lattices` wrote; KnnKdError names file, line and fault."""
    lattices = []
    for number, line in enumerate(read_lines(path), start=1):
        try:
            lattices.append(Lattice.from_json(line))
        except ValueError as error:
            raise KnnKdError(f"{path}, line {number}: {error}; generate the corpus again") from error
    return lattices
