"""Turn subword text into fairseq's memory-mapped data.

python workflow/scripts/binarise.py --text bpe --source-lang de --target-lang en --joint --output data-bin
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.corpus.binarise import binarise


def main() -> None:
    """Read the flags and binarise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True, help="folder of train, valid, test in subwords")
    parser.add_argument("--source-lang", required=True, help="ending of the source files")
    parser.add_argument("--target-lang", required=True, help="ending of the target files")
    parser.add_argument("--joint", action="store_true", help="one dictionary for both languages")
    parser.add_argument("--subwords", choices=("bpe", "wordpiece"), default="bpe", help="how the text was cut")
    parser.add_argument("--dictionaries", type=Path, help="binarised folder whose dictionaries are kept")
    parser.add_argument("--output", type=Path, required=True, help="folder; replaced as a whole")
    args = parser.parse_args()
    languages = (args.source_lang, args.target_lang)
    splits = ("train", "valid", "test")
    binarise(args.text, languages, splits, args.output, args.joint, args.subwords, args.dictionaries)


if __name__ == "__main__":
    exit_with_errors(main)
