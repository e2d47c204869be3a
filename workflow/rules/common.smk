"""What all rules share: the config, the path patterns, and the functions that give a rule its slice of the config."""

import json
import os
import shlex
import sys
from pathlib import Path

# Of this file and not of the main Snakefile: another workflow may use this one as a module.
WORKFLOW = Path(str(workflow.current_basedir)).parent
sys.path.insert(0, str(WORKFLOW))

from knnkd.experiment import config as knnkd_config
from knnkd.experiment import grids, resolve
from knnkd.corpus.download import file_name
from knnkd.core.errors import KnnKdError
from knnkd.core.flags import JOBS_PER_GPU
from knnkd.experiment.lineage import Training, lineage

try:
    config = knnkd_config.complete(config)
except KnnKdError as error:
    raise WorkflowError(str(error))


def one_of(names):
    """A wildcard constraint that matches one of `names`, or nothing where there is none."""
    return "|".join(map(re.escape, names)) or "(?!)"


DATASETS = config["datasets"]
GENERATED = [name for name, dataset in DATASETS.items() if "generator" in dataset]
FETCHED = [name for name in DATASETS if name not in GENERATED]
SPLITS = ("train", "valid", "test")
TEST_OF = resolve.TEST_OF
TINY_BERT = [name for name in DATASETS if resolve.section(config, "bert", name)["teacher"] == "tiny"]
FETCHED_BERT = [name for name in DATASETS if name not in TINY_BERT]
TRAINED = resolve.trained_systems(config)
KNN_MT = [name for name, system in config["systems"].items() if "base" in system]
MODELS = [name for name in config["systems"] if name not in KNN_MT]
ADOPTED = [name for name, model in config["pretrained"].items() if "checkpoint" in model]
OWN_BPE = [name for name, dataset in DATASETS.items() if "bpe" in dataset]
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


# Every path pattern of the workflow.
R = f"{config['results']}/{config['experiment']}"
CORPUS = f"{R}/corpus/{{dataset}}"
RUN = "{dataset}/{system}/seed{seed}"
RAW, TEXT, TOK, BPE = (f"{CORPUS}/{name}" for name in ("raw", "text", "tok", "bpe"))
MANIFEST, CODES, WORDPIECE = f"{CORPUS}/manifest.json", f"{CORPUS}/codes", f"{CORPUS}/wordpiece"
TRANSLATIONS, DISTILLED = f"{R}/translations/{RUN}/{{scatteritem}}", f"{R}/distilled/{RUN}"
DATA, DATA_WORDPIECE = f"{R}/data/{{dataset}}/bpe", f"{R}/data/{{dataset}}/wordpiece"
DATA_DISTILLED = f"{R}/data/{{dataset}}/distilled/{{system}}/seed{{seed}}"
DOWNLOADS = f"{R}/downloads"
PRETRAINED = f"{R}/pretrained/{{model}}"
TRAIN = f"{R}/train/{RUN}"
CHECKPOINT, TRAIN_JSON = f"{TRAIN}/checkpoint_best.pt", f"{TRAIN}/train.json"
CHOSEN = f"{R}/chosen/{{dataset}}/{{system}}/chosen.json"
DATASTORE = f"{R}/datastore/{RUN}"
SHARD = f"{R}/shards/{RUN}/{{scatteritem}}"
CANDIDATES = f"{R}/candidates/knn/{RUN}"
BERT = f"{R}/bert/{{dataset}}/pretrained"
BERT_TUNED, BERT_CANDIDATES = f"{R}/bert/{{dataset}}/seed{{seed}}", f"{R}/candidates/bert/{{dataset}}/seed{{seed}}"
INDEX, TUNED = f"{R}/index/{RUN}", f"{R}/knn_mt/{RUN}"
HYPOTHESES = f"{R}/hypotheses/{RUN}/{{split}}"
SCORE, MEASURES = f"{R}/scores/{RUN}/{{split}}.json", f"{R}/measures/{RUN}/{{split}}.json"
SIGNIFICANCE = f"{R}/significance/{{dataset}}/{{baseline}}/seed{{seed}}/{{split}}.json"
CASE_STUDY, INSPECTION = f"{R}/case_study.json", f"{R}/inspection/{{dataset}}.json"
SCORES, SPEED = f"{R}/scores.csv", f"{R}/speed.csv"
TRAININGS = f"{R}/trainings.csv"
SETTINGS, REPORT = f"{R}/settings.yaml", f"{R}/report.html"
BENCH = f"{R}/bench/{{dataset}}"
LOG, BENCHMARK, WORK = f"{R}/logs", f"{R}/benchmarks", f"{R}/work"
PAPER = os.path.relpath(WORKFLOW / "report" / "paper_results.csv")


def flags(settings):
    """A dict as command-line flags: true is a bare flag, false and null are left out, a list is several values."""
    words = []
    for key, value in settings.items():
        values = value if isinstance(value, (list, tuple)) else [] if value is True else [value]
        if value is not None and value is not False:
            words.extend([f"--{key.replace('_', '-')}", *map(str, values)])
    return shlex.join(words)


def section(name, *keys):
    """A params function: the given keys of a config section, as flags, for the dataset (and system) at hand."""

    def of(wildcards):
        settings = resolve.section(config, name, wildcards.dataset, wildcards.get("system"))
        return flags({key: settings[key] for key in keys})

    return of


def threads_of(name):
    """A threads function: the section's `threads` for the dataset (and system) at hand."""
    return lambda wildcards: resolve.section(config, name, wildcards.dataset, wildcards.get("system"))["threads"]


def of_dataset(function):
    """A params function of the dataset's block in the config."""
    return lambda wildcards: function(DATASETS[wildcards.dataset])


def languages(dataset):
    """The dataset's languages as flags."""
    return flags({key: dataset[key] for key in ("source_lang", "target_lang")})


def folder(path):
    """The folder of a file."""
    return os.path.dirname(path)


def folder_of_output(wildcards, output):
    """A params function: the folder that all outputs of the rule stand in."""
    return folder(output[0])


def captioned(path, name, kind):
    """An output that Snakemake's own report shows as well, with the caption that ours has: how it was obtained."""
    caption = f"../report/{name}.rst"
    return report(path, caption=caption, category=f"{kind}s", labels={kind.lower(): name.replace("_", " ")})


def table_files(name):
    """The forms of a table: every figure, as printed, for a paper, for a page."""
    *forms, page = multiext(f"{R}/tables/{name}", ".csv", ".md", ".tex", ".html")
    return [*forms, captioned(page, name, "Table")]


def figure_files(name):
    """The forms of a figure, with its data."""
    *forms, vector, pdf = multiext(f"{R}/figures/{name}", ".csv", ".png", ".svg", ".pdf")
    return [*forms, captioned(vector, name, "Figure"), pdf]


def runs(pattern, systems, datasets, splits=("test",)):
    """Every path of `pattern` for the systems, datasets, splits and all seeds, but for what the config leaves out."""
    paths = []
    for dataset in datasets:
        for system in systems:
            if resolve.is_run(config, dataset, system):
                named = {"dataset": dataset, "system": system, "split": splits}
                paths += expand(pattern, seed=resolve.seeds_of(config, dataset, system), **named)
    return paths


class Run:
    """The wildcards of one run, for the functions of inputs.smk and shown.smk, where several are spoken of at once."""

    def __init__(self, **values):
        vars(self).update(values)

    def items(self):
        return vars(self).items()

    def get(self, name, default=None):
        return vars(self).get(name, default)
