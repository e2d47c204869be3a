"""The notation in which frames and lexicons write their targets, and its compiler into lattices.

    there are [a lot of:5|lots of:2|many:3] [new:1|:3] stories about why we did this.

Square brackets hold alternatives, each ending in its weight; an alternative may be empty, and brackets nest.
`a~` is the indefinite article, which becomes "a" or "an" by the word that follows it on each path.
Text without brackets stands for itself; commas and full stops become tokens of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from knnkd.synthetic.lattice import Arc, Lattice

ARTICLE = "a~"
_PUNCTUATION = re.compile(r"([,.?!;])(?=[\s\[\]|:]|$)")
_SYMBOLS = re.compile(r"[\[\]|]|[^\[\]|\s]+")
_WEIGHT = re.compile(r"(.*):(\d+(?:\.\d+)?)")
# Vowel letters that sound as consonants, and the reverse.
_A_BEFORE = ("uni", "use", "usu", "eu", "one")
_AN_BEFORE = ("hour", "honest")

Leaving = dict[tuple[int, str], float]


def alternatives(spec: str) -> list[tuple[str, str]]:
    """Split a flat spec such as "start:6|begin:4" into (text, weight) pairs; a plain word is one pair of weight 1."""
    if "|" not in spec:
        return [(spec, "1")]
    pairs = [item.rpartition(":") for item in spec.split("|")]
    return [(text, weight) for text, _, weight in pairs]


def each(spec: str, change: Callable[[str], str]) -> str:
    """Apply `change` to every alternative of a flat spec; the answer is in the notation, brackets included."""
    pairs = alternatives(spec)
    if len(pairs) == 1:
        return change(pairs[0][0])
    return "[" + "|".join(f"{change(text)}:{weight}" for text, weight in pairs) + "]"


def slot(spec: str) -> str:
    """A flat spec in brackets, or the word itself where there is no choice."""
    return each(spec, str)


def tidy(text: str) -> str:
    """Raw text from loose pieces: single spaces, none before punctuation, a capital first letter."""
    text = re.sub(r" ([,.?!;])", r"\1", " ".join(text.split()))
    return text[:1].upper() + text[1:]


def detokenize(tokens: str) -> str:
    """The raw sentence of a lattice's string."""
    return tidy(tokens)


class _Graph:
    """Arcs of a graph with empty arcs, in the order of a reading from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.symbols = _SYMBOLS.findall(_PUNCTUATION.sub(r" \1", text))
        self.position = 0
        self.states = 1
        self.arcs: list[Arc] = []
        self.read_sequence(0, nested=False)
        if self.position != len(self.symbols):
            raise ValueError(f"stray {self.symbols[self.position]!r} in {text!r}")

    def _new_state(self) -> int:
        self.states += 1
        return self.states - 1

    def _append(self, state: int, word: str, probability: float = 1.0) -> int:
        target = self._new_state()
        self.arcs.append(Arc(state, target, word, probability))
        return target

    def read_sequence(self, state: int, nested: bool) -> tuple[int, float]:
        """Read words and brackets up to the end of an alternative; returns its last state and its weight."""
        weight = None
        while self.position < len(self.symbols) and self.symbols[self.position] not in "|]":
            symbol = self.symbols[self.position]
            self.position += 1
            if weight is not None:
                raise ValueError(f"{symbol!r} after a weight in {self.text!r}")
            if symbol == "[":
                state = self._read_choice(state)
                continue
            weighted = _WEIGHT.fullmatch(symbol)
            if weighted:
                symbol, weight = weighted[1], float(weighted[2])
            if symbol:
                state = self._append(state, symbol)
        if nested != (weight is not None):
            raise ValueError(f"every alternative, and nothing else, needs a weight: {self.text!r}")
        return state, weight or 0.0

    def _read_choice(self, state: int) -> int:
        ends, openings, weights = [], [], []
        while True:
            openings.append(len(self.arcs))
            end, weight = self.read_sequence(self._append(state, ""), nested=True)
            ends.append(end)
            weights.append(weight)
            if self.position == len(self.symbols):
                raise ValueError(f"unclosed bracket in {self.text!r}")
            self.position += 1
            if self.symbols[self.position - 1] == "]":
                break
        for opening, weight in zip(openings, weights, strict=True):
            self.arcs[opening] = self.arcs[opening]._replace(probability=weight / sum(weights))
        join = self._new_state()
        self.arcs.extend(Arc(end, join, "", 1.0) for end in ends)
        return join


def compile_lattice(text: str) -> Lattice:
    """The lattice of a sentence in the notation, its first word with a capital on every path."""
    graph = _Graph(text)
    leaving = _without_empty_arcs(graph)
    _resolve_articles(leaving, text)
    return _finish(_merge_equal_states(leaving))


def _without_empty_arcs(graph: _Graph) -> list[Leaving]:
    """Remove empty arcs exactly: what follows one moves to its start, with multiplied probability."""
    final = graph.states - 1
    leaving: list[Leaving] = [{} for _ in range(graph.states)]
    ending = [0.0] * final + [1.0]
    by_source: list[list[Arc]] = [[] for _ in range(graph.states)]
    for arc in graph.arcs:
        by_source[arc.source].append(arc)
    for state in reversed(range(final)):
        for arc in by_source[state]:
            if arc.phrase:
                # Mass that may end behind this arc goes straight to the final state, the rest to arc.target.
                _add(leaving[state], (final, arc.phrase), arc.probability * ending[arc.target])
                _add(leaving[state], (arc.target, arc.phrase), arc.probability * (1 - ending[arc.target]))
            else:
                ending[state] += arc.probability * ending[arc.target]
                for key, probability in leaving[arc.target].items():
                    # `leaving` is conditional on not ending, so that mass is scaled back in.
                    _add(leaving[state], key, arc.probability * (1 - ending[arc.target]) * probability)
        if leaving[state]:
            _normalise(leaving[state])
        else:
            # Not left to rounding: where nothing follows, the translation ends.
            ending[state] = 1.0
    if ending[0] > 0:
        raise ValueError(f"a translation may be empty in {graph.text!r}")
    return leaving


def _add(leaving: Leaving, key: tuple[int, str], probability: float) -> None:
    if probability > 0:
        leaving[key] = leaving.get(key, 0.0) + probability


def _normalise(leaving: Leaving) -> None:
    total = sum(leaving.values())
    for key in leaving:
        leaving[key] /= total


def _resolve_articles(leaving: list[Leaving], text: str) -> None:
    for state in reversed(range(len(leaving))):
        for (target, word), probability in list(leaving[state].items()):
            if word != ARTICLE:
                continue
            del leaving[state][target, word]
            if not leaving[target]:
                raise ValueError(f"nothing follows {ARTICLE} in {text!r}")
            for (after, following), share in leaving[target].items():
                _add(leaving[state], (after, f"{indefinite(following)} {following}"), probability * share)


def _merge_equal_states(leaving: list[Leaving]) -> list[Leaving]:
    """One state for all that are left in the same ways: "a lot of", "lots of" and "many" then meet again."""
    same: dict[frozenset[tuple[int, str, float]], int] = {}
    merged = list(range(len(leaving)))
    for state in reversed(range(len(leaving))):
        arcs: Leaving = {}
        for (target, word), probability in leaving[state].items():
            _add(arcs, (merged[target], word), probability)
        leaving[state] = arcs
        # Rounding, because equal probabilities may have been multiplied up in different orders.
        key = frozenset((target, word, round(probability, 12)) for (target, word), probability in arcs.items())
        merged[state] = same.setdefault(key, state)
    return leaving


def indefinite(word: str) -> str:
    """The indefinite article before a word, by its sound."""
    if word.startswith(_AN_BEFORE):
        return "an"
    return "an" if word[0].lower() in "aeiou" and not word.startswith(_A_BEFORE) else "a"


def _finish(leaving: list[Leaving]) -> Lattice:
    """Join chains into phrases, drop what cannot be reached, number the states and set the capital."""
    final = len(leaving) - 1
    entering = [0] * len(leaving)
    entering[0] = 1
    for state, arcs in enumerate(leaving):
        for target, _ in arcs if entering[state] else ():
            entering[target] += 1
    arcs_out: list[Arc] = []
    for state, arcs in enumerate(leaving):
        # A state inside a chain is skipped: the arc that enters it spells its word too.
        if not entering[state] or (state and entering[state] == 1 and len(arcs) == 1):
            continue
        for (target, phrase), probability in arcs.items():
            while target != final and entering[target] == 1 and len(leaving[target]) == 1:
                (target, word), *_ = leaving[target]
                phrase += f" {word}"
            if state == 0:
                phrase = phrase[0].upper() + phrase[1:]
            arcs_out.append(Arc(state, target, phrase, probability))
    number = {state: i for i, state in enumerate(sorted({0} | {arc.target for arc in arcs_out}))}
    return Lattice(len(number), tuple(a._replace(source=number[a.source], target=number[a.target]) for a in arcs_out))
