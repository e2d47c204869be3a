"""Put the records of all trainings behind the results into one tidy CSV: how long each went on, and why it stopped.

python workflow/scripts/collect_trainings.py --runs train/*/*/*/train.json --output trainings.csv \\
    --settings '{"made_of": [[["de_en", "knn_kd", 1], [["de_en", "transformer", 1]]]]}'
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.experiment.lineage import RunName
from knnkd.reporting.frames import write_csv
from knnkd.reporting.trainings import collect_trainings


@dataclass(frozen=True)
class Settings:
    """made_of: (run, the trainings that it is made of at first hand: its teacher, its base, its start) of each run.

    A run is [dataset, system, seed]. One that trains nothing and came ready is made of none.
    """

    made_of: list[tuple[RunName, list[RunName]]]


def main() -> None:
    """Read the flags and collect."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "what the runs are made of")
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="train.json files")
    columns = "dataset,system,seed,updates,epochs,updates_per_epoch,tokens_per_update,stopped,gained,made_of"
    parser.add_argument("--output", type=Path, required=True, help=f"CSV: {columns}")
    args = parser.parse_args()
    made_of = dict(read_settings(args.settings, Settings).made_of)
    write_csv(collect_trainings(args.runs, made_of), args.output)


if __name__ == "__main__":
    exit_with_errors(main)
