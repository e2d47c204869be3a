"""Learn byte-pair merges from the tokenised training text.

python workflow/scripts/learn_bpe.py --settings '{"languages": ["de", "en"], "merges": 10000, "joint": true}' \\
    --text tok --output codes

The settings are those of knnkd.corpus.bpe.Learning.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.corpus.bpe import Learning, learn_codes


def main() -> None:
    """Read the settings and learn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the learning")
    parser.add_argument("--text", type=Path, required=True, help="folder of train.{language}, tokenised")
    parser.add_argument("--output", type=Path, required=True, help="folder of {language}.bpe")
    args = parser.parse_args()
    learning = read_settings(args.settings, Learning)
    learn_codes(args.text, learning.languages, learning.merges, learning.joint, args.output)


if __name__ == "__main__":
    exit_with_errors(main)
