"""Every table and figure: its settings, the files that it is made from, and what makes it."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_type_hints

from knnkd.core.errors import KnnKdError
from knnkd.reporting.figures import ablation, case_study, cost_model, curves, index_tradeoff, tuning_grid
from knnkd.reporting.frames import Shown
from knnkd.reporting.tables import (
    controls,
    corpora,
    cross_domain,
    datastores,
    hyperparameters,
    overcorrection,
    run_plan,
    stage_costs,
    systems,
)
from knnkd.reporting.verdict import exhibit as verdict

T = TypeVar("T")


class Exhibit(NamedTuple):
    """How a table or figure is made.

    settings and inputs: dataclasses, of `inputs` each field a Path, a Path or None, or a list of paths; make: takes one
    of each and the folder to write into.
    """

    settings: type[Any]
    inputs: type[Any]
    make: Callable[[Any, Any, Path], None]


EXHIBITS = {
    "table1": Exhibit(datastores.Settings, datastores.Inputs, datastores.make),
    "table2": Exhibit(systems.Settings, systems.Inputs, systems.make_table2),
    "table3": Exhibit(systems.Settings, systems.Inputs, systems.make_table3),
    "table4": Exhibit(cross_domain.Settings, cross_domain.Inputs, cross_domain.make),
    "table5": Exhibit(corpora.Settings, corpora.Inputs, corpora.make),
    "table6": Exhibit(hyperparameters.Settings, hyperparameters.Inputs, hyperparameters.make),
    "table7": Exhibit(controls.Settings, controls.Inputs, controls.make),
    "overcorrection": Exhibit(Shown, overcorrection.Inputs, overcorrection.make),
    "verdict": Exhibit(verdict.Settings, verdict.Inputs, verdict.make),
    "costs": Exhibit(stage_costs.Settings, stage_costs.Inputs, stage_costs.make),
    "plan": Exhibit(run_plan.Settings, run_plan.Inputs, run_plan.make),
    "ablation": Exhibit(ablation.Settings, ablation.Inputs, ablation.make),
    "knn_mt_grid": Exhibit(tuning_grid.Settings, tuning_grid.Inputs, tuning_grid.make),
    "curves": Exhibit(Shown, curves.Inputs, curves.make),
    "figure4": Exhibit(Shown, case_study.Inputs, case_study.make),
    "index_curve": Exhibit(index_tradeoff.Settings, index_tradeoff.Inputs, index_tradeoff.make),
    "cost_model": Exhibit(cost_model.Settings, cost_model.Inputs, cost_model.make),
}


def read_inputs(given: Sequence[Sequence[str]], kind: type[T]) -> T:
    """Return the files that are given, each as its name and its paths, as the dataclass `kind`.

    Raises KnnKdError for a name that `kind` lacks, and for no file or several where it has one.
    """
    known = get_type_hints(kind)
    files: dict[str, list[Path]] = {field.name: [] for field in fields(kind)}  # type: ignore[arg-type]
    for name, *paths in given:
        if name not in files:
            raise KnnKdError(f"--input {name}: no such input; this exhibit reads {', '.join(files)}")
        files[name] += map(Path, paths)
    several = {name: own for name, own in files.items() if known[name] == list[Path]}
    single = {name: own for name, own in files.items() if name not in several}
    for name, own in single.items():
        if len(own) > 1 or (not own and known[name] is Path):
            raise KnnKdError(f"--input {name}: {len(own)} files; give one")
    return kind(**{name: next(iter(own), None) for name, own in single.items()} | several)
