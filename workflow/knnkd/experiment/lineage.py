"""Of which trainings a run is made besides its own: its teacher, its start, the model that it decodes with."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Self

from knnkd.core.errors import KnnKdError
from knnkd.experiment.resolve import kind_of_teacher, objective, seeds_of

NO_TEACHER = ("none", "bert")  # BERT is no training of ours


class RunName(NamedTuple):
    """A run by its place: dataset, system and seed."""

    dataset: str
    system: str
    seed: int

    def __str__(self) -> str:
        """Return dataset/system/seed."""
        return f"{self.dataset}/{self.system}/{self.seed}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read dataset/system/seed; KnnKdError where it is not that."""
        parts = text.split("/")
        if len(parts) != 3 or not all(parts) or not parts[2].isdecimal():
            raise KnnKdError(f"{text}: no run; give DATASET/SYSTEM/SEED")
        return cls(parts[0], parts[1], int(parts[2]))


def parents(config: dict, run: RunName) -> list[RunName]:
    """Return the trainings that a run is made of at first hand, as the completed `config` has them.

    They are its teacher (of kNN-KD, of Word-KD and its kind, of translations), what its weights start from (init), the
    run whose number of updates it makes too (updates_of), and the base of kNN-MT; where one of these is the dataset's
    pre-trained model, the training of that model, or nothing where it comes from elsewhere.
    """
    if "pretrained" in config["systems"][run.system]:
        return _pretrained(config, run.dataset)
    goal = objective(config, run.dataset, run.system)
    if "base" in goal:
        names = [goal["base"]]
    else:
        names = [goal["teacher"]] if kind_of_teacher(goal) not in NO_TEACHER else []
        names += [goal[key] for key in ("init", "updates_of") if goal.get(key)]
    found = [each for name in names for each in _run_of(config, run, name)]
    return list(dict.fromkeys(found))


def ancestors(run: RunName, at_first_hand: Mapping[RunName, Sequence[RunName]]) -> list[RunName]:
    """Return all trainings that a run is made of, each once, the nearest first; `at_first_hand` maps runs to parents.

    KnnKdError where a run would be made of itself.
    """
    found: dict[RunName, None] = {}
    waiting = list(at_first_hand.get(run, ()))
    while waiting:
        each = waiting.pop(0)
        if each == run:
            raise KnnKdError(f"{run}: is made of itself; mend its teacher, base or init in the config")
        if each not in found:
            found[each] = None
            waiting += at_first_hand.get(each, ())
    return list(found)


def lineage(config: dict, runs: Iterable[RunName]) -> dict[RunName, list[RunName]]:
    """Return {run: its parents} of `runs` and of all that they are made of, in the order in which they are met."""
    known: dict[RunName, list[RunName]] = {}
    waiting = list(dict.fromkeys(runs))
    while waiting:
        run = waiting.pop(0)
        if run not in known:
            known[run] = parents(config, run)
            waiting += known[run]
    return known


def _run_of(config: dict, run: RunName, name: str) -> list[RunName]:
    """Return the training of a system that the run names: with its own seed, or the one that the system has."""
    system = config["systems"].get(name, {})
    if name not in config["systems"] or "pretrained" in system:  # init: pretrained names no system
        return _pretrained(config, run.dataset)
    seeds = seeds_of(config, run.dataset, name)
    other = RunName(run.dataset, name, run.seed if run.seed in seeds else seeds[0])
    return parents(config, other) if "base" in system else [other]


def _pretrained(config: dict, dataset: str) -> list[RunName]:
    """Return the training of a dataset's pre-trained model, where that is trained here."""
    model = config["pretrained"].get(config["datasets"][dataset].get("pretrained"), {})
    return [RunName(model["dataset"], model["system"], config["seeds"][0])] if "dataset" in model else []
