"""The settings from a source to binary data: narrow slices, read by the scripts' own dataclasses."""

import copy
import json

import pytest
import yaml
from support.corpus import tiny
from support.workflow import ROOT, TINY

from knnkd.core.errors import KnnKdError
from knnkd.core.settings import read_settings
from knnkd.corpus.binarise import Binary
from knnkd.corpus.bpe import Learning
from knnkd.corpus.clean import Rules, TextSettings
from knnkd.corpus.cleaned import Cleaning
from knnkd.corpus.length_limits import Segmentation
from knnkd.corpus.sources import Credits, Source, Wanted, Where
from knnkd.experiment import corpus_settings
from knnkd.experiment.config import complete
from knnkd.experiment.runs import Experiment, Run
from knnkd.synthetic.generate import Draw

SUM = "a" * 64


@pytest.fixture(scope="module")
def paper():
    return Experiment(complete(yaml.safe_load((ROOT / "config" / "paper.yaml").read_text(encoding="utf-8"))))


def test_a_mirror_in_an_archive_is_where_and_not_what(paper):
    """Where a sum is known, its URLs and their members change nothing of the file."""
    own = "https://nlp.stanford.edu/projects/nmt/data/iwslt15.en-vi/train.vi"
    source = {"urls": [own, "https://host/pack.tgz"], "packed": {"https://host/pack.tgz": "*train.vi"}}
    assert corpus_settings.identity(source) == source
    assert corpus_settings.identity(source | {"sha256": SUM}) == {"sha256": SUM}
    places = corpus_settings.mirrors(paper, source | {"sha256": SUM})
    assert {key: places[key] for key in source} == source
    listed = corpus_settings.wanted(paper, "iwslt15_en_vi", "train", "vi")
    assert listed["urls"][0] == own and list(listed["packed"].values()) == ["*train.vi"]
    Source.of(read(listed, Wanted), read(places | {"data_dir": None}, Where))


def changed(*path, value):
    """The tiny experiment with another value at a place of its config."""
    config = copy.deepcopy(TINY)
    place = config
    for key in path[:-1]:
        place = place.setdefault(key, {})
    place[path[-1]] = value
    return Experiment(complete(config))


def read(values, kind):
    return read_settings(json.dumps(values), kind)


KINDS = {
    corpus_settings.generator: Draw,
    corpus_settings.cleaning: Cleaning,
    corpus_settings.bpe: Learning,
    corpus_settings.segmentation: Segmentation,
    corpus_settings.binary: Binary,
}


@pytest.mark.parametrize(("function", "kind"), KINDS.items(), ids=lambda each: each.__name__)
def test_each_slice_is_what_its_dataclass_takes(function, kind):
    values = function(tiny(), Run("tiny_de_en"))
    read(values, kind)
    with pytest.raises(KnnKdError, match="unknown field extra"):
        read(values | {"extra": 1}, kind)


def test_the_values():
    run = Run("tiny_law")
    cleaning = read(corpus_settings.cleaning(tiny(), run), Cleaning)
    assert cleaning == Cleaning(("de", "en"), ["train"], Rules(max_ratio=9), TextSettings(), None, 256)
    assert corpus_settings.binary(tiny(), run) == {"languages": ["de", "en"], "joint": True}
    assert read(corpus_settings.bpe(tiny(), Run("tiny_de_en")), Learning) == Learning(("de", "en"), 300, True)
    assert corpus_settings.segmentation(tiny(), run) == {"languages": ["de", "en"], "max_positions": 256}
    draw = read(corpus_settings.generator(tiny(), run), Draw)
    assert draw == Draw("mini_law", seed=1, train=300, valid=30, test=30)
    assert corpus_settings.expected(tiny(), Run("tiny_de_en")) == {"valid": 40, "test": 40}
    assert corpus_settings.expected(tiny(), run) == {}


def test_tokenised_text_is_not_tokenised_again(paper):
    cleaning = read(corpus_settings.cleaning(paper, Run("iwslt15_en_vi")), Cleaning)
    assert cleaning.text == TextSettings(tokenise=False, escape=True)
    assert read(corpus_settings.cleaning(paper, Run("iwslt14_de_en")), Cleaning).valid_every == 23


@pytest.mark.parametrize(
    ("path", "value", "touched"),
    [
        (["datasets", "tiny_de_en", "clean"], {"max_tokens": 9}, {"cleaning"}),
        (["datasets", "tiny_de_en", "expect"], {"train": 9}, set()),
        (["datasets", "tiny_de_en", "label"], "other", set()),
        (["datasets", "tiny_de_en", "bpe", "merges"], 9, {"bpe"}),
        (["datasets", "tiny_de_en", "generator", "seed"], 9, {"generator"}),
        (["model", "max_positions"], 300, {"segmentation"}),
        (["training", "lr"], 0.5, set()),
    ],
)
def test_a_change_touches_the_stages_that_use_it(path, value, touched):
    other, run = changed(*path, value=value), Run("tiny_de_en")
    assert {each.__name__ for each in KINDS if each(tiny(), run) != each(other, run)} == touched


def test_joint_subwords_are_one_dictionary():
    other, run = Experiment(copy.deepcopy(tiny().config)), Run("tiny_de_en")
    other.config["datasets"]["tiny_de_en"]["bpe"]["joint"] = False
    assert {each.__name__ for each in KINDS if each(tiny(), run) != each(other, run)} == {"bpe", "binary"}


def test_positions_count_in_cleaning_where_what_is_too_long_is_dropped():
    other = changed("model", "max_positions", value=300)
    assert corpus_settings.cleaning(other, Run("tiny_law"))["max_positions"] == 300
    assert "max_positions" not in corpus_settings.cleaning(other, Run("tiny_de_en"))


# Sources: what a file is, and where it may be had


def experiment_of(source, **config):
    """An experiment one of whose files comes from `source`."""
    whole = copy.deepcopy(TINY) | config
    dataset = whole["datasets"]["tiny_de_en"] | {"licence": "MIT"}
    del dataset["generator"], dataset["expect"]
    files = {
        split: {each: {"path": f"{split}.{each}"} for each in ("de", "en")} for split in ("train", "valid", "test")
    }
    files["train"]["de"] = source
    whole["datasets"]["tiny_de_en"] = dataset | {"sources": files}
    return Experiment(complete(whole))


FILE = ("tiny_de_en", "train", "de")
URLS = ["https://host/a.gz", "https://mirror/a.gz"]


@pytest.mark.parametrize(
    ("source", "wanted", "where"),
    [
        ({"path": "a.de"}, {"path": "a.de"}, {}),
        ({"url": URLS}, {"urls": URLS}, {"checksums": "config/checksums.json"}),
        ({"url": URLS, "sha256": SUM}, {"sha256": SUM}, {"urls": URLS}),
        (
            {"url": "https://host/a.tgz", "member": "b", "form": "ted_tags"},
            {"path": "results/tiny/downloads/a.tgz", "members": ["b"], "form": "ted_tags"},
            {},
        ),
        (
            {"url": "https://host/?id=1", "file": "a.zip", "sha256": SUM, "member": ["b", "c"]},
            {"path": "results/tiny/downloads/a.zip", "members": ["b", "c"]},
            {},
        ),
    ],
    ids=["local", "without sum", "with sum", "member", "member of a pinned archive"],
)
def test_where_a_sum_says_what_a_file_is_its_urls_are_no_setting(source, wanted, where):
    experiment = experiment_of(source)
    assert corpus_settings.wanted(experiment, *FILE) == wanted
    assert corpus_settings.where(experiment, *FILE) == {"data_dir": None} | where
    assert Source.of(read(wanted, Wanted), read(where, Where))


def test_archives():
    source = {"url": URLS[:1], "file": "a.tgz", "member": "b"}
    experiment = experiment_of(source, checksums="sums.json")
    assert corpus_settings.archive(experiment, "a.tgz") == {"urls": URLS[:1], "file": "a.tgz"}
    assert corpus_settings.archive_where(experiment, "a.tgz") == {"data_dir": None, "checksums": "sums.json"}
    pinned = experiment_of(source | {"sha256": SUM})
    assert corpus_settings.archive(pinned, "a.tgz") == {"sha256": SUM, "file": "a.tgz"}
    assert corpus_settings.archive_where(pinned, "a.tgz") == {"data_dir": None, "urls": URLS[:1]}


def test_where_bytes_are_found_is_no_setting(tmp_path):
    source = {"url": URLS, "sha256": SUM}
    here, there = experiment_of(source), experiment_of(source | {"url": URLS[1]}, data_dir=str(tmp_path))
    assert corpus_settings.wanted(here, *FILE) == corpus_settings.wanted(there, *FILE)
    assert corpus_settings.where(there, *FILE) == {"data_dir": str(tmp_path), "urls": URLS[1:]}


def test_whose_a_corpus_is():
    assert corpus_settings.credit(experiment_of({"path": "a"}), "tiny_de_en") == {"licence": "MIT"}
    assert corpus_settings.credit(tiny(), "tiny_de_en") == {}
    assert read({"licence": "MIT"}, Credits) == Credits("MIT")


def test_a_pretrained_model_from_elsewhere(paper):
    model = corpus_settings.model(paper, "wmt19")
    (url,) = model["checkpoint"]["urls"]
    assert list(model) == ["languages", "checkpoint", "dictionary", "codes"]
    assert model["codes"] == {"urls": [url], "members": ["*ende30k.fastbpe.code"]}
    places = corpus_settings.model_where(paper, "wmt19")
    held = {"data_dir": None, "checksums": "config/checksums.json"}
    assert places == dict.fromkeys(("checkpoint", "dictionary", "codes"), held)
    config = copy.deepcopy(paper.config)
    config["pretrained"]["wmt19"]["checkpoint"]["sha256"] = SUM
    config["pretrained"]["wmt19"]["codes"] = {"path": "codes"}
    other = Experiment(config)
    assert "urls" not in corpus_settings.model(other, "wmt19")["checkpoint"]
    assert corpus_settings.model_where(other, "wmt19")["checkpoint"]["urls"] == [url]
    assert corpus_settings.model_where(other, "wmt19")["codes"] == {}
    assert corpus_settings.model_credit(paper, "wmt19")["licence"] == "MIT (fairseq)"
