"""The teacher's best pieces at every target position of the training set, as candidates.

`masks` circular masks: pass m hides the positions t with t % masks = m, so that each position is predicted once, from
the source and from both of its sides (Chen et al. 2020, with 7 masks).
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from transformers import BertForMaskedLM

from knnkd.core.errors import KnnKdError
from knnkd.core.files import Progress, read_lines
from knnkd.distil.bert.masking import mask_every
from knnkd.distil.bert.model import predict
from knnkd.distil.bert.pairs import Examples, collate, make_batches
from knnkd.distil.bert.wordpiece import MASK, PAD, SEP, Vocabulary

FAIRSEQ_EOS, FAIRSEQ_SPECIALS = 2, 4  # <s> <pad> </s> <unk> come before a dictionary's first line
FILLER = "madeupword"  # fairseq's entries that round a dictionary's size


def student_pieces(dictionary: Path, vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """Return the pieces that the student can write, as BERT's ids int64 [P] and as fairseq's indices int32 [P].

    `dictionary` is fairseq's dict.{language}.txt. BERT's [SEP] is the student's </s>. Raises KnnKdError for an entry
    that the teacher does not have.
    """
    ids = vocabulary.ids
    pairs = [(ids[SEP], FAIRSEQ_EOS)]
    for index, line in enumerate(read_lines(dictionary), FAIRSEQ_SPECIALS):
        piece = line.rpartition(" ")[0]
        if piece.startswith(FILLER) and piece not in ids:
            continue
        if piece not in ids:
            raise KnnKdError(
                f"{dictionary}: line {index - FAIRSEQ_SPECIALS + 1}: {piece!r} is no piece of the teacher's "
                "vocabulary; binarise the text of segment_wordpiece with the same teacher"
            )
        pairs.append((ids[piece], index))
    array = np.array(pairs, dtype=np.int64)
    return array[:, 0], array[:, 1].astype(np.int32)


def row_offsets(pairs: Examples) -> np.ndarray:
    """Return offsets int64 [S + 1] of the rows: one for each target position, the final [SEP] in."""
    return np.concatenate([[0], np.cumsum(pairs.lengths - pairs.starts)]).astype(np.int64)


@torch.inference_mode()
def soft_labels(
    model: BertForMaskedLM, vocabulary: Vocabulary, pairs: Examples, pieces: np.ndarray, masks: int, max_tokens: int
) -> Iterator[tuple[np.ndarray, torch.Tensor]]:
    """Yield rows int64 [M] and their logits float32 [M, P] over `pieces`, BERT's ids int64 [P]; each row comes once."""
    model.eval()
    offsets, ids = row_offsets(pairs), vocabulary.ids
    columns = torch.from_numpy(pieces).to(model.device)
    with Progress("sentences", len(pairs.sequences), " sentences") as progress:
        for indices in make_batches(pairs.lengths, max_tokens, 0):
            batch = collate(pairs, indices, ids[PAD])
            rows = offsets[indices][:, None] + np.cumsum(batch.target, axis=1) - 1
            for turn in range(masks):
                inputs, chosen = mask_every(batch, masks, turn, ids[MASK])
                if chosen.any():
                    yield rows[chosen], predict(model, batch, inputs, chosen)[:, columns]
            progress.add(len(indices))


def write_best(
    labels: Iterator[tuple[np.ndarray, torch.Tensor]], indices: np.ndarray, tokens: np.ndarray, scores: np.ndarray
) -> None:
    """Fill tokens int [N, K] and scores float32 [N, K] with each row's K best pieces, best first.

    indices: int32 [P], fairseq's index of each column of the logits.
    """
    k = tokens.shape[1]
    for rows, logits in labels:
        best = logits.topk(k, dim=1)
        tokens[rows] = indices[best.indices.cpu().numpy()]
        scores[rows] = best.values.cpu().numpy()


def require_enough(pieces: np.ndarray, stored: int, dictionary: Path) -> None:
    """Raise KnnKdError where the student has fewer than `stored` pieces."""
    if len(pieces) < stored:
        raise KnnKdError(
            f"{dictionary}: the student has {len(pieces)} pieces, fewer than the {stored} to be stored; "
            "lower --stored (bert.stored) or bring more text"
        )


def require_same_text(pairs: Examples, data: dict, text: Path, data_bin: Path) -> None:
    """Raise KnnKdError where the pieces in `text` are not what `data` (data.json of `data_bin`) was binarised from."""
    rows = int(row_offsets(pairs)[-1])
    expected = data["splits"]["train"]
    if (len(pairs.sequences), rows) != (expected["sentences"], expected["target_tokens"]):
        raise KnnKdError(
            f"{text}: {len(pairs.sequences)} sentences of {rows} pieces, but {data_bin} was made from "
            f"{expected['sentences']} of {expected['target_tokens']}; binarise this text"
        )
