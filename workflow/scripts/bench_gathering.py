"""Measure how fast the shards of a search are merged.

python workflow/scripts/bench_gathering.py --settings '{"rows": 100000, "k": 64}' --output gathering.json

The settings are those of knnkd.bench.settings.MergeBench.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.bench.settings import MergeBench
from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.core.settings import add_settings_flag, read_settings


def main() -> None:
    """Read the settings, measure and write the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of datastore, jobs and turns")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    bench = read_settings(args.settings, MergeBench)
    from knnkd.bench.merge import bench_gathering

    args.output.parent.mkdir(parents=True, exist_ok=True)
    write_json(args.output, bench_gathering(bench.rows, bench.k, bench.jobs, bench.rounds, args.output.parent))


if __name__ == "__main__":
    exit_with_errors(main)
