"""Indexes of faiss: how one is built, and how it is searched for all hypotheses of a decoding step at once.

On a CPU faiss only scans the cells; which of them a query visits is one product with all centroids, chosen from as in
`exact_index.py`. On a GPU the index, the keys that are measured again and the queries all stay there.
"""

import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from knnkd.core.arrays import begin, read_meta, write_meta
from knnkd.core.errors import KnnKdError
from knnkd.core.files import Progress, replacing
from knnkd.knn.datastore import Datastore
from knnkd.knn.exact_index import READ_ROWS, check_k, nearest_first, smallest, squared_distances
from knnkd.knn.faiss_settings import IndexSettings

INDEX_FILE = "index.faiss"
CENTROIDS_PER_CODE = 256  # of one byte of a product quantiser
# faiss' own bounds: with fewer rows a centroid it warns of a poor clustering, of more it makes no use.
MIN_ROWS_PER_CENTROID, MAX_ROWS_PER_CENTROID = 39, 256
CELLS = 4  # times the root of the rows: finding the cells then costs about as much as scanning them


def usual_cells(rows: int) -> int:
    """Return how many cells suit a datastore of so many rows, at least 1."""
    return max(1, min(rows // MIN_ROWS_PER_CENTROID, round(CELLS * math.sqrt(rows))))


def build_index(store: Datastore, settings: IndexSettings, output: Path, device: torch.device | str = "cpu") -> None:
    """Write faiss' index of a datastore's keys into the folder `output`; `meta.json` comes last.

    device: where the cells are clustered, if faiss has a GPU; all else is done on the CPU.
    Raises KnnKdError where the datastore has too few rows or dimensions for the settings.
    """
    import faiss

    index, settings = make_index(store, settings, device)
    begin(output)
    with replacing(output / INDEX_FILE) as temporary:
        faiss.write_index(index, str(temporary))
    write_meta(output, {"settings": asdict(settings), "datastore": store.meta})


def make_index(
    store: Datastore, settings: IndexSettings, device: torch.device | str = "cpu"
) -> tuple[Any, IndexSettings]:
    """Return what `build_index` writes: faiss' index, and the settings with the number of cells that they stand for."""
    import faiss

    rows, dimension = store.keys.shape
    settings = replace(settings, nlist=usual_cells(rows)) if settings.nlist is None else settings
    _check_settings(store, settings)
    factory = {"flat": "Flat", "ivfflat": f"IVF{settings.nlist},Flat"}
    factory["ivfpq"] = f"IVF{settings.nlist},PQ{settings.code_bytes}x8"
    index: Any = faiss.index_factory(dimension, factory[settings.kind], faiss.METRIC_L2)
    if settings.kind != "flat":
        _train(index, store.keys, settings, torch.device(device))
    with Progress("index", rows, " rows") as progress:
        for first in range(0, rows, READ_ROWS):
            index.add(_float32(store.keys[first : first + READ_ROWS]))
            progress.add(min(READ_ROWS, rows - first))
    return index, settings


def _train(index: Any, keys: np.ndarray, settings: IndexSettings, device: torch.device) -> None:
    """Cluster the cells, and the codes where there are any, on a random sample of the keys."""
    import faiss

    index.cp.seed = settings.seed
    if settings.kind == "ivfpq":
        index.pq.cp.seed = settings.seed
    if device.type == "cuda" and faiss.get_num_gpus() > 0:
        # faiss keeps a bare pointer: both must live until the training is over.
        resources = faiss.StandardGpuResources()
        on_gpu = _to_gpu(faiss.IndexFlatL2(keys.shape[1]), resources, device)
        index.clustering_index = on_gpu
    limit = MAX_ROWS_PER_CENTROID * max(index.nlist, CENTROIDS_PER_CODE)
    sample = np.random.default_rng(settings.seed).permutation(len(keys))[:limit]
    index.train(_float32(keys[np.sort(sample)]))
    index.clustering_index = None


def _float32(keys: np.ndarray) -> np.ndarray:
    """Return a copy that is no memory map: once faiss knows torch's tensors, it takes them or plain arrays only."""
    return np.array(keys, dtype=np.float32)


def _check_settings(store: Datastore, settings: IndexSettings) -> None:
    rows, dimension = store.keys.shape
    if settings.kind == "flat":
        return
    most = rows // MIN_ROWS_PER_CENTROID
    where = f"{store.folder}: {rows} rows"
    if not settings.nlist or not 1 <= settings.nlist <= most:
        raise KnnKdError(f"{where} train 1 to {most} cells, not nlist = {settings.nlist}; lower nlist or take flat")
    if settings.kind == "ivfpq":
        if settings.code_bytes < 1 or dimension % settings.code_bytes:
            raise KnnKdError(f"{store.folder}: {settings.code_bytes} code bytes do not divide dimension {dimension}")
        if rows < CENTROIDS_PER_CODE * MIN_ROWS_PER_CENTROID:
            needed = CENTROIDS_PER_CODE * MIN_ROWS_PER_CENTROID
            raise KnnKdError(f"{where}, but codes take {needed} to train; take ivfflat or flat")


class FaissIndex:
    """A built index of faiss (`index.Index`): on the GPU where the queries and faiss are, else on the CPU."""

    def __init__(
        self, index: Any, device: torch.device | str, keys: np.ndarray, nprobe: int = 32, rerank: int = 1
    ) -> None:
        """index: of faiss, trained and filled; keys: float16 [N, d], what it was filled with.

        nprobe: cells that a query visits, at most all; rerank: times k rows are asked for and measured again, of which
        the k nearest are returned. At 0 the distances are faiss' own: approximate for codes, rounded for flat. Those of
        ivfflat are exact as they come, and nothing is measured again.
        """
        import faiss
        import faiss.contrib.torch_utils

        if nprobe < 1 or rerank < 0:
            raise KnnKdError(f"nprobe = {nprobe}, rerank = {rerank}: take nprobe from 1, rerank from 0")
        on_gpu = torch.device(device).type == "cuda" and faiss.get_num_gpus() > 0
        self.device = torch.device(device if on_gpu else "cpu")
        cells = faiss.try_extract_index_ivf(index)
        self.nprobe = min(nprobe, cells.nlist) if cells else 0
        self.rerank = 0 if isinstance(index, faiss.IndexIVFFlat) else rerank
        self.keys = _stored(keys, self.device) if self.rerank else None
        self.resources = faiss.StandardGpuResources() if on_gpu else None
        self.index = _to_gpu(index, self.resources, self.device) if on_gpu else index
        self.centroids: Tensor | None = None
        if cells and not on_gpu:
            self.centroids = torch.as_tensor(cells.quantizer.reconstruct_n(0, cells.nlist))
            self.norms = self.centroids.square().sum(1)

    @classmethod
    def open(
        cls, folder: Path, store: Datastore, device: torch.device | str, nprobe: int = 32, rerank: int = 1
    ) -> "FaissIndex":
        """Open what `build_index` wrote.

        Raises KnnKdError where it is missing, broken, or of another datastore than `store`.
        """
        import faiss

        meta = read_meta(folder, ("settings", "datastore"))
        if meta["datastore"] != store.meta:
            raise KnnKdError(f"{folder}: is not an index of {store.folder}; build it again from that datastore")
        try:
            index = faiss.read_index(str(folder / INDEX_FILE))
        except RuntimeError as error:
            raise KnnKdError(f"{folder / INDEX_FILE}: missing or broken; build it again") from error
        return cls(index, device, store.keys, nprobe, rerank)

    @torch.inference_mode()
    def search(self, queries: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """See `index.Index`."""
        rows = self.index.ntotal
        check_k(k, rows)
        asked = queries.to(self.device, torch.float32).contiguous()
        distances, found = self._scan(asked, min(rows, k * max(1, self.rerank)))
        if self.keys is not None:
            distances = squared_distances(asked, _rows_of(self.keys, found))
        distances = distances.masked_fill(found < 0, torch.inf)
        if self.keys is not None:
            best = smallest(distances, k)
            distances, found = nearest_first(distances.gather(1, best), found.gather(1, best), k)
        return distances.to(queries.device), found.to(queries.device)

    def _scan(self, queries: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Return what faiss finds: distances float32 [n, count], rows int64 [n, count], -1 where it finds no more."""
        if self.nprobe:
            self.index.nprobe = self.nprobe  # each time: several may share one index
        if self.centroids is None:
            return self.index.search(queries, count)
        near = torch.addmm(self.norms, queries, self.centroids.T, alpha=-2)
        cells = smallest(near, self.nprobe)
        # What lies in a cell is coded as its difference from the centroid, whose distance must be whole.
        whole = near.gather(1, cells) + queries.square().sum(1, keepdim=True)
        return self.index.search_preassigned(queries, count, cells, whole)


def _stored(keys: np.ndarray, device: torch.device) -> Tensor | np.ndarray:
    """Return the keys where they are measured again: on a GPU a tensor float16 [N, d], on a CPU the memory map."""
    if device.type == "cpu":
        return np.asarray(keys)
    stored = torch.empty(keys.shape, dtype=torch.float16, device=device)
    for first in range(0, len(keys), READ_ROWS):
        stored[first : first + READ_ROWS] = torch.from_numpy(np.array(keys[first : first + READ_ROWS]))
    return stored


def _rows_of(keys: Tensor | np.ndarray, rows: Tensor) -> Tensor:
    """Return the keys [n, m, d] of rows int64 [n, m], on their device; any key for row -1."""
    return keys[rows] if isinstance(keys, Tensor) else torch.from_numpy(keys[rows.numpy()])


def _to_gpu(index: Any, resources: Any, device: torch.device) -> Any:
    """Return a copy of faiss' index on the GPU; 64-byte codes fit its shared memory only as float16 tables."""
    import faiss

    options = faiss.GpuClonerOptions()
    options.useFloat16 = True
    return faiss.index_cpu_to_gpu(resources, device.index or 0, index, options)
