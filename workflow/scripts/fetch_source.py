"""Bring one text file of a corpus to its place, checked, unpacked and validated.

    fetch_source.py --output raw/train.de --url https://host/train.de.gz --sha256 HEX --data-dir downloads

The same flags work without a network once the file lies in the --data-dir folder.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.errors import exit_with_errors
from knnkd.flags import add_source_flags
from knnkd.sources import Network, fetch, named_source


def parse_arguments() -> argparse.Namespace:
    """Return the command line's flags."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="text file to write; OUTPUT.source.json goes beside")
    add_source_flags(parser)
    parser.add_argument("--retries", type=int, default=4, help="tries of each URL after the first one (%(default)s)")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds without an answer (%(default)s)")
    parser.add_argument("--retry-delay", type=float, default=1.0, help="seconds before the first retry (%(default)s)")
    arguments = parser.parse_args()
    if arguments.retries < 0 or arguments.timeout <= 0 or arguments.retry_delay < 0:
        parser.error("--retries and --retry-delay cannot be negative, and --timeout must be positive")
    return arguments


def main() -> None:
    """Fetch what the flags name."""
    arguments = parse_arguments()
    fetch(
        named_source(arguments), arguments.output, Network(arguments.retries, arguments.timeout, arguments.retry_delay)
    )


if __name__ == "__main__":
    exit_with_errors(main)
