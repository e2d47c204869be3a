"""kNN-MT: a model, the datastore that it filled, and the settings tuned for it."""

from pathlib import Path

import torch

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json
from knnkd.distil.plugin.checkpoints import TrainedModel, load_model
from knnkd.inference.settings import ModelFiles, Nearest, Search
from knnkd.knn.datastore import Datastore
from knnkd.knn.index import Index, open_index
from knnkd.knn.interpolation import NearestNeighbours, Point


def require(store: Datastore, trained: TrainedModel) -> None:
    """Raise KnnKdError unless this very model made the datastore's keys: its hidden states are their queries."""
    if store.meta["checkpoint"] != trained.weights:
        raise KnnKdError(f"{store.folder}: was filled by another checkpoint; fill one with the model that decodes")
    dimension = trained.model.decoder.output_embed_dim
    if store.meta["dimension"] != dimension:
        raise KnnKdError(f"{store.folder}: keys of dimension {store.meta['dimension']}, the model's is {dimension}")
    if len(store) and int(store.values.max()) >= len(trained.task.target_dictionary):
        raise KnnKdError(f"{store.folder}: holds tokens beyond the model's dictionary; fill the datastore again")


def open_nearest(nearest: Nearest, trained: TrainedModel, threads: int) -> tuple[Datastore, Index]:
    """Return the datastore and the index of a model; set faiss' threads.

    Raises KnnKdError where the datastore is not of this very model, or the index not of that datastore.
    """
    store, search = Datastore.open(nearest.datastore), nearest.search
    require(store, trained)
    if search.kind != "exact":
        import faiss

        faiss.omp_set_num_threads(threads)
    return store, open_index(search.kind, store, nearest.index, trained.device, search.nprobe, search.rerank)


def describe_search(search: Search, index: Index) -> dict:
    """Return what decode.json and tuned.json say of a search."""
    return search.describe() | {"index_device": index.device.type}


def tuned_neighbours(nearest: Nearest, trained: TrainedModel, threads: int) -> NearestNeighbours:
    """Return kNN-MT as it decodes: over the model's datastore, with the settings of tuned.json.

    Raises KnnKdError where the datastore or the index is not of this model, or tuned.json lacks a setting.
    """
    if nearest.tuned is None:
        raise KnnKdError(f"{nearest.datastore}: no tuned.json beside it; give that of tune_knn_mt.py")
    store, index = open_nearest(nearest, trained, threads)
    point = tuned_point(nearest.tuned)
    return NearestNeighbours(index, store.values, point.k, point.tau, point.lam)


def tuned_point(path: Path) -> Point:
    """Return the settings found best, of tuned.json; KnnKdError where it lacks one."""
    tuned = read_json(path)
    if missing := [key for key in ("k", "tau", "lambda") if key not in tuned]:
        raise KnnKdError(f"{path}: lacks {', '.join(missing)}; run the rule that tunes kNN-MT again")
    return Point(tuned["k"], tuned["tau"], tuned["lambda"])


def load_system(files: ModelFiles, device: torch.device, threads: int) -> tuple[TrainedModel, NearestNeighbours | None]:
    """Return a model, in half precision on a GPU, and its kNN-MT where there is a datastore."""
    trained = load_model(files.checkpoint, files.data_bin, device, half=device.type == "cuda")
    return trained, tuned_neighbours(files.nearest, trained, threads) if files.nearest else None
