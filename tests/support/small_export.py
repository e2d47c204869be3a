"""A tiny model that was really trained, on text with Moses' entities, decoded and exported (pytest_plugins)."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from knnkd.core.files import read_lines, write_lines
from knnkd.experiment.config import complete, fairseq_flags
from knnkd.experiment.resolve import section
from support.workflow import TINY, run_script

LANGUAGES = ["--source-lang", "de", "--target-lang", "en"]
SPLITS = {"train": 2000, "valid": 40, "test": 60}
POSITIONS = 64


@dataclass(frozen=True)
class Served:
    """The folders of the stages: raw, corpus, codes, bpe, bin, run, decoded, exported."""

    root: Path

    def __getattr__(self, name: str) -> Path:
        return self.root / name

    @property
    def checkpoint(self) -> Path:
        return self.root / "run" / "checkpoint_best.pt"

    def export_flags(self) -> list:
        """The flags of export_model.py, but for where to."""
        flags = ["--checkpoint", self.checkpoint, "--data-bin", self.bin, "--segmentation", self.codes, "--escape"]
        return [*flags, "--sentences", 20, "--rounds", 2, "--device", "cpu"]


def run(name, *flags):
    process = run_script(name, *flags)
    assert process.returncode == 0, process.stderr


def write_raw(folder):
    """A generated corpus in which every third sentence stands in quotation marks, which are entities to Moses."""
    counts = [flag for split, sentences in SPLITS.items() for flag in (f"--{split}", sentences)]
    run("generate_corpus.py", "--corpus", "mini_de_en", "--seed", 1, *counts, "--output", folder)
    for path in (folder / f"{split}.{language}" for split in SPLITS for language in ("de", "en")):
        write_lines(path, [line if i % 3 else f'"{line}"' for i, line in enumerate(read_lines(path))])


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    served = Served(tmp_path_factory.mktemp("served"))
    text = served.corpus / "tok"
    write_raw(served.raw)
    run("clean_corpus.py", "--raw", served.raw, "--output", served.corpus, *LANGUAGES, "--clean-split", "--escape")
    run("learn_bpe.py", "--text", text, *LANGUAGES, "--merges", 400, "--joint", "--output", served.codes)
    run("segment.py", "--codes", served.codes, "--text", text, *LANGUAGES, "--output", served.bpe)
    run("binarise.py", "--text", served.bpe, *LANGUAGES, "--joint", "--output", served.bin)
    config = complete(TINY)
    model = config["model"] | {"max_positions": POSITIONS, "embed_dim": 64, "ffn_dim": 128, "dropout": 0.0}
    changes = {"max_tokens": 1024, "lr": 0.005, "max_epoch": 10, "valid_interval": 10}
    training = fairseq_flags(model, section(config, "training", "tiny_de_en") | changes, 0.1)
    about = ["--data-bin", served.bin, "--device", "cpu"]
    own = ["--seed", 1, "--valid-beam", 1, "--output", served.run, "--work", served.run / "work"]
    run("train.py", *about, *own, "--", *training)
    run("decode.py", "--checkpoint", served.checkpoint, *about, "--unescape", "--output", served.decoded)
    run("export_model.py", *served.export_flags(), "--output", served.exported)
    return served
