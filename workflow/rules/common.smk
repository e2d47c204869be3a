"""What all rules share: the config, the path patterns, and the functions that give a rule its slice of the config."""

import os
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow"))

from knnkd import config as knnkd_config
from knnkd.errors import KnnKdError

try:
    config = knnkd_config.complete(config)
except KnnKdError as error:
    raise WorkflowError(str(error))

DATASETS = config["datasets"]
GENERATED = [name for name, dataset in DATASETS.items() if "generator" in dataset]
FETCHED = [name for name in DATASETS if name not in GENERATED]
SPLITS = ("train", "valid", "test")
SEARCH_ENV = f"../../envs/search-{config['search']['faiss']}.yaml"


def one_of(names):
    """A wildcard constraint that matches one of `names`, or nothing where there is none."""
    return "|".join(map(re.escape, names)) or "(?!)"


wildcard_constraints:
    dataset=one_of(DATASETS),
    system=one_of(config["systems"]),
    seed=r"\d+",
    split=one_of(SPLITS),
    language="[a-z]{2,3}",


scattergather:
    search=config["search"]["shards"],


# Every path pattern of the workflow.
R = f"{config['results']}/{config['experiment']}"
CORPUS = f"{R}/corpus/{{dataset}}"
RUN = "{dataset}/{system}/seed{seed}"
RAW, TEXT, TOK, BPE = (f"{CORPUS}/{name}" for name in ("raw", "text", "tok", "bpe"))
MANIFEST, CODES = f"{CORPUS}/manifest.json", f"{CORPUS}/codes"
DATA_BIN = f"{R}/data/{{dataset}}"
TRAIN = f"{R}/train/{RUN}"
CHECKPOINT, TRAIN_JSON = f"{TRAIN}/checkpoint_best.pt", f"{TRAIN}/train.json"
DATASTORE = f"{R}/datastore/{RUN}"
SHARD = f"{R}/shards/{RUN}/{{scatteritem}}"
CANDIDATES = f"{R}/candidates/knn/{RUN}"
HYPOTHESES = f"{R}/hypotheses/{RUN}/{{split}}"
SCORE = f"{R}/scores/{RUN}/{{split}}.json"
SCORES = f"{R}/scores.csv"
TABLE = f"{R}/tables/{{table}}"
FIGURE = f"{R}/figures/{{figure}}"
LOG, BENCHMARK = f"{R}/logs", f"{R}/benchmarks"
SCRIPTS = os.path.relpath(Path(workflow.basedir) / "workflow" / "scripts")
PAPER = os.path.relpath(Path(workflow.basedir) / "workflow" / "report" / "paper_results.csv")


def flags(settings, **renamed):
    """A dict as command-line flags: true is a bare flag, false and null are left out, a list is several values."""
    words = []
    for key, value in settings.items():
        flag = "--" + renamed.get(key, key).replace("_", "-")
        if value is None or value is False:
            continue
        words += [flag] if value is True else [flag, *map(str, value if isinstance(value, (list, tuple)) else [value])]
    return shlex.join(words)


def section(name, *keys):
    """A params function: the given keys of a config section, as flags, for the dataset (and system) at hand."""

    def of(wildcards):
        settings = knnkd_config.section(config, name, wildcards.dataset, wildcards.get("system"))
        return flags({key: settings[key] for key in keys})

    return of


def threads_of(name):
    """A threads function: the section's `threads` for the dataset (and system) at hand."""
    return lambda wildcards: knnkd_config.section(config, name, wildcards.dataset, wildcards.get("system"))["threads"]


def of_dataset(function):
    """A params function of the dataset's block in the config."""
    return lambda wildcards: function(DATASETS[wildcards.dataset])


def languages(dataset):
    """The dataset's languages as flags."""
    return flags({key: dataset[key] for key in ("source_lang", "target_lang")})


def runs(pattern, systems, datasets, splits=("test",)):
    """Every path of `pattern` for the systems, datasets, splits and all seeds."""
    return expand(pattern, dataset=datasets, system=systems, seed=config["seeds"], split=splits)
