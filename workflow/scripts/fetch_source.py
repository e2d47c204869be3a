"""Bring one text file of a corpus to its place, checked, unpacked and validated.

python workflow/scripts/fetch_source.py --settings '{"urls": ["https://host/train.de.gz"], "sha256": "HEX"}' \\
    --where '{"data_dir": "downloads"}' --output raw/train.de

The settings are those of knnkd.corpus.sources.Wanted, and of Where and Credits. The same call works without a network
once the file lies in the folder `data_dir`.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.corpus.fetch import fetch
from knnkd.corpus.sources import Credits, Source, Wanted, Where


def main() -> None:
    """Fetch the file, and say whose it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "what the file is")
    add_settings_flag(parser, "where it may be had", "--where", "{}")
    add_settings_flag(parser, "its licence and citation, to be said", "--credits", "{}")
    parser.add_argument("--output", type=Path, required=True, help="text file; OUTPUT.source.json is put beside it")
    args = parser.parse_args()
    where = read_settings(args.where, Where, "--where")
    whose = read_settings(args.credits, Credits, "--credits")
    record = fetch(Source.of(read_settings(args.settings, Wanted), where), args.output, where.network)
    print(f"{args.output}: {record['lines']} sentences from {record['name']}")
    whose.say()


if __name__ == "__main__":
    exit_with_errors(main)
