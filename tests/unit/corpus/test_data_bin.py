"""A data-bin as a corpus: the ids are the project's own, the text is what they stand for, and misfits are refused."""

import json
import shutil

import pytest
from support.workflow import one_error, run_script

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, read_lines, write_lines
from knnkd.core.integrity import read_listed
from knnkd.corpus.binarise import binarise, read_data
from knnkd.corpus.clean import TextSettings
from knnkd.corpus.data_bin import SPLITS, Adoption, adopt_data_bin

LANGUAGES = ("de", "en")
GERMAN = ["das ist &apos;s Bü@@ cher@@ regal", "", "unbekannt \u2581 wort@@"]
ENGLISH = ["that &apos;s the book@@ shelf", "nothing", "un@@ known"]
ADOPTION = Adoption(LANGUAGES, 16, TextSettings(tokenise=False, escape=True))


@pytest.fixture(scope="module", params=[True, False], ids=["joint", "apart"])
def data_bin(request, tmp_path_factory):
    """A data-bin of fairseq-preprocess, with one dictionary or two; valid and test hold a word that it lacks."""
    folder = tmp_path_factory.mktemp("data_bin")
    for split in SPLITS:
        new = ["neu"] if split != "train" else []
        write_lines(folder / "text" / f"{split}.de", GERMAN + new)
        write_lines(folder / "text" / f"{split}.en", ENGLISH + new)
    binarise(folder / "text", LANGUAGES, SPLITS, folder / "bin", joint=request.param)
    (folder / "bin" / "data.json").unlink()
    return folder / "bin"


def adopt(data_bin, folder, adoption=ADOPTION, dictionaries=None, expected=None):
    adopt_data_bin(data_bin, dictionaries or data_bin, folder / "corpus", folder / "data", adoption, expected)
    return folder / "corpus", folder / "data"


def test_ids_and_text_are_the_projects_own(data_bin, tmp_path):
    corpus, data = adopt(data_bin, tmp_path, expected={"train": 3, "test": 4})
    for file in data_bin.iterdir():
        assert (data / file.name).read_bytes() == file.read_bytes()
    about = read_data(data)
    assert about["splits"]["train"]["sentences"] == 3 and about["subwords"] == "bpe"
    assert read_listed(corpus / "bpe" / "train.de") == GERMAN
    assert read_listed(corpus / "tok" / "train.de") == ["das ist &apos;s Bücherregal", "", "unbekannt \u2581 wort"]
    assert read_listed(corpus / "text" / "train.en")[0] == "that's the bookshelf"
    assert read_listed(corpus / "tok" / "test.en")[-1] == "<unk>"
    assert read_lines(corpus / "test.lines") == ["0", "1", "2", "3"]
    train = read_json(corpus / "manifest.json")["splits"]["train"]
    assert (train["pairs_before"], train["pairs_after"], train["cleaned"]) == (3, 3, False)
    assert train["sources"]["de"]["name"] == "train.de-en.de.bin"


def test_what_does_not_fit_is_refused_before_anything_is_written(data_bin, tmp_path):
    other = shutil.copytree(data_bin, tmp_path / "other")
    write_lines(other / "dict.en.txt", ["another 3", *read_lines(data_bin / "dict.en.txt")[1:]])
    with pytest.raises(KnnKdError, match=r"dict.en.txt: not the dictionary of the model \(from type 4 on\)"):
        adopt(data_bin, tmp_path, dictionaries=other)
    write_lines(other / "dict.en.txt", read_lines(data_bin / "dict.en.txt")[:-1])
    with pytest.raises(KnnKdError, match=r"\(\d+ types against \d+\)"):
        adopt(data_bin, tmp_path, dictionaries=other)
    with pytest.raises(KnnKdError, match=r"expected 5 pairs after cleaning, got 3"):
        adopt(data_bin, tmp_path, expected={"train": 5})
    with pytest.raises(KnnKdError, match="line 1 has 6 subwords, the model takes 4; raise model.max_positions, or bin"):
        adopt(data_bin, tmp_path, Adoption(LANGUAGES, 5, ADOPTION.text))
    shutil.copytree(data_bin, tmp_path / "parts")
    shutil.copy(data_bin / "train.de-en.de.idx", tmp_path / "parts" / "train1.de-en.de.idx")
    with pytest.raises(KnnKdError, match=r"parts: has a training set in parts \(train1.de-en.de.idx\)"):
        adopt(tmp_path / "parts", tmp_path)
    shutil.copytree(data_bin, tmp_path / "lacking")
    (tmp_path / "lacking" / "valid.de-en.en.idx").unlink()
    with pytest.raises(KnnKdError, match=r"lacking: lacks valid.de-en.en.idx; name the folder"):
        adopt(tmp_path / "lacking", tmp_path, dictionaries=data_bin)
    assert not (tmp_path / "data").exists() and not (tmp_path / "corpus" / "manifest.json").exists()


def test_sentencepiece_is_refused(tmp_path):
    for split in SPLITS:
        for language in LANGUAGES:
            write_lines(tmp_path / "text" / f"{split}.{language}", ["\u2581das \u2581ist"])
    binarise(tmp_path / "text", LANGUAGES, SPLITS, tmp_path / "bin", joint=True)
    settings = {"languages": LANGUAGES, "max_positions": 16, "text": {"tokenise": False}}
    flags = ["--settings", json.dumps(settings), "--data-bin", tmp_path / "bin", "--dictionaries", tmp_path / "bin"]
    process = run_script("adopt_data_bin.py", *flags, "--corpus", tmp_path / "corpus", "--output", tmp_path / "data")
    assert "bin: dict.de.txt is of SentencePiece's subwords; only BPE with @@" in one_error(process)
