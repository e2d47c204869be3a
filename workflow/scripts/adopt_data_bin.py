"""Take the data-bin of a fairseq project as a corpus, as it is: nothing is cleaned, cut or binarised.

python workflow/scripts/adopt_data_bin.py --settings '{"languages": ["de", "en"], "max_positions": 1024,
    "text": {"tokenise": false}}' --data-bin data-bin --dictionaries pretrained/dictionaries \\
    --corpus corpus --output data

The settings are those of knnkd.corpus.data_bin.Adoption.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings


def main() -> None:
    """Read the settings and adopt."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "what the data-bin is taken for")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of fairseq-preprocess")
    parser.add_argument("--dictionaries", type=Path, required=True, help="folder of the model's dict.{language}.txt")
    add_settings_flag(parser, "pairs that each split must have, by split", "--expect", "{}")
    parser.add_argument("--threads", type=int, default=1, help="processes that detokenise")
    parser.add_argument("--corpus", type=Path, required=True, help="gets bpe/, tok/, text/, the lines and the manifest")
    parser.add_argument("--output", type=Path, required=True, help="folder of the binary data; replaced as a whole")
    args = parser.parse_args()
    from knnkd.corpus.cleaned import Split
    from knnkd.corpus.data_bin import Adoption, adopt_data_bin

    settings = read_settings(args.settings, Adoption)
    expected = read_settings(args.expect, dict[Split, int], "--expect")
    adopt_data_bin(args.data_bin, args.dictionaries, args.corpus, args.output, settings, expected, args.threads)


if __name__ == "__main__":
    exit_with_errors(main)
