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
    seed="[0-9]{1,9}",
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
LOG, BENCHMARK = f"{R}/logs", f"{R}/benchmarks"
SCRIPTS = os.path.relpath(Path(workflow.basedir) / "workflow" / "scripts")
PAPER = os.path.relpath(Path(workflow.basedir) / "workflow" / "report" / "paper_results.csv")


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


def folder(path):
    """The folder of a file."""
    return os.path.dirname(path)


def folder_of_output(wildcards, output):
    """A params function: the folder that all outputs of the rule stand in."""
    return folder(output[0])


def runs(pattern, systems, datasets, splits=("test",)):
    """Every path of `pattern` for the systems, datasets, splits and all seeds."""
    return expand(pattern, dataset=datasets, system=systems, seed=config["seeds"], split=splits)


# Corpus


def source_flags(wildcards):
    """One source of the config as flags of fetch_source.py."""
    source = dict(DATASETS[wildcards.dataset]["sources"][wildcards.split][wildcards.language])
    source["url"] = [source["url"]] if isinstance(source.get("url"), str) else source.get("url")
    urls = " ".join(f"--url {shlex.quote(url)}" for url in source.pop("url") or [])
    return f"{urls} {flags(source)}"


def local_source(wildcards):
    """The local file that a source names, so that a change to it is seen; a URL is no input."""
    source = DATASETS[wildcards.dataset]["sources"][wildcards.split][wildcards.language]
    return [source["path"]] if "path" in source else []


def clean_flags(dataset):
    """The sections clean, tokenise and expect as flags of clean_corpus.py."""
    clean, tokenise = dict(dataset["clean"]), dict(dataset["tokenise"])
    if not tokenise.pop("moses"):
        tokenise["no_tokenise"] = True
    expect = [f"{split}={count}" for split, count in dataset["expect"].items()]
    # A bare --clean-split says that no split may lose pairs.
    splits = flags({"clean_split": clean.pop("splits")})
    return (
        f"{languages(dataset)} {splits} {flags(clean)} {flags(tokenise)} {flags({'expect': expect} if expect else {})}"
    )


def raw_text(wildcards):
    """The raw files of a fetched corpus, or the folder of a generated one."""
    if wildcards.dataset in GENERATED:
        return RAW
    dataset = DATASETS[wildcards.dataset]
    return expand(
        f"{RAW}/{{split}}.{{language}}",
        split=SPLITS,
        language=[dataset["source_lang"], dataset["target_lang"]],
        allow_missing=True,
    )


# Training


def candidates_of(wildcards):
    """The candidates of the system's teacher, where it has one."""
    goal = knnkd_config.objective(config, wildcards.dataset, wildcards.system)
    if goal["term"] == "none":
        return []
    return expand(f"{CANDIDATES}/meta.json", system=goal["teacher"], dataset=wildcards.dataset, seed=wildcards.seed)


def objective_flags(wildcards):
    """The system's objective as flags of train.py."""
    goal = knnkd_config.objective(config, wildcards.dataset, wildcards.system)
    chosen = ("term", "alpha", "k", "tau") if goal["term"] == "sparse" else ("term",)
    return flags({key: goal[key] for key in chosen})


def fairseq_flags(wildcards):
    """The sections model and training, and the label smoothing, as flags of fairseq-train."""
    dataset, system = wildcards.dataset, wildcards.system
    model = knnkd_config.section(config, "model", dataset)
    training = knnkd_config.section(config, "training", dataset, system)
    smoothing = knnkd_config.objective(config, dataset, system)["label_smoothing"]
    return shlex.join(knnkd_config.fairseq_flags(model, training, smoothing))


# Scores, tables and figures


def shown_runs(pattern):
    """Every run that a table shows, once."""
    tables = config["tables"].values()
    return list(dict.fromkeys(path for shown in tables for path in runs(pattern, shown["systems"], shown["datasets"])))


def labels_of_table2(wildcards):
    """The systems and datasets of Table 2 with their labels, in its order."""
    shown = config["tables"]["table2"]
    return flags(
        {
            "systems": [f"{name}={config['systems'][name]['label']}" for name in shown["systems"]],
            "datasets": [f"{name}={DATASETS[name]['label']}" for name in shown["datasets"]],
        }
    )


def metrics_of_table2(wildcards):
    """By which metric each dataset of Table 2 is judged, and which of the paper's data sets stands beside it."""
    shown = config["tables"]["table2"]["datasets"]
    metrics = [f"{name}={DATASETS[name]['metric']}" for name in shown]
    paper = [f"{name}={DATASETS[name]['paper']}" for name in shown if "paper" in DATASETS[name]]
    return flags({"metrics": metrics, "paper_datasets": paper or None})
