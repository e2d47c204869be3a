"""The whole path on a tiny corpus: what comes out, what is made again, and what broken input gets."""

import copy
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import ROOT, TINY, one_error, run_script, run_snakemake

from knnkd.binarise import read_data
from knnkd.candidates import Candidates
from knnkd.datastore import Datastore
from knnkd.io import read_json, read_lines, write_lines
from knnkd.lattice import Automaton, read_lattices
from knnkd.models import hash_tensors, load_model, load_state
from knnkd.segmentation import Segmenter

pytestmark = pytest.mark.e2e
RUN = "tiny_de_en/transformer/seed1"


@pytest.fixture(scope="module")
def results(tiny_run):
    return tiny_run / "results" / "tiny"


def planned(folder, config):
    """Return {rule: jobs} of a dry run."""
    process = run_snakemake(folder, "-n", "all", config=config)
    assert process.returncode == 0, process.stdout + process.stderr
    output = process.stdout + process.stderr
    if "Nothing to be done" in output:
        return {}
    return {name: int(n) for name, n in re.findall(r"(?m)^(\w+) +(\d+)$", output.split("Job stats:")[1])}


def test_nothing_is_left_to_do(tiny_run):
    assert planned(tiny_run, TINY) == {}


def test_tables_and_scores(results):
    scores = pd.read_csv(results / "scores.csv")
    assert len(scores) == 6
    assert set(scores["system"]) == {"transformer", "knn_kd"}
    assert scores["value"].between(0, 100).all()
    table = (results / "tables" / "table2.md").read_text(encoding="utf-8")
    for system in ("transformer", "knn_kd"):
        shown = scores[(scores["system"] == system) & (scores["metric"] == "bleu_tok")]["value"].item()
        assert f"{shown:.2f}" in table
    assert "34.11" in table
    assert "36.30" in table


def test_train_json(results):
    for system in ("transformer", "knn_kd"):
        report = read_json(results / "train" / "tiny_de_en" / system / "seed1" / "train.json")
        assert report["seed"] == 1
        assert report["epochs"] == 4
        assert len(report["history"]) == 4
        losses = [record["nll_loss"] for record in report["history"]]
        assert losses[-1] < losses[0], "it learns"
        assert report["best"]["bleu"] == max(record["bleu"] for record in report["history"])
        state = load_state(results / "train" / "tiny_de_en" / system / "seed1" / "checkpoint_best.pt")
        assert hash_tensors(state["model"]) == report["weights"]
        assert report["updates_per_second"] > 0
        assert report["tokens_per_second"] > report["updates_per_second"]


def test_manifest_and_data(results):
    manifest = read_json(results / "corpus" / "tiny_de_en" / "manifest.json")
    assert manifest["splits"]["train"]["pairs_before"] == 600
    data = read_data(results / "data" / "tiny_de_en")
    for split in ("train", "valid", "test"):
        pairs = manifest["splits"][split]["pairs_after"]
        assert data["splits"][split]["sentences"] == pairs
        assert len(read_lines(results / "corpus" / "tiny_de_en" / f"{split}.lines")) == pairs


def test_datastore_is_a_fresh_forward_pass(results):
    """Sentence by sentence, alone and unpadded: the same keys to float16's rounding, and the gold tokens as values."""
    checkpoint, data_bin = results / "train" / RUN / "checkpoint_best.pt", results / "data" / "tiny_de_en"
    trained = load_model(checkpoint, data_bin, torch.device("cpu"))
    trained.task.load_dataset("train")
    dataset = trained.task.dataset("train")
    store = Datastore.open(results / "datastore" / RUN)
    assert len(store) == read_data(data_bin)["splits"]["train"]["target_tokens"]
    assert store.meta["checkpoint"] == trained.weights
    for i in range(0, len(dataset), 7):
        batch = dataset.collater([dataset[i]])
        with torch.inference_mode():
            features, _ = trained.model(**batch["net_input"], features_only=True)
        rows = slice(store.offsets[i], store.offsets[i + 1])
        assert np.array_equal(store.values[rows], batch["target"][0].numpy())
        assert store.values[rows][-1] == trained.task.target_dictionary.eos()
        assert np.allclose(store.keys[rows].astype(np.float32), features[0].numpy(), atol=5e-3)


def test_candidates_are_the_nearest_rows(results):
    store = Datastore.open(results / "datastore" / RUN)
    candidates = Candidates.open(results / "candidates" / "knn" / RUN)
    assert np.array_equal(candidates.offsets, store.offsets)
    assert (candidates.scores[:, 0] == 0).all()
    assert np.array_equal(candidates.tokens[:, 0], store.values), "each row finds itself first"
    keys = store.keys.astype(np.float64)
    for row in range(0, len(store), 211):
        distances = np.sort(np.square(keys - keys[row]).sum(1))[:16]
        assert np.allclose(-candidates.scores[row], distances, rtol=1e-4, atol=1e-4)


def test_lattices_follow_the_text_through_cleaning_and_bpe(results):
    """p* can be computed on what is stored: each reference, in subwords, has a probability above 0."""
    corpus = results / "corpus" / "tiny_de_en"
    segmenter = Segmenter(corpus / "codes" / "en.bpe")
    for split in ("train", "test"):
        lattices = read_lattices(corpus / "raw" / f"{split}.lattice.jsonl.gz")
        references = read_lines(corpus / "bpe" / f"{split}.en")
        lines = [int(line) for line in read_lines(corpus / f"{split}.lines")]
        for line, reference in list(zip(lines, references, strict=True))[::9]:
            automaton = Automaton(lattices[line], lambda phrase: segmenter.segment(phrase).split(" "))
            assert automaton.probability(reference.split(" ")) > 0


def test_hypotheses_are_those_of_fairseq_generate(tiny_run, results, tmp_path):
    """fairseq's own command line with our plugin, on the same checkpoint: the same hypotheses, in its own order."""
    command = [str(Path(sys.executable).parent / "fairseq-generate"), str(results / "data" / "tiny_de_en")]
    command += ["--user-dir", str(ROOT / "workflow" / "knnkd" / "plugin"), "--task", "translation", "--cpu"]
    command += ["--path", str(results / "train" / RUN / "checkpoint_best.pt"), "--beam", "5", "--max-tokens", "4096"]
    command += ["--max-len-a", "1.2", "--max-len-b", "10", "-s", "de", "-t", "en"]
    process = subprocess.run(command, cwd=tiny_run, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    found = {int(i): text for i, text in re.findall(r"(?m)^H-(\d+)\t\S+\t(.*)$", process.stdout)}
    ours = read_lines(results / "hypotheses" / RUN / "test" / "hypotheses.bpe")
    assert [found[i] for i in range(len(ours))] == ours


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("systems", "knn_kd", "tau"), 20, {"train": 1, "decode": 1, "score": 1}),
        (("systems", "knn_kd", "label"), "kNN", {}),
        (("decode", "beam"), 4, {"decode": 2, "score": 2}),
        (("search", "k"), 12, {"search": 3, "gather_candidates": 1, "train": 1, "decode": 1, "score": 1}),
    ],
)
def test_a_change_reruns_only_what_it_touches(tiny_run, path, value, expected):
    config = copy.deepcopy(TINY)
    place = config
    for key in path[:-1]:
        place = place.setdefault(key, {})
    place[path[-1]] = value
    jobs = planned(tiny_run, config)
    tables = {"collect_scores", "table2", "curves", "all", "total"}
    assert {rule: count for rule, count in jobs.items() if rule not in tables} == expected
    assert "table2" in jobs


def broken_corpus(folder, damage):
    """Return a config whose corpus comes from local files, one of which is damaged."""
    for split in ("train", "valid", "test"):
        for language in ("de", "en"):
            write_lines(folder / "text" / f"{split}.{language}", [f"{language} {split} {i}" for i in range(30)])
    sources = {
        split: {language: {"path": str(folder / "text" / f"{split}.{language}")} for language in ("de", "en")}
        for split in ("train", "valid", "test")
    }
    config = copy.deepcopy(TINY)
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
    text = (results / "data" / "tiny_de_en" / "data.json").read_text()
    dictionary = read_json(results / "data" / "tiny_de_en" / "data.json")["dictionary"]
    (tmp_path / "data.json").write_text(text.replace(dictionary, "0" * 64))
    flags = ["--checkpoint", results / "train" / RUN / "checkpoint_best.pt", "--data-bin", tmp_path]
    process = run_script("decode.py", *flags, "--output", tmp_path / "out")
    assert "another dictionary" in one_error(process)
    assert not (tmp_path / "out").exists()


def test_a_cut_checkpoint_is_refused(results, tmp_path):
    whole = (results / "train" / RUN / "checkpoint_best.pt").read_bytes()
    (tmp_path / "cut.pt").write_bytes(whole[: len(whole) // 2])
    flags = ["--checkpoint", tmp_path / "cut.pt", "--data-bin", results / "data" / "tiny_de_en"]
    assert "cut.pt: cannot be loaded" in one_error(run_script("decode.py", *flags, "--output", tmp_path / "out"))


def test_no_path_of_the_machine_is_kept(tiny_run, results):
    """What is kept can be compared between machines: hashes and relative paths only."""
    for name in (f"train/{RUN}/train.json", f"datastore/{RUN}/meta.json", "corpus/tiny_de_en/manifest.json"):
        assert str(tiny_run) not in (results / name).read_text(encoding="utf-8")
