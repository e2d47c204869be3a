"""Bring a fairseq translation model from elsewhere to its place: checkpoint, joined dictionary and BPE codes.

python workflow/scripts/fetch_pretrained.py --settings @model.json --output pretrained/wmt19

model.json holds the fields of Model below: {"languages": ["de", "en"], "checkpoint": {"urls":
["https://host/model.tar.gz"], "members": ["model/model.pt"]}, "dictionary": {...}, "codes": {...}}.
"""

import argparse
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import scratch_folder, write_json
from knnkd.core.integrity import sums_of
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.corpus.fetch import fetch_files
from knnkd.corpus.sources import Credits, Source, Wanted, Where

PARTS = {"checkpoint": "model.pt", "dictionary": "dict.txt", "target_dictionary": "target.txt", "codes": "codes"}


@dataclass(frozen=True)
class Model:
    """A model: what it reads and writes, and its parts; target_dictionary: where `dictionary` is not joined."""

    languages: tuple[str, str]
    checkpoint: Wanted
    dictionary: Wanted
    codes: Wanted
    target_dictionary: Wanted | None = None


@dataclass(frozen=True)
class Places:
    """Where its parts may be had."""

    checkpoint: Where = Where()
    dictionary: Where = Where()
    target_dictionary: Where = Where()
    codes: Where = Where()


def main() -> None:
    """Read the settings, fetch and adopt."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "what the model is")
    add_settings_flag(parser, "where its parts may be had", "--where", "{}")
    add_settings_flag(parser, "its licence and citation, to be said", "--credits", "{}")
    parser.add_argument("--output", type=Path, required=True, help="gets checkpoint.pt, codes/ and dictionaries/")
    args = parser.parse_args()
    model, places = read_settings(args.settings, Model), read_settings(args.where, Places, "--where")
    whose = read_settings(args.credits, Credits, "--credits")
    parts = {part: name for part, name in PARTS.items() if getattr(model, part) is not None}
    sources = {part: Source.of(getattr(model, part), getattr(places, part)) for part in parts}
    from knnkd.distil.import_model import adopt_checkpoint, adopt_codes, adopt_dictionary, save_adopted

    args.output.mkdir(parents=True, exist_ok=True)
    for folder in ("codes", "dictionaries"):
        shutil.rmtree(args.output / folder, ignore_errors=True)
    with scratch_folder(args.output) as work:
        files = {part: work / name for part, name in parts.items()}
        records = fetch_files({files[part]: sources[part] for part in parts})
        adopt_codes(files["codes"], model.languages, args.output / "codes")
        folder, separate = args.output / "dictionaries", files.get("target_dictionary")
        dictionary = adopt_dictionary(files["dictionary"], model.languages, folder)
        types = [len(dictionary), len(adopt_dictionary(separate, model.languages[1:], folder))] if separate else None
        record = records[PARTS["checkpoint"]]
        name = " ".join(str(record[key]) for key in ("url", "path", "data_dir", "member") if key in record)
        state = adopt_checkpoint(files["checkpoint"], folder, model.languages, name)
    weights = save_adopted(state, args.output / "checkpoint.pt")
    about: dict = {part: records[name] for part, name in parts.items()}
    about |= {"weights": weights, "types": types or len(dictionary), "files": sums_of(args.output, ["checkpoint.pt"])}
    write_json(args.output / "pretrained.json", about)
    whose.say()


if __name__ == "__main__":
    exit_with_errors(main)
