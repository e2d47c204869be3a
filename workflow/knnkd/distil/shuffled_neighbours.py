"""Partners: for each position another one with the same gold token (a control of the teacher: softness, no context)."""

import numpy as np


def partners_of(gold: np.ndarray, seed: int) -> np.ndarray:
    """Return int64 [N]: a permutation that gives each position another position of the same gold token.

    gold: int [N]. The positions of a token stand in a random circle, and each gets the next one's place; a token that
    occurs once keeps its own.
    """
    if not len(gold):
        return np.empty(0, np.int64)
    shuffled = np.random.default_rng(seed).permutation(len(gold))
    # Stable, so that the positions of one token stay in their random order.
    circle = shuffled[np.argsort(gold[shuffled], kind="stable")]
    tokens = gold[circle]
    first = np.flatnonzero(np.concatenate([[True], tokens[1:] != tokens[:-1]]))
    last = np.concatenate([first[1:], [len(gold)]]) - 1
    following = np.roll(circle, -1)
    following[last] = circle[first]
    partners = np.empty(len(gold), np.int64)
    partners[circle] = following
    return partners
