"""Put the records of all trainings behind the results into one tidy CSV: how long each went on, and why it stopped.

python workflow/scripts/collect_trainings.py --runs train/*/*/*/train.json --output trainings.csv \\
    --made-of mini_de_en/knn_kd/1=mini_de_en/transformer/1 mini_koran/pretrained/1=
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.experiment.lineage import Training
from knnkd.reporting.frames import write_csv
from knnkd.reporting.trainings import collect_trainings


def parse_made_of(text: str) -> tuple[Training, list[Training]]:
    """Read RUN=RUN,RUN, a run and the trainings that it is made of; KnnKdError where it is not that."""
    run, equals, bases = text.partition("=")
    if not equals:
        raise KnnKdError(f"--made-of {text}: give RUN=RUN,RUN, each as DATASET/SYSTEM/SEED")
    return Training.parse(run), [Training.parse(base) for base in bases.split(",") if base]


def main() -> None:
    """Read the flags and collect."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="train.json files, at their places")
    text = "the trainings that a run is made of at first hand: its teacher, its base, its start; none for one that "
    text += "trains nothing and came ready"
    parser.add_argument("--made-of", nargs="*", default=[], metavar="RUN=RUN,RUN", help=text)
    columns = "dataset,system,seed,updates,epochs,updates_per_epoch,tokens_per_update,stopped,gained,made_of"
    parser.add_argument("--output", type=Path, required=True, help=f"CSV: {columns}")
    args = parser.parse_args()
    write_csv(collect_trainings(args.runs, dict(map(parse_made_of, args.made_of))), args.output)


if __name__ == "__main__":
    exit_with_errors(main)
