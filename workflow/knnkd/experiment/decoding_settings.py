"""The settings of decoding, kNN-MT, measuring and serving, as the rules hand them to their scripts."""

from dataclasses import asdict
from pathlib import PurePath
from typing import Any

from knnkd.experiment import runs
from knnkd.experiment.runs import Experiment, Run

BEAM = ("beam", "lenpen", "max_len_a", "max_len_b")
# What a search with each kind of index is set by, and what the index is built with.
OF_SEARCH = {"exact": (), "flat": ("rerank",), "ivfflat": ("nprobe",), "ivfpq": ("nprobe", "rerank")}
OF_BUILDING = {"flat": (), "ivfflat": ("nlist",), "ivfpq": ("nlist", "code_bytes")}


def beam(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return the settings of a run's beam search: the fields of `inference.beam.Beam`."""
    decode = experiment.section("decode", run)
    return {name: decode[name] for name in BEAM}


def batches(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return batch size, threads and device of what a run's model does."""
    decode = experiment.section("decode", run)
    return {name: decode[name] for name in ("max_tokens", "threads")} | {"device": experiment.config["device"]}


def search(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return how kNN-MT's neighbours are searched on a run's dataset: the fields of `inference.settings.Search`."""
    knn_mt = experiment.section("knn_mt", Run(run.dataset))
    return {"kind": knn_mt["index"]} | {name: knn_mt[name] for name in OF_SEARCH[knn_mt["index"]]}


def decoding(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return the settings of a run's beam search over a split: the fields of `inference.settings.Decoding`."""
    escape = experiment.datasets[runs.tested_on(run)]["tokenise"]["escape"]
    about = {"run": asdict(run), "split": runs.split_of(run), "beam": beam(experiment, run), "unescape": escape}
    nearest = {"search": search(experiment, run)} if run.system in experiment.knn_mt else {}
    return about | batches(experiment, run) | nearest


def translation(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return the settings of a teacher's beam search over the training set (Seq-KD)."""
    return {"run": asdict(run), "split": "train", "beam": beam(experiment, run)} | batches(experiment, run)


def forward(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return the settings of the pass over the training set that fills a datastore."""
    return {"split": "train"} | batches(experiment, run)


def joining(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return the settings of the search in advance; its budget of memory and its threads change no neighbour."""
    return {"k": experiment.section("search", Run(run.dataset))["k"], "device": experiment.config["device"]}


def index(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return what a faiss index over a run's datastore is built with."""
    knn_mt = experiment.section("knn_mt", Run(run.dataset))
    about = {name: knn_mt[name] for name in OF_BUILDING.get(knn_mt["index"], ())}
    return {"index": {"kind": knn_mt["index"], "seed": run.seed} | about, "device": experiment.config["device"]}


def tuning(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return kNN-MT's grid and how its points are decoded: the fields of `inference.settings.Tuning`."""
    knn_mt = experiment.section("knn_mt", Run(run.dataset))
    grid = {"k": knn_mt["k"], "tau": knn_mt["tau"], "shares": knn_mt["lambda"]}
    metric = experiment.datasets[run.dataset]["metric"]
    own = decoding(experiment, Run(run.dataset, run.system, run.seed, "valid"))
    return {"decoding": own, "grid": grid, "decoded": knn_mt["decoded"], "metric": metric}


def measuring(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return how a run's distributions are measured: the fields of `inference.settings.Measuring`."""
    about = {"run": asdict(run)} | batches(experiment, run) | {"bert": runs.has_wordpiece(experiment, run)}
    return about | ({"search": search(experiment, run)} if run.system in experiment.knn_mt else {})


def lattices(experiment: Experiment, run: Run) -> list[str]:
    """Return what tells the true distribution: the raw text with its lattices, and the raw line of each sentence.

    None where the corpus was not generated.
    """
    if run.dataset not in experiment.generated:
        return []
    return [path for pattern in (experiment.paths.raw, experiment.paths.lines) for path in runs.fill(pattern, run)]


def lattice_dictionaries(experiment: Experiment, run: Run) -> list[str]:
    """Return the dictionaries that limit the subwords of a run that has lattices."""
    return runs.limiting_dictionaries(experiment, run) if run.dataset in experiment.generated else []


def model(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return a run's model, its text and kNN-MT's files: the fields of `inference.settings.ModelFiles`."""
    files = {"checkpoint": runs.checkpoint(experiment, run)[0], "data_bin": runs.test_data(experiment, run)[0]}
    records = runs.nearest(experiment, run)
    if not records:
        return files
    datastore, tuned, *built = records
    nearest = {"datastore": folder(datastore), "tuned": tuned, "index": folder(built[0]) if built else None}
    return files | {"nearest": nearest | {"search": search(experiment, run)}}


def folder(path: str) -> str:
    """Return the folder of a file."""
    return str(PurePath(path).parent)
