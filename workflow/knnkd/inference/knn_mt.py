"""kNN-MT as flags name it, and the choice of k, tau and lambda.

The grid is cheap, because one teacher-forced pass with one search at the largest k gives the loss at every point: that
loss needs of p_MT and p_kNN only the gold token's. Only the few best points are decoded.
"""

import argparse
import csv
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import torch
from sacrebleu.metrics import BLEU
from torch import Tensor

from knnkd.core.errors import KnnKdError
from knnkd.core.files import Progress, read_json, replacing
from knnkd.corpus.tokenise import detokenise, join_subwords
from knnkd.distil.plugin.checkpoints import TrainedModel, load_model
from knnkd.inference.decode import Beam, Interpolate, decode, log_probabilities, subwords_of
from knnkd.inference.forward import batches, hidden_states
from knnkd.knn.datastore import Datastore
from knnkd.knn.index import Index, open_index
from knnkd.knn.interpolation import NearestNeighbours, Point, interpolated, neighbour_log_probs


def require(store: Datastore, trained: TrainedModel) -> None:
    """Raise KnnKdError unless this very model made the datastore's keys: its hidden states are their queries."""
    if store.meta["checkpoint"] != trained.weights:
        raise KnnKdError(f"{store.folder}: was filled by another checkpoint; fill one with the model that decodes")
    dimension = trained.model.decoder.output_embed_dim
    if store.meta["dimension"] != dimension:
        raise KnnKdError(f"{store.folder}: keys of dimension {store.meta['dimension']}, the model's is {dimension}")
    if len(store) and int(store.values.max()) >= len(trained.task.target_dictionary):
        raise KnnKdError(f"{store.folder}: holds tokens beyond the model's dictionary; fill the datastore again")


def open_named_index(args: argparse.Namespace, trained: TrainedModel) -> tuple[Datastore, Index]:
    """Return the datastore and the index that the flags of `add_index_flags` name; set faiss' threads.

    Raises KnnKdError where the datastore is not this very model's own, or the index not that datastore's.
    """
    store = Datastore.open(args.datastore)
    require(store, trained)
    if args.index_kind != "exact":
        import faiss

        faiss.omp_set_num_threads(args.threads)
    return store, open_index(args.index_kind, store, args.index, trained.device, args.nprobe, args.rerank)


def describe_search(args: argparse.Namespace, index: Index) -> dict:
    """Return what decode.json and tuned.json say of a search that the flags of `add_index_flags` name."""
    own = {"flat": ["rerank"], "ivfflat": ["nprobe"], "ivfpq": ["nprobe", "rerank"]}.get(args.index_kind, [])
    about = {"index": args.index_kind, "index_device": index.device.type}
    return about | {name: getattr(args, name) for name in own}


def named_neighbours(args: argparse.Namespace, trained: TrainedModel) -> NearestNeighbours:
    """Return kNN-MT as it decodes: over the model's own datastore, at the settings of --tuned, those found best.

    Raises KnnKdError where the datastore or the index is not this model's, or --tuned lacks a setting.
    """
    store, index = open_named_index(args, trained)
    point = tuned_point(args.tuned)
    return NearestNeighbours(index, store.values, point.k, point.tau, point.lam)


def tuned_point(path: Path) -> Point:
    """Return the settings found best, of tuned.json; KnnKdError where it lacks one."""
    tuned = read_json(path)
    if missing := [key for key in ("k", "tau", "lambda") if key not in tuned]:
        raise KnnKdError(f"{path}: lacks {', '.join(missing)}; run the rule that tunes kNN-MT again")
    return Point(tuned["k"], tuned["tau"], tuned["lambda"])


def load_run(run: argparse.Namespace, device: torch.device) -> tuple[TrainedModel, NearestNeighbours | None]:
    """Return the model that the flags of `flags.parse_run` name, and its kNN-MT where they name a datastore."""
    trained = load_model(run.checkpoint, run.data_bin, device, half=device.type == "cuda")
    return trained, None if run.datastore is None else named_neighbours(run, trained)


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


def write_grid(path: Path, base_loss: float, rows: Sequence[GridPoint], winner: GridPoint) -> None:
    """Write grid.csv: k, tau, lambda, loss, bleu (empty where not decoded), chosen (0 or 1).

    The model alone comes first, as lambda = 0 with k = tau = 0.
    """
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["k", "tau", "lambda", "loss", "bleu", "chosen"])
        table.writerow([0, 0, 0, base_loss, None, 0])
        for each in rows:
            point = each.point
            table.writerow([point.k, point.tau, point.lam, each.loss, each.bleu, int(each == winner)])
