"""Bring one text file of a corpus to its place, checked, unpacked and validated.

    fetch_source.py --output raw/train.de --url https://host/train.de.gz --sha256 HEX --data-dir downloads

The same flags work without a network once the file lies in the --data-dir folder.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.corpus.fetch import fetch, named_network, named_source
from knnkd.corpus.flags import add_credit_flags, add_network_flags, add_source_flags, say_credits


def main() -> None:
    """Fetch what the flags name, and say whose it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="text file to write; OUTPUT.source.json goes beside")
    add_source_flags(parser)
    add_network_flags(parser)
    add_credit_flags(parser)
    args = parser.parse_args()
    record = fetch(named_source(args), args.output, named_network(args))
    print(f"{args.output}: {record['lines']} sentences from {record['name']}")
    say_credits(args)


if __name__ == "__main__":
    exit_with_errors(main)
