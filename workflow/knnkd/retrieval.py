"""Nearest neighbours of a decoder's hidden states while it decodes: exact on the model's device, or by faiss.

The search of `search.py` answers for every training position in advance and never holds the keys; here the keys stay
on the device, and one search answers for all hypotheses of a step.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from knnkd.arrays import begin, read_meta, write_meta
from knnkd.datastore import Datastore
from knnkd.errors import KnnKdError
from knnkd.io import Progress, replacing
from knnkd.search import KEY_BLOCK, MARGIN, RERANK_VALUES

QUERY_BLOCK = 1024  # queries in one product
PRODUCT_VALUES = 1 << 26  # distances in one product (256 MB)
PRODUCT_KEYS = 1 << 18  # keys in one product, which are float32 there (537 MB at d = 512)
INDEX_FILE = "index.faiss"
KINDS = ("flat", "ivfflat", "ivfpq")
CENTROIDS_PER_CODE = 256  # of one byte of a product quantiser
# faiss' own bounds: with fewer rows a centroid it warns of a poor clustering, of more it makes no use.
MIN_ROWS_PER_CENTROID, MAX_ROWS_PER_CENTROID = 39, 256


class Index(Protocol):
    """What finds neighbours among the N keys of a datastore, on `device`."""

    device: torch.device

    def search(self, queries: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """Return the k nearest keys of queries float [n, d], nearest first, on the queries' device.

        Squared L2 distances float32 [n, k] and rows int64 [n, k]; where an approximate index finds fewer than k, the
        rest is row -1 at distance inf. Raises KnnKdError where k is not within 1..N.
        """
        ...


def _check_k(k: int, rows: int) -> None:
    if not 1 <= k <= rows:
        raise KnnKdError(f"k = {k}, but the datastore has {rows} rows; take k from 1 to {rows}")


def _nearest_first(distances: Tensor, rows: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return the k nearest of each query in order, at the same distance by row number; both [n, more than k]."""
    rows, by_row = rows.sort(dim=1)
    distances, order = distances.gather(1, by_row).sort(dim=1, stable=True)
    return distances[:, :k], rows.gather(1, order)[:, :k]


class ExactIndex:
    """Exact search among keys that stay on `device`: float32 on a CPU, on a GPU as they are stored.

    Blocked products |k|^2 - 2 q.k choose k and a margin of keys in float32; their distances are measured again as
    sum((q - k)^2). Beside the keys, memory is bounded whatever N and n.
    """

    def __init__(self, keys: np.ndarray, device: torch.device | str) -> None:
        """keys: float16 or float32 [N, d], may be a memory map. Raises KnnKdError where one is not finite."""
        self.device = torch.device(device)
        stored = torch.float16 if keys.dtype == np.float16 and self.device.type == "cuda" else torch.float32
        self.keys = torch.empty(keys.shape, dtype=stored, device=self.device)
        self.norms = torch.empty(len(keys), device=self.device)
        for first in range(0, len(keys), KEY_BLOCK):
            part = slice(first, first + KEY_BLOCK)
            self.keys[part] = torch.from_numpy(np.array(keys[part]))  # a copy: torch wants no read-only map
            self.norms[part] = self.keys[part].float().square().sum(1)
        if not bool(self.norms.isfinite().all()):
            row = int((~self.norms.isfinite()).nonzero()[0])
            raise KnnKdError(f"row {row} of the keys is not finite; dump the datastore again")

    @torch.no_grad()
    def search(self, queries: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """See `Index`; exact but for ties within float32's rounding beyond the margin."""
        _check_k(k, len(self.keys))
        found = [self._search_block(part, k) for part in queries.float().split(QUERY_BLOCK)]
        return torch.cat([distances for distances, _ in found]), torch.cat([rows for _, rows in found])

    def _search_block(self, queries: Tensor, k: int) -> tuple[Tensor, Tensor]:
        kept = min(k + MARGIN, len(self.keys))
        best = torch.full((len(queries), kept), torch.inf, device=self.device)
        rows = torch.zeros((len(queries), kept), dtype=torch.int64, device=self.device)
        step = min(PRODUCT_KEYS, PRODUCT_VALUES // max(1, len(queries)))
        for first in range(0, len(self.keys), step):
            part = slice(first, first + step)
            near = torch.addmm(self.norms[part], queries, self.keys[part].float().T, alpha=-2)
            values, columns = near.topk(min(kept, near.size(1)), largest=False, sorted=False)
            best, chosen = torch.cat([best, values], 1).topk(kept, largest=False, sorted=False)
            rows = torch.cat([rows, columns + first], 1).gather(1, chosen)
        return _nearest_first(self._measure(queries, rows), rows, k)

    def _measure(self, queries: Tensor, rows: Tensor) -> Tensor:
        """Return sum((q - k)^2) float32 [n, m] for the rows int64 [n, m] of each query."""
        step = max(1, RERANK_VALUES // (rows.size(1) * queries.size(1)))
        parts = zip(queries.split(step), rows.split(step), strict=True)
        return torch.cat([(self.keys[row].float() - query[:, None]).square().sum(-1) for query, row in parts])


@dataclass(frozen=True)
class IndexSettings:
    """How faiss builds an index; the defaults are the paper's code's.

    nlist: cells; nprobe: cells that a query visits; code_bytes: bytes of a key's code, each for d / code_bytes of its
    dimensions; seed: of the rows that train it and of the clustering. A flat index has none of these.
    """

    kind: str
    nlist: int = 4096
    nprobe: int = 32
    code_bytes: int = 64
    seed: int = 1


def build_index(store: Datastore, settings: IndexSettings, output: Path, device: torch.device | str = "cpu") -> None:
    """Build faiss' index of a datastore's keys into the folder `output`; `meta.json` comes last.

    device: where the cells are clustered, if faiss has a GPU; all else is done on the CPU.
    Raises KnnKdError where the datastore has too few rows or dimensions for the settings.
    """
    import faiss

    _check_settings(store, settings)
    rows, dimension = store.keys.shape
    factory = {"flat": "Flat", "ivfflat": f"IVF{settings.nlist},Flat"}
    factory["ivfpq"] = f"IVF{settings.nlist},PQ{settings.code_bytes}x8"
    index: Any = faiss.index_factory(dimension, factory[settings.kind], faiss.METRIC_L2)
    begin(output)
    if settings.kind != "flat":
        _train(index, store.keys, settings, torch.device(device))
    with Progress("index", rows, " rows") as progress:
        for first in range(0, rows, KEY_BLOCK):
            index.add(_float32(store.keys[first : first + KEY_BLOCK]))
            progress.add(min(KEY_BLOCK, rows - first))
    with replacing(output / INDEX_FILE) as temporary:
        faiss.write_index(index, str(temporary))
    write_meta(output, {"settings": asdict(settings), "datastore": store.meta})


def _train(index: Any, keys: np.ndarray, settings: IndexSettings, device: torch.device) -> None:
    """Cluster the cells, and the codes where there are any, on a random sample of the keys."""
    import faiss

    index.nprobe = settings.nprobe
    index.cp.seed = settings.seed
    if settings.kind == "ivfpq":
        index.pq.cp.seed = settings.seed
    if device.type == "cuda" and faiss.get_num_gpus() > 0:
        # faiss keeps a bare pointer: both must live until the training is over.
        resources = faiss.StandardGpuResources()
        on_gpu = _to_gpu(faiss.IndexFlatL2(keys.shape[1]), resources, device)
        index.clustering_index = on_gpu
    limit = MAX_ROWS_PER_CENTROID * max(settings.nlist, CENTROIDS_PER_CODE)
    sample = np.random.default_rng(settings.seed).permutation(len(keys))[:limit]
    index.train(_float32(keys[np.sort(sample)]))
    index.clustering_index = None


def _float32(keys: np.ndarray) -> np.ndarray:
    """Return a copy that is no memory map: once faiss knows torch's tensors, it takes them or plain arrays only."""
    return np.array(keys, dtype=np.float32)


def _check_settings(store: Datastore, settings: IndexSettings) -> None:
    rows, dimension = store.keys.shape
    if settings.kind not in KINDS:
        raise KnnKdError(f"index kind {settings.kind}: expected one of {', '.join(KINDS)}")
    if settings.kind == "flat":
        return
    most = rows // MIN_ROWS_PER_CENTROID
    where = f"{store.folder}: {rows} rows"
    if not 1 <= settings.nlist <= most:
        raise KnnKdError(f"{where} train 1 to {most} cells, not nlist = {settings.nlist}; lower nlist or take flat")
    if not 1 <= settings.nprobe <= settings.nlist:
        raise KnnKdError(f"nprobe = {settings.nprobe}: take it from 1 to nlist = {settings.nlist}")
    if settings.kind == "ivfpq":
        if settings.code_bytes < 1 or dimension % settings.code_bytes:
            raise KnnKdError(f"{store.folder}: {settings.code_bytes} code bytes do not divide dimension {dimension}")
        if rows < CENTROIDS_PER_CODE * MIN_ROWS_PER_CENTROID:
            needed = CENTROIDS_PER_CODE * MIN_ROWS_PER_CENTROID
            raise KnnKdError(f"{where}, but codes take {needed} to train; take ivfflat or flat")


class FaissIndex:
    """A built index of faiss: on the GPU where the queries and faiss are, else on the CPU."""

    def __init__(self, index: Any, device: torch.device | str, keys: np.ndarray | None = None) -> None:
        """index: of faiss, trained and filled; keys: float16 [N, d] to measure again what it finds, None to not.

        Of codes (ivfpq) faiss returns approximate distances; measured again they are exact, of the rows it found.
        """
        import faiss
        import faiss.contrib.torch_utils

        on_gpu = torch.device(device).type == "cuda" and faiss.get_num_gpus() > 0
        self.device = torch.device(device if on_gpu else "cpu")
        self.resources = faiss.StandardGpuResources() if on_gpu else None
        self.index = _to_gpu(index, self.resources, self.device) if on_gpu else index
        self.keys = keys

    @classmethod
    def open(cls, folder: Path, store: Datastore, device: torch.device | str, rerank: bool = True) -> "FaissIndex":
        """Open what `build_index` wrote; `rerank` measures distances again.

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
        return cls(index, device, store.keys if rerank else None)

    @torch.no_grad()
    def search(self, queries: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """See `Index`."""
        _check_k(k, self.index.ntotal)
        distances, rows = self.index.search(queries.to(self.device, torch.float32).contiguous(), k)
        distances, rows = distances.to(queries.device), rows.to(queries.device)
        if self.keys is None:
            return distances.masked_fill(rows < 0, torch.inf), rows
        keys = torch.from_numpy(self.keys[rows.cpu().numpy()]).to(queries.device).float()
        distances = (keys - queries.float()[:, None]).square().sum(-1)
        return _nearest_first(distances.masked_fill(rows < 0, torch.inf), rows, k)


def _to_gpu(index: Any, resources: Any, device: torch.device) -> Any:
    """Return a copy of faiss' index on the GPU; 64-byte codes fit its shared memory only as float16 tables."""
    import faiss

    options = faiss.GpuClonerOptions()
    options.useFloat16 = True
    return faiss.index_cpu_to_gpu(resources, device.index or 0, index, options)


def open_index(kind: str, store: Datastore, folder: Path | None, device: torch.device | str) -> Index:
    """Return the index that searches `store`: "exact", or the one of `build_index` in `folder`, of that kind.

    Raises KnnKdError where the folder is missing or holds an index of another kind or datastore.
    """
    if kind == "exact":
        return ExactIndex(store.keys, device)
    if folder is None:
        raise KnnKdError(f"index kind {kind}: name the folder of build_index.py with --index")
    built = read_meta(folder, ("settings",))["settings"]["kind"]
    if built != kind:
        raise KnnKdError(f"{folder}: holds an index of kind {built}, not {kind}; name another or build it again")
    return FaissIndex.open(folder, store, device)


def recall(index: Index, exact: Index, queries: Tensor, k: int) -> float:
    """Return the share 0..1 of the true k nearest of queries float [n, d] that `index` returns, mean over queries."""
    found, true = (each.search(queries, k)[1] for each in (index, exact))
    return float((true[:, :, None] == found[:, None, :]).any(-1).float().mean())
