"""Beam search through fairseq, and its hypotheses in the order of the corpus."""

import time
from argparse import Namespace
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from knnkd.dump import batches
from knnkd.io import Progress, write_json, write_lines
from knnkd.models import TrainedModel
from knnkd.text import detokenise, join_subwords


@dataclass(frozen=True)
class Beam:
    """Settings of the search; a hypothesis has at most max_len_a * source length + max_len_b subwords."""

    beam: int = 5
    lenpen: float = 1.0
    max_len_a: float = 1.2
    max_len_b: int = 10


@dataclass(frozen=True)
class Decoded:
    """Hypotheses of one split: subwords joined by spaces, one a sentence, and what it took to make them."""

    hypotheses: list[str]
    tokens: int  # generated, EOS in
    seconds: float  # of the search alone: no loading, no joining of subwords


@torch.inference_mode()
def decode(trained: TrainedModel, split: str, beam: Beam, max_tokens: int) -> Decoded:
    """Translate one split; sentence i of the corpus has hypothesis i.

    max_tokens: padded tokens a batch, on the longer of source and reference, as fairseq-generate counts them.
    Raises RuntimeError where the batches do not hold every sentence.
    """
    task, dictionary = trained.task, trained.task.target_dictionary
    generator = task.build_generator([trained.model], Namespace(**asdict(beam)))
    task.load_dataset(split)
    hypotheses: list[str | None] = [None] * len(task.dataset(split))
    tokens, seconds = 0, 0.0
    with Progress(f"decoding {split}", len(hypotheses), " sentences") as progress:
        for batch in batches(trained, split, max_tokens):
            start = time.perf_counter()
            found = task.inference_step(generator, [trained.model], batch)
            if trained.device.type == "cuda":
                torch.cuda.synchronize()
            seconds += time.perf_counter() - start
            for sentence, beams in zip(batch["id"].tolist(), found, strict=True):
                best = beams[0]["tokens"].int().cpu()
                tokens += len(best)
                hypotheses[sentence] = dictionary.string(best)
            progress.add(len(found))
    found_all = [hypothesis for hypothesis in hypotheses if hypothesis is not None]
    if len(found_all) != len(hypotheses):
        raise RuntimeError(f"{len(hypotheses) - len(found_all)} sentences of {split} were in no batch")
    return Decoded(found_all, tokens, seconds)


def write_hypotheses(decoded: Decoded, language: str, unescape: bool, output: Path, about: dict) -> None:
    """Write hypotheses.bpe, .tok and .txt (subwords, tokens, plain text) and decode.json into `output`.

    unescape: whether the tokenisation wrote Moses' entities. `about` goes into decode.json as it is.
    """
    tokenised = [join_subwords(line) for line in decoded.hypotheses]
    write_lines(output / "hypotheses.bpe", decoded.hypotheses)
    write_lines(output / "hypotheses.tok", tokenised)
    write_lines(output / "hypotheses.txt", detokenise(tokenised, language, unescape))
    counts = {"sentences": len(tokenised), "tokens": decoded.tokens, "seconds": round(decoded.seconds, 3)}
    write_json(output / "decode.json", counts | about)
