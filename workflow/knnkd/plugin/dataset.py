"""A sentence-pair dataset that brings each target position's candidates along."""

import numpy as np
import torch
from fairseq.data import BaseWrapperDataset, LanguagePairDataset

from knnkd.candidates import Candidates


class CandidateDataset(BaseWrapperDataset):
    """Adds `candidates` to the batches of a LanguagePairDataset: the k best of K stored tokens and their scores.

    The rows of sentence i are offsets[i]:offsets[i + 1], whatever the order of the batches.
    """

    def __init__(self, dataset: LanguagePairDataset, candidates: Candidates, k: int):
        super().__init__(dataset)
        self.candidates = candidates
        self.k = k

    def __getitem__(self, index: int) -> dict:
        first, last = self.candidates.offsets[index], self.candidates.offsets[index + 1]
        item = self.dataset[index]
        item["candidate_tokens"] = np.array(self.candidates.tokens[first:last, : self.k])
        item["candidate_scores"] = np.array(self.candidates.scores[first:last, : self.k])
        return item

    def collater(self, samples: list[dict]) -> dict:
        """Return fairseq's batch with candidates = {tokens int64 [B, T, k], score_bits int32 [B, T, k]}.

        The bits are those of the float32 scores: under fp16 and bf16 fairseq halves every float tensor of a batch, and
        a distance beyond 65504 would become infinite. On padding every token is 0 and every score 0: the teacher stays
        finite there and the loss masks it.
        """
        batch = self.dataset.collater(samples)
        if not batch:
            return batch
        by_id = {sample["id"]: sample for sample in samples}
        shape = (*batch["target"].shape, self.k)
        tokens = np.zeros(shape, dtype=np.int64)
        scores = np.zeros(shape, dtype=np.float32)
        for i, sentence in enumerate(batch["id"].tolist()):
            rows = by_id[sentence]["candidate_tokens"]
            tokens[i, : len(rows)] = rows
            scores[i, : len(rows)] = by_id[sentence]["candidate_scores"]
        bits = torch.from_numpy(scores).view(torch.int32)
        batch["candidates"] = {"tokens": torch.from_numpy(tokens), "score_bits": bits}
        return batch

    def num_tokens_vec(self, indices: np.ndarray) -> np.ndarray:
        """Return int [len(indices)], the sizes that `--max-tokens` counts."""
        return self.dataset.num_tokens_vec(indices)
