"""Bring one text file of a corpus to its place, checked, unpacked and validated.

    fetch_source.py --output raw/train.de --url https://host/train.de.gz --sha256 HEX --data-dir downloads

The same flags work without a network once the file lies in the --data-dir folder.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.errors import exit_with_errors
from knnkd.sources import Network, Source, fetch


def parse_arguments() -> argparse.Namespace:
    """Return the command line's flags."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="text file to write; OUTPUT.source.json goes beside")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--url", action="append", help="http, https or file URL; given again, a mirror tried in turn")
    where.add_argument("--path", type=Path, help="local file, instead of a URL")
    parser.add_argument("--sha256", help="expected sum of the file as it comes; without it the sum is only recorded")
    parser.add_argument("--data-dir", type=Path, help="folder looked into first, by the URL's file name")
    parser.add_argument("--member", help="the file's name in a tar or zip archive")
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
    source = Source(
        path=arguments.path,
        urls=tuple(arguments.url or ()),
        sha256=arguments.sha256,
        data_dir=arguments.data_dir,
        member=arguments.member,
    )
    fetch(source, arguments.output, Network(arguments.retries, arguments.timeout, arguments.retry_delay))


if __name__ == "__main__":
    exit_with_errors(main)
