"""The choice of kNN-MT's k, tau and lambda on the validation set.

The grid is cheap, because one teacher-forced pass with one search at the largest k gives the loss at every point: that
loss needs of p_MT and p_kNN only the gold token's. Only the few best points are decoded.
"""

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from knnkd.core.errors import KnnKdError
from knnkd.core.files import Progress, replacing
from knnkd.corpus.subwords import join_subwords
from knnkd.distil.plugin.checkpoints import TrainedModel
from knnkd.inference.beam import Beam
from knnkd.inference.decode import Interpolate, decode, log_probabilities, subwords_of
from knnkd.inference.forward import batches, hidden_states
from knnkd.inference.knn_mt import describe_search, open_nearest
from knnkd.inference.settings import Decoding, Nearest, Tuning
from knnkd.knn.datastore import Datastore
from knnkd.knn.exact_index import ExactIndex
from knnkd.knn.index import Index, recall
from knnkd.knn.interpolation import NearestNeighbours, Point, interpolated, neighbour_log_probs

RECALL_QUERIES = 2048  # enough for the recall's second decimal


@dataclass(frozen=True)
class GridPoint:
    """A point of the grid with its mean loss, in nats a target token (EOS in), and its score once it is decoded."""

    point: Point
    loss: float
    score: float | None = None


class Judge(Protocol):
    """The metric that decides, on the split's references: its name, its key in files, and 1 where more is better or -1.

    sentences: how many there are; path: the file of the references. It takes hypotheses as tokens.
    """

    name: str
    column: str
    sign: int
    sentences: int
    path: Path

    def __call__(self, tokenised: Sequence[str]) -> float:
        """Return the score of a corpus."""


def gold_hidden_states(trained: TrainedModel, split: str, max_tokens: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield (hidden states float [n, d], gold tokens int64 [n]) of each batch of a split; padding is out."""
    trained.task.load_dataset(split)
    with Progress(f"teacher-forced {split}", _target_tokens(trained, split), " tokens") as progress:
        for batch in batches(trained, split, max_tokens):
            target = batch["target"].to(trained.device)
            real = target.ne(trained.padding)
            hidden = hidden_states(trained, batch)[real]
            yield hidden, target[real]
            progress.add(len(hidden))


def _target_tokens(trained: TrainedModel, split: str) -> int:
    """Return the target positions of a loaded split, EOS in."""
    return int(trained.task.dataset(split).sizes[:, 1].sum())


@torch.inference_mode()
def grid_losses(
    trained: TrainedModel,
    split: str,
    max_tokens: int,
    index: Index,
    values: np.ndarray,
    ks: Sequence[int],
    taus: Sequence[float],
    lambdas: Sequence[float],
) -> tuple[float, list[GridPoint]]:
    """Return the loss of the model alone and of kNN-MT at every point of ks x taus x lambdas, in nats a target token.

    At lambda = 0 kNN-MT is the model alone: no such point is in the list. values: int [N], the token of each row of
    the datastore; max_tokens: padded tokens a batch. Raises KnnKdError for settings that cannot be.
    """
    points = [Point(*each) for each in dict.fromkeys(product(ks, taus, lambdas)) if each[2] != 0]
    if not points:
        raise KnnKdError("the grid of kNN-MT is empty; name at least one k, one tau and one lambda above 0")
    tokens = torch.as_tensor(np.array(values), dtype=torch.int64, device=trained.device)
    sums = torch.zeros(len(points), dtype=torch.float64)
    base, count = 0.0, 0
    for hidden, gold in gold_hidden_states(trained, split, max_tokens):
        log_probs = log_probabilities(trained.model.decoder, hidden).gather(1, gold[:, None])[:, 0]
        base -= float(log_probs.double().sum())
        distances, rows = index.search(hidden, max(ks))
        hit = tokens[rows] == gold[:, None]
        knn = {(k, tau): _gold_log_probs(distances[:, :k], hit[:, :k], tau) for k in ks for tau in taus}
        losses = [-interpolated(log_probs, knn[at.k, at.tau], at.lam).double().sum() for at in points]
        sums += torch.stack(losses).cpu()
        count += len(gold)
    return base / count, [GridPoint(at, loss / count) for at, loss in zip(points, sums.tolist(), strict=True)]


def _gold_log_probs(distances: Tensor, hit: Tensor, tau: float) -> Tensor:
    """Return log p_kNN of the gold token, float32 [n]; distances float32 [n, k], hit: bool [n, k], which are of it.

    The weights are summed as numbers, as the decoder sums them: what is too small for float32 there must be -inf here.
    """
    return neighbour_log_probs(distances, tau).exp().masked_fill(~hit, 0).sum(1).log()


def tune(
    grid: Sequence[GridPoint], decoded: int, score_of: Callable[[Point], float], sign: int = 1
) -> tuple[list[GridPoint], GridPoint]:
    """Decode the `decoded` points of least loss; return the grid with their scores, and the winner.

    score_of: decodes with a point and scores the hypotheses; sign: -1 where less is better. The best score wins, of
    equal ones the lower loss. Raises KnnKdError where `decoded` < 1 or no point has a finite loss.
    """
    if decoded < 1:
        raise KnnKdError(f"decoded = {decoded}: decode at least one point of the grid")
    finite = [each for each in grid if math.isfinite(each.loss)]
    if not finite:
        raise KnnKdError("every point of the grid leaves gold tokens without probability; add a lambda below 1")
    best = sorted(finite, key=lambda each: each.loss)[:decoded]
    found = {each.point: score_of(each.point) for each in best}
    rows = [replace(each, score=found.get(each.point)) for each in grid]
    winner = max(best, key=lambda each: (sign * found[each.point], -each.loss))
    return rows, replace(winner, score=found[winner.point])


def at_edge(chosen: Point, ks: Sequence[int], taus: Sequence[float], lambdas: Sequence[float]) -> list[str]:
    """Return which of k, tau and lambda the grid may have cut off: more of it, or less, was not tried.

    k and tau are at the edge where they are the smallest or largest of several values, lambda only as the largest:
    below the smallest it goes to 0, the model alone.
    """
    edges = {"k": (min(ks), max(ks)), "tau": (min(taus), max(taus)), "lambda": (max(lambdas),)}
    values = {"k": (chosen.k, ks), "tau": (chosen.tau, taus), "lambda": (chosen.lam, lambdas)}
    return [name for name, (value, grid) in values.items() if len(set(grid)) > 1 and value in edges[name]]


def decoded_tokens(
    trained: TrainedModel, split: str, beam: Beam, max_tokens: int, interpolate: Interpolate | None
) -> list[str]:
    """Return the hypotheses of a decoded split as tokens."""
    kind = subwords_of(Path(trained.task.cfg.data))
    decoded = decode(trained, split, beam, max_tokens, interpolate)
    return [join_subwords(line, kind) for line in decoded.hypotheses]


@torch.inference_mode()
def sample_queries(trained: TrainedModel, split: str, max_tokens: int, limit: int, seed: int) -> Tensor:
    """Return the hidden states float [n, d] of `limit` random target positions of a split, or of all where fewer."""
    trained.task.load_dataset(split)
    total = _target_tokens(trained, split)
    wanted = torch.zeros(total, dtype=torch.bool)
    wanted[torch.from_numpy(np.random.default_rng(seed).permutation(total)[:limit])] = True
    chosen, first = [], 0
    for hidden, _ in gold_hidden_states(trained, split, max_tokens):
        chosen.append(hidden[wanted[first : first + len(hidden)].to(hidden.device)])
        first += len(hidden)
    return torch.cat(chosen)


def measured_recall(trained: TrainedModel, settings: Decoding, store: Datastore, index: Index, k: int) -> float:
    """Return the share of the true k nearest that an index finds, on random positions of a split."""
    if isinstance(index, ExactIndex):
        return 1.0
    queries = sample_queries(trained, settings.split, settings.max_tokens, RECALL_QUERIES, seed=1)
    return recall(index, ExactIndex(store.keys, trained.device), queries, k)


def choose_point(
    settings: Tuning, trained: TrainedModel, nearest: Nearest, judge: Judge
) -> tuple[float, list[GridPoint], dict[str, Any]]:
    """Return the loss of the model alone, the grid, and what tuned.json says of the point that was chosen.

    Raises KnnKdError where the judge has not one reference for each sentence of the split.
    """
    how, grid = settings.decoding, (settings.grid.k, settings.grid.tau, settings.grid.shares)
    _require_one_each(judge, trained, how.split)
    store, index = open_nearest(nearest, trained, how.threads)

    def score_of(point: Point) -> float:
        neighbours = NearestNeighbours(index, store.values, point.k, point.tau, point.lam)
        return judge(decoded_tokens(trained, how.split, how.beam, how.max_tokens, neighbours))

    base_loss, points = grid_losses(trained, how.split, how.max_tokens, index, store.values, *grid)
    rows, winner = tune(points, settings.decoded, score_of, judge.sign)
    point = winner.point
    tuned: dict[str, Any] = {"k": point.k, "tau": point.tau, "lambda": point.lam, "edge": at_edge(point, *grid)}
    tuned |= {"metric": judge.name, judge.column: winner.score, "loss": winner.loss, "base_loss": base_loss}
    tuned |= describe_search(nearest.search, index)
    tuned |= {"recall": measured_recall(trained, how, store, index, max(settings.grid.k))}
    tuned |= {"split": how.split, "beam": how.beam.beam, "lenpen": how.beam.lenpen, "decoded": settings.decoded}
    about = {"device": trained.device.type, "weights": trained.weights}
    return base_loss, rows, asdict(how.run) | tuned | about


def _require_one_each(judge: Judge, trained: TrainedModel, split: str) -> None:
    """Raise KnnKdError before the search where the references are not one for each sentence of a split."""
    trained.task.load_dataset(split)
    sentences = len(trained.task.dataset(split))
    if judge.sentences != sentences:
        raise KnnKdError(
            f"{judge.path}: {judge.sentences} references for {sentences} sentences of {split}; name its own"
        )


def write_grid(path: Path, base_loss: float, rows: Sequence[GridPoint], chosen: Point, column: str = "bleu") -> None:
    """Write grid.csv: k, tau, lambda, loss, the score under `column` (empty where not decoded), chosen (0 or 1).

    The model alone comes first, as lambda = 0 with k = tau = 0.
    """
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["k", "tau", "lambda", "loss", column, "chosen"])
        table.writerow([0, 0, 0, base_loss, None, 0])
        for each in rows:
            point = each.point
            table.writerow([point.k, point.tau, point.lam, each.loss, each.score, int(point == chosen)])
