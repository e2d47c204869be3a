"""BERT-KD's teacher: which datasets train theirs, and the settings of its stages (`distil.bert.settings`)."""

import os
from typing import Any

from knnkd.corpus.subwords import OF_CHARACTERS
from knnkd.experiment import corpus_settings
from knnkd.experiment.corpus_settings import languages
from knnkd.experiment.runs import Experiment, Run

TINY = "tiny"  # the teacher that is trained here


def _bert(experiment: Experiment, run: Run) -> dict[str, Any]:
    return experiment.section("bert", Run(run.dataset))


def with_tiny(experiment: Experiment) -> list[str]:
    """Return the datasets whose teacher is trained on their text."""
    return [name for name in experiment.datasets if _bert(experiment, Run(name))["teacher"] == TINY]


def with_fetched(experiment: Experiment) -> list[str]:
    """Return the datasets whose teacher comes from the hub or a folder."""
    return [name for name in experiment.datasets if name not in with_tiny(experiment)]


def local_teacher(experiment: Experiment, run: Run) -> list[str]:
    """Return the folder of a teacher that is one, so that a change to it is seen; a name on the hub is no input."""
    teacher = _bert(experiment, run)["teacher"]
    return [teacher] if os.path.isdir(teacher) else []


def fetching(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return which teacher is fetched."""
    return {"teacher": _bert(experiment, run)["teacher"]}


def pretraining(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return how a tiny teacher is made: the fields of `Pretraining`."""
    bert = _bert(experiment, run)
    shape = {name: bert[name] for name in ("layers", "hidden", "heads", "ffn")}
    schedule = _schedule(bert, bert["pretrain_updates"], bert["pretrain_lr"], seed=1)
    settings = {"vocabulary": bert["vocabulary"], "shape": shape, "schedule": schedule}
    return languages(experiment, run) | settings | {"device": experiment.config["device"]} | _entities(experiment, run)


def _entities(experiment: Experiment, run: Run) -> dict[str, bool]:
    """Return whether a dataset's tokens are written with Moses' entities."""
    return {"entities": True} if experiment.datasets[run.dataset]["tokenise"]["escape"] else {}


def finetuning(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return how a teacher is fine-tuned with a run's seed: the fields of `Finetuning`."""
    bert = _bert(experiment, run)
    schedule = _schedule(bert, bert["updates"], bert["lr"], run.seed)
    return languages(experiment, run) | {"schedule": schedule, "device": experiment.config["device"]}


def _schedule(bert: dict[str, Any], updates: int, lr: float, seed: int) -> dict[str, Any]:
    chosen = {key: bert[key] for key in ("warmup", "max_tokens", "save_interval", "threads")}
    return {"updates": updates, "lr": lr, "seed": seed} | chosen


def labelling(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return what a teacher writes: the fields of `Labelling`."""
    bert = _bert(experiment, run)
    chosen = {key: bert[key] for key in ("masks", "stored", "max_tokens", "threads")}
    return languages(experiment, run) | chosen | {"device": experiment.config["device"]}


def binary(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return what is binarised of the text in the teacher's subwords."""
    kind = OF_CHARACTERS if _entities(experiment, run) else "wordpiece"
    return corpus_settings.binary(experiment, run) | {"subwords": kind}


def segmentation(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return what text is cut into a teacher's pieces: the fields of `corpus.length_limits.Segmentation`."""
    return corpus_settings.segmentation(experiment, run) | _entities(experiment, run)
