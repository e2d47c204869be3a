"""A model from elsewhere: fairseq's old form of a checkpoint, one dictionary, fastBPE's codes; and what is refused."""

import io
import json
import os
import pickle
import subprocess
import sys
import tarfile

import pytest
import torch
from fairseq import options
from fairseq.data import Dictionary
from support.old_checkpoint import as_of_2019, new_checkpoint, save_as_of_2019
from support.workflow import ROOT, one_error, run_script

from knnkd.core.errors import KnnKdError
from knnkd.core.fairseq_import import import_rest
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
    flags = ["--encoder-layers", "1", "--encoder-embed-dim", "16", "--encoder-ffn-embed-dim", "32"]
    state = new_checkpoint(folder / "bin", *flags, "--encoder-attention-heads", "2", "--decoder-attention-heads", "2")
    torch.save(state, folder / "model.pt")
    (folder / "bin" / "dict.en.txt").rename(folder / "dict.txt")
    write_lines(folder / "bpecodes", ["a b 12", "ab c</w> 7"])
    return folder


def adopted(elsewhere, output):
    adopt_dictionary(elsewhere / "dict.txt", LANGUAGES, output / "dictionaries")
    return adopt_checkpoint(elsewhere / "model.pt", output / "dictionaries", LANGUAGES)


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
    adopt_dictionary(tmp_path / "dict.txt", LANGUAGES, tmp_path / "dictionaries")
    with pytest.raises(KnnKdError, match="16 embeddings, but 12 types in its dictionary"):
        adopt_checkpoint(elsewhere / "model.pt", tmp_path / "dictionaries", LANGUAGES)
    write_lines(tmp_path / "bad.txt", ["word without a count"])
    with pytest.raises(KnnKdError, match="not a dictionary in fairseq's form"):
        adopt_dictionary(tmp_path / "bad.txt", LANGUAGES, tmp_path / "dictionaries")


def test_a_checkpoint_of_2019(elsewhere, tmp_path):
    """Meters in its state, arrays of `--eval-bleu`, one projection for query, key and value: adopted."""
    state = torch.load(elsewhere / "model.pt", weights_only=True)
    assert any("in_proj_weight" in name for name in as_of_2019(state)["model"])
    for legacy in (True, False):
        save_as_of_2019(state, tmp_path / "model.pt", legacy)
        adopt_dictionary(elsewhere / "dict.txt", LANGUAGES, tmp_path / "dictionaries")
        ours = adopt_checkpoint(tmp_path / "model.pt", tmp_path / "dictionaries", LANGUAGES)
        assert hash_tensors(ours["model"]) == hash_tensors(state["model"])
        torch.save(ours, tmp_path / "checkpoint.pt")
        assert "Meter" not in str(torch.load(tmp_path / "checkpoint.pt", weights_only=True)["extra_state"])


def test_a_transformer_of_another_task_and_criterion_is_adopted(elsewhere, tmp_path):
    """Its arguments name parts of fairseq that nothing else here needs."""
    import_rest()
    flags = ["--encoder-layers", "1", "--encoder-embed-dim", "16", "--encoder-ffn-embed-dim", "32"]
    flags += ["--encoder-attention-heads", "2", "--decoder-attention-heads", "2", "--scoring", "chrf"]
    flags += ["--criterion", "label_smoothed_cross_entropy_with_alignment"]
    adopt_dictionary(elsewhere / "dict.txt", LANGUAGES, tmp_path / "dictionaries")
    state = new_checkpoint(tmp_path / "dictionaries", *flags, arch="transformer_align")
    torch.save(state, tmp_path / "model.pt")
    code = (
        "import sys; from pathlib import Path; from knnkd.distil.import_model import adopt_checkpoint; "
        "from knnkd.distil.plugin.checkpoints import hash_tensors; "
        f"state = adopt_checkpoint(Path({str(tmp_path / 'model.pt')!r}), Path({str(tmp_path / 'dictionaries')!r}), "
        f"{LANGUAGES}); print(hash_tensors(state['model']))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "workflow", capture_output=True, text=True, check=False
    )
    assert process.stdout.split()[-1:] == [hash_tensors(state["model"])], process.stderr


def test_types_that_stand_twice_keep_their_places(elsewhere, tmp_path):
    """fairseq writes a dictionary without their mark, and then cannot read it."""
    write_lines(tmp_path / "dict.txt", ["a 9", "<unk> 8 #fairseq:overwrite", "b 7", "a 6 #fairseq:overwrite"])
    before = Dictionary.load(str(tmp_path / "dict.txt"))
    adopt_dictionary(tmp_path / "dict.txt", LANGUAGES, tmp_path / "dictionaries")
    text = elsewhere / "text"
    binarise(
        text, LANGUAGES, ["train", "valid", "test"], tmp_path / "bin", True, dictionaries=tmp_path / "dictionaries"
    )
    after = Dictionary.load(str(tmp_path / "bin" / "dict.de.txt"))
    assert after.symbols == before.symbols and after.indices == before.indices
    assert after.index("a") == 7 and len(after) == 8


@pytest.mark.parametrize("arch", ["lstm", "fconv_iwslt_de_en", "mine"])
def test_another_architecture_is_refused(elsewhere, tmp_path, arch):
    args = options.parse_args_and_arch(
        options.get_training_parser(),
        [str(elsewhere / "bin"), "--task", "translation", "-s", "de", "-t", "en", "--arch", "transformer_tiny"],
    )
    state = torch.load(elsewhere / "model.pt", weights_only=True)
    args.arch = arch
    torch.save(state | {"args": args}, tmp_path / "model.pt")
    adopt_dictionary(elsewhere / "dict.txt", LANGUAGES, tmp_path / "dictionaries")
    with pytest.raises(KnnKdError, match=f"model.pt: its architecture is {arch}; the workflow takes Transformers"):
        adopt_checkpoint(tmp_path / "model.pt", tmp_path / "dictionaries", LANGUAGES)


class Trap:
    """Would make a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_pickle_that_runs_code_does_not_run(elsewhere, tmp_path):
    adopt_dictionary(elsewhere / "dict.txt", LANGUAGES, tmp_path / "dictionaries")
    content = {"model": {}, "args": Trap(str(tmp_path / "sprung"))}
    torch.save(content, tmp_path / "model.pt")
    with pytest.raises(KnnKdError, match="model.pt: holds an object of type posix.mkdir, which could run code"):
        adopt_checkpoint(tmp_path / "model.pt", tmp_path / "dictionaries", LANGUAGES)
    (tmp_path / "model.pt").write_bytes(pickle.dumps(content))
    with pytest.raises(KnnKdError, match="model.pt: cannot be read .no file that torch.save writes"):
        adopt_checkpoint(tmp_path / "model.pt", tmp_path / "dictionaries", LANGUAGES)
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
    model["target_dictionary"] = {"path": path, "members": ["wmt/dict.txt"]}
    process = run_script("fetch_pretrained.py", *flags, json.dumps(model | {"languages": LANGUAGES}))
    assert process.returncode == 0, process.stderr
    assert read_json(tmp_path / "out" / "pretrained.json")["types"] == [16, 16], "of the source and of the target"
    model["codes"] = {"path": path, "members": ["wmt/other"]}
    process = run_script("fetch_pretrained.py", *flags, json.dumps(model | {"languages": LANGUAGES}))
    assert "no member wmt/other; it has wmt/model.pt" in one_error(process)
