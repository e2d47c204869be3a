"""Ways to search one datastore while it decodes, held against each other: recall, time, speed and quality.

All are asked what a decoder asked the exact search, step by step, and take turns, as the systems of `systems.py` do.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from knnkd.bench.settings import IndexBench
from knnkd.bench.systems import Turn, bench_decoding, take_turns
from knnkd.core.errors import KnnKdError
from knnkd.distil.plugin.checkpoints import TrainedModel
from knnkd.evaluation.judge import Judge
from knnkd.inference.decode import Beam, Interpolate, decode
from knnkd.inference.knn_mt import require, tuned_point
from knnkd.inference.tuning import decoded_tokens
from knnkd.knn.datastore import Datastore
from knnkd.knn.exact_index import ExactIndex
from knnkd.knn.faiss_index import CENTROIDS_PER_CODE, MIN_ROWS_PER_CENTROID, FaissIndex, make_index, usual_cells
from knnkd.knn.faiss_settings import IndexSettings
from knnkd.knn.index import Index, recalled
from knnkd.knn.interpolation import NearestNeighbours, Point

BASE = "base"  # the model alone


@dataclass(frozen=True)
class Way:
    """One way to search: "exact", or a kind of faiss' index with its cells, those visited, and what is measured again.

    What a kind does not have is None.
    """

    index: Literal["exact", "flat", "ivfflat", "ivfpq"]
    nlist: int | None = None
    nprobe: int | None = None
    rerank: int | None = None

    @property
    def name(self) -> str:
        """The name of its turns."""
        return " ".join(str(value) for value in asdict(self).values() if value is not None)


def ways_of(
    store: Datastore,
    kinds: Sequence[str],
    nlists: Sequence[int | None],
    nprobes: Sequence[int],
    reranks: Sequence[int],
    code_bytes: int,
) -> list[Way]:
    """Return every way that the lists make and that this datastore has the rows and the dimension for.

    nlists: None is `usual_cells`. Where there are fewer cells than a query would visit, it visits all.
    """
    rows, dimension = store.keys.shape
    cells = [usual_cells(rows) if nlist is None else nlist for nlist in nlists]
    cells = [nlist for nlist in dict.fromkeys(cells) if nlist <= rows // MIN_ROWS_PER_CENTROID]
    coded = dimension % code_bytes == 0 and rows >= CENTROIDS_PER_CODE * MIN_ROWS_PER_CENTROID
    visits = [(nlist, min(nprobe, nlist)) for nlist in cells for nprobe in nprobes]
    ways = {
        "exact": [Way("exact")],
        "flat": [Way("flat", rerank=0)],
        "ivfflat": [Way("ivfflat", *visit) for visit in visits],
        "ivfpq": [Way("ivfpq", *visit, rerank) for visit in visits for rerank in reranks] if coded else [],
    }
    return list(dict.fromkeys(way for kind in kinds for way in ways[kind]))


def open_ways(ways: Sequence[Way], store: Datastore, exact: Index, code_bytes: int, seed: int) -> dict[Way, Index]:
    """Return the index of each way; those that differ in nprobe and rerank alone share what faiss built."""
    built, opened = {}, {}
    for way in ways:
        if way.index == "exact":
            opened[way] = exact
            continue
        if (key := (way.index, way.nlist)) not in built:
            built[key], _ = make_index(store, IndexSettings(way.index, way.nlist, code_bytes, seed), exact.device)
        # Where nothing is set, that kind has no use for it.
        opened[way] = FaissIndex(built[key], exact.device, store.keys, way.nprobe or 1, way.rerank or 0)
    return opened


class Listening:
    """An index that keeps the queries that it is asked, each float [n, d]."""

    def __init__(self, index: Index) -> None:
        self.index, self.device = index, index.device
        self.asked: list[Tensor] = []

    def search(self, queries: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """See `Index`."""
        self.asked.append(queries.clone())
        return self.index.search(queries, k)


@dataclass(frozen=True)
class Bench:
    """How is measured: `rounds` turns of each way, of `sentences` test sentences, at `threads` CPU threads."""

    beam: Beam
    max_tokens: int
    sentences: int
    rounds: int
    threads: int


def bench_ways(
    trained: TrainedModel,
    store: Datastore,
    point: Point,
    ways: Sequence[Way],
    bench: Bench,
    score_of: Callable[[Interpolate | None], float],
    code_bytes: int = 64,
    seed: int = 1,
    column: str = "bleu",
) -> dict:
    """Return what bench_index.py writes: what was measured on, the model alone, and a point for each way.

    point: the k, tau and lambda that all decode with; score_of: decodes and scores the test set, without neighbours
    where there is None; column: the key of its scores.
    """
    import faiss

    torch.set_num_threads(bench.threads)
    faiss.omp_set_num_threads(bench.threads)
    exact = ExactIndex(store.keys, trained.device)
    opened = open_ways(ways, store, exact, code_bytes, seed)
    systems = {way: _neighbours(index, store, point) for way, index in opened.items()}
    queries = decoder_queries(trained, _neighbours(exact, store, point), bench)
    recalls = recalls_of(opened, exact, queries, point.k)
    rates = take_turns({way.name: search_turn(index, queries, point.k) for way, index in opened.items()}, bench.rounds)
    named = {BASE: (trained, None)} | {way.name: (trained, system) for way, system in systems.items()}
    settings = bench.beam, bench.max_tokens, bench.sentences, bench.rounds, bench.threads
    decoding = bench_decoding(named, *settings)
    speeds, alone = decoding.pop("rates"), score_of(None)
    about = {key: decoding[key] for key in ("device", "cores", "threads", "rounds", "turn", "beam")}
    about |= {"k": point.k, "tau": point.tau, "lambda": point.lam, "queries": sum(map(len, queries))}
    about |= {"rows": len(store), "dimension": store.keys.shape[1]}
    about |= {"base": {column: alone, "tokens_per_second": speeds[BASE]}}
    points = []
    for way in ways:
        measured = {"recall": recalls[way], "microseconds": [1e6 / rate for rate in rates[way.name]]}
        measured |= {column: score_of(systems[way]), f"{column}_base": alone}
        points.append(asdict(way) | measured | {"ratio": _ratios(speeds[way.name], speeds[BASE])})
    return about | {"points": points}


def _ratios(rates: Sequence[float], base: Sequence[float]) -> list[float]:
    """Return the rates as ratios to the model's alone, round by round."""
    return [rate / alone for rate, alone in zip(rates, base, strict=True)]


def _neighbours(index: Index, store: Datastore, point: Point) -> NearestNeighbours:
    return NearestNeighbours(index, store.values, point.k, point.tau, point.lam)


def decoder_queries(trained: TrainedModel, neighbours: NearestNeighbours, bench: Bench) -> list[Tensor]:
    """Return what is asked in each step of the beam search of about `bench.sentences` test sentences, float [n, d]."""
    listening = Listening(neighbours.index)
    point = neighbours.point
    heard = NearestNeighbours(listening, neighbours.values, point.k, point.tau, point.lam)
    trained.task.load_dataset("test")
    shard = (1, max(1, round(len(trained.task.dataset("test")) / bench.sentences)))
    decode(trained, "test", bench.beam, bench.max_tokens, heard, shard)
    return listening.asked


def recalls_of(opened: dict[Way, Index], exact: Index, queries: Sequence[Tensor], k: int) -> dict[Way, float]:
    """Return the recall at k of each way, 0..1, mean over the queries of all steps."""
    true = torch.cat([exact.search(step, k)[1] for step in queries])
    recalls = {}
    for way, index in opened.items():
        found = torch.cat([index.search(step, k)[1] for step in queries])
        recalls[way] = recalled(found, true)
    return recalls


def search_turn(index: Index, queries: Sequence[Tensor], k: int) -> Turn:
    """Return a turn that answers every step once: (queries, seconds)."""

    def turn() -> tuple[float, float]:
        start = time.perf_counter()
        for step in queries:
            index.search(step, k)
        if index.device.type == "cuda":
            torch.cuda.synchronize()
        return sum(map(len, queries)), time.perf_counter() - start

    return turn


def bench_index(
    settings: IndexBench, trained: TrainedModel, datastore: Path, tuned: Path, judge: Judge
) -> dict[str, Any]:
    """Return the points of `bench_ways` for the ways that the settings name, at the k, tau and lambda of tuned.json.

    datastore: its folder; judge: of the test set. Raises KnnKdError where the datastore
    is not of this model, or has too few rows for every way.
    """
    store, point = Datastore.open(datastore), tuned_point(tuned)
    require(store, trained)
    ways = ways_of(store, settings.kinds, settings.nlist, settings.nprobe, settings.rerank, settings.code_bytes)
    if not ways:
        raise KnnKdError(f"{store.folder}: {len(store)} rows are too few for {', '.join(settings.kinds)}; add exact")
    if left_out := [kind for kind in settings.kinds if kind not in {way.index for way in ways}]:
        print(f"left out, as this datastore cannot have it: {', '.join(left_out)}", flush=True)

    def score_of(interpolate: Interpolate | None) -> float:
        return judge(decoded_tokens(trained, "test", settings.beam, settings.max_tokens, interpolate))

    bench = Bench(settings.beam, settings.max_tokens, settings.sentences, settings.rounds, settings.threads)
    how = settings.code_bytes, settings.seed, judge.column
    return {"judged_by": judge.name} | bench_ways(trained, store, point, ways, bench, score_of, *how)
