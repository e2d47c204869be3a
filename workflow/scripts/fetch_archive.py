"""Fetch an archive whole, once for all the files that are taken out of it.

python workflow/scripts/fetch_archive.py --settings '{"urls": ["https://host/de-en.tgz"]}' \\
    --where '{"data_dir": "downloads"}' --output downloads/de-en.tgz

The settings are those of knnkd.corpus.sources.Wanted, and of Where. OUTPUT.source.json beside it says where it came
from. The same call works without a network once the file lies in the folder `data_dir`.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.corpus.fetch import fetch_whole
from knnkd.corpus.sources import Source, Wanted, Where


def main() -> None:
    """Read the settings and fetch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "what the archive is")
    add_settings_flag(parser, "where it may be had", "--where", "{}")
    parser.add_argument("--output", type=Path, required=True, help="file to write; OUTPUT.source.json is put beside it")
    args = parser.parse_args()
    where = read_settings(args.where, Where, "--where")
    source = Source.of(read_settings(args.settings, Wanted), where, whole=True)
    fetch_whole(source, args.output, where.network)


if __name__ == "__main__":
    exit_with_errors(main)
