"""Put the benchmarks of all datasets into one tidy CSV.

python workflow/scripts/collect_speed.py --benches bench/*/*.json --output speed.csv
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.bench.summary import collect_speed
from knnkd.core.errors import exit_with_errors
from knnkd.reporting.frames import write_csv


def main() -> None:
    """Read the flags and collect."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--benches", type=Path, nargs="+", required=True, help="files of the two benchmarks")
    parser.add_argument("--output", type=Path, required=True, help="CSV: dataset,system,metric,median,...")
    args = parser.parse_args()
    write_csv(collect_speed(args.benches), args.output)


if __name__ == "__main__":
    exit_with_errors(main)
