"""Learn byte-pair merges from the tokenised training text.

python workflow/scripts/learn_bpe.py --text tok --source-lang de --target-lang en --merges 10000 --joint --output codes
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.corpus.bpe import learn_codes


def main() -> None:
    """Read the flags and learn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True, help="folder of train.{language}, tokenised")
    parser.add_argument("--source-lang", required=True, help="ending of the source file")
    parser.add_argument("--target-lang", required=True, help="ending of the target file")
    parser.add_argument("--merges", type=int, required=True, help="number of merge operations")
    parser.add_argument("--joint", action="store_true", help="learn from both languages together")
    parser.add_argument("--output", type=Path, required=True, help="folder of {language}.bpe")
    args = parser.parse_args()
    learn_codes(args.text, (args.source_lang, args.target_lang), args.merges, args.joint, args.output)


if __name__ == "__main__":
    exit_with_errors(main)
