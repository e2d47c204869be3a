"""Clean and tokenise the splits of one parallel corpus, and write a manifest of what came, went and stayed.

python workflow/scripts/clean_corpus.py --settings '{"languages": ["de", "en"], "splits": ["train"]}' \\
    --raw raw --output clean

The settings are those of knnkd.corpus.cleaned.Cleaning. Reads RAW/{split}.{lang}; writes text/{split}.{lang},
tok/{split}.{lang}, {split}.lines (the 0-based raw line number of each kept pair) and manifest.json into OUTPUT. Nothing
is written unless every split passes.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.corpus.clean_corpus import Subwords, clean_corpus
from knnkd.corpus.cleaned import Cleaning, Split


def main() -> None:
    """Read the settings and clean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the cleaning")
    parser.add_argument("--raw", type=Path, required=True, help="folder of {split}.{lang}")
    parser.add_argument(
        "--codes", type=Path, nargs="*", default=[], help="folder of a pre-trained model's BPE, for max_positions"
    )
    parser.add_argument("--dictionaries", type=Path, nargs="*", default=[], help="folder of its dictionaries")
    add_settings_flag(parser, "{split: pairs after cleaning}, checked", "--expect", "{}")
    parser.add_argument("--threads", type=int, default=1, help="worker processes (%(default)s)")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    cleaning = read_settings(args.settings, Cleaning)
    expected = read_settings(args.expect, dict[Split, int], "--expect")
    subwords = Subwords(args.codes[0], next(iter(args.dictionaries), None)) if args.codes else None
    clean_corpus(args.raw, args.output, cleaning, subwords, expected, args.threads)


if __name__ == "__main__":
    exit_with_errors(main)
