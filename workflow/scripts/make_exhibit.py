"""Make a table or figure of an experiment, in every form.

python workflow/scripts/make_exhibit.py table6 --settings @table6.json --input paper paper_results.csv \\
    --input runs train/*/*/*/train.json --output tables

Its settings and inputs are those that knnkd.reporting.exhibits names for it.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.reporting.exhibits import EXHIBITS, read_inputs


def main() -> None:
    """Read the settings and the files, make it and write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=EXHIBITS, metavar="EXHIBIT", help=", ".join(EXHIBITS))
    add_settings_flag(parser, "of the exhibit")
    parser.add_argument(
        "--input",
        dest="inputs",
        nargs="+",
        action="append",
        default=[],
        metavar=("NAME", "PATH"),
        help="what it is made from, once for each kind of file",
    )
    parser.add_argument("--output", type=Path, required=True, help="folder that gets it")
    args = parser.parse_args()
    exhibit = EXHIBITS[args.name]
    settings = read_settings(args.settings, exhibit.settings)
    exhibit.make(settings, read_inputs(args.inputs, exhibit.inputs), args.output)


if __name__ == "__main__":
    exit_with_errors(main)
