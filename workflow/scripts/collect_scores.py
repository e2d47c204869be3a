"""Put the score files of all runs into one tidy CSV.

python workflow/scripts/collect_scores.py --scores scores/*/*/*/*.json --output scores.csv
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.reporting.frames import collect_scores, write_csv


def main() -> None:
    """Read the flags and collect."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scores", type=Path, nargs="+", required=True, help="files of score.py")
    parser.add_argument(
        "--output", type=Path, required=True, help="CSV: dataset,system,seed,split,metric,value,signature"
    )
    args = parser.parse_args()
    write_csv(collect_scores(args.scores), args.output)


if __name__ == "__main__":
    exit_with_errors(main)
