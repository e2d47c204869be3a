"""Turn subword text into fairseq's memory-mapped data.

python workflow/scripts/binarise.py --settings '{"languages": ["de", "en"], "joint": true}' \\
    --text bpe --output data-bin

The settings are those of knnkd.corpus.binarise.Binary.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.corpus.binarise import Binary, binarise


def main() -> None:
    """Read the settings and binarise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the binary data")
    parser.add_argument("--text", type=Path, required=True, help="folder of train, valid, test in subwords")
    parser.add_argument(
        "--dictionaries",
        type=Path,
        nargs="*",
        default=[],
        help="binarised folder whose dictionaries are taken; none: they are built from the training set",
    )
    parser.add_argument("--output", type=Path, required=True, help="folder; replaced as a whole")
    args = parser.parse_args()
    settings, splits = read_settings(args.settings, Binary), ("train", "valid", "test")
    dictionaries = next(iter(args.dictionaries), None)
    binarise(args.text, settings.languages, splits, args.output, settings.joint, settings.subwords, dictionaries)


if __name__ == "__main__":
    exit_with_errors(main)
