"""Fetch an archive whole, once for all the files that are taken out of it.

    fetch_archive.py --output downloads/de-en.tgz --url https://host/de-en.tgz --data-dir downloads

OUTPUT.source.json beside it says where it came from. The same flags work without a network once the file lies in the
--data-dir folder.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.corpus.fetch import fetch_whole, named_network, named_source
from knnkd.corpus.flags import add_network_flags, add_source_flags


def main() -> None:
    """Read the flags and fetch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="file to write; OUTPUT.source.json goes beside")
    add_source_flags(parser)
    add_network_flags(parser)
    args = parser.parse_args()
    fetch_whole(named_source(args, whole=True), args.output, named_network(args))


if __name__ == "__main__":
    exit_with_errors(main)
