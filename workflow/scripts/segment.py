"""Cut tokenised text into subwords.

python workflow/scripts/segment.py --codes codes.bpe --input tok/train.de --output bpe/train.de --max-subwords 1023
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.errors import exit_with_errors  # noqa: E402
from knnkd.io import read_lines, write_lines  # noqa: E402
from knnkd.segmentation import Segmenter, refuse_overlong  # noqa: E402


def main() -> None:
    """Read the flags and segment one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--codes", type=Path, required=True, help="merges of learn_bpe.py")
    parser.add_argument("--input", type=Path, required=True, help="tokenised text, one sentence a line")
    parser.add_argument("--output", type=Path, required=True, help="the same sentences in subwords")
    parser.add_argument("--max-subwords", type=int, required=True, help="the model's limit; a longer sentence is refused")
    args = parser.parse_args()
    lines = Segmenter(args.codes).segment_lines(read_lines(args.input))
    refuse_overlong(lines, args.max_subwords, args.input)
    write_lines(args.output, lines)


if __name__ == "__main__":
    exit_with_errors(main)
