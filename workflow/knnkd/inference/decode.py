"""The model's probabilities: beam search and teacher forcing, each with or without a datastore's share in them."""

import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from fairseq import utils
from fairseq.data import BaseWrapperDataset
from fairseq.models import FairseqDecoder
from fairseq.sequence_generator import EnsembleModel, SequenceGenerator
from torch import Tensor

from knnkd.core.errors import KnnKdError
from knnkd.core.files import Progress, write_json, write_lines
from knnkd.core.integrity import sums_of
from knnkd.core.shards import shard_range
from knnkd.corpus.binarise import DATA_FILE, read_data
from knnkd.corpus.subwords import SEPARATORS, join_subwords
from knnkd.corpus.tokenise import detokenise
from knnkd.distil.plugin.checkpoints import TrainedModel
from knnkd.inference.beam import Beam
from knnkd.inference.forward import batches, hidden_states
from knnkd.inference.hypotheses import FILES, RECORD, SUBWORDS, TEXT, TOKENS
from knnkd.inference.settings import Decoding

# (log p_MT float32 [n, V], hidden states float [n, d]) -> log p float32 [n, V], all on one device.
Interpolate = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Decoded:
    """Hypotheses of one split or shard: subwords joined by spaces, one a sentence, and what it took to make them."""

    hypotheses: list[str]
    tokens: int  # generated, EOS in
    seconds: float  # of the search alone: no loading, no joining of subwords
    first_sentence: int = 0  # whose hypothesis comes first, counted from 0


def log_probabilities(decoder: FairseqDecoder, hidden: Tensor) -> Tensor:
    """Return log softmax of the projected hidden states float [..., d]: float32 [..., V], as fairseq computes it."""
    return utils.log_softmax(decoder.output_layer(hidden), dim=-1)


@torch.inference_mode()
def teacher_forced(trained: TrainedModel, batch: dict, interpolate: Interpolate | None = None) -> Tensor:
    """Return log p(y_i | x, y_<i) after the gold prefixes of a batch of `batches`, float32 [B, T, V]; padding is in."""
    hidden = hidden_states(trained, batch)
    log_probs = log_probabilities(trained.model.decoder, hidden)
    if interpolate is None:
        return log_probs
    return interpolate(log_probs.flatten(0, 1), hidden.flatten(0, 1)).view_as(log_probs)


class InterpolatedModel(EnsembleModel):
    """One model as fairseq's beam search sees it, whose next-token distribution is interpolated."""

    def __init__(self, model: torch.nn.Module, interpolate: Interpolate) -> None:
        super().__init__([model])
        self.interpolate = interpolate

    def forward_decoder(self, tokens, encoder_outs, incremental_states, temperature=1.0):
        """Return log-probabilities float32 [hypotheses, V] after the prefixes `tokens`, and no attention."""
        if temperature != 1.0:
            raise NotImplementedError("interpolation is of the model's own distribution, so its temperature is 1")
        decoder = self.single_model.decoder
        hidden, _ = decoder(
            tokens, encoder_out=encoder_outs[0], incremental_state=incremental_states[0], features_only=True
        )
        log_probs = log_probabilities(decoder, hidden[:, -1:])[:, -1]
        return self.interpolate(log_probs, hidden[:, -1]), None


def build_generator(trained: TrainedModel, beam: Beam, interpolate: Interpolate | None = None) -> SequenceGenerator:
    """Return fairseq's SequenceGenerator for the model; all but the distribution itself is fairseq's own."""
    models = [trained.model] if interpolate is None else InterpolatedModel(trained.model, interpolate)
    return trained.task.build_generator(models, Namespace(**asdict(beam)))


def best_hypotheses(trained: TrainedModel, generator: SequenceGenerator, batch: dict) -> list[Tensor]:
    """Return the best hypothesis of each sentence of a fairseq batch, in its order: int32 [T], EOS in, on the CPU."""
    found = trained.task.inference_step(generator, [trained.model], batch)
    return [beams[0]["tokens"].int().cpu() for beams in found]


class _Shard(BaseWrapperDataset):
    """A dataset of which only the sentences [first, last) come into batches, under their own numbers."""

    def __init__(self, dataset, first: int, last: int) -> None:
        super().__init__(dataset)
        self.first, self.last = first, last

    def ordered_indices(self) -> np.ndarray:
        """Return the shard's sentences in the dataset's order."""
        indices = super().ordered_indices()
        return indices[(self.first <= indices) & (indices < self.last)]


@torch.inference_mode()
def decode(
    trained: TrainedModel,
    split: str,
    beam: Beam,
    max_tokens: int,
    interpolate: Interpolate | None = None,
    shard: tuple[int, int] | None = None,
) -> Decoded:
    """Translate one split, or shard (i, n) of it; sentence first_sentence + i of the corpus has hypothesis i.

    max_tokens: padded tokens a batch, on the longer of source and reference, as fairseq-generate counts them;
    interpolate: makes the distribution that is searched (Eq. 5) out of the model's own.
    Raises KnnKdError for an empty shard, RuntimeError where the batches do not hold every sentence.
    """
    task, dictionary = trained.task, trained.task.target_dictionary
    generator = build_generator(trained, beam, interpolate)
    task.load_dataset(split)
    first, last = shard_range(len(task.dataset(split)), shard or (1, 1))
    task.datasets[split] = _Shard(task.dataset(split), first, last)
    hypotheses: list[str | None] = [None] * (last - first)
    tokens, seconds = 0, 0.0
    with Progress(f"decoding {split}", len(hypotheses), " sentences") as progress:
        for batch in batches(trained, split, max_tokens):
            start = time.perf_counter()
            found = best_hypotheses(trained, generator, batch)
            seconds += time.perf_counter() - start
            lengths = batch["net_input"]["src_lengths"].tolist()
            for sentence, length, best in zip(batch["id"].tolist(), lengths, found, strict=True):
                tokens += len(best)
                # A source without a word, EOS alone, has a translation without one.
                hypotheses[sentence - first] = dictionary.string(best) if length > 1 else ""
            progress.add(len(found))
    found_all = [hypothesis for hypothesis in hypotheses if hypothesis is not None]
    if len(found_all) != len(hypotheses):
        raise RuntimeError(f"{len(hypotheses) - len(found_all)} sentences of {split} were in no batch")
    return Decoded(found_all, tokens, seconds, first)


def describe(trained: TrainedModel, settings: Decoding, shard: tuple[int, int]) -> dict:
    """Return what decode.json says of how hypotheses were made, and of which run."""
    about = {"split": settings.split, "shard": "{}-of-{}".format(*shard), "beam": settings.beam.beam}
    about |= {"lenpen": settings.beam.lenpen, "device": trained.device.type, "weights": trained.weights}
    return asdict(settings.run) | about | {"threads": settings.threads}


def subwords_of(data_bin: Path) -> str:
    """Return how the text of a binarised folder was cut, one of SEPARATORS; KnnKdError where it does not say so."""
    kind = read_data(data_bin).get("subwords")
    if kind not in SEPARATORS:
        raise KnnKdError(
            f"{data_bin / DATA_FILE}: subwords is {kind}, not one of {', '.join(SEPARATORS)}; binarise again"
        )
    return kind


def write_hypotheses(
    decoded: Decoded, language: str, unescape: bool, output: Path, about: dict, subwords: str = "bpe"
) -> None:
    """Write hypotheses.bpe, .tok and .txt (subwords, tokens, plain text) and decode.json into `output`.

    unescape: whether the tokenisation wrote Moses' entities; subwords: how tokens were cut, one of SEPARATORS.
    `about` goes into decode.json as it is.
    """
    tokenised = [join_subwords(line, subwords) for line in decoded.hypotheses]
    write_lines(output / SUBWORDS, decoded.hypotheses)
    write_lines(output / TOKENS, tokenised)
    write_lines(output / TEXT, detokenise(tokenised, language, unescape))
    counts = {"sentences": len(tokenised), "first_sentence": decoded.first_sentence, "tokens": decoded.tokens}
    took = {"seconds": round(decoded.seconds, 3)}
    write_json(output / RECORD, counts | took | about | {"files": sums_of(output, FILES)})
