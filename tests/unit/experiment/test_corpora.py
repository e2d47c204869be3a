"""Where corpora come from: sources, archives, raw files, and the subwords that cleaning reads."""

import copy

import pytest
import yaml
from support.corpus import tiny
from support.workflow import ROOT, TINY

from knnkd.core.errors import KnnKdError
from knnkd.experiment import corpora, corpus_settings
from knnkd.experiment.config import complete
from knnkd.experiment.runs import Experiment, Run

ARCHIVE = "https://host/pack.tgz"


def with_sources(**files):
    """The tiny experiment, its first corpus from files: {split}_{language}=source, the others local."""
    config = copy.deepcopy(TINY)
    dataset = config["datasets"]["tiny_de_en"]
    del dataset["generator"], dataset["expect"]
    dataset["sources"] = {
        split: {
            language: files.get(f"{split}_{language}", {"path": f"{split}.{language}"}) for language in ("de", "en")
        }
        for split in ("train", "valid", "test")
    }
    return Experiment(complete(config))


@pytest.fixture(scope="module")
def paper():
    return Experiment(complete(yaml.safe_load((ROOT / "config" / "paper.yaml").read_text(encoding="utf-8"))))


@pytest.mark.parametrize(
    ("block", "source"),
    [
        ({"url": "a", "member": "b", "form": "lines"}, {"urls": ["a"], "members": ["b"], "form": "lines"}),
        ({"url": ["a", "b"], "member": ["c", "d"]}, {"urls": ["a", "b"], "members": ["c", "d"]}),
        ({"path": "a", "sha256": "0"}, {"path": "a", "sha256": "0"}),
        (
            {"url": ["a", {"url": "b.tgz", "member": "c"}], "form": "lines"},
            {"urls": ["a", "b.tgz"], "packed": {"b.tgz": "c"}, "form": "lines"},
        ),
    ],
)
def test_a_source_has_its_urls_and_members_as_lists(block, source):
    assert corpora.listed(block) == source


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ({"urls": [ARCHIVE], "members": ["a"]}, "pack.tgz"),
        ({"urls": ["https://host/x?id=1"], "members": ["a"], "file": "pack.zip"}, "pack.zip"),
        ({"urls": ["https://host/a.gz"]}, None),
        ({"urls": [ARCHIVE, "https://host/a.tmx"], "packed": {ARCHIVE: "a"}, "languages": ["de", "en"]}, "a.tmx"),
        ({"path": "pack.tgz", "members": ["a"]}, None),
    ],
)
def test_the_archive_of_a_source(source, name):
    assert corpora.archive_of(source) == name


def test_archives_are_fetched_once_and_are_inputs():
    member = {"url": [ARCHIVE, "https://mirror/pack.tgz"], "sha256": "0" * 64, "member": "a", "form": "ted_tags"}
    experiment = with_sources(
        train_de=member, train_en=member | {"member": "b"}, test_de={"url": "https://host/test.de"}
    )
    urls = [ARCHIVE, "https://mirror/pack.tgz"]
    assert corpora.archives(experiment) == {"pack.tgz": {"urls": urls, "sha256": "0" * 64}}
    local = {name: corpora.local_source(experiment, "tiny_de_en", *name.split(".")) for name in ("train.en", "test.de")}
    assert local == {"train.en": ["results/tiny/downloads/pack.tgz"], "test.de": []}
    assert corpora.local_source(experiment, "tiny_de_en", "valid", "de") == ["valid.de"]
    assert corpora.archives(tiny()) == {}


def test_raw_text_is_a_folder_or_files():
    assert corpora.raw_text(tiny(), Run("tiny_law")) == ["results/tiny/corpus/tiny_law/raw"]
    raw = corpora.raw_text(with_sources(), Run("tiny_de_en"))
    assert raw[:2] == ["results/tiny/corpus/tiny_de_en/raw/train.de", "results/tiny/corpus/tiny_de_en/raw/train.en"]
    assert len(raw) == 6


def test_no_valid_is_read_where_it_is_split_off(paper):
    names = [path.rpartition("/")[2] for path in corpora.raw_text(paper, Run("iwslt14_de_en"))]
    assert names == ["train.de", "train.en", "test.de", "test.en"]


def test_cleaning_reads_a_models_subwords_where_it_drops_what_is_too_long_for_it(paper):
    for experiment, name, folder in (
        (tiny(), "tiny_law", "results/tiny/corpus/tiny_general"),
        (paper, "law", "results/paper/pretrained/wmt19"),
    ):
        assert corpora.model_codes(experiment, Run(name)) == [f"{folder}/codes"]
        assert corpora.model_dictionaries(experiment, Run(name)) != []
    for function in (corpora.model_codes, corpora.model_dictionaries):
        assert function(tiny(), Run("tiny_de_en")) == []
    config = copy.deepcopy(TINY)
    del config["datasets"]["tiny_law"]["clean"]
    assert corpora.model_codes(Experiment(complete(config)), Run("tiny_law")) == []


def test_subwords_are_learned_where_no_model_brings_them(paper):
    assert corpora.with_bpe(tiny()) == ["tiny_de_en", "tiny_general"]
    assert corpora.with_bpe(paper) == ["iwslt14_de_en", "iwslt15_en_vi"]


def test_the_parts_of_a_pretrained_model(paper):
    parts = corpora.parts(paper, "wmt19")
    assert list(parts) == ["checkpoint", "dictionary", "codes"]
    assert parts["codes"]["members"] == ["*ende30k.fastbpe.code"]
    assert corpora.local_parts(paper, "wmt19") == []
    config = copy.deepcopy(paper.config)
    config["pretrained"]["wmt19"] |= {
        part: {"path": path} for part, path in {"checkpoint": "a.tar", "dictionary": "a.tar", "codes": "codes"}.items()
    }
    assert corpora.local_parts(Experiment(config), "wmt19") == ["a.tar", "codes"]


def test_a_file_of_both_languages_is_asked_for_each_side():
    """With a URL it is fetched once, as an archive is; a local one is read where it is."""
    table = {"form": "tsv", "columns": {"de": 1, "en": 3}, "header": True}
    config = copy.deepcopy(TINY)
    own = config["datasets"]["tiny_de_en"]
    del own["generator"], own["expect"]
    files = {"train": {"url": "https://host/a.tsv.gz"}, "valid": {"path": "a.tsv"}, "test": {"path": "a.tsv"}}
    own["sources"] = {split: {"both": where | table} for split, where in files.items()}
    experiment = Experiment(complete(config))
    assert corpora.archives(experiment) == {"a.tsv.gz": {"urls": ["https://host/a.tsv.gz"]}}
    place = "tiny_de_en", "train", "en"
    assert corpora.local_source(experiment, *place) == ["results/tiny/downloads/a.tsv.gz"]
    assert corpora.local_source(experiment, "tiny_de_en", "test", "de") == ["a.tsv"]
    assert corpus_settings.wanted(experiment, *place) == {
        "path": "results/tiny/downloads/a.tsv.gz",
        "form": "tsv",
        "options": {"columns": {"de": 1, "en": 3}, "header": True},
        "languages": ["de", "en"],
        "language": "en",
    }


@pytest.mark.parametrize(
    ("both", "words"),
    [
        ({"path": "a", "form": "tsv"}, "'columns' is a required property"),
        ({"path": "a", "form": "lines"}, "'lines' is not one of"),
        ({"path": "a", "form": "tmx", "delimeter": ","}, "did you mean 'delimiter'"),
    ],
)
def test_a_file_of_both_languages_says_what_its_form_needs(both, words):
    config = copy.deepcopy(TINY)
    own = config["datasets"]["tiny_de_en"]
    del own["generator"], own["expect"]
    own["sources"] = {split: {"both": both} for split in ("train", "valid", "test")}
    with pytest.raises(KnnKdError, match=words):
        complete(config)
