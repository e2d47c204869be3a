"""Where corpora and pre-trained models come from: sources, archives, and the files that cleaning reads.

A source is a block of the config with its URLs and members as lists, under `urls` and `members`; `packed` has the
member of each URL that is an archive where the others are the file itself. The functions that
take an experiment and a run return paths; an empty list says that there is no such file.
"""

from collections.abc import Iterable
from itertools import product
from typing import Any

from knnkd.corpus.download import file_name
from knnkd.experiment import runs
from knnkd.experiment.runs import Experiment, Run, fill

PARTS = ("checkpoint", "dictionary", "target_dictionary", "codes")  # of a pre-trained model; the third may be missing
LISTS = {"url": "urls", "member": "members"}  # keys of a source that hold one value or several
OF_ANY = {"url", "path", "sha256", "file", "member", "form"}  # keys of a source of any form; the others are options
BOTH = "both"  # stands where a language does, for a source that holds both


def listed(block: dict[str, Any]) -> dict[str, Any]:
    """Return a source from its block of the config."""
    found = {LISTS.get(key, key): _as_list(value) if key in LISTS else value for key, value in block.items()}
    if packed := {each["url"]: each["member"] for each in found.get("urls", []) if isinstance(each, dict)}:
        found |= {"urls": addresses(block), "packed": packed}
    options = {key: found.pop(key) for key in block if key not in OF_ANY}
    return found | ({"options": options} if options else {})


def addresses(block: dict[str, Any], packed: bool = True) -> list[str]:
    """Return the URLs of a source's block; packed: also those that have the file in an archive of their own."""
    urls = _as_list(block.get("url", []))
    return [each if isinstance(each, str) else each["url"] for each in urls if packed or isinstance(each, str)]


def _as_list(value: str | Iterable[Any]) -> list[Any]:
    return [value] if isinstance(value, str) else list(value)


def source(experiment: Experiment, dataset: str, split: str, language: str) -> dict[str, Any]:
    """Return the source of one file of a corpus."""
    block = experiment.datasets[dataset]
    sources = block["sources"][split]
    if BOTH not in sources:
        return listed(sources[language])
    return listed(sources[BOTH]) | {"languages": [block["source_lang"], block["target_lang"]], "language": language}


def parts(experiment: Experiment, model: str) -> dict[str, dict[str, Any]]:
    """Return the sources of a pre-trained model from elsewhere: {part: source}."""
    block = experiment.config["pretrained"][model]
    return {part: listed(block[part]) for part in PARTS if part in block}


def local_parts(experiment: Experiment, model: str) -> list[str]:
    """Return the local files among them, so that a change to them is seen; what has a URL is no input."""
    return list(dict.fromkeys(each["path"] for each in parts(experiment, model).values() if "path" in each))


# Archives, and files that hold both languages: each is fetched once for all that is taken out of it.


def archive_of(source: dict[str, Any]) -> str | None:
    """Return the archive, or file of both languages, that a source is in, by its name; None where it is neither."""
    if "urls" not in source or not ("members" in source or "languages" in source):
        return None
    return source.get("file") or file_name(next(url for url in source["urls"] if url not in source.get("packed", {})))


def is_binary(experiment: Experiment, dataset: str) -> bool:
    """Return whether a corpus is read from fairseq's binary data, in which an unknown word is `<unk>`."""
    sides = (side for split in experiment.datasets[dataset].get("sources", {}).values() for side in split.values())
    return any(side.get("form") == "fairseq_binary" for side in sides)


def archives(experiment: Experiment) -> dict[str, dict[str, Any]]:
    """Return {name: source} of all archives that corpora are members of."""
    named: dict[str, dict[str, Any]] = {}
    for dataset in experiment.fetched:
        block = experiment.datasets[dataset]
        for split, language in product(block["sources"], (block["source_lang"], block["target_lang"])):
            each = source(experiment, dataset, split, language)
            if name := archive_of(each):
                named[name] = {key: each[key] for key in ("urls", "packed", "sha256", "file") if key in each}
    return named


def local_source(experiment: Experiment, dataset: str, split: str, language: str) -> list[str]:
    """Return the local file or the archive of a source, so that a change to it is seen; what has a URL is no input."""
    block = source(experiment, dataset, split, language)
    if archive := archive_of(block):
        return [f"{experiment.paths.downloads}/{archive}"]
    return [block["path"]] if "path" in block else []


# Data of a fairseq project, taken as it is


def data_bin_files(experiment: Experiment, run: Run) -> list[str]:
    """Return the files of a corpus that is binarised already, so that a change to them is seen."""
    block = experiment.datasets[run.dataset]
    languages = (block["source_lang"], block["target_lang"])
    names = [f"dict.{language}.txt" for language in languages]
    for split, language, kind in product(runs.SPLITS, languages, ("bin", "idx")):
        names.append(f"{split}.{'-'.join(languages)}.{language}.{kind}")
    return [f"{block['data_bin']}/{name}" for name in names]


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
