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
from typing import Any

import numpy as np
import torch
from sacrebleu.metrics import BLEU
from torch import Tensor

from knnkd.core.errors import KnnKdError
from knnkd.core.files import Progress, read_lines, replacing
from knnkd.corpus.tokenise import detokenise, join_subwords
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
    """A point of the grid with its mean loss, in nats a target token (EOS in), and its BLEU once it is decoded."""

    point: Point
    loss: float
    bleu: float | None = None


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
    grid: Sequence[GridPoint], decoded: int, bleu_of: Callable[[Point], float]
) -> tuple[list[GridPoint], GridPoint]:
    """Decode the `decoded` points of least loss; return the grid with their BLEU, and the winner.

    bleu_of: decodes with a point and scores the hypotheses, in points of 100. The highest BLEU wins, at equal BLEU the
    lower loss. Raises KnnKdError where `decoded` < 1 or no point has a finite loss.
    """
    if decoded < 1:
        raise KnnKdError(f"decoded = {decoded}: decode at least one point of the grid")
    finite = [each for each in grid if math.isfinite(each.loss)]
    if not finite:
        raise KnnKdError("every point of the grid leaves gold tokens without probability; add a lambda below 1")
    best = sorted(finite, key=lambda each: each.loss)[:decoded]
    scored = {each.point: replace(each, bleu=bleu_of(each.point)) for each in best}
    rows = [scored.get(each.point, each) for each in grid]
    return rows, max(scored.values(), key=lambda each: (each.bleu, -each.loss))


def at_edge(chosen: Point, ks: Sequence[int], taus: Sequence[float], lambdas: Sequence[float]) -> list[str]:
    """Return which of k, tau and lambda the grid may have cut off: more of it, or less, was not tried.

    k and tau are at the edge where they are the smallest or largest of several values, lambda only as the largest:
    below the smallest it goes to 0, the model alone.
    """
    edges = {"k": (min(ks), max(ks)), "tau": (min(taus), max(taus)), "lambda": (max(lambdas),)}
    values = {"k": (chosen.k, ks), "tau": (chosen.tau, taus), "lambda": (chosen.lam, lambdas)}
    return [name for name, (value, grid) in values.items() if len(set(grid)) > 1 and value in edges[name]]


def decoded_bleu(
    trained: TrainedModel,
    split: str,
    beam: Beam,
    max_tokens: int,
    interpolate: Interpolate | None,
    references: Sequence[str],
    metric: str = "bleu_tok",
    unescape: bool = False,
) -> float:
    """Return the BLEU, in points of 100, of a decoded split against one reference a sentence.

    metric: as in `evaluation.metrics`; with bleu_tok the references are tokens, with sacrebleu plain text. unescape: of
    sacrebleu, whether the tokenisation wrote Moses' entities.
    """
    kind = subwords_of(Path(trained.task.cfg.data))
    decoded = decode(trained, split, beam, max_tokens, interpolate)
    tokenised = [join_subwords(line, kind) for line in decoded.hypotheses]
    if metric == "sacrebleu":
        plain = detokenise(tokenised, trained.task.cfg.target_lang, unescape)
        return BLEU().corpus_score(plain, [references]).score
    # `force` says that the text is tokenised on purpose.
    return BLEU(tokenize="none", force=True).corpus_score(tokenised, [references]).score


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
    settings: Tuning, trained: TrainedModel, nearest: Nearest, references: Sequence[str]
) -> tuple[float, list[GridPoint], dict[str, Any]]:
    """Return the loss of the model alone, the grid, and what tuned.json says of the point that was chosen.

    references: of the split, as the metric reads them.
    """
    how, grid = settings.decoding, (settings.grid.k, settings.grid.tau, settings.grid.shares)
    store, index = open_nearest(nearest, trained, how.threads)

    def bleu_of(point: Point) -> float:
        neighbours = NearestNeighbours(index, store.values, point.k, point.tau, point.lam)
        text = references, settings.metric, how.unescape
        return decoded_bleu(trained, how.split, how.beam, how.max_tokens, neighbours, *text)

    base_loss, points = grid_losses(trained, how.split, how.max_tokens, index, store.values, *grid)
    rows, winner = tune(points, settings.decoded, bleu_of)
    point = winner.point
    tuned: dict[str, Any] = {"k": point.k, "tau": point.tau, "lambda": point.lam, "edge": at_edge(point, *grid)}
    tuned |= {"metric": settings.metric, "bleu": winner.bleu, "loss": winner.loss, "base_loss": base_loss}
    tuned |= describe_search(nearest.search, index)
    tuned |= {"recall": measured_recall(trained, how, store, index, max(settings.grid.k))}
    tuned |= {"split": how.split, "beam": how.beam.beam, "lenpen": how.beam.lenpen, "decoded": settings.decoded}
    about = {"device": trained.device.type, "weights": trained.weights}
    return base_loss, rows, asdict(how.run) | tuned | about


def read_references(path: Path, trained: TrainedModel, split: str) -> list[str]:
    """Return the references of a split; KnnKdError where they are not one for each of its sentences."""
    references = read_lines(path)
    trained.task.load_dataset(split)
    sentences = len(trained.task.dataset(split))
    if len(references) != sentences:
        raise KnnKdError(f"{path}: {len(references)} references for {sentences} sentences of {split}; name its own")
    return references


def write_grid(path: Path, base_loss: float, rows: Sequence[GridPoint], chosen: Point) -> None:
    """Write grid.csv: k, tau, lambda, loss, bleu (empty where not decoded), chosen (0 or 1).

    The model alone comes first, as lambda = 0 with k = tau = 0.
    """
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["k", "tau", "lambda", "loss", "bleu", "chosen"])
        table.writerow([0, 0, 0, base_loss, None, 0])
        for each in rows:
            point = each.point
            table.writerow([point.k, point.tau, point.lam, each.loss, each.bleu, int(point == chosen)])
