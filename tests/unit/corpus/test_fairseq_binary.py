"""Text out of fairseq's binary data, as fairseq itself writes it; what is damaged is named."""

import struct
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from knnkd.core.errors import KnnKdError
from knnkd.corpus.fairseq_binary import binary_lines, read_index, read_types
from knnkd.corpus.fetch import fetch
from knnkd.corpus.sources import Source

SENTENCES = ["das ist ein Buch .", "Bü@@ cher@@ n", "", "unbekannt <unk> &apos;s"]
TYPES = ["das", "ist", "ein", "Buch", ".", "Bü@@", "cher@@", "n", "unbekannt", "&apos;s"]


def write(folder, sentences=SENTENCES, types=TYPES):
    """Write sentences by fairseq's own classes; return index, data and dictionary."""
    from fairseq.data import Dictionary, indexed_dataset

    dictionary = Dictionary()
    for word in types:
        dictionary.add_symbol(word, n=3)
    dictionary.save(str(folder / "dict.de.txt"))
    prefix = folder / "train.de-en.de"
    builder = indexed_dataset.make_builder(f"{prefix}.bin", impl="mmap", vocab_size=len(dictionary))
    for sentence in sentences:
        numbers = [dictionary.index(word) for word in sentence.split()] + [dictionary.eos()]
        builder.add_item(torch.tensor(numbers, dtype=torch.int32))
    builder.finalize(f"{prefix}.idx")
    return folder / "train.de-en.de.idx", folder / "train.de-en.de.bin", folder / "dict.de.txt"


def test_fairseqs_own_data_is_read(tmp_path):
    lines = list(binary_lines(*write(tmp_path)))
    assert lines == ["das ist ein Buch .", "Büchern", "", "unbekannt <unk> &apos;s"]


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c"]), max_size=5), min_size=1, max_size=6))
def test_any_sentences_come_back(tmp_path_factory, sentences):
    texts = [" ".join(words) for words in sentences]
    assert list(binary_lines(*write(tmp_path_factory.mktemp("binary"), texts, ["a", "b", "c"]))) == texts


def test_members_of_an_archive(tmp_path):
    files = write(tmp_path, ["das ist", "ein Buch ."])
    with zipfile.ZipFile(tmp_path / "data-bin.zip", "w") as archive:
        for file in files:
            archive.write(file, f"data-bin/koran/{file.name}")
            archive.writestr(f"__MACOSX/data-bin/koran/._{file.name}", b"\0\1")
    about = {
        "members": ("*koran/train.de-en.de",),
        "options": {"dictionary": "*koran/dict.de.txt"},
        "form": "fairseq_binary",
    }
    record = fetch(Source(tmp_path / "data-bin.zip", **about), tmp_path / "raw" / "train.de")
    assert (tmp_path / "raw" / "train.de").read_text() == "das ist\nein Buch .\n"
    assert record["form"] == "fairseq_binary"
    with pytest.raises(KnnKdError, match=r"no member \*koran/valid\.de-en\.de\.idx; it has data-bin/koran"):
        fetch(Source(tmp_path / "data-bin.zip", **about | {"members": ("*koran/valid.de-en.de",)}), tmp_path / "x")


def test_what_is_damaged_is_named(tmp_path):
    index, data, dictionary = write(tmp_path)
    with pytest.raises(KnnKdError, match=r"train\.de-en\.de\.bin: not an index"):
        read_index(data)
    whole = index.read_bytes()
    index.write_bytes(whole[:40])
    with pytest.raises(KnnKdError, match=r"\.idx: version 1, type \d, cut short"):
        read_index(index)
    index.write_bytes(whole)
    data.write_bytes(data.read_bytes()[:-4])
    with pytest.raises(KnnKdError, match="fewer than its index says"):
        list(binary_lines(index, data, dictionary))
    dictionary.write_text("das 3\nist\n")
    with pytest.raises(KnnKdError, match=r"dict\.de\.txt:2: 'ist' is no type and its count"):
        read_types(dictionary)
    index, data, _ = write(tmp_path)
    dictionary.write_text("das 3\n")
    with pytest.raises(KnnKdError, match="the dictionary has 5 types"):
        list(binary_lines(index, data, dictionary))


@pytest.mark.parametrize(
    ("tokens", "lengths", "starts", "words"),
    [
        ([-1, -2, 2], [3], [0], "token -1, but the dictionary has 7 types"),
        ([4, 5, 2, 2], [2, -1], [-16, 0], "do not stand one after the other"),
        ([4, 5, 2], [2], [5], "do not stand one after the other"),
        ([4, 5, 2], [3] * 9, [0] * 9, "do not stand one after the other"),
        ([4, 5, 2], [3, 2**31 - 1], [0, 12], "fewer than its index says"),
    ],
)
def test_an_index_that_reads_elsewhere_is_refused(tmp_path, tokens, lengths, starts, words):
    """Numbers from the end, one sentence in another, one read a thousand times: none of it is text."""
    index, data, dictionary = write(tmp_path, ["a"], ["a", "b", "c"])
    np.array(tokens, np.int32).tofile(data)
    head = b"MMIDIDX\x00\x00" + struct.pack("<QBQ", 1, 4, len(lengths))
    index.write_bytes(head + np.array(lengths, np.int32).tobytes() + np.array(starts, np.int64).tobytes())
    with pytest.raises(KnnKdError, match=words):
        list(binary_lines(index, data, dictionary))
