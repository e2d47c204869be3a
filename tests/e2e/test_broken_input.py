"""Broken input of the whole path: named in one line, and nothing is left of it."""

import copy
import shutil

import pytest
from support.commands import TRANSFORMER, decoding
from support.workflow import TINY, one_error, run_snakemake

from knnkd.core.files import read_json, write_lines

pytestmark = pytest.mark.e2e
RUN = "tiny_de_en/transformer/seed1"


@pytest.fixture(scope="module")
def results(tiny_run):
    return tiny_run / "results" / "tiny"


def broken_corpus(folder, damage):
    """Return a config whose corpus comes from local files, one of which is damaged."""
    for split in ("train", "valid", "test"):
        for language in ("de", "en"):
            write_lines(folder / "text" / f"{split}.{language}", [f"{language} {split} {i}" for i in range(30)])
    sources = {
        split: {language: {"path": str(folder / "text" / f"{split}.{language}")} for language in ("de", "en")}
        for split in ("train", "valid", "test")
    }
    config = copy.deepcopy(TINY) | {"only": ["tiny_de_en"]}
    dataset = config["datasets"]["tiny_de_en"]
    del dataset["generator"], dataset["expect"]
    dataset["sources"] = sources
    damage(folder / "text", sources)
    return config


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text, _: write_lines(text / "train.en", ["one line"]), ["train.de has 30 lines", "train.en has 1"]),
        (lambda text, _: (text / "valid.de").write_bytes(b"fine\nbr\xf6ken\n"), ["valid.de", "line 2", "UTF-8"]),
        (lambda text, _: (text / "test.en").write_bytes(b""), ["test.en", "empty"]),
        (lambda text, sources: sources["train"]["de"].update(sha256="0" * 64), ["train.de", "0000", "sha256"]),
        (
            lambda text, sources: sources["train"].update(de={"url": "http://127.0.0.1:9/train.de"}),
            ["http://127.0.0.1:9/train.de", "data_dir"],
        ),
    ],
    ids=["unequal", "utf-8", "empty", "checksum", "no network"],
)
def test_broken_input_is_named_and_leaves_nothing(tmp_path, damage, words):
    config = broken_corpus(tmp_path, damage)
    process = run_snakemake(tmp_path, "--cores", "2", "all", config=config)
    output = process.stdout + process.stderr
    assert process.returncode != 0
    (error,) = (line for line in output.splitlines() if line.startswith("error:"))
    assert all(word in error for word in words), error
    corpus = tmp_path / "results" / "tiny" / "corpus" / "tiny_de_en"
    assert not (corpus / "text").exists()
    assert not (corpus / "manifest.json").exists()
    assert not list(corpus.rglob("*.tmp"))


def test_a_missing_local_file_is_named_before_anything_runs(tmp_path):
    config = broken_corpus(tmp_path, lambda text, _: (text / "test.en").unlink())
    process = run_snakemake(tmp_path, "-n", "all", config=config)
    output = process.stdout + process.stderr
    assert process.returncode != 0
    assert "Missing input files for rule fetch_source" in output
    assert str(tmp_path / "text" / "test.en") in output


def test_where_the_bytes_were_found_retrains_nothing(tmp_path):
    """Data fetched from data_dir is the same data when data_dir moves or is no longer given."""
    config = broken_corpus(tmp_path, lambda *_: None)
    for split, files in config["datasets"]["tiny_de_en"]["sources"].items():
        for language in files:
            files[language] = {"url": f"http://127.0.0.1:9/{split}.{language}"}
    target = "results/tiny/corpus/tiny_de_en/manifest.json"
    process = run_snakemake(tmp_path, "--cores", "2", target, config=config | {"data_dir": str(tmp_path / "text")})
    assert process.returncode == 0, process.stdout + process.stderr
    for data_dir in ("text", None):
        process = run_snakemake(tmp_path, "-n", target, config=config | {"data_dir": data_dir})
        assert "Nothing to be done" in process.stdout + process.stderr


def test_a_checkpoint_of_another_dictionary_is_refused(tiny_run, results, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(results / "data" / "tiny_de_en" / "bpe", data)
    text, dictionary = (data / "data.json").read_text(), read_json(data / "data.json")["dictionary"]
    (data / "data.json").write_text(text.replace(f'"dictionary": "{dictionary}"', f'"dictionary": "{"0" * 64}"'))
    command = decoding(TRANSFORMER, tmp_path / "out")
    command.files["data_bin"] = data
    assert "another dictionary" in one_error(command.run(tiny_run))
    assert not (tmp_path / "out").exists()


def test_a_cut_checkpoint_is_refused(tiny_run, results, tmp_path):
    whole = (results / "train" / RUN / "checkpoint_best.pt").read_bytes()
    (tmp_path / "cut.pt").write_bytes(whole[: len(whole) // 2])
    command = decoding(TRANSFORMER, tmp_path / "out")
    command.files["checkpoint"] = tmp_path / "cut.pt"
    assert "cut.pt: cannot be loaded" in one_error(command.run(tiny_run))
