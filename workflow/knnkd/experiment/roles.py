"""Which systems and datasets the tables and figures show, and so which runs there are.

The sections of the config that show something (tables, ablation, controls, case_study) name it in their order; `only`
and `without` leave runs out. Functions that return paths take a pattern of `Experiment.paths`.
"""

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from knnkd.experiment import grids, resolve
from knnkd.experiment.lineage import RunName, lineage
from knnkd.experiment.runs import (
    TEST_OF,
    Experiment,
    Run,
    every_run,
    fill,
    first_run,
    kind_of_teacher,
    pretrained_model,
)

SHOWN_IN = ("table2", "table3", "table4", "ablation", "controls", "case_study")


def datasets_of(experiment: Experiment, section: str) -> list[str]:
    """Return the datasets that a section shows, run or not; none where the config has no such section."""
    return resolve.shown_datasets(experiment.config, section)


def systems_of(experiment: Experiment, section: str) -> list[str]:
    """Return the systems that a section shows, the baseline first."""
    config = experiment.config
    return (config["tables"].get(section) or config.get(section) or {"systems": []}).get("systems", [])


def table_of(experiment: Experiment, dataset: str) -> str | None:
    """Return the table that shows a dataset's systems: table2, table3 or None."""
    return next((name for name in ("table2", "table3") if dataset in datasets_of(experiment, name)), None)


def table_systems(experiment: Experiment, dataset: str) -> list[str]:
    """Return the systems that Table 2 or 3 shows for a dataset and that are run, the baseline first."""
    table = table_of(experiment, dataset)
    return [name for name in systems_of(experiment, table or "") if experiment.is_run(dataset, name)]


def trained_in_table(experiment: Experiment, dataset: str) -> list[str]:
    """Return those of them that are trained."""
    return [name for name in table_systems(experiment, dataset) if name in experiment.trained]


def baseline_of(experiment: Experiment, dataset: str) -> str:
    """Return the system that a dataset's ablation is compared with: the first trained one of its table."""
    table = table_of(experiment, dataset) or next(iter(experiment.config["tables"]))
    return next(name for name in systems_of(experiment, table) if name in experiment.trained)


def second_baseline(experiment: Experiment, table: str) -> list[str]:
    """Return the first trained system of a table whose first system of all trains nothing; else none."""
    systems = systems_of(experiment, table)
    trained = [each for each in systems if each in experiment.trained]
    return trained[:1] if trained[:1] != systems[:1] else []


def knn_mt_of(experiment: Experiment, table: str) -> list[str]:
    """Return the kNN-MT systems of a table."""
    return [each for each in systems_of(experiment, table) if each in experiment.knn_mt]


# Which runs a dataset has


def test_systems(experiment: Experiment, dataset: str) -> list[str]:
    """Return the systems whose test scores a table shows for a dataset and that are run, the baseline first."""
    variants = resolve.control_variants(experiment.config, dataset)
    names = dict.fromkeys([*table_systems(experiment, dataset), *variants])
    return [name for name in names if experiment.is_run(dataset, name)]


def ablation_points(experiment: Experiment, dataset: str) -> dict[str, tuple[int, float]]:
    """Return {system: (k, tau)} of the points of Figures 2 and 3 on a dataset."""
    over_k, over_tau = (resolve.ablation_points(experiment.config, dataset, key) for key in ("k", "tau"))
    return over_k | over_tau


def valid_systems(experiment: Experiment, dataset: str) -> list[str]:
    """Return the systems whose validation scores a figure shows for a dataset, the baseline first."""
    points = ablation_points(experiment, dataset)
    return list(dict.fromkeys([baseline_of(experiment, dataset), *points])) if points else []


def cross_pairs(experiment: Experiment) -> list[Sequence[str]]:
    """Return the pairs of Table 4, whether or not they are run: trained on the first dataset, tested on the second."""
    return experiment.config["tables"]["table4"]["pairs"] if datasets_of(experiment, "table4") else []


def tested_pairs(experiment: Experiment) -> list[tuple[str, str]]:
    """Return (dataset trained on, split) of the pairs that are run."""
    pairs = [pair for pair in cross_pairs(experiment) if all(map(experiment.is_run, pair))]
    return [(first, f"{TEST_OF}{second}") for first, second in pairs]


def cross_runs(experiment: Experiment, pattern: str) -> list[str]:
    """Return the path of every run of Table 4."""
    systems = systems_of(experiment, "table4")
    return [
        path
        for first, split in tested_pairs(experiment)
        for path in every_run(experiment, pattern, systems, [first], [split])
    ]


def shown_runs(experiment: Experiment, pattern: str) -> list[str]:
    """Return the path of every run whose scores a table or a figure shows, once."""
    paths = []
    for dataset in experiment.datasets:
        paths += every_run(experiment, pattern, test_systems(experiment, dataset), [dataset])
        paths += every_run(experiment, pattern, valid_systems(experiment, dataset), [dataset], ["valid"])
    return list(dict.fromkeys(paths + cross_runs(experiment, pattern)))


def measured_runs(experiment: Experiment, pattern: str) -> list[str]:
    """Return the path of every run of Table 2 and the controls: their distributions are measured too."""
    names = [name for name in experiment.datasets if table_of(experiment, name) != "table3"]
    return [path for name in names for path in every_run(experiment, pattern, test_systems(experiment, name), [name])]


def table_runs(experiment: Experiment, pattern: str, table: str, systems: Iterable[str]) -> list[str]:
    """Return the path of every run of some systems on the datasets of a table."""
    return every_run(experiment, pattern, systems, datasets_of(experiment, table))


def table_trainings(experiment: Experiment, pattern: str, table: str) -> list[str]:
    """Return the path of every training on the datasets of a table."""
    names = [name for name in systems_of(experiment, table) if name in experiment.trained]
    return table_runs(experiment, pattern, table, names)


def control_runs(experiment: Experiment, pattern: str) -> list[str]:
    """Return the path of every run of Table 7."""
    names = datasets_of(experiment, "controls")
    variants = {name: resolve.control_variants(experiment.config, name) for name in names}
    return [path for name in names for path in every_run(experiment, pattern, variants[name], [name])]


# Comparisons


def compared_systems(experiment: Experiment, run: Run, baseline: str) -> list[str]:
    """Return the systems whose scores on a run's split are shown, the one that they are compared with first."""
    known = {"test": test_systems, "valid": valid_systems}
    shown = known[run.split](experiment, run.dataset) if run.split in known else systems_of(experiment, "table4")
    names = [name for name in shown if experiment.is_run(run.dataset, name)]
    return sorted(names, key=lambda name: name != baseline)


def comparisons(experiment: Experiment, dataset: str, baselines: Iterable[str], split: str = "test") -> list[str]:
    """Return the comparisons of a dataset's systems with each of `baselines` that is run, in every seed."""
    return [
        experiment.paths.significance.format(dataset=dataset, baseline=name, seed=seed, split=split)
        for name in baselines
        if experiment.is_run(dataset, name)
        for seed in experiment.config["seeds"]
    ]


def table_comparisons(experiment: Experiment, section: str) -> list[str]:
    """Return the comparisons that a table shows: with its first system and `second_baseline`, in controls with each."""
    paths, first = [], systems_of(experiment, section)[:1]
    for dataset in datasets_of(experiment, section):
        variants = resolve.control_variants(experiment.config, dataset).items() if section == "controls" else []
        own = [variant for variant, about in variants if [about[0]] == first]
        paths += comparisons(experiment, dataset, own or [*first, *second_baseline(experiment, section)])
    return paths


def cross_comparisons(experiment: Experiment) -> list[str]:
    """Return the comparisons that Table 4 shows: with its first system."""
    first = systems_of(experiment, "table4")[:1]
    return [path for name, split in tested_pairs(experiment) for path in comparisons(experiment, name, first, split)]


# Systems that learn from a search


def taught_systems(experiment: Experiment) -> dict[str, str]:
    """Return {dataset: system} of Tables 1 and 6: the first system of Tables 2 and 3 that learns from a search there.

    Whether or not it is run; a dataset on which none does is left out.
    """
    found: dict[str, str] = {}
    for table in ("table2", "table3"):
        for dataset in datasets_of(experiment, table):
            trained = [name for name in systems_of(experiment, table) if name in experiment.trained]
            goals = {name: resolve.objective(experiment.config, dataset, name) for name in trained}
            searched = [name for name, goal in goals.items() if resolve.kind_of_teacher(goal) == "knn"]
            if searched:
                found[dataset] = searched[0]
    return found


def taught_runs(experiment: Experiment, pattern: str) -> list[str]:
    """Return the path of every run of these."""
    taught = taught_systems(experiment).items()
    return [path for dataset, system in taught for path in every_run(experiment, pattern, [system], [dataset])]


def trained_runs(experiment: Experiment, pattern: str) -> list[str]:
    """Return the path of every training of Tables 2 and 3 on a dataset that Table 6 shows."""
    names = taught_systems(experiment)
    return [
        path for name in names for path in every_run(experiment, pattern, trained_in_table(experiment, name), [name])
    ]


def distilled_datasets(experiment: Experiment) -> list[str]:
    """Return the datasets whose system that learns from a search is run: it is exported, and measured in use."""
    taught = taught_systems(experiment)
    return [name for name, system in taught.items() if experiment.is_run(name, system)]


def distilled_run(experiment: Experiment, dataset: str) -> Run:
    """Return the first seed of that system on one of these datasets."""
    return first_run(experiment, dataset, taught_systems(experiment)[dataset])


def taught_by_search(experiment: Experiment, dataset: str) -> str | None:
    """Return the first system of a dataset's table that is run and learns from a search; None where none does."""
    names = trained_in_table(experiment, dataset)
    found = (name for name in names if kind_of_teacher(experiment, first_run(experiment, dataset, name)) == "knn")
    return next(found, None)


def inspected_datasets(experiment: Experiment) -> list[str]:
    """Return the datasets of Tables 2 and 3 that are run and have such a system, whose teacher is looked at."""
    names = dict.fromkeys([*datasets_of(experiment, "table2"), *datasets_of(experiment, "table3")])
    return [name for name in names if experiment.is_run(name) and taught_by_search(experiment, name)]


# Corpora


def corpora(experiment: Experiment) -> list[str]:
    """Return the datasets of Table 5, run or not: those of every section, and of their pre-trained models."""
    names = {name for place in SHOWN_IN for name in datasets_of(experiment, place)}
    return [name for name in experiment.datasets if name in names | models_corpora(experiment, names)]


def made_corpora(experiment: Experiment) -> list[str]:
    """Return those of them that are made."""
    made = {name for name in corpora(experiment) if experiment.is_run(name)}
    return [name for name in corpora(experiment) if name in made | models_corpora(experiment, made)]


def models_corpora(experiment: Experiment, datasets: Iterable[str]) -> set[str]:
    """Return the corpora that the pre-trained models of some datasets are made from here."""
    models = [pretrained_model(experiment, name) for name in datasets]
    return {model["dataset"] for model in models if "dataset" in model}


# The trainings behind the results


def behind_results(experiment: Experiment) -> dict[RunName, list[RunName]]:
    """Return {run: the trainings that it is made of at first hand} of all runs that are shown, and all behind these."""
    pattern = "{dataset}/{system}/{seed}"
    named = [*shown_runs(experiment, pattern), *trained_runs(experiment, pattern)]
    return lineage(experiment.config, map(RunName.parse, named))


def behind_runs(experiment: Experiment, pattern: str) -> list[str]:
    """Return the path of those of them that train something."""
    return [pattern.format(**run._asdict()) for run in behind_results(experiment) if run.system in experiment.trained]


def planned_runs(experiment: Experiment) -> list[Run]:
    """Return every run that is scored, and every training that teaches or comes first, in points of grids."""
    pattern = "{dataset}/{system}/{seed}"
    named = [*shown_runs(experiment, pattern), *trained_runs(experiment, pattern)]
    for dataset in dict.fromkeys(PurePath(each).parts[0] for each in named):
        model = pretrained_model(experiment, dataset)
        if "dataset" in model:
            named += fill(pattern, Run(model["dataset"], model["system"], experiment.config["seeds"][0]))
    runs = [Run(*run) for run in map(RunName.parse, dict.fromkeys(named))]
    return list(dict.fromkeys(each for run in runs for each in _points_instead(experiment, run)))


def _points_instead(experiment: Experiment, run: Run) -> list[Run]:
    """Return the run; in the place of one that is taken from a grid, the grid's points with its seed."""
    if not grids.is_taken(experiment.config, run.dataset, run.system, run.seed):
        return [run]
    points = grids.grid_systems(experiment.config, run.dataset, run.system)
    return [Run(run.dataset, point, run.seed) for point in points]
