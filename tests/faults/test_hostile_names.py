"""Paths with spaces, quotes and semicolons do no harm; names that would become paths or commands are refused."""

import copy
import random

import pytest
from support.workflow import TINY, run_snakemake

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, write_lines
from knnkd.experiment.config import complete

pytestmark = pytest.mark.e2e
ODD = "a b; touch pwned '$(touch pwned)' \"c\""
NAMES = ["a\n", "a/b", "..", "a b", "a;b", "$(a)", "a'b", "a\nb", "", "-a", "ä"]


def test_paths_are_quoted(tmp_path):
    """Sources, results, data_dir and checksums all stand in a folder of that name, up to binary data."""
    folder = tmp_path / ODD
    chance = random.Random(1)
    for split, count in (("train", 60), ("valid", 5), ("test", 5)):
        lines = [" ".join(chance.choices(["Haus", "Baum", "Hund", "geht"], k=4)) for _ in range(count)]
        for language in ("de", "en"):
            write_lines(folder / f"{split}.{language}", lines)
    sources = {
        split: {language: {"path": f"{ODD}/{split}.{language}"} for language in ("de", "en")}
        for split in ("train", "test")
    }
    sources["valid"] = {language: {"url": f"http://127.0.0.1:9/valid.{language}"} for language in ("de", "en")}
    config = copy.deepcopy(TINY) | {"results": f"{ODD}/out", "data_dir": ODD, "checksums": f"{ODD}/sums.json"}
    config["datasets"]["tiny_de_en"].pop("generator")
    config["datasets"]["tiny_de_en"] |= {"sources": sources, "bpe": {"merges": 20}, "label": ODD}
    config["datasets"]["tiny_de_en"] |= {"licence": ODD, "citation": ODD, "expect": {}}
    config |= {"ablation": None, "controls": None, "case_study": None}
    target = f"{ODD}/out/tiny/data/tiny_de_en/bpe"
    process = run_snakemake(tmp_path, "--cores", "2", "--", target, config=config)
    assert process.returncode == 0, process.stdout + process.stderr
    assert read_json(tmp_path / target / "data.json")["splits"]["train"]["sentences"] == 60
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize("name", NAMES)
def test_names_are_letters_digits_and_underscores(name):
    for section in ("datasets", "systems", "pretrained"):
        config = copy.deepcopy(TINY)
        config[section][name] = copy.deepcopy(next(iter(config[section].values())))
        with pytest.raises(KnnKdError):
            complete(config)
    with pytest.raises(KnnKdError):
        complete(copy.deepcopy(TINY) | {"experiment": name})


@pytest.mark.parametrize(
    "url", ["ftp://host/a", "gopher://host/a", "javascript:alert(1)", "http://", "data:text/plain,a"]
)
def test_urls_are_http_or_file(tmp_path, url):
    config = copy.deepcopy(TINY)
    config["datasets"]["tiny_de_en"].pop("generator")
    source = {"de": {"url": url}, "en": {"url": url}}
    config["datasets"]["tiny_de_en"]["sources"] = {"train": source, "valid": source, "test": source}
    with pytest.raises(KnnKdError, match="URL"):
        complete(config)
