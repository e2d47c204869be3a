"""Bring a pre-trained BERT, from the hub of models or from a folder, into the form that the next stages read.

python workflow/scripts/fetch_bert.py --settings '{"teacher": "bert-base-multilingual-cased"}' --output bert
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings


@dataclass(frozen=True)
class Teacher:
    """The name of a model on the hub, or a local folder."""

    teacher: str


@dataclass(frozen=True)
class Where:
    """A folder of what was fetched beforehand: one there that is called as the model is taken instead."""

    data_dir: Path | None = None


def main() -> None:
    """Read the settings and fetch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "which teacher")
    add_settings_flag(parser, "where it may be had", "--where", "{}")
    parser.add_argument("--output", type=Path, required=True, help="folder of the teacher")
    args = parser.parse_args()
    teacher = read_settings(args.settings, Teacher).teacher
    data_dir = read_settings(args.where, Where, "--where").data_dir
    from importlib.metadata import version

    from knnkd.distil.bert.model import LIBRARIES, fetch_teacher, save_teacher

    beforehand = data_dir / Path(teacher).name if data_dir else Path()
    source = str(beforehand) if data_dir and beforehand.is_dir() else teacher
    model, vocabulary = fetch_teacher(source)
    local = Path(source).is_dir()
    about = {"teacher": Path(teacher).name if local else teacher, "local": local}
    about |= {"revision": getattr(model.config, "_commit_hash", None), "pieces": len(vocabulary.pieces)}
    about |= {"versions": {name: version(name) for name in LIBRARIES}}
    save_teacher(args.output, model, vocabulary, ("fetch.json", about))


if __name__ == "__main__":
    exit_with_errors(main)
