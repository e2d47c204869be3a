"""An experiment and its runs: which there are, what each learns from, and which files it reads.

A run is a system on a dataset with a seed. The functions take an experiment and a run, and return paths; an empty list
says that there is no such file.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any, Self

from knnkd.experiment import grids, resolve
from knnkd.experiment.paths import Paths

SPLITS = ("train", "valid", "test")
TEST_OF = resolve.TEST_OF


@dataclass(frozen=True)
class Run:
    """A system on a dataset, with a seed, and the split that it is asked about; what a job does not name is empty."""

    dataset: str
    system: str = ""
    seed: int = 0
    split: str = "test"

    @classmethod
    def of(cls, wildcards: Mapping[str, str]) -> Self:
        """Return the run that the wildcards of a job name."""
        named = dict(wildcards.items())
        return cls(named["dataset"], named.get("system", ""), int(named.get("seed", 0)), named.get("split", cls.split))


class Experiment:
    """A completed config, its paths, and the names that the rules ask for again and again."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.paths = Paths.below(f"{config['results']}/{config['experiment']}")
        self.datasets: dict[str, dict] = config["datasets"]
        self.generated = [name for name, dataset in self.datasets.items() if "generator" in dataset]
        self.fetched = [name for name, dataset in self.datasets.items() if "sources" in dataset]
        self.binarised = [name for name, dataset in self.datasets.items() if "data_bin" in dataset]
        self.cut_here = [name for name in self.datasets if name not in self.binarised]
        self.trained = resolve.trained_systems(config)
        self.knn_mt = [name for name, system in config["systems"].items() if "base" in system]
        self.models = [name for name in config["systems"] if name not in self.knn_mt]

    @cached_property
    def taken(self) -> list[str]:
        """The runs that are the training of a grid's point, as dataset/system/seed1."""
        systems = [each for each in product(self.datasets, self.trained) if grids.grid_of(self.config, *each)]
        return [f"{dataset}/{system}/seed{seed}" for dataset, system in systems for seed in self.config["grid_seeds"]]

    def section(self, name: str, run: Run) -> dict[str, Any]:
        """Return a section of the config as it holds for the dataset (and the system) of a run."""
        return resolve.section(self.config, name, run.dataset, run.system or None)

    def objective(self, run: Run) -> dict[str, Any]:
        """Return what the system of a run is trained for."""
        return resolve.objective(self.config, run.dataset, run.system)

    def is_run(self, dataset: str, system: str = "") -> bool:
        """Return whether `only` and `without` leave a dataset's runs in, or those of one system on it."""
        return resolve.is_run(self.config, dataset, system)

    def label(self, kind: str, name: str) -> str:
        """Return how readers know a dataset or a system; kind: "datasets" or "systems"."""
        return self.config[kind][name]["label"]


def fill(pattern: str, run: Run, **changes: Any) -> list[str]:
    """Return the path of a run, other values given for some wildcards; Snakemake's own are left as they are."""
    return [pattern.format(**vars(run) | {"scatteritem": "{scatteritem}"} | changes)]


def path_of(experiment: Experiment, pattern: str, run: Run, system: str | None = None) -> list[str]:
    """Return the path of a run, or of another system with its seed: of a system without seeds, its one run."""
    name = run.system if system is None else system
    if name and "{seed}" in pattern:
        seeds = resolve.seeds_of(experiment.config, run.dataset, name)
        run = replace(run, seed=run.seed if run.seed in seeds else seeds[0])
    return fill(pattern, run, system=name)


def every_run(
    experiment: Experiment,
    pattern: str,
    systems: Iterable[str],
    datasets: Iterable[str],
    splits: Sequence[str] = ("test",),
) -> list[str]:
    """Return the paths of these systems on these datasets in all seeds, but for what the config leaves out."""
    return [
        pattern.format(dataset=dataset, system=system, seed=seed, split=split)
        for dataset, system in product(datasets, list(systems))
        if experiment.is_run(dataset, system)
        for seed, split in product(resolve.seeds_of(experiment.config, dataset, system), splits)
    ]


def first_run(experiment: Experiment, dataset: str, system: str) -> Run:
    """Return the run of the first seed, on the test set: what benchmarks and inspection take."""
    return Run(dataset, system, experiment.config["seeds"][0])


# What a run learns from


def kind_of_teacher(experiment: Experiment, run: Run) -> str:
    """Return the kind of teacher of a run: none, knn, bert, model or translations."""
    return resolve.kind_of_teacher(experiment.objective(run))


def has_wordpiece(experiment: Experiment, run: Run) -> bool:
    """Return whether a run reads BERT's subwords."""
    return run.system in experiment.trained and kind_of_teacher(experiment, run) == "bert"


def training_data(experiment: Experiment, run: Run) -> list[str]:
    """Return the binary data that a run is trained on."""
    kind, paths = kind_of_teacher(experiment, run), experiment.paths
    if kind == "translations":
        return path_of(experiment, paths.data_distilled, run, experiment.objective(run)["teacher"])
    return fill(paths.data_wordpiece if kind == "bert" else paths.data, run)


def teacher(experiment: Experiment, run: Run) -> list[str]:
    """Return what the teacher left for a run: the records of candidates and datastore, or a checkpoint."""
    kind, name, paths = kind_of_teacher(experiment, run), experiment.objective(run).get("teacher"), experiment.paths
    if kind == "model":
        return checkpoint(experiment, replace(run, system=str(name)))
    if kind == "bert":
        return fill(f"{paths.bert_candidates}/meta.json", run)
    patterns = [f"{paths.candidates}/meta.json", f"{paths.datastore}/meta.json"] if kind == "knn" else []
    return [path for pattern in patterns for path in path_of(experiment, pattern, run, name)]


def start(experiment: Experiment, run: Run) -> list[str]:
    """Return the checkpoint that a run starts from; none where it starts from scratch."""
    name = experiment.objective(run).get("init")
    if name in experiment.trained:
        return path_of(experiment, experiment.paths.checkpoint, run, name)
    return pretrained_checkpoint(experiment, run) if name else []


def choice(experiment: Experiment, run: Run) -> list[str]:
    """Return the file of the choice that gives settings of a run; none where the config gives them all."""
    chosen = grids.chosen_of(experiment.config, run.dataset, run.system)
    return fill(experiment.paths.chosen, run, system=chosen[0]) if chosen else []


def chosen_names(experiment: Experiment, run: Run) -> list[str]:
    """Return the settings of a run that a grid chooses."""
    chosen = grids.chosen_of(experiment.config, run.dataset, run.system)
    return chosen[1] if chosen else []


def equal_updates(experiment: Experiment, run: Run) -> list[str]:
    """Return the record of the run whose number of updates this one makes; none where its own limits end it."""
    name = experiment.objective(run).get("updates_of")
    return path_of(experiment, experiment.paths.train_json, run, name) if name else []


def points(experiment: Experiment, run: Run, pattern: str) -> list[str]:
    """Return the paths of all points of a system's grid, on validation: with the run's seed, or all of grid_seeds."""
    seeds = [run.seed] if run.seed else experiment.config["grid_seeds"]
    names = grids.grid_systems(experiment.config, run.dataset, run.system)
    return [
        pattern.format(dataset=run.dataset, system=name, seed=seed, split="valid")
        for name, seed in product(names, seeds)
    ]


# The model behind a run


def base(experiment: Experiment, run: Run) -> str:
    """Return the system whose model and datastore a run uses: kNN-MT's base, or its own."""
    return resolve.model_of(experiment.config, run.dataset, run.system)


def checkpoint(experiment: Experiment, run: Run) -> list[str]:
    """Return the model behind a run: its own, that of kNN-MT's base, or the pre-trained one."""
    name = base(experiment, run)
    if name in experiment.trained:
        return path_of(experiment, experiment.paths.checkpoint, run, name)
    return pretrained_checkpoint(experiment, run)


def pretrained_model(experiment: Experiment, dataset: str) -> dict[str, Any]:
    """Return the block of the pre-trained model whose subwords a dataset has; {} where it has its own."""
    return experiment.config["pretrained"].get(experiment.datasets[dataset].get("pretrained"), {})


def pretrained_checkpoint(experiment: Experiment, run: Run) -> list[str]:
    """Return the pre-trained model of a run's dataset."""
    model = pretrained_model(experiment, run.dataset)
    if "checkpoint" in model:
        name = experiment.datasets[run.dataset]["pretrained"]
        return [f"{experiment.paths.pretrained.format(model=name)}/checkpoint.pt"]
    trained = Run(model["dataset"], model["system"], experiment.config["seeds"][0])
    return fill(experiment.paths.checkpoint, trained)


def datastore(experiment: Experiment, run: Run) -> list[str]:
    """Return the record of the datastore of the model behind a run."""
    return path_of(experiment, f"{experiment.paths.datastore}/meta.json", run, base(experiment, run))


def index(experiment: Experiment, run: Run) -> list[str]:
    """Return the record of the faiss index over that datastore; none where the search is exact."""
    if experiment.section("knn_mt", replace(run, system=""))["index"] == "exact":
        return []
    return path_of(experiment, f"{experiment.paths.index}/meta.json", run, base(experiment, run))


def tuned(experiment: Experiment, run: Run) -> list[str]:
    """Return the settings of kNN-MT that were chosen on validation."""
    return path_of(experiment, f"{experiment.paths.tuned}/tuned.json", run)


def nearest(experiment: Experiment, run: Run) -> list[str]:
    """Return what kNN-MT needs beside its base: datastore, the settings found on validation, and the index."""
    if run.system not in experiment.knn_mt:
        return []
    return [*datastore(experiment, run), *tuned(experiment, run), *index(experiment, run)]


# The text of a run


def tested_on(run: Run) -> str:
    """Return the dataset whose sentences are translated: the run's own, unless the split names another (Table 4)."""
    return run.split.removeprefix(TEST_OF) if run.split.startswith(TEST_OF) else run.dataset


def split_of(run: Run) -> str:
    """Return the split of that dataset."""
    return "test" if run.split.startswith(TEST_OF) else run.split


def test_data(experiment: Experiment, run: Run) -> list[str]:
    """Return the binary data that a run translates."""
    paths = experiment.paths
    return fill(paths.data_wordpiece if has_wordpiece(experiment, run) else paths.data, run, dataset=tested_on(run))


def of_tested(experiment: Experiment, run: Run, pattern: str) -> list[str]:
    """Return the path of the dataset whose sentences are translated."""
    return fill(pattern, run, dataset=tested_on(run))


def sentence_files(experiment: Experiment, run: Run) -> list[str]:
    """Return the names of the files of sources and of references that a run is judged on."""
    block = experiment.datasets[tested_on(run)]
    return [f"{split_of(run)}.{block[side]}" for side in ("source_lang", "target_lang")]


def valid_files(experiment: Experiment, run: Run) -> list[str]:
    """Return the same of the validation set."""
    return sentence_files(experiment, replace(run, split="valid"))


def codes(experiment: Experiment, run: Run) -> list[str]:
    """Return the folder of BPE codes of a dataset: its own, or the pre-trained model's."""
    return _of_subwords(experiment, run.dataset, experiment.paths.codes, "codes")


def dictionaries(experiment: Experiment, run: Run) -> list[str]:
    """Return the folder of the pre-trained model's dictionaries; none for a dataset that makes its own."""
    if not pretrained_model(experiment, run.dataset):
        return []
    return _of_subwords(experiment, run.dataset, experiment.paths.data, "dictionaries")


def _of_subwords(experiment: Experiment, dataset: str, pattern: str, part: str) -> list[str]:
    model = pretrained_model(experiment, dataset)
    if "checkpoint" in model:
        name = experiment.datasets[dataset]["pretrained"]
        return [f"{experiment.paths.pretrained.format(model=name)}/{part}"]
    return [pattern.format(dataset=model.get("dataset", dataset))]


def segmentation(experiment: Experiment, run: Run) -> list[str]:
    """Return what cut the text that a run reads: BERT's folder, or BPE codes."""
    return fill(experiment.paths.bert, run) if has_wordpiece(experiment, run) else codes(experiment, run)


def limiting_dictionaries(experiment: Experiment, run: Run) -> list[str]:
    """Return the dictionaries that limit a run's subwords: none with BERT's pieces, or with codes of its corpus."""
    return [] if has_wordpiece(experiment, run) else dictionaries(experiment, run)


def export(experiment: Experiment, run: Run) -> list[str]:
    """Return the record of a run's export."""
    return path_of(experiment, f"{experiment.paths.export}/export.json", run)


def of_runs(
    experiment: Experiment, runs: Iterable[Run], functions: Iterable[Callable[[Experiment, Run], list[str]]]
) -> list[str]:
    """Return the paths that these functions give for every run, each once."""
    every = list(functions)
    return list(dict.fromkeys(path for run in runs for function in every for path in function(experiment, run)))
