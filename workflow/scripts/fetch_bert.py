"""Bring a pre-trained BERT, from the hub of models or from a folder, into the form that the next stages read.

python workflow/scripts/fetch_bert.py --teacher bert-base-multilingual-cased --output bert
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors


def main() -> None:
    """Read the flags and fetch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teacher", required=True, help="name of a model on the hub, or a local folder")
    parser.add_argument("--data-dir", type=Path, help="a folder there that is called as the model is taken instead")
    parser.add_argument("--output", type=Path, required=True, help="folder of the teacher")
    args = parser.parse_args()
    from importlib.metadata import version

    from knnkd.distil.bert.model import LIBRARIES, fetch_teacher, save_teacher

    beforehand = args.data_dir / Path(args.teacher).name if args.data_dir else Path()
    source = str(beforehand) if args.data_dir and beforehand.is_dir() else args.teacher
    model, vocabulary = fetch_teacher(source)
    local = Path(source).is_dir()
    about = {"teacher": Path(args.teacher).name if local else args.teacher, "local": local}
    about |= {"revision": getattr(model.config, "_commit_hash", None), "pieces": len(vocabulary.pieces)}
    about |= {"versions": {name: version(name) for name in LIBRARIES}}
    save_teacher(args.output, model, vocabulary, ("fetch.json", about))


if __name__ == "__main__":
    exit_with_errors(main)
