"""What a training reads: pairs with their candidates, and the ways in which pairs share batches."""

import numpy as np
import torch
from fairseq.data import BaseWrapperDataset, LanguagePairDataset
from fairseq.data.data_utils import numpy_seed

from knnkd.knn.candidates import Candidates


class CandidateDataset(BaseWrapperDataset):
    """Adds `candidates` to the batches of a LanguagePairDataset: k of K stored tokens and their scores, best first.

    The rows of sentence i are offsets[i]:offsets[i + 1], whatever the order of the batches. `first` is the first
    column taken: 1 leaves out the self-neighbour, which the exact search puts first. partners: int64 [N], the position
    whose candidates each position gets (`shuffled_neighbours.py`); None: its own.
    """

    def __init__(
        self,
        dataset: LanguagePairDataset,
        candidates: Candidates,
        k: int,
        first: int = 0,
        partners: np.ndarray | None = None,
    ):
        super().__init__(dataset)
        self.partners = partners
        self.offsets = candidates.offsets
        self.tokens = candidates.tokens[:, first : first + k]
        self.scores = candidates.scores[:, first : first + k]
        self.k = k

    def collater(self, samples: list[dict]) -> dict:
        """Return fairseq's batch with candidates = {tokens int64 [B, T, k], score_bits int32 [B, T, k]}.

        The bits are those of the float32 scores: fp16 and bf16 convert every float tensor of a batch to 16 bits, and
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
        rows = rows if self.partners is None else self.partners[rows]
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
    """Batches of consecutive sentences of the corpus, as the paper's released code makes them, not of similar length.

    fairseq still shuffles the batches in each epoch; what is in one batch stays. Long and short sentences share
    batches, so that more of the same `--max-tokens` is padding.
    """

    def ordered_indices(self) -> np.ndarray:
        """Return int64 [S]: the corpus as it stands."""
        return np.arange(len(self.dataset), dtype=np.int64)

    def num_tokens_vec(self, indices: np.ndarray) -> np.ndarray:
        """Return int [len(indices)], the sizes that `--max-tokens` counts."""
        return self.dataset.num_tokens_vec(indices)


class ShuffledDataset(BaseWrapperDataset):
    """Batches of random sentences, drawn anew in each epoch.

    An epoch has as many batches as with sorting by length, so a batch has as many real target tokens on average. It is
    as wide as its longest sentence, so that with the padding it holds more than `--max-tokens`. target_lengths: int
    [S], EOS in.
    """

    def __init__(self, dataset: BaseWrapperDataset | LanguagePairDataset, target_lengths: np.ndarray):
        super().__init__(dataset)
        self.target_lengths = np.asarray(target_lengths)

    def ordered_indices(self) -> np.ndarray:
        """Return int64 [S], a permutation by numpy's global generator, which fairseq seeds for each epoch."""
        return np.random.permutation(len(self.dataset)).astype(np.int64)

    def batch_by_size(self, indices: np.ndarray, **limits) -> list[np.ndarray]:
        """Return `indices` cut, in their order, into as many batches as those sorted by length would fill."""
        with numpy_seed(1):  # it shuffles sentences of one length, and must not do so with the generator of the epochs
            by_length = self.dataset.ordered_indices()
        count = len(every_pair(self.dataset, by_length[np.isin(by_length, indices)], **limits))
        ends = np.cumsum(self.target_lengths[indices])
        # A sentence belongs to the batch that its middle token falls into.
        middles = ends - self.target_lengths[indices] / 2
        batch_of = np.minimum((middles * count / ends[-1]).astype(np.int64), count - 1)
        return [part for part in np.split(indices, np.flatnonzero(np.diff(batch_of)) + 1) if len(part)]


class EveryPairDataset(BaseWrapperDataset):
    """Batches that hold every pair, as many for each of `devices`.

    If the devices cannot share the batches evenly, fairseq adds empty ones and, with update_freq > 1, miscounts the
    real batch beside an empty one. So the largest batch is cut in two until their number divides evenly.
    """

    def __init__(self, dataset, devices: int = 1):
        super().__init__(dataset)
        self.devices = devices

    def batch_by_size(self, indices: np.ndarray, **limits) -> list[np.ndarray]:
        """Return batches of `indices` that hold each of them once."""
        batches = every_pair(self.dataset, indices, **limits)
        while len(batches) % self.devices and len(batches) < len(indices):
            largest = max(range(len(batches)), key=lambda i: len(batches[i]))
            middle = len(batches[largest]) // 2
            batches[largest : largest + 1] = [batches[largest][:middle], batches[largest][middle:]]
        return batches


def every_pair(dataset, indices: np.ndarray, **limits) -> list[np.ndarray]:
    """Return a dataset's own batches of `indices`, and last those that fairseq leaves out.

    fairseq 0.12 drops the last batch of a split where it is no multiple of `required_batch_size_multiple`, although it
    says in the same place that a smaller batch is fine (fairseq issue 5036): up to 7 of the longest pairs.
    """
    batches = [np.asarray(batch) for batch in dataset.batch_by_size(indices, **limits)] if len(indices) else []
    left = indices[sum(map(len, batches)) :]
    return [*batches, left] if len(left) else batches
