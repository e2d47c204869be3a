"""Lattices over a tiny vocabulary, and two ways to cut their phrases."""

from hypothesis import strategies as st

from knnkd.synthetic.lattice import Arc, Lattice


def words(phrase):
    return phrase.split()


def characters(phrase):
    return [piece for word in phrase.split() for piece in [*(f"{c}@@" for c in word[:-1]), word[-1]]]


SEGMENTERS = (words, characters)


@st.composite
def small_lattices(draw):
    """Lattices over a tiny vocabulary, so that phrases share prefixes and strings have several paths."""
    states = draw(st.integers(2, 5))
    phrases = st.lists(st.sampled_from(("a", "b", "ab")), min_size=1, max_size=3).map(" ".join)
    arcs = []
    for state in range(states - 1):
        others = draw(st.lists(st.tuples(st.integers(state + 1, states - 1), phrases), max_size=3))
        chosen = [(state + 1, draw(phrases)), *others]
        weights = [draw(st.integers(1, 9)) for _ in chosen]
        arcs += [Arc(state, t, p, w / sum(weights)) for (t, p), w in zip(chosen, weights, strict=True)]
    return Lattice(states, tuple(arcs))
