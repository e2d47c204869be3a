"""A tiny model that was really trained, on text with Moses' entities, decoded and exported (pytest_plugins)."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from knnkd.core.files import read_lines, write_lines
from knnkd.experiment.config import complete
from knnkd.experiment.resolve import section
from support.commands import Command
from support.workflow import TINY, run_script

LANGUAGES = {"languages": ["de", "en"]}
SPLITS = {"train": 2000, "valid": 40, "test": 60}
POSITIONS = 64
RUN = {"dataset": "d", "system": "s", "seed": 1}


@dataclass(frozen=True)
class Served:
    """The folders of the stages: raw, corpus, codes, bpe, bin, run, decoded, exported."""

    root: Path

    def __getattr__(self, name: str) -> Path:
        return self.root / name

    @property
    def checkpoint(self) -> Path:
        return self.root / "run" / "checkpoint_best.pt"

    @property
    def files(self) -> dict[str, Path]:
        """The model and its data."""
        return {"checkpoint": self.checkpoint, "data_bin": self.bin}

    def export(self, output: Path) -> Command:
        """export_model.py of this model."""
        settings = {"run": RUN, "text": {"escape": True}, "beam": {}, "max_tokens": 4096, "device": "cpu"}
        settings |= {"sentences": 20, "rounds": 2}
        return Command("export_model.py", settings, **self.files, segmentation=self.codes, output=output)

    def decode(self, output: Path, **beam: int) -> Command:
        """decode.py of this model."""
        settings = {"run": RUN, "split": "test", "max_tokens": 4096, "beam": beam, "device": "cpu", "unescape": True}
        return Command("decode.py", settings, **self.files, output=output)


def run(name, settings, *flags):
    process = run_script(name, "--settings", json.dumps(settings), *flags)
    assert process.returncode == 0, process.stderr


def write_raw(folder):
    """A generated corpus in which every third sentence stands in quotation marks, which are entities to Moses."""
    run("generate_corpus.py", SPLITS | {"corpus": "mini_de_en", "seed": 1}, "--output", folder)
    for path in (folder / f"{split}.{language}" for split in SPLITS for language in ("de", "en")):
        write_lines(path, [line if i % 3 else f'"{line}"' for i, line in enumerate(read_lines(path))])


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    served = Served(tmp_path_factory.mktemp("served"))
    text = served.corpus / "tok"
    write_raw(served.raw)
    cleaning = LANGUAGES | {"splits": [], "text": {"escape": True}}
    joint, limit = LANGUAGES | {"joint": True}, LANGUAGES | {"max_positions": 1024}
    run("clean_corpus.py", cleaning, "--raw", served.raw, "--output", served.corpus)
    run("learn_bpe.py", joint | {"merges": 400}, "--text", text, "--output", served.codes)
    run("segment.py", limit, "--codes", served.codes, "--text", text, "--output", served.bpe)
    run("binarise.py", joint, "--text", served.bpe, "--output", served.bin)
    config = complete(TINY)
    model = config["model"] | {"max_positions": POSITIONS, "embed_dim": 64, "ffn_dim": 128, "dropout": 0.0}
    changes = {"max_tokens": 1024, "lr": 0.005, "max_epoch": 10, "valid_interval": 10, "valid_beam": 1}
    training = section(config, "training", "tiny_de_en") | changes
    settings = RUN | {"objective": {"label_smoothing": 0.1}, "model": model, "training": training, "device": "cpu"}
    train = Command("train.py", settings, data_bin=served.bin, output=served.run, work=served.run / "work")
    for command in (train, served.decode(served.decoded), served.export(served.exported)):
        process = command.run()
        assert process.returncode == 0, process.stderr
    return served
