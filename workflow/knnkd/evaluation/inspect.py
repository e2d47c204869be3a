"""Single positions looked at: what each system expects after a prefix, and which neighbours are found there.

The paper's Section 4.6 does this for one prefix (Figure 4). Here a sentence is forced through every system, alone and
unpadded, and at each position stand the most probable tokens of each, the kNN teacher's, the nearest rows of the
datastore with their training sentences, and, where the lattice is known, the true distribution p*.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from fairseq.data import Dictionary
from torch import Tensor

from knnkd.core.errors import KnnKdError
from knnkd.corpus.subwords import JOINER, join_subwords
from knnkd.distil.plugin.checkpoints import TrainedModel
from knnkd.evaluation.distribution import automaton_of
from knnkd.inference.decode import Interpolate, log_probabilities
from knnkd.inference.forward import hidden_states
from knnkd.knn.datastore import Datastore
from knnkd.knn.index import Index
from knnkd.knn.interpolation import knn_log_probs
from knnkd.synthetic.lattice import Automaton, Lattice

DIGITS = 6  # of a probability, which is more than any reader or figure shows

# Tokens with their probabilities, the most probable first.
Top = list[tuple[str, float]]


@dataclass(frozen=True)
class Sentence:
    """A sentence to look at: subword numbers of its two sides, int64 [S] and [T], each with its final EOS.

    first: the first position that is looked at, counted from 0; positions first to T - 1 are.
    """

    source: Tensor
    target: Tensor
    first: int = 0
    lattice: Lattice | None = None
    reference: str | None = None  # its tokens, where the target is one


@dataclass(frozen=True)
class Teacher:
    """The kNN teacher of Eq. 10: a model whose hidden states are the queries, its datastore, k and tau."""

    trained: TrainedModel
    store: Datastore
    index: Index
    k: int
    tau: float


@dataclass(frozen=True)
class Sizes:
    """How much is kept of each position: most probable tokens of a distribution, and nearest rows."""

    tokens: int = 8
    neighbours: int = 8


@torch.inference_mode()
def forced_states(trained: TrainedModel, sentence: Sentence) -> Tensor:
    """Return the decoder's output f(x, y_<i) at the positions that are looked at, float [T - first, d]."""
    before = torch.cat([sentence.target[-1:], sentence.target[:-1]])  # fairseq's decoder starts from EOS
    net_input = {
        "src_tokens": sentence.source[None],
        "src_lengths": torch.tensor([len(sentence.source)]),
        "prev_output_tokens": before[None],
    }
    batch = {"net_input": {name: tensor.to(trained.device) for name, tensor in net_input.items()}}
    return hidden_states(trained, batch)[0, sentence.first :]


@torch.inference_mode()
def expectations(trained: TrainedModel, interpolate: Interpolate | None, sentence: Sentence, tokens: int) -> list[Top]:
    """Return a system's most probable tokens at each position that is looked at."""
    hidden = forced_states(trained, sentence)
    log_probs = log_probabilities(trained.model.decoder, hidden)
    if interpolate is not None:
        log_probs = interpolate(log_probs, hidden)
    return most_probable(log_probs.exp(), trained.task.target_dictionary, tokens)


def most_probable(probabilities: Tensor, dictionary: Dictionary, tokens: int) -> list[Top]:
    """Return the `tokens` most probable of float [n, V], fewer where the others have no probability at all."""
    best = probabilities.topk(min(tokens, probabilities.size(1)), dim=1)
    rows = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return [[(dictionary[index], round(p, DIGITS)) for index, p in zip(*row, strict=True) if p > 0] for row in rows]


@torch.inference_mode()
def retrieved(teacher: Teacher, sentence: Sentence, sizes: Sizes) -> tuple[list[Top], list[list[dict]]]:
    """Return the teacher's most probable tokens (Eq. 10) and the nearest rows, at each position that is looked at.

    A row is {"distance": squared L2, "token", "sentence": of the training set, "position": in it, both from 0}. Where
    an approximate index finds fewer rows than asked for, fewer are returned.
    """
    dictionary, hidden = teacher.trained.task.target_dictionary, forced_states(teacher.trained, sentence)
    wanted = min(max(teacher.k, sizes.neighbours), len(teacher.store))
    distances, rows = teacher.index.search(hidden, wanted)
    values = torch.as_tensor(np.array(teacher.store.values), dtype=torch.int64, device=rows.device)
    k = min(teacher.k, wanted)
    shares = knn_log_probs(distances[:, :k], values[rows[:, :k]], teacher.tau, len(dictionary)).exp()
    found = []
    for near, row in zip(distances[:, : sizes.neighbours].cpu(), rows[:, : sizes.neighbours].cpu(), strict=True):
        real = row >= 0
        sentences = np.searchsorted(teacher.store.offsets, row[real].numpy(), side="right") - 1
        places = row[real].numpy() - teacher.store.offsets[sentences]
        tokens = [dictionary[int(value)] for value in teacher.store.values[row[real].numpy()]]
        columns = zip(near[real].tolist(), tokens, sentences.tolist(), places.tolist(), strict=True)
        found.append(
            [{"distance": round(d, 3), "token": token, "sentence": s, "position": p} for d, token, s, p in columns]
        )
    return most_probable(shares, dictionary, sizes.tokens), found


def true_expectations(automaton: Automaton, target: Sequence[str], tokens: int) -> list[Top | None]:
    """Return p* (its `tokens` most probable) after each prefix of `target`, subwords with the final EOS.

    None where the prefix is the start of no acceptable translation.
    """
    belief, rows = automaton.start(), []
    for token in target:
        truth = sorted(automaton.next_token(belief).items(), key=lambda each: (-each[1], each[0]))
        rows.append([(name, round(p, DIGITS)) for name, p in truth[:tokens]] or None)
        belief = automaton.advance(belief, token)
    return rows


def inspect(
    sentences: Sequence[Sentence],
    systems: Mapping[str, tuple[TrainedModel, Interpolate | None]],
    teacher: Teacher,
    segment: Callable[[str], list[str]],
    sizes: Sizes,
) -> dict[str, Any]:
    """Return what there is to see at every position: {"sentences", "training"} as JSON has them (see the design).

    All systems read the teacher's dictionary; `segment` cuts a phrase of tokens into its subwords. Raises KnnKdError
    where a system has another dictionary.
    """
    dictionary = teacher.trained.task.target_dictionary
    for name, (trained, _) in systems.items():
        if trained.task.target_dictionary != dictionary:
            raise KnnKdError(f"{name}: has another dictionary than the teacher; its tokens cannot stand beside")
    pages = [_page(each, systems, teacher, segment, sizes) for each in sentences]
    numbers = {near["sentence"] for page in pages for place in page["positions"] for near in place["neighbours"]}
    return {"sentences": pages, "training": training_sentences(teacher.trained, sorted(numbers))}


def _page(
    sentence: Sentence,
    systems: Mapping[str, tuple[TrainedModel, Interpolate | None]],
    teacher: Teacher,
    segment: Callable[[str], list[str]],
    sizes: Sizes,
) -> dict[str, Any]:
    task = teacher.trained.task
    target = [task.target_dictionary[index] for index in sentence.target.tolist()]
    shares, neighbours = retrieved(teacher, sentence, sizes)
    seen = {name: expectations(*system, sentence, sizes.tokens) for name, system in systems.items()}
    truths: list[Top | None] = [None] * len(target)
    if sentence.lattice:
        automaton = automaton_of(sentence.lattice, segment, task.target_dictionary)
        truths = true_expectations(automaton, target, sizes.tokens)
    positions = []
    for i, place in enumerate(range(sentence.first, len(target))):
        position = {"prefix": readable(target[:place]), "gold": target[place] if sentence.reference else None}
        position |= {"systems": {name: rows[i] for name, rows in seen.items()}, "teacher": shares[i]}
        positions.append(position | {"true": truths[place], "neighbours": neighbours[i]})
    source = join_subwords(task.source_dictionary.string(sentence.source))
    return {"source": source, "reference": sentence.reference, "positions": positions}


def readable(subwords: Sequence[str]) -> str:
    """Return the tokens of a prefix; where its last one goes on, it keeps its sign."""
    text = join_subwords(" ".join(subwords))
    return text + JOINER if subwords and subwords[-1].endswith(JOINER) and not text.endswith(JOINER) else text


def training_sentences(trained: TrainedModel, numbers: Sequence[int]) -> dict[str, dict]:
    """Return {number: {"source": tokens, "target": subwords with EOS}} of sentences of the training set, from 0."""
    trained.task.load_dataset("train")
    pairs, target = trained.task.dataset("train"), trained.task.target_dictionary
    return {
        str(number): {
            "source": join_subwords(trained.task.source_dictionary.string(pairs.src[number])),
            "target": [target[index] for index in pairs.tgt[number].tolist()],
        }
        for number in numbers
    }
