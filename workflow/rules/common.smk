"""What all rules share: the config, the path patterns, and the functions that give a rule its slice of the config."""

import json
import os
import shlex
import sys
from functools import cache
from pathlib import Path

# Of this file and not of the main Snakefile: another workflow may use this one as a module.
WORKFLOW = Path(str(workflow.current_basedir)).parent
sys.path.insert(0, str(WORKFLOW))

from knnkd.experiment import config as knnkd_config
from knnkd.experiment import bench_runs, bench_settings, bert_settings, corpora, corpus_settings, decoding_settings
from knnkd.experiment import evaluation_settings, exhibit_settings, grids, resolve, roles, runs, training_settings
from knnkd.experiment import verdict_settings
from knnkd.core.errors import KnnKdError
from knnkd.core.hardware import JOBS_PER_GPU
from knnkd.experiment.paths import RUN

try:
    config = knnkd_config.complete(config)
except KnnKdError as error:
    raise WorkflowError(str(error))


def one_of(names):
    """A wildcard constraint that matches one of `names`, or nothing where there is none."""
    return "|".join(map(re.escape, names)) or "(?!)"


DATASETS = config["datasets"]
GENERATED = [name for name, dataset in DATASETS.items() if "generator" in dataset]
SPLITS = ("train", "valid", "test")
TEST_OF = resolve.TEST_OF
TRAINED = resolve.trained_systems(config)
KNN_MT = [name for name, system in config["systems"].items() if "base" in system]
MODELS = [name for name in config["systems"] if name not in KNN_MT]
ADOPTED = [name for name, model in config["pretrained"].items() if "checkpoint" in model]
# The runs that are trainings of a grid's point, as the beginning of their paths; (?!) matches nothing.
GRIDDED = [
    f"{dataset}/{system}" for dataset in DATASETS for system in TRAINED if grids.grid_of(config, dataset, system)
]
TAKEN = f"({one_of(GRIDDED)})/seed({'|'.join(map(str, config['grid_seeds']))})/" if GRIDDED else "(?!)"
SEARCH_ENV = f"../../envs/search-{config['search']['faiss']}.yaml"
KNN_MT_ENV = f"../../envs/knn-mt-{config['search']['faiss']}.yaml"


def script(name):
    """The path of a script. It is a resource and no parameter: where a script stands must not retrain anything."""
    return os.path.relpath(WORKFLOW / "scripts" / name)


# How many GPUs a job asks a cluster for. On one machine jobs claim theirs by lock (knnkd/core/gpus.py).
GPUS = 0 if config["device"] == "cpu" else 1
os.environ[JOBS_PER_GPU] = str(config["jobs_per_gpu"])


experiment = runs.Experiment(config)
paths = experiment.paths


def of_run(function, *args):
    """An input or params function: `function` of the experiment and the run that the wildcards name."""
    return lambda wildcards: function(experiment, runs.Run.of(wildcards), *args)


def as_json(settings):
    """Settings as a script reads them."""
    return json.dumps(settings, ensure_ascii=False)


def settings_of(function, *args):
    """A params function: the settings that `function` gives for the run at hand, as the JSON that a script reads."""
    return lambda wildcards: json.dumps(function(experiment, runs.Run.of(wildcards), *args), ensure_ascii=False)


def all_cores(wildcards):
    """Every core of the machine, so that nothing runs beside; on a cluster, as many as are used."""
    return max(workflow.cores or 1, config["bench"]["threads"])


def by(function, *names):
    """An input function: `function` of the experiment and the values of some wildcards."""
    return lambda wildcards: function(experiment, *(wildcards[name] for name in names))


def settings_by(function, *names):
    """A params function: the settings that `function` gives for the values of some wildcards, as JSON."""
    return lambda wildcards: json.dumps(by(function, *names)(wildcards), ensure_ascii=False)


def grown(amount):
    """A resource, memory or time, that grows with each attempt (--retries)."""
    return lambda wildcards, attempt: attempt * amount


wildcard_constraints:
    dataset=one_of(DATASETS),
    system=one_of(config["systems"]),
    baseline=one_of(config["systems"]),
    seed="[0-9]{1,9}",
    split=one_of(SPLITS) + f"|{TEST_OF}({one_of(DATASETS)})",
    model=one_of(ADOPTED),
    language="[a-z]{2,3}",


scattergather:
    search=config["search"]["shards"],
    translate=config["decode"]["shards"],


PAPER = os.path.relpath(WORKFLOW / "report" / "paper_results.csv")


def threads_of(name):
    """A threads function: the section's `threads` for the dataset (and system) at hand."""
    return lambda wildcards: resolve.section(config, name, wildcards.dataset, wildcards.get("system"))["threads"]


def memory_of_search(wildcards):
    """The budget of one job of the search, in units of 1e9 bytes."""
    return experiment.section("search", runs.Run.of(wildcards))["memory_gb"]


def of_dataset(function):
    """A params function of the dataset's block in the config."""
    return lambda wildcards: function(DATASETS[wildcards.dataset])


def folder(path):
    """The folder of a file."""
    return os.path.dirname(path)


def folder_of_output(wildcards, output):
    """A params function: the folder that all outputs of the rule stand in."""
    return folder(output[0])


def folder_of_exhibits(wildcards, output):
    """A params function: the folder of tables and figures, above the folders that the outputs stand in."""
    return folder(folder(output[0]))


def captioned(path, name, kind):
    """An output that Snakemake's own report shows as well, with the caption that ours has: how it was obtained."""
    caption = f"../report/{name}.rst"
    return report(path, caption=caption, category=f"{kind}s", labels={kind.lower(): name.replace("_", " ")})


def table_files(name):
    """The forms of a table: every figure, as printed, for a paper, for a page."""
    *forms, page = multiext(f"{paths.root}/tables/{name}", ".csv", ".md", ".tex", ".html")
    return [*forms, captioned(page, name, "Table")]


def figure_files(name):
    """The forms of a figure, with its data."""
    *forms, vector, pdf = multiext(f"{paths.root}/figures/{name}", ".csv", ".png", ".svg", ".pdf")
    return [*forms, captioned(vector, name, "Figure"), pdf]


def shown_files(results, *endings):
    """The results that have one of these endings: the pages of tables, the pictures of figures."""
    return [path for path in results if str(path).endswith(endings)]


# Targets are followed back to every job whose time and memory Snakemake records: by its own rules, so not in Python.


@cache
def recorded_files():
    """The benchmark files of all jobs behind the results, found by the same rules and inputs as the jobs are."""
    waiting, seen, found = shown_results(), set(), []
    while waiting:
        path = waiting.pop()
        maker = next((each for each in workflow.rules if each.is_producer(path)), None)
        if maker is None:
            continue
        wildcards = maker.get_wildcards(path)
        job = maker.name, *sorted(wildcards.items())
        if job in seen:
            continue
        seen.add(job)
        if maker.benchmark:
            found.append(str(maker.expand_benchmark(wildcards)))
        waiting += map(str, maker.expand_input(wildcards)[0])
    return sorted(found)


def shown_results():
    """Every result whose making has a cost: tables, figures and single predictions, but not the table of costs."""
    results = [
        *rules.tables.input,
        *rules.figures.input,
        *expand(paths.inspection, dataset=roles.inspected_datasets(experiment)),
    ]
    return [path for path in map(str, results) if path not in rules.costs.output]


def recorded_trainings():
    """The records of all trainings behind the results."""
    start = f"{paths.benchmarks}/train/"
    names = [path.removeprefix(start).removesuffix(".tsv") for path in recorded_files() if path.startswith(start)]
    return [paths.train_json.replace(RUN, name) for name in names]
