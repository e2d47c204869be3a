"""A small BERT of our own, where none can be fetched: its vocabulary, its weights and what it first learns from.

It reads sentences of both languages alone (Devlin et al. 2019) and pairs of them (Lample and Conneau 2019).
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from transformers import BertConfig, BertForMaskedLM

from knnkd.core.errors import KnnKdError
from knnkd.distil.bert.pairs import Encoder, Examples, fits
from knnkd.distil.bert.wordpiece import PAD, Vocabulary


def new_model(
    vocabulary: Vocabulary,
    layers: int,
    hidden: int,
    heads: int,
    ffn: int,
    max_positions: int,
    dropout: float,
    seed: int,
) -> BertForMaskedLM:
    """Return an untrained model, its positions as sinusoids, to be learned further; the same `seed`, the same weights.

    Raises KnnKdError where `heads` does not divide `hidden`.
    """
    if hidden % heads:
        raise KnnKdError(f"a hidden size of {hidden} is no multiple of {heads} heads; change one of them")
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary.pieces),
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=ffn,
        max_position_embeddings=max_positions,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        pad_token_id=vocabulary.ids[PAD],
        # BERT starts with 0.02 at a width of 768; a narrower layer needs more for the same spread of its sums.
        initializer_range=0.02 * math.sqrt(768 / hidden),
    )
    model = BertForMaskedLM(config)
    with torch.no_grad():
        # Learning from nothing where a piece stands takes a small model longer than all that follows.
        table = sinusoids(max_positions, hidden) * math.sqrt(2) * config.initializer_range
        model.bert.embeddings.position_embeddings.weight.copy_(table)
    return model


def sinusoids(positions: int, width: int) -> torch.Tensor:
    """Return float32 [positions, width]: sines and then cosines of Vaswani et al. (2017), Section 3.5."""
    rates = 10000.0 ** (-torch.arange(0, width, 2) / width)
    angles = torch.arange(positions)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)[:, :width]


def pack_sentences(
    source: Sequence[str], target: Sequence[str], vocabulary: Vocabulary, max_positions: int
) -> Examples:
    """Pack lines of pieces: each sentence alone as [CLS] x [SEP], and each pair as [CLS] x [SEP] y [SEP].

    A sentence is cut to fit `max_positions`; a pair that does not fit is left out, and so are empty sentences.
    """
    encode = Encoder(vocabulary, "the text")
    sequences, starts, cut = [], [], 0
    for number, lines in enumerate(zip(source, target, strict=True), 1):
        x, y = (encode(line, number) for line in lines)
        for segment in filter(None, (x, y)):
            cut += len(segment) > max_positions - 2
            sequences.append(encode.pack(segment[: max_positions - 2]))
            starts.append(len(sequences[-1]))
        if x and y and fits(len(x), len(y), max_positions):
            sequences.append(encode.pack(x, y))
            starts.append(len(x) + 2)
    return Examples(sequences, np.array(starts, dtype=np.int64), cut)
