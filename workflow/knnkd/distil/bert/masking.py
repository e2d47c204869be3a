"""What is masked: at random for pre-training, in the target alone for the conditional model, in turn for soft labels.

Every function takes a batch and returns inputs int64 [B, T], the ids with the masks put in, and chosen bool [B, T],
the positions to be predicted.
"""

from collections.abc import Callable

import numpy as np

from knnkd.distil.bert.pairs import Batch
from knnkd.distil.bert.wordpiece import CLS, MASK, SEP, SPECIAL, Vocabulary

Masking = Callable[[Batch, np.random.Generator], tuple[np.ndarray, np.ndarray]]
SHARE = 0.15  # of the positions, in both papers


def mask_targets(vocabulary: Vocabulary) -> Masking:
    """C-MLM (Chen et al. 2020): 15 % of the target's positions, its final [SEP] among them, always by [MASK].

    At least one position a sentence; the source stays whole.
    """
    mask = vocabulary.ids[MASK]

    def masked(batch: Batch, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        chosen = _choose(batch.target, generator)
        return np.where(chosen, mask, batch.ids), chosen

    return masked


def mask_tokens(vocabulary: Vocabulary) -> Masking:
    """Masked language modelling (Devlin et al. 2019): of 15 % of the pieces 80 % by [MASK], 10 % at random, 10 % kept.

    At least one piece a sequence; [CLS] and [SEP] are never masked.
    """
    ids = vocabulary.ids
    mask = ids[MASK]
    ordinary = np.array([number for piece, number in ids.items() if piece not in SPECIAL])

    def masked(batch: Batch, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        chosen = _choose(batch.attention & ~np.isin(batch.ids, [ids[CLS], ids[SEP]]), generator)
        fate = generator.random(chosen.shape)
        inputs = np.where(chosen & (fate < 0.8), mask, batch.ids)
        return np.where(chosen & (fate >= 0.9), generator.choice(ordinary, chosen.shape), inputs), chosen

    return masked


def _choose(allowed: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Each allowed position with probability 0.15; the lowest draw of a row always, so that no row is without one."""
    draws = np.where(allowed, generator.random(allowed.shape), 2.0)
    lowest = draws == draws.min(axis=1, keepdims=True)
    return allowed & (lowest | (draws < SHARE))


def mask_every(batch: Batch, masks: int, turn: int, mask: int) -> tuple[np.ndarray, np.ndarray]:
    """Mask each target position t with t % `masks` == `turn`: over all turns, each position once.

    `mask` is the id of [MASK]; t counts from 0 at the target's first piece.
    """
    chosen = batch.target & ((np.cumsum(batch.target, axis=1) - 1) % masks == turn)
    return np.where(chosen, mask, batch.ids), chosen
