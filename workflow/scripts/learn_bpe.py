"""Learn byte-pair merges from tokenised training text.

python workflow/scripts/learn_bpe.py --input train.de train.en --merges 10000 --output codes.bpe
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.errors import exit_with_errors  # noqa: E402
from knnkd.segmentation import learn_codes  # noqa: E402


def main() -> None:
    """Read the flags and learn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, nargs="+", required=True, help="tokenised text, learned from together")
    parser.add_argument("--merges", type=int, required=True, help="number of merge operations")
    parser.add_argument("--output", type=Path, required=True, help="file of the codes")
    args = parser.parse_args()
    learn_codes(args.input, args.merges, args.output)


if __name__ == "__main__":
    exit_with_errors(main)
