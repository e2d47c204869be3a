"""A file cut short or changed between two stages is named by the stage that reads it, with what makes it again."""

import shutil

import pytest
from support.commands import TRANSFORMER, Command, decoding, tiny, training
from support.workflow import one_error

from knnkd.experiment import corpus_settings, decoding_settings, evaluation_settings
from knnkd.experiment.runs import Run

pytestmark = pytest.mark.e2e
R = "results/tiny"
RUN = "tiny_de_en/transformer/seed1"
CHECKPOINT, DATA = f"{R}/train/{RUN}/checkpoint_best.pt", f"{R}/data/tiny_de_en/bpe"
STORE, CANDIDATES = f"{R}/datastore/{RUN}", f"{R}/candidates/knn/{RUN}"
DECODE, TRAIN = decoding(TRANSFORMER, "out"), training("knn_kd", "out")
SEARCH = Command("search.py", {"k": 4}, datastore=f"{STORE}/meta.json", output="out")
SCORES = Command("collect_scores.py", scores=f"{R}/scores/{RUN}/test.json", output="out.csv")
HYPOTHESES, CORPUS = f"{R}/hypotheses/{RUN}/test", f"{R}/corpus/tiny_de_en"
REFERENCES = {"tok": f"{CORPUS}/tok", "text": f"{CORPUS}/text", "names": ["test.de", "test.en"]}
DECODED = f"{HYPOTHESES}/decode.json"
SCORING = evaluation_settings.scoring(tiny(), TRANSFORMER)
SCORE = Command("score.py", SCORING, hypotheses=DECODED, **REFERENCES, output="out.csv")
MEASURING = decoding_settings.measuring(tiny(), TRANSFORMER)
MEASURE = Command("measure.py", MEASURING, checkpoint=CHECKPOINT, data_bin=DATA, hypotheses=DECODED, output="out.csv")
BPE_OF = Run(TRANSFORMER.dataset, "", 0)
SEGMENT = Command(
    "segment.py",
    corpus_settings.segmentation(tiny(), BPE_OF),
    codes=f"{CORPUS}/codes",
    text=f"{CORPUS}/tok",
    output="out",
)
BINARISE = Command("binarise.py", corpus_settings.binary(tiny(), BPE_OF), text=f"{CORPUS}/bpe", output="out")
# What is damaged, and the stage that reads it.
READ = [
    (f"{STORE}/keys.npy", SEARCH),
    (f"{STORE}/values.npy", SEARCH),
    (f"{STORE}/offsets.npy", SEARCH),
    (f"{CANDIDATES}/tokens.npy", TRAIN),
    (f"{CANDIDATES}/scores.npy", TRAIN),
    (f"{CANDIDATES}/offsets.npy", TRAIN),
    (CHECKPOINT, DECODE),
    (f"{DATA}/dict.en.txt", DECODE),
    (f"{DATA}/test.de-en.de.bin", DECODE),
    (f"{DATA}/train.de-en.en.idx", TRAIN),
    (f"{R}/scores/{RUN}/test.json", SCORES),
    (f"{HYPOTHESES}/hypotheses.txt", SCORE),
    (f"{HYPOTHESES}/hypotheses.tok", MEASURE),
    (f"{CORPUS}/tok/train.de", SEGMENT),
    (f"{CORPUS}/bpe/valid.en", BINARISE),
    (f"{CORPUS}/tok/test.en", SCORE),
    (f"{CORPUS}/text/test.en", SCORE),
]


def truncate(content):
    return content[: len(content) * 2 // 3]


def flip(content):
    """Change one digit or one bit in the middle."""
    at = next((at for at in range(len(content) // 2, len(content)) if chr(content[at]).isdigit()), len(content) // 2)
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.fixture(scope="module")
def copy(tiny_run, tmp_path_factory):
    """A copy of the tiny run that may be damaged."""
    folder = tmp_path_factory.mktemp("faults")
    shutil.copytree(tiny_run / "results", folder / "results")
    return folder


@pytest.mark.parametrize("damage", [truncate, flip])
@pytest.mark.parametrize(("path", "reader"), READ, ids=[path.split("/", 2)[2] for path, _ in READ])
def test_damage_is_named(copy, path, reader, damage):
    whole = (copy / path).read_bytes()
    (copy / path).write_bytes(damage(whole))
    try:
        line = one_error(reader.run(copy))
    finally:
        (copy / path).write_bytes(whole)
    assert path in line, line
    assert "snakemake --force" in line or "run its rule again" in line or "not JSON" in line, line
    assert not (copy / "out").exists() or not any(path.is_file() for path in (copy / "out").rglob("*"))
    assert not (copy / "out.csv").exists()
