"""The flags of scripts that fetch files: argparse alone, for scripts of every environment."""

import argparse
from pathlib import Path

from knnkd.corpus.formats import BINARY, FORMS


def add_source_flags(parser: argparse.ArgumentParser) -> None:
    """Add --url, --path, --sha256 and all else that says where a file comes from and what it is."""
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--url", action="append", help="http, https or file URL; given again, a mirror tried in turn")
    where.add_argument("--path", type=Path, help="local file, instead of a URL")
    parser.add_argument("--sha256", help="expected sum of the file as it comes; without it the sum is only recorded")
    parser.add_argument("--data-dir", type=Path, help="folder looked into first, by the URL's file name")
    parser.add_argument("--file", help="the file's name, where its URL does not end in it")
    parser.add_argument("--member", nargs="+", help="names in a tar or zip archive, joined in this order")
    parser.add_argument("--form", choices=(*FORMS, BINARY), default="lines", help="how the sentences stand in it")
    parser.add_argument("--dictionary", help=f"of {BINARY}: the dictionary's name in the archive")
    parser.add_argument("--checksums", type=Path, help="JSON file of sums recorded at first use, where --sha256 lacks")


def add_network_flags(parser: argparse.ArgumentParser) -> None:
    """Add --retries, --timeout and --retry-delay: how patiently to download."""
    parser.add_argument("--retries", type=int, default=4, help="tries of each URL after the first one (%(default)s)")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds without an answer (%(default)s)")
    parser.add_argument("--retry-delay", type=float, default=1.0, help="seconds before the first retry (%(default)s)")


def add_credit_flags(parser: argparse.ArgumentParser) -> None:
    """Add --licence and --citation, for `say_credits`."""
    parser.add_argument("--licence", help="of what is fetched, to be said")
    parser.add_argument("--citation", help="what to cite, to be said")


def say_credits(args: argparse.Namespace) -> None:
    """Print whose what was fetched is, as far as the flags tell."""
    if args.licence:
        print(f"Licence: {args.licence}")
    if args.citation:
        print(f"Please cite: {args.citation}")
