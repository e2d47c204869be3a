"""What the benchmarks measure: the first seed of a dataset's systems, the baseline first."""

from collections.abc import Callable, Iterable

from knnkd.experiment import runs
from knnkd.experiment.roles import datasets_of, distilled_datasets, distilled_run, knn_mt_of, table_systems
from knnkd.experiment.runs import Experiment, Run, first_run


def measured(experiment: Experiment, dataset: str, names: Iterable[str]) -> list[Run]:
    """Return the runs of a dataset's table that are measured, of these systems."""
    chosen = set(names)
    return [first_run(experiment, dataset, name) for name in table_systems(experiment, dataset) if name in chosen]


def trainings(experiment: Experiment, run: Run) -> list[Run]:
    """Return the trainings that are measured on a run's dataset."""
    return measured(experiment, run.dataset, experiment.trained)


def training_files(experiment: Experiment, run: Run) -> list[str]:
    """Return what these read: text, teachers, and what grids chose for them."""
    every = (runs.training_data, runs.teacher, runs.choice)
    return runs.of_runs(experiment, trainings(experiment, run), every)


def decoding_files(experiment: Experiment, run: Run, names: Iterable[str]) -> list[str]:
    """Return what decoding on a run's dataset reads, with these systems: models, text, and what kNN-MT needs."""
    every = (runs.checkpoint, runs.test_data, runs.nearest)
    return runs.of_runs(experiment, measured(experiment, run.dataset, names), every)


def first_dataset(experiment: Experiment) -> list[str]:
    """Return the dataset of the benchmarks that are made on one alone: the first of Table 2 that is run; else none."""
    return [name for name in datasets_of(experiment, "table2") if experiment.is_run(name)][:1]


def searched_dataset(experiment: Experiment) -> list[str]:
    """Return the dataset on which ways to search are compared: Table 2's first, where a kNN-MT system is run on it."""
    named = zip(datasets_of(experiment, "table2"), knn_mt_of(experiment, "table2"), strict=False)
    return [name for name, system in list(named)[:1] if experiment.is_run(name, system)]


def served_dataset(experiment: Experiment) -> list[str]:
    """Return the dataset on which serving is measured: the first of Table 2 with a distilled run (`distilled_run`)."""
    known = distilled_datasets(experiment)
    return [name for name in datasets_of(experiment, "table2") if name in known][:1]


def costed_run(experiment: Experiment) -> list[Run]:
    """Return the run whose rates the cost model takes: the baseline on that dataset."""
    return [trainings(experiment, Run(name))[0] for name in served_dataset(experiment)]


def costed_files(experiment: Experiment, pattern: str) -> list[str]:
    """Return the path of this run; none where nothing was measured."""
    return [path for run in costed_run(experiment) for path in runs.fill(pattern, run)]


def speed_benches(experiment: Experiment) -> list[str]:
    """Return the benchmarks of Tables 2 and 3, of which the latter shows no training."""
    shown = {"table2": ["training", "decoding"], "table3": ["decoding"]}
    return [
        f"{experiment.paths.bench.format(dataset=dataset)}/{what}.json"
        for table, kinds in shown.items()
        for dataset in datasets_of(experiment, table)
        if experiment.is_run(dataset)
        for what in kinds
    ]


Files = Callable[[Experiment, Run], list[str]]


def of_baseline(experiment: Experiment, run: Run, function: Files) -> list[str]:
    """Return the files of the first trained system of the table of a run's dataset."""
    return function(experiment, trainings(experiment, run)[0])


def of_searched(experiment: Experiment, run: Run, function: Files) -> list[str]:
    """Return the files of Table 2's first kNN-MT system on a run's dataset."""
    return function(experiment, first_run(experiment, run.dataset, knn_mt_of(experiment, "table2")[0]))


def of_distilled(experiment: Experiment, run: Run, function: Files) -> list[str]:
    """Return the files of the system that learns from a search on a run's dataset."""
    return function(experiment, distilled_run(experiment, run.dataset))


def index_curves(experiment: Experiment) -> list[str]:
    """Return the figures of the comparison of ways to search."""
    folders = [experiment.paths.bench.format(dataset=name) for name in searched_dataset(experiment)]
    return [f"{folder}/index.{form}" for folder in folders for form in ("csv", "png", "svg", "pdf")]


def benches(experiment: Experiment, datasets: Iterable[str], *kinds: str) -> list[str]:
    """Return the benchmarks of some kinds on some datasets."""
    folders = [experiment.paths.bench.format(dataset=name) for name in datasets]
    return [f"{folder}/{kind}.json" for folder in folders for kind in kinds]


def exports(experiment: Experiment) -> list[str]:
    """Return the exports of the distilled model of every dataset of Tables 2 and 3."""
    distilled = [distilled_run(experiment, name) for name in distilled_datasets(experiment)]
    return [path for run in distilled for path in runs.export(experiment, run)]


def page_benches(experiment: Experiment) -> list[str]:
    """Return every benchmark's JSON."""
    bench, benches = experiment.paths.bench, experiment.paths.benches
    first = first_dataset(experiment)
    of_datasets = {"serving": served_dataset(experiment), "steps": first, "dump": first}
    paths = [f"{bench}/{what}.json".format(dataset=name) for what, names in of_datasets.items() for name in names]
    paths += [f"{benches}/search.json", f"{benches}/gathering.json"]
    indexes = [f"{bench}/index.json".format(dataset=name) for name in searched_dataset(experiment)]
    return [*speed_benches(experiment), *paths, *indexes]
