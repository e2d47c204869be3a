"""A model from elsewhere: fairseq's old form of a checkpoint, one dictionary, fastBPE's codes; and what is refused."""

import io
import json
import os
import pickle
import tarfile

import pytest
import torch
from fairseq import options, tasks
from fairseq.data import Dictionary
from fairseq.dataclass.utils import convert_namespace_to_omegaconf
from support.workflow import one_error, run_script

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, read_lines, write_lines
from knnkd.corpus.binarise import binarise, read_data
from knnkd.corpus.bpe import Segmenter
from knnkd.distil.import_model import VERSION, adopt_checkpoint, adopt_codes, adopt_dictionary
from knnkd.distil.plugin.checkpoints import hash_tensors, load_model

LANGUAGES = ("de", "en")
LINES = ["a b c", "c b@@ a d", "d d a"]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A folder as others publish it: model.pt in the form of 2019, one dictionary, codes with counts."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for split in ("train", "valid", "test"):
        for language in LANGUAGES:
            write_lines(folder / "text" / f"{split}.{language}", LINES)
    binarise(folder / "text", LANGUAGES, ["train", "valid", "test"], folder / "bin", joint=True)
    flags = [str(folder / "bin"), "--task", "translation", "-s", "de", "-t", "en", "--arch", "transformer"]
    flags += ["--encoder-layers", "1", "--encoder-embed-dim", "16", "--encoder-ffn-embed-dim", "32"]
    flags += ["--encoder-attention-heads", "2", "--decoder-attention-heads", "2", "--decoder-layers", "1"]
    args = options.parse_args_and_arch(options.get_training_parser(), [*flags, "--share-all-embeddings"])
    config = convert_namespace_to_omegaconf(args)
    torch.manual_seed(3)
    model = tasks.setup_task(config.task).build_model(config.model)
    history = [{"criterion_name": "CrossEntropyCriterion", "optimizer_name": "Adam", "num_updates": 7}]
    history[0]["lr_scheduler_state"] = {}
    state = {"args": args, "model": model.state_dict(), "optimizer_history": history, "last_optimizer_state": None}
    state["extra_state"] = {"train_iterator": {"epoch": 1, "iterations_in_epoch": 0}, "val_loss": 1.0}
    torch.save(state, folder / "model.pt")
    (folder / "bin" / "dict.en.txt").rename(folder / "dict.txt")
    write_lines(folder / "bpecodes", ["a b 12", "ab c</w> 7"])
    return folder


def adopted(elsewhere, output):
    dictionary = adopt_dictionary(elsewhere / "dict.txt", LANGUAGES, output / "dictionaries")
    return adopt_checkpoint(elsewhere / "model.pt", dictionary, output / "dictionaries", LANGUAGES)


def test_it_reads_like_a_training_of_ours(elsewhere, tmp_path):
    """The same weights, over text that its own dictionary binarised; another dictionary is refused."""
    torch.save(adopted(elsewhere, tmp_path), tmp_path / "checkpoint.pt")
    text = elsewhere / "text"
    binarise(
        text, LANGUAGES, ["train", "valid", "test"], tmp_path / "bin", True, dictionaries=tmp_path / "dictionaries"
    )
    trained = load_model(tmp_path / "checkpoint.pt", tmp_path / "bin", torch.device("cpu"))
    original = torch.load(elsewhere / "model.pt", weights_only=True)["model"]
    assert trained.weights == hash_tensors(original)
    trained.task.load_dataset("test")
    batch = trained.task.dataset("test").collater([trained.task.dataset("test")[i] for i in range(3)])
    logits, _ = trained.model(**batch["net_input"])
    assert logits.shape == (*batch["target"].shape, len(trained.task.target_dictionary))
    assert read_data(tmp_path / "bin")["types"] == {"dict.de.txt": 12, "dict.en.txt": 12}, "filled up to 16"
    write_lines(tmp_path / "other" / "train.de", ["x y"])
    for name in ("train.en", "valid.de", "valid.en", "test.de", "test.en"):
        write_lines(tmp_path / "other" / name, ["x y"])
    binarise(tmp_path / "other", LANGUAGES, ["train", "valid", "test"], tmp_path / "bin2", joint=True)
    with pytest.raises(KnnKdError, match="trained with another dictionary"):
        load_model(tmp_path / "checkpoint.pt", tmp_path / "bin2", torch.device("cpu"))


def test_codes_of_either_form(elsewhere, tmp_path):
    adopt_codes(elsewhere / "bpecodes", LANGUAGES, tmp_path / "codes")
    assert read_lines(tmp_path / "codes" / "de.bpe") == [VERSION, "a b", "ab c</w>"]
    assert Segmenter(tmp_path / "codes" / "en.bpe").segment("abc abd") == "abc ab@@ d"
    adopt_codes(tmp_path / "codes" / "en.bpe", LANGUAGES, tmp_path / "again")
    assert read_lines(tmp_path / "again" / "en.bpe") == read_lines(tmp_path / "codes" / "en.bpe")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["a b 3", "a b c"], "line 2: 'a b c' is no merge"),
        (["#version: 0.2", "ab"], "line 2: 'ab' is no merge"),
        (["#version: 0.1", "a b"], "codes of version 0.2 are needed"),
    ],
)
def test_other_codes_are_refused(tmp_path, lines, words):
    write_lines(tmp_path / "codes", lines)
    with pytest.raises(KnnKdError, match=words):
        adopt_codes(tmp_path / "codes", LANGUAGES, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_model_of_another_dictionary_is_refused(elsewhere, tmp_path):
    larger = Dictionary()
    for word in "abcdefgh":
        larger.add_symbol(word)
    larger.save(str(tmp_path / "dict.txt"))
    dictionary = adopt_dictionary(tmp_path / "dict.txt", LANGUAGES, tmp_path / "dictionaries")
    with pytest.raises(KnnKdError, match="16 embeddings, but 12 types in its dictionary"):
        adopt_checkpoint(elsewhere / "model.pt", dictionary, tmp_path / "dictionaries", LANGUAGES)
    write_lines(tmp_path / "bad.txt", ["word without a count"])
    with pytest.raises(KnnKdError, match="not a dictionary in fairseq's form"):
        adopt_dictionary(tmp_path / "bad.txt", LANGUAGES, tmp_path / "dictionaries")


class Trap:
    """Would make a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_pickle_that_runs_code_does_not_run(elsewhere, tmp_path):
    dictionary = adopt_dictionary(elsewhere / "dict.txt", LANGUAGES, tmp_path / "dictionaries")
    (tmp_path / "model.pt").write_bytes(pickle.dumps({"model": {}, "args": Trap(str(tmp_path / "sprung"))}))
    with pytest.raises(KnnKdError, match="cannot be loaded"):
        adopt_checkpoint(tmp_path / "model.pt", dictionary, tmp_path / "dictionaries", LANGUAGES)
    assert not (tmp_path / "sprung").exists()


def test_script_takes_members_of_one_archive(elsewhere, tmp_path):
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        for name in ("model.pt", "dict.txt", "bpecodes"):
            content = (elsewhere / name).read_bytes()
            info = tarfile.TarInfo(f"wmt/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    members = {"checkpoint": "model.pt", "dictionary": "dict.txt", "codes": "bpecodes"}
    path = str(tmp_path / "model.tar.gz")
    model = {part: {"path": path, "members": [f"wmt/{name}"]} for part, name in members.items()}
    flags = ["--credits", '{"licence": "MIT", "citation": "them"}', "--output", tmp_path / "out", "--settings"]
    process = run_script("fetch_pretrained.py", *flags, json.dumps(model | {"languages": LANGUAGES}))
    assert process.returncode == 0, process.stderr
    assert process.stdout == "Licence: MIT\nPlease cite: them\n"
    about = read_json(tmp_path / "out" / "pretrained.json")
    assert about["codes"]["member"] == "wmt/bpecodes"
    assert about["weights"] == hash_tensors(torch.load(elsewhere / "model.pt", weights_only=True)["model"])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "checkpoint.pt",
        "codes",
        "dictionaries",
        "pretrained.json",
    ]
    model["codes"] = {"path": path, "members": ["wmt/other"]}
    process = run_script("fetch_pretrained.py", *flags, json.dumps(model | {"languages": LANGUAGES}))
    assert "no member wmt/other; it has wmt/model.pt" in one_error(process)
