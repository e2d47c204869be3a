"""What one training is made of: the settings that its rule hands over, and the files it reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json
from knnkd.distil.choice import read_choice, said_of_choice
from knnkd.distil.fairseq_flags import fairseq_flags
from knnkd.experiment.grids import SECTION_OF
from knnkd.objective.terms import TERMS

EQUAL_UPDATES = "updates_of"  # why a training stopped that makes as many updates as another run


@dataclass(frozen=True)
class Objective:
    """What a system is trained for: (1 - alpha) * CE + alpha * term; which of the fields count depends on the term."""

    term: str = "none"  # of objective.terms.TERMS
    label_smoothing: float | None = 0.0  # epsilon of the cross-entropy; None: a grid chooses it
    alpha: float = 0.0
    tau: float = 1.0
    k: int = 0  # candidates of a position, as the next two of terms that learn from candidates
    self_neighbour: Literal["keep", "drop"] = "keep"
    neighbours: Literal["own", "shuffled"] = "own"  # shuffled: another position's, with the same gold token
    options: dict[str, Any] = field(default_factory=dict)  # of the term itself


@dataclass(frozen=True)
class Settings:
    """The settings of a training, as its rule has them; values that a grid chooses (`take`) are left out or null.

    dataset and system: what the record calls the run; model and training: the sections of the config; gpus: how many
    train one model, on a CPU so many processes.
    """

    dataset: str
    system: str
    seed: int
    objective: Objective
    model: dict[str, Any]
    training: dict[str, Any]
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "fp32", "fp16", "bf16"] = "auto"  # a CPU always takes fp32
    gpus: int = 1
    take: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Files:
    """The files that a training reads.

    teacher: meta.json of the candidates, and of the datastore that they must come from, if there is one; or the
    checkpoint of a model that teaches. init: the checkpoint that the weights start from; chosen:
    the choice of a grid; updates_of: train.json of the run whose number of updates is made, whatever max_epoch and
    patience say.
    """

    data_bin: Path
    teacher: list[Path] = field(default_factory=list)
    init: Path | None = None
    chosen: Path | None = None
    updates_of: Path | None = None


@dataclass(frozen=True)
class Training:
    """One training: settings, with what a grid chose, and files."""

    settings: Settings
    files: Files
    chosen: Mapping[str, Any] | None = None  # what of the settings a grid chose, as train.json says it
    equal_updates: int | None = None  # as another run made

    @classmethod
    def of(cls, settings: Settings, files: Files) -> Self:
        """Return the training of settings and files.

        Raises KnnKdError where a term lacks its teacher or has one in vain, or the choice lacks a setting.
        """
        if settings.objective.term not in TERMS:
            raise KnnKdError(f"term: no '{settings.objective.term}'; there are {', '.join(TERMS)}")
        if (TERMS[settings.objective.term].teacher == "none") != (not files.teacher):
            raise KnnKdError(
                f"term: {settings.objective.term} with {len(files.teacher)} --teacher; give what it learns from"
            )
        if (files.chosen is None) != (not settings.take):
            raise KnnKdError("take: the settings that --chosen gives; give both or neither")
        if settings.gpus < 1:
            raise KnnKdError("gpus: at least 1")
        updates = _updates_of(files.updates_of) if files.updates_of else None
        if files.chosen is None:
            return cls(settings, files, None, updates)
        settings, record = with_chosen(settings, files.chosen)
        return cls(settings, files, record, updates)

    @property
    def objective(self) -> Objective:
        """What the training is for."""
        return self.settings.objective

    @property
    def learns_from(self) -> str:
        """none, candidates or model."""
        return TERMS[self.objective.term].teacher

    @property
    def candidates(self) -> Path | None:
        """The folder of the candidates that teach."""
        return self.files.teacher[0].parent if self.learns_from == "candidates" else None

    @property
    def datastore(self) -> Path | None:
        """The folder of the datastore that the candidates must come from."""
        return self.files.teacher[1].parent if self.candidates and len(self.files.teacher) > 1 else None

    @property
    def teacher(self) -> Path | None:
        """The checkpoint of a teacher that is run beside the student."""
        return self.files.teacher[0] if self.learns_from == "model" else None

    def fairseq_flags(self) -> list[str]:
        """Return the flags of fairseq-train for model, schedule and label smoothing."""
        limits = {} if self.equal_updates is None else {"max_update": self.equal_updates, "max_epoch": 0, "patience": 0}
        return fairseq_flags(self.settings.model, self.settings.training | limits, self.objective.label_smoothing)


def with_chosen(settings: Settings, chosen: Path) -> tuple[Settings, dict[str, Any]]:
    """Return the settings with what a grid chose, and what is to be said of it.

    chosen: chosen.json. Raises KnnKdError where the grid did not choose one of `settings.take`.
    """
    choice = read_choice(chosen)
    values = choice["chosen"]["settings"]
    if missing := [name for name in settings.take if name not in values]:
        raise KnnKdError(f"{chosen}: its grid has no {', '.join(missing)}; choose again")
    taken = {name: values[name] for name in settings.take}
    sections = set(SECTION_OF.values())
    parts = {section: {name: taken[name] for name in taken if SECTION_OF[name] == section} for section in sections}
    changed = replace(
        settings,
        objective=_with_values(settings.objective, parts["system"]),
        model=settings.model | parts["model"],
        training=settings.training | parts["training"],
    )
    return changed, said_of_choice(choice, trained=True) | {"settings": taken}


def _with_values(objective: Objective, values: Mapping[str, Any]) -> Objective:
    """Return the objective with some values, each in its field or among the term's options."""
    fields = {name: value for name, value in values.items() if name in Objective.__dataclass_fields__}
    options = {name: value for name, value in values.items() if name not in fields}
    return replace(objective, **fields, options=objective.options | options)


def _updates_of(record: Path) -> int:
    """Return how many updates the run of a train.json made."""
    updates = read_json(record).get("updates")
    if not updates:
        raise KnnKdError(f"{record}: names no number of updates; run its training again")
    return int(updates)


def one_or_none(paths: Sequence[Path]) -> Path | None:
    """Return the file of a flag that may be left empty."""
    return paths[0] if paths else None
