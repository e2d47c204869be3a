"""Where corpora and pre-trained models come from: sources, archives, and the files that cleaning reads.

A source is a block of the config with its URLs and members as lists, under `urls` and `members`. The functions that
take an experiment and a run return paths; an empty list says that there is no such file.
"""

from collections.abc import Iterable
from typing import Any

from knnkd.corpus.download import file_name
from knnkd.experiment import runs
from knnkd.experiment.runs import Experiment, Run, fill

PARTS = ("checkpoint", "dictionary", "codes")  # of a pre-trained model
LISTS = {"url": "urls", "member": "members"}  # keys of a source that hold one value or several


def listed(block: dict[str, Any]) -> dict[str, Any]:
    """Return a source from its block of the config."""
    return {LISTS.get(key, key): _as_list(value) if key in LISTS else value for key, value in block.items()}


def _as_list(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def source(experiment: Experiment, dataset: str, split: str, language: str) -> dict[str, Any]:
    """Return the source of one file of a corpus."""
    return listed(experiment.datasets[dataset]["sources"][split][language])


def parts(experiment: Experiment, model: str) -> dict[str, dict[str, Any]]:
    """Return the sources of a pre-trained model from elsewhere: {part: source}."""
    block = experiment.config["pretrained"][model]
    return {part: listed(block[part]) for part in PARTS}


def local_parts(experiment: Experiment, model: str) -> list[str]:
    """Return the local files among them, so that a change to them is seen; what has a URL is no input."""
    return list(dict.fromkeys(each["path"] for each in parts(experiment, model).values() if "path" in each))


# Archives: each is fetched once for all its members.


def archive_of(source: dict[str, Any]) -> str | None:
    """Return the name of the archive that a source is a member of; None for a plain file or a local one."""
    if "urls" not in source or "members" not in source:
        return None
    return source.get("file") or file_name(source["urls"][0])


def archives(experiment: Experiment) -> dict[str, dict[str, Any]]:
    """Return {name: source} of all archives that corpora are members of."""
    named: dict[str, dict[str, Any]] = {}
    for dataset in experiment.fetched:
        for files in experiment.datasets[dataset]["sources"].values():
            for each in map(listed, files.values()):
                if name := archive_of(each):
                    named[name] = {key: each[key] for key in ("urls", "sha256", "file") if key in each}
    return named


def local_source(experiment: Experiment, dataset: str, split: str, language: str) -> list[str]:
    """Return the local file or the archive of a source, so that a change to it is seen; what has a URL is no input."""
    block = source(experiment, dataset, split, language)
    if archive := archive_of(block):
        return [f"{experiment.paths.downloads}/{archive}"]
    return [block["path"]] if "path" in block else []


# Cleaning and subwords


def raw_text(experiment: Experiment, run: Run) -> list[str]:
    """Return the raw files of a fetched corpus, or the folder of a generated one."""
    raw, dataset = fill(experiment.paths.raw, run), experiment.datasets[run.dataset]
    if run.dataset in experiment.generated:
        return raw
    languages = (dataset["source_lang"], dataset["target_lang"])
    return [f"{raw[0]}/{split}.{language}" for split in dataset["sources"] for language in languages]


def model_codes(experiment: Experiment, run: Run) -> list[str]:
    """Return the codes of the pre-trained model where cleaning must know its subwords; else none."""
    return runs.codes(experiment, run) if drops_overlong(experiment, run) else []


def model_dictionaries(experiment: Experiment, run: Run) -> list[str]:
    """Return its dictionaries likewise."""
    return runs.dictionaries(experiment, run) if drops_overlong(experiment, run) else []


def drops_overlong(experiment: Experiment, run: Run) -> bool:
    """Return whether training pairs that are too long for the pre-trained model are dropped."""
    return bool(experiment.datasets[run.dataset]["clean"]["drop_overlong"])


def with_bpe(experiment: Experiment) -> list[str]:
    """Return the datasets whose subwords are learned on their text."""
    return [name for name, dataset in experiment.datasets.items() if "bpe" in dataset]
