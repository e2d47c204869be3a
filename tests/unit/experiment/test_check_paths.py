"""Paths of a config: the user's folder and environment put in, and what no tool could take refused by its key."""

import copy

import pytest
from support.workflow import TINY

from knnkd.core.errors import KnnKdError
from knnkd.experiment.config import complete


def with_results(path):
    return copy.deepcopy(TINY) | {"results": path}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("$SCRATCH/out", "/scratch/me/out"),
        ("${SCRATCH}/out", "/scratch/me/out"),
        ("~/out", "/home/me/out"),
        ("my results/Größe (1)", "my results/Größe (1)"),
        ("a'b $(c)", "a'b $(c)"),
    ],
)
def test_the_environment_is_put_in(monkeypatch, given, path):
    monkeypatch.setenv("SCRATCH", "/scratch/me")
    monkeypatch.setenv("HOME", "/home/me")
    assert complete(with_results(given))["results"] == path


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("runs/2024-05-01T10:00", "results: .* fairseq separates folders by colons"),
        ("out{1}", "results: .* braces are Snakemake's wildcards"),
        ("$NOWHERE/out", r"results: .* no environment variable \$NOWHERE is set"),
        ("${NOWHERE}", r"results: .* no environment variable \$\{NOWHERE\} is set"),
        (" out", "results: .* white space"),
        ("", "results: .* empty"),
    ],
)
def test_what_no_tool_could_take_is_refused(monkeypatch, path, words):
    monkeypatch.delenv("NOWHERE", raising=False)
    with pytest.raises(KnnKdError, match=words):
        complete(with_results(path))


def test_paths_of_sources(monkeypatch):
    """Wherever a path stands, the error names its key."""
    monkeypatch.setenv("TEXT", "/text")
    config = copy.deepcopy(TINY)
    sources = {
        split: {"de": {"path": "$TEXT/a.de"}, "en": {"path": "$TEXT/a.en"}} for split in ("train", "valid", "test")
    }
    block = {"label": "x", "source_lang": "de", "target_lang": "en", "bpe": {"merges": 9}}
    config["datasets"]["mine"] = block | {"sources": copy.deepcopy(sources)}
    assert complete(config)["datasets"]["mine"]["sources"]["train"]["de"]["path"] == "/text/a.de"
    config["datasets"]["mine"]["sources"]["valid"]["en"]["path"] = "{v1}/train.de"
    with pytest.raises(KnnKdError, match="datasets.mine.sources.valid.en.path: '{v1}/train.de': braces"):
        complete(config)
