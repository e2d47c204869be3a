"""The settings of the stages from a source to binary data, as the rules hand them to their scripts.

What says where bytes are found, whose they are, and how many there must be is no setting: it changes nothing of them,
and another mirror must not retrain anything. It has its functions here (`where`, `credit`, `expected`).
"""

from typing import Any

from knnkd.experiment import corpora
from knnkd.experiment.corpora import archive_of
from knnkd.experiment.resolve import is_joint
from knnkd.experiment.runs import Experiment, Run

ADDRESSES = ("urls", "packed")  # where a file may be had, which is no setting once its sum says what it is
RULES = ("min_tokens", "max_tokens", "max_ratio", "max_characters", "drop_duplicates", "drop_overlap")


def languages(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return the languages of a dataset, the source first."""
    return _languages(experiment.datasets[run.dataset])


def _languages(block: dict[str, Any]) -> dict[str, Any]:
    return {"languages": [block["source_lang"], block["target_lang"]]}


def generator(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return which corpus is generated: the fields of `synthetic.generate.Draw`."""
    return dict(experiment.datasets[run.dataset]["generator"])


# Sources: the fields of `Wanted`, `Where` and `Credits` of `corpus.sources`.


def identity(source: dict[str, Any]) -> dict[str, Any]:
    """Return what a source is; where a checksum says it, its URLs do not matter."""
    return {key: value for key, value in source.items() if key not in ADDRESSES or "sha256" not in source}


def mirrors(experiment: Experiment, source: dict[str, Any]) -> dict[str, Any]:
    """Return where a source may be had; where no sum is given, that of its first fetch is recorded."""
    places: dict[str, Any] = {"data_dir": experiment.config["data_dir"]}
    if "urls" in source and "sha256" in source:
        places |= {key: source[key] for key in ADDRESSES if key in source}
    elif "urls" in source:
        places["checksums"] = experiment.config["checksums"]
    return places


def wanted(experiment: Experiment, dataset: str, split: str, language: str) -> dict[str, Any]:
    """Return what one file of a corpus is: a member of an archive is taken out of the file that was fetched."""
    source = corpora.source(experiment, dataset, split, language)
    if not archive_of(source):
        return identity(source)
    inside = {key: value for key, value in source.items() if key not in (*ADDRESSES, "sha256", "file")}
    return {"path": corpora.local_source(experiment, dataset, split, language)[0]} | inside


def where(experiment: Experiment, dataset: str, split: str, language: str) -> dict[str, Any]:
    """Return where it may be had."""
    source = corpora.source(experiment, dataset, split, language)
    return mirrors(experiment, {} if archive_of(source) else source)


def archive(experiment: Experiment, name: str) -> dict[str, Any]:
    """Return what an archive is."""
    return identity(corpora.archives(experiment)[name])


def archive_where(experiment: Experiment, name: str) -> dict[str, Any]:
    """Return where it may be had."""
    return mirrors(experiment, corpora.archives(experiment)[name])


def credit(experiment: Experiment, dataset: str) -> dict[str, Any]:
    """Return what is said with the downloads of a corpus: licence and citation."""
    return _credit(experiment.datasets[dataset])


def _credit(block: dict[str, Any]) -> dict[str, Any]:
    return {key: block[key] for key in ("licence", "citation") if key in block}


def model(experiment: Experiment, name: str) -> dict[str, Any]:
    """Return what a pre-trained model from elsewhere is: its languages and its parts."""
    parts = {part: identity(source) for part, source in corpora.parts(experiment, name).items()}
    return _languages(experiment.config["pretrained"][name]) | parts


def model_where(experiment: Experiment, name: str) -> dict[str, Any]:
    """Return where each of its parts may be had; a local one is where it is."""
    return {
        part: mirrors(experiment, source) if "urls" in source else {}
        for part, source in corpora.parts(experiment, name).items()
    }


def model_credit(experiment: Experiment, name: str) -> dict[str, Any]:
    """Return what is said with its download."""
    return _credit(experiment.config["pretrained"][name])


# From raw text to binary data


def cleaning(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return which pairs stay, and how they are tokenised: the fields of `corpus.cleaned.Cleaning`."""
    dataset = experiment.datasets[run.dataset]
    clean, text = dataset["clean"], dict(dataset["tokenise"])
    text["tokenise"] = text.pop("moses")
    settings = languages(experiment, run) | {
        "splits": clean["splits"],
        "rules": {name: clean[name] for name in RULES},
        "text": text,
        "valid_every": clean["valid_every"],
    }
    if not corpora.drops_overlong(experiment, run):
        return settings
    return settings | {"max_positions": experiment.section("model", run)["max_positions"]}


def adoption(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return what a data-bin is taken for: the fields of `corpus.data_bin.Adoption`."""
    text = dict(experiment.datasets[run.dataset]["tokenise"])
    text["tokenise"] = text.pop("moses")
    limit = experiment.section("model", Run(run.dataset))["max_positions"]
    return languages(experiment, run) | {"max_positions": limit, "text": text}


def data_bin(experiment: Experiment, run: Run) -> str:
    """Return the folder of a corpus that is binarised already."""
    return experiment.datasets[run.dataset]["data_bin"]


def expected(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return the pairs that splits must end with after cleaning."""
    return dict(experiment.datasets[run.dataset]["expect"])


def bpe(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return how a dataset's subwords are learned: the fields of `corpus.bpe.Learning`."""
    return languages(experiment, run) | experiment.datasets[run.dataset]["bpe"]


def segmentation(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return what text is cut into subwords: the fields of `corpus.length_limits.Segmentation`."""
    limit = experiment.section("model", Run(run.dataset))["max_positions"]
    settings = languages(experiment, run) | {"max_positions": limit}
    return settings | ({"unknown": True} if corpora.is_binary(experiment, run.dataset) else {})


def binary(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return what is binarised: the fields of `corpus.binarise.Binary`."""
    return languages(experiment, run) | {"joint": is_joint(experiment.config, run.dataset)}
