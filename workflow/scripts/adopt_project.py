"""Make the data-bin and the checkpoint of a plain fairseq project readable by every stage here; nothing is trained.

python workflow/scripts/adopt_project.py --data-bin data-bin --languages de en --checkpoint checkpoint_best.pt \\
    --output base

Writes data-bin/data.json, which describes the folder, and base/checkpoint.pt with its record. docs/by-hand.md goes on
from there.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors


def main() -> None:
    """Read the flags, describe and adopt."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of fairseq-preprocess")
    parser.add_argument("--languages", nargs=2, required=True, help="source and target, as in the names of its files")
    parser.add_argument("--checkpoint", type=Path, required=True, help="a Transformer trained on it")
    parser.add_argument("--output", type=Path, required=True, help="folder of the adopted checkpoint")
    args = parser.parse_args()
    from knnkd.core.files import write_json
    from knnkd.core.integrity import sums_of
    from knnkd.corpus.binarise import describe_binary
    from knnkd.distil.import_model import adopt_checkpoint, save_adopted

    languages = (args.languages[0], args.languages[1])
    describe_binary(args.data_bin, languages, "bpe", ("train", "valid", "test"))
    state = adopt_checkpoint(args.checkpoint, args.data_bin, languages)
    args.output.mkdir(parents=True, exist_ok=True)
    weights = save_adopted(state, args.output / "checkpoint.pt")
    record = {"checkpoint": args.checkpoint.name, "weights": weights, "files": sums_of(args.output, ["checkpoint.pt"])}
    write_json(args.output / "pretrained.json", record)


if __name__ == "__main__":
    exit_with_errors(main)
