"""Measure how fast the findings of a search's jobs are merged into candidates, in turns within one run.

python workflow/scripts/bench_gathering.py --rows 20000 --k 64 --jobs 1 2 8 --rounds 5 --output gathering.json
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import write_json


def main() -> None:
    """Read the flags, measure and write the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, required=True, help="of the datastore")
    parser.add_argument("--k", type=int, required=True, help="neighbours of a row that each job leaves")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2, 8], help="that the search was dealt out to")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each that count")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    if not 1 <= 2 * max(args.jobs) <= args.rows:
        raise KnnKdError(f"--jobs {max(args.jobs)}: each has two parts of the datastore; take twice as many --rows")
    from knnkd.bench.merge import bench_gathering

    args.output.parent.mkdir(parents=True, exist_ok=True)
    write_json(args.output, bench_gathering(args.rows, args.k, args.jobs, args.rounds, args.output.parent))


if __name__ == "__main__":
    exit_with_errors(main)
