"""The settings of benchmarks, inspection and export, as the rules hand them to their scripts."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from knnkd.experiment import bench_runs, decoding_settings, resolve, roles, runs
from knnkd.experiment.runs import Experiment, Run, first_run
from knnkd.experiment.training_settings import training


def turns(experiment: Experiment, *keys: str) -> dict[str, Any]:
    """Return rounds and some other keys of the section bench."""
    return {name: experiment.config["bench"][name] for name in ("rounds", *keys)}


def training_bench(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return what bench_training.py measures: each training as it is, but with the benchmark's threads."""
    threads, systems = experiment.config["bench"]["threads"], []
    for each in bench_runs.trainings(experiment, run):
        settings = training(experiment, each)
        settings |= {"training": settings["training"] | {"threads": threads}, "gpus": 1}
        # Start and number of updates have no speed.
        files: dict[str, Any] = {"data_bin": runs.training_data(experiment, each)[0]}
        files |= {"teacher": runs.teacher(experiment, each), "chosen": next(iter(runs.choice(experiment, each)), None)}
        systems.append({"system": each.system, "settings": settings, "files": files})
    return {"dataset": run.dataset, "systems": systems} | turns(experiment, "updates")


def decoding_bench(experiment: Experiment, run: Run, names: Iterable[str], *keys: str) -> dict[str, Any]:
    """Return what bench_decoding.py measures on a run's dataset; keys: further ones of the section bench."""
    measured = bench_runs.measured(experiment, run.dataset, names)
    systems = [{"system": each.system, "files": decoding_settings.model(experiment, each)} for each in measured]
    about = {"dataset": run.dataset, "beam": decoding_settings.beam(experiment, run), "systems": systems}
    about |= decoding_settings.batches(experiment, run)
    return about | turns(experiment, "sentences", "threads", *keys)


def step_bench(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return the same for hypotheses of one length, of the systems that are trained."""
    settings = decoding_bench(experiment, run, experiment.trained, "length")
    return settings | {"beam": {name: settings["beam"][name] for name in ("beam", "lenpen")}}


def dump_bench(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return what bench_dump.py measures on a run's dataset."""
    about = {"dataset": run.dataset} | decoding_settings.batches(experiment, run)
    return about | turns(experiment, "threads")


def join_bench(experiment: Experiment) -> dict[str, Any]:
    """Return what bench_search.py measures."""
    own = {"memory_gb": experiment.config["search"]["memory_gb"], "device": experiment.config["device"]}
    return turns(experiment, "threads") | experiment.config["bench"]["search"] | own


def merge_bench(experiment: Experiment) -> dict[str, Any]:
    """Return what bench_gathering.py measures."""
    search = experiment.config["bench"]["search"]
    return {"rows": search["rows"], "k": search["k"][0]} | turns(experiment)


def index_bench(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return the ways to search that bench_index.py compares on a run's dataset."""
    dataset, code_bytes = experiment.datasets[run.dataset], experiment.section("knn_mt", Run(run.dataset))["code_bytes"]
    about = {"dataset": run.dataset, "metric": dataset["metric"], "unescape": dataset["tokenise"]["escape"]}
    about |= experiment.config["bench"]["index"] | {"code_bytes": code_bytes, "seed": experiment.config["seeds"][0]}
    about |= {"beam": decoding_settings.beam(experiment, run)} | decoding_settings.batches(experiment, run)
    return about | turns(experiment, "sentences", "threads")


def serving_bench(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return what bench_serving.py measures on a run's dataset."""
    system, dataset = roles.distilled_run(experiment, run.dataset).system, experiment.datasets[run.dataset]
    about = {"dataset": run.dataset, "system": system, "metric": dataset["metric"]}
    about["unescape"] = dataset["tokenise"]["escape"]
    return about | {"device": experiment.config["device"]} | turns(experiment, "sentences", "threads")


def exporting(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return how a run is exported: the fields of `serving.settings.Exporting`."""
    about = {"run": asdict(run), "text": text(experiment, run.dataset)}
    about |= {"beam": decoding_settings.beam(experiment, run)}
    return about | decoding_settings.batches(experiment, run) | turns(experiment, "sentences")


def text(experiment: Experiment, dataset: str) -> dict[str, bool]:
    """Return how a corpus was tokenised: the fields of `corpus.clean.TextSettings`."""
    tokenise = dict(experiment.datasets[dataset]["tokenise"])
    return {"tokenise": tokenise.pop("moses")} | tokenise


def inspected_systems(experiment: Experiment, dataset: str, names: Iterable[str]) -> list[Run]:
    """Return the runs of some systems that are looked at side by side: those with the same subwords."""
    every = [first_run(experiment, dataset, name) for name in names if experiment.is_run(dataset, name)]
    return [run for run in every if not runs.has_wordpiece(experiment, run)]


def case_systems(experiment: Experiment) -> list[Run]:
    """Return the runs of the case study."""
    names = roles.systems_of(experiment, "case_study")
    return inspected_systems(experiment, experiment.config["case_study"]["dataset"], names)


def table_systems(experiment: Experiment, dataset: str) -> list[Run]:
    """Return the runs of a dataset's table that are looked at."""
    return inspected_systems(experiment, dataset, roles.table_systems(experiment, dataset))


def inspected_teacher(experiment: Experiment, dataset: str) -> tuple[Run, Run]:
    """Return the run that learns from a search on a dataset, and the run whose datastore teaches it."""
    system = roles.taught_by_search(experiment, dataset)
    if system is None:
        raise ValueError(f"{dataset}: no system of its table learns from a search")
    pupil = first_run(experiment, dataset, system)
    return pupil, first_run(experiment, dataset, experiment.objective(pupil)["teacher"])


def inspected_files(experiment: Experiment, dataset: str, systems: Iterable[Run]) -> list[str]:
    """Return what is read to look at predictions: models, text, datastores, and kNN-MT's settings."""
    pupil, teacher = inspected_teacher(experiment, dataset)
    paths = runs.of_runs(experiment, [teacher], [runs.checkpoint, runs.test_data, runs.datastore, runs.index])
    paths += runs.path_of(experiment, experiment.paths.train_json, pupil)
    paths += runs.of_runs(experiment, systems, [runs.checkpoint, runs.nearest])
    own = [runs.dictionaries, runs.codes, decoding_settings.lattices]
    return list(dict.fromkeys([*paths, *runs.of_runs(experiment, [Run(dataset)], own)]))


def inspection(experiment: Experiment, dataset: str, systems: Iterable[Run]) -> dict[str, Any]:
    """Return what is looked at on a dataset's test set: fields of `evaluation.inspection.Inspection`."""
    config, run = experiment.config, Run(dataset)
    pupil, teacher = inspected_teacher(experiment, dataset)
    datastore, built = runs.datastore(experiment, teacher)[0], runs.index(experiment, teacher)
    nearest = {"datastore": decoding_settings.folder(datastore), "search": decoding_settings.search(experiment, run)}
    nearest |= {"index": decoding_settings.folder(built[0])} if built else {}
    files = {"checkpoint": runs.checkpoint(experiment, teacher)[0], "data_bin": runs.test_data(experiment, teacher)[0]}
    # k and tau as they were trained with: a grid may have chosen them.
    record = runs.path_of(experiment, experiment.paths.train_json, pupil)[0]
    about: dict[str, Any] = {"dataset": dataset, "seed": teacher.seed, "codes": runs.codes(experiment, run)[0]}
    about |= {"teacher": {"system": pupil.system, "files": files | {"nearest": nearest}, "pupil": record}}
    about |= {
        "systems": [{"name": each.system, "files": decoding_settings.model(experiment, each)} for each in systems]
    }
    about |= {"dictionaries": next(iter(runs.dictionaries(experiment, run)), None)}
    if found := decoding_settings.lattices(experiment, run):
        about |= dict(zip(("lattices", "lines"), found, strict=True))
    about |= {"device": config["device"], "threads": config["decode"]["threads"]}
    return about | config["inspection"]


def case_study(experiment: Experiment) -> dict[str, Any]:
    """Return the same for the sentence of the case study."""
    study = experiment.config["case_study"]
    sentence = {"source": study["source"], "prefix": study["prefix"], "text": text(experiment, study["dataset"])}
    settings = inspection(experiment, study["dataset"], case_systems(experiment)) | {"sentence": sentence}
    return {name: value for name, value in settings.items() if name != "sentences"}


def table_inspection(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return the same for the start of a dataset's test set, through every system of its table."""
    return inspection(experiment, run.dataset, table_systems(experiment, run.dataset))


def inspected_datasets(experiment: Experiment) -> list[str]:
    """Return the datasets of Tables 2 and 3 that have a kNN teacher to look at."""
    tables = (resolve.shown_datasets(experiment.config, table) for table in ("table2", "table3"))
    names = dict.fromkeys(name for table in tables for name in table)
    return [name for name in names if experiment.is_run(name) and roles.taught_by_search(experiment, name)]
