"""A sentence-pair dataset that brings each target position's candidates along, and one that keeps the corpus order."""

import numpy as np
import torch
from fairseq.data import BaseWrapperDataset, LanguagePairDataset

from knnkd.candidates import Candidates


class CandidateDataset(BaseWrapperDataset):
    """Adds `candidates` to the batches of a LanguagePairDataset: k of K stored tokens and their scores, best first.

    The rows of sentence i are offsets[i]:offsets[i + 1], whatever the order of the batches. `first` is the first
    column taken: 1 leaves out the self-neighbour, which the exact search puts first.
    """

    def __init__(self, dataset: LanguagePairDataset, candidates: Candidates, k: int, first: int = 0):
        super().__init__(dataset)
        self.offsets = candidates.offsets
        self.tokens = candidates.tokens[:, first : first + k]
        self.scores = candidates.scores[:, first : first + k]
        self.k = k

    def collater(self, samples: list[dict]) -> dict:
        """Return fairseq's batch with candidates = {tokens int64 [B, T, k], score_bits int32 [B, T, k]}.

        The bits are those of the float32 scores: under fp16 and bf16 fairseq halves every float tensor of a batch, and
        a distance beyond 65504 would become infinite. On padding every token is 0 and every score 0: the teacher stays
        finite there and the loss masks it.
        """
        batch = self.dataset.collater(samples)
        if not batch:
            return batch
        first, last = self.offsets[batch["id"].numpy()], self.offsets[batch["id"].numpy() + 1]
        # All rows of the batch in one read, sentence after sentence, as the mask lists its places.
        real = np.arange(batch["target"].size(1)) < (last - first)[:, None]
        rows = np.concatenate([np.arange(*span) for span in zip(first, last, strict=True)])
        shape = (*real.shape, self.k)
        tokens, scores = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.float32)
        tokens[real] = self.tokens[rows]
        scores[real] = self.scores[rows]
        bits = torch.from_numpy(scores).view(torch.int32)
        batch["candidates"] = {"tokens": torch.from_numpy(tokens), "score_bits": bits}
        return batch

    def num_tokens_vec(self, indices: np.ndarray) -> np.ndarray:
        """Return int [len(indices)], the sizes that `--max-tokens` counts."""
        return self.dataset.num_tokens_vec(indices)


class CorpusOrderDataset(BaseWrapperDataset):
    """Batches of neighbours in the corpus instead of sentences of like length, as the paper's released code makes them.

    fairseq still shuffles the batches in each epoch; what is in one batch stays. Long and short sentences share
    batches, so that more of the same `--max-tokens` is padding.
    """

    def ordered_indices(self) -> np.ndarray:
        """Return int64 [S]: the corpus as it stands."""
        return np.arange(len(self.dataset), dtype=np.int64)

    def num_tokens_vec(self, indices: np.ndarray) -> np.ndarray:
        """Return int [len(indices)], the sizes that `--max-tokens` counts."""
        return self.dataset.num_tokens_vec(indices)
