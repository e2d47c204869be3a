"""What is looked at: the systems, the kNN teacher and the sentences of an inspection, from settings and files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, read_lines
from knnkd.core.gpus import choose_device
from knnkd.corpus.bpe import Segmenter
from knnkd.corpus.clean import TextSettings, normalise, prepare
from knnkd.corpus.subwords import join_subwords
from knnkd.distil.plugin.checkpoints import TrainedModel, load_model
from knnkd.evaluation.distribution import cleaned_lattices
from knnkd.evaluation.inspect import Sentence, Sizes, Teacher, inspect
from knnkd.inference.knn_mt import load_system, open_nearest
from knnkd.inference.settings import Device, ModelFiles
from knnkd.synthetic.lattice import read_lattices


@dataclass(frozen=True)
class InspectedSystem:
    """A system that is looked at, and its files."""

    name: str
    files: ModelFiles


@dataclass(frozen=True)
class KnnTeacher:
    """The kNN teacher of Eq. 10: whose training it taught, its model and datastore, and k and tau.

    pupil: train.json of that training, in the place of k and tau.
    """

    system: str
    files: ModelFiles
    pupil: Path | None = None
    k: int | None = None
    tau: float | None = None


@dataclass(frozen=True)
class OneSentence:
    """A sentence and the start of its translation, as plain text, with how its corpus was tokenised."""

    source: str
    prefix: str = ""
    text: TextSettings = TextSettings()


@dataclass(frozen=True)
class Inspection:
    """What is looked at: one sentence, or the first `sentences` of a split; and how much of each position is printed.

    lattices: folder of the generated text, where there is one; lines: the raw line of each sentence of the split.
    """

    dataset: str
    seed: int
    systems: list[InspectedSystem]
    teacher: KnnTeacher
    codes: Path
    sentence: OneSentence | None = None
    split: Literal["train", "valid", "test"] = "test"
    sentences: int = 10
    tokens: int = 8
    neighbours: int = 8
    dictionaries: Path | None = None
    lattices: Path | None = None
    lines: Path | None = None
    device: Device = "auto"
    threads: int = 1


def inspect_systems(settings: Inspection) -> dict[str, Any]:
    """Return what inspection.json has: each position of the sentences through every system, and the teacher."""
    if min(settings.sentences, settings.tokens, settings.neighbours) < 1:
        raise KnnKdError("sentences, tokens and neighbours start at 1")
    torch.set_num_threads(settings.threads)
    device = choose_device(settings.device)
    teacher = load_teacher(settings.teacher, device, settings.threads)
    systems = {each.name: load_system(each.files, device, settings.threads) for each in settings.systems}
    trained = teacher.trained
    if settings.sentence:
        sentences = [one_sentence(settings, settings.sentence, trained)]
    else:
        sentences = sentences_of_split(settings, trained)
    cut, sizes = _segmenter(settings, trained.task.cfg.target_lang), Sizes(settings.tokens, settings.neighbours)
    content = inspect(sentences, systems, teacher, lambda phrase: cut(phrase).split(" "), sizes)
    points = {name: neighbours.point for name, (_, neighbours) in systems.items() if neighbours is not None}
    about: dict[str, Any] = {"dataset": settings.dataset, "seed": settings.seed}
    about |= {"languages": [trained.task.cfg.source_lang, trained.task.cfg.target_lang]}
    about |= {"teacher": {"system": settings.teacher.system, "k": teacher.k, "tau": teacher.tau}}
    about |= {"systems": list(systems)}
    shares = {name: {"k": point.k, "tau": point.tau, "lambda": point.lam} for name, point in points.items()}
    return about | {"settings": shares} | content


def load_teacher(settings: KnnTeacher, device: torch.device, threads: int) -> Teacher:
    """Return the teacher; KnnKdError where k and tau are not given, or k is not within the datastore."""
    k, tau, files = settings.k, settings.tau, settings.files
    if settings.pupil:
        taught = read_json(settings.pupil)["settings"]["objective"]
        k, tau = taught["k"], taught["tau"]
    if k is None or tau is None or files.nearest is None:
        raise KnnKdError("teacher: give a datastore, and k and tau, or the pupil")
    trained = load_model(files.checkpoint, files.data_bin, device, half=device.type == "cuda")
    store, index = open_nearest(files.nearest, trained, threads)
    if not 1 <= k <= len(store):
        raise KnnKdError(f"teacher: k = {k}, but the datastore has {len(store)} rows; take k from 1 to that")
    return Teacher(trained, store, index, k, tau)


def one_sentence(settings: Inspection, sentence: OneSentence, trained: TrainedModel) -> Sentence:
    """Return a sentence in the model's subwords, with its lattice where it is in the generated test set."""
    task, sides = trained.task, []
    languages = (task.cfg.source_lang, sentence.source), (task.cfg.target_lang, sentence.prefix)
    for (language, text), dictionary in zip(languages, (task.source_dictionary, task.target_dictionary), strict=True):
        tokens = prepare([text], language, sentence.text).tokenised[0]
        subwords = _segmenter(settings, language)(tokens)
        sides.append(dictionary.encode_line(subwords, add_if_not_exist=False).long())
    source, target = sides
    lattice = None
    if settings.lattices:
        raw = read_lines(settings.lattices / f"{settings.split}.{task.cfg.source_lang}")
        lines, wanted = [normalise(line) for line in raw], normalise(sentence.source)
        if wanted in lines:
            lattice = read_lattices(_lattices_of(settings, settings.lattices))[lines.index(wanted)]
    return Sentence(source, target, first=len(target) - 1, lattice=lattice)


def sentences_of_split(settings: Inspection, trained: TrainedModel) -> list[Sentence]:
    """Return the first sentences of a split with their references, and their lattices where the corpus has them."""
    trained.task.load_dataset(settings.split)
    pairs, lattices = trained.task.dataset(settings.split), None
    if settings.lattices and settings.lines:
        lattices = cleaned_lattices(_lattices_of(settings, settings.lattices), settings.lines)
        if len(lattices) != len(pairs):
            raise KnnKdError(f"{settings.lines}: {len(lattices)} lines for {len(pairs)} sentences of {settings.split}")
    string = trained.task.target_dictionary.string
    return [
        Sentence(
            pairs.src[i].long(),
            pairs.tgt[i].long(),
            0,
            lattices[i] if lattices else None,
            join_subwords(string(pairs.tgt[i])),
        )
        for i in range(min(settings.sentences, len(pairs)))
    ]


def _lattices_of(settings: Inspection, raw: Path) -> Path:
    return raw / f"{settings.split}.lattice.jsonl.gz"


def _segmenter(settings: Inspection, language: str) -> Callable[[str], str]:
    """Return what cuts tokens of a language into subwords, joined by spaces."""
    return Segmenter(settings.codes / f"{language}.bpe", settings.dictionaries).segment
