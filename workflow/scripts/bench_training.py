"""Measure the training speed of several systems, in turns within one run.

python workflow/scripts/bench_training.py --settings @bench.json --output training.json

The settings are those of knnkd.bench.settings.TrainingBench.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.bench.settings import TrainingBench
from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.distil.settings import Training


def main() -> None:
    """Read the settings, measure and write the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "the systems, and how long each turn is")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    settings = read_settings(args.settings, TrainingBench)
    systems = {each.system: Training.of(each.settings, each.files) for each in settings.systems}
    from knnkd.bench.systems import bench_training  # fairseq takes seconds to import: not for --help

    rates = bench_training(systems, settings.updates, settings.rounds)
    write_json(args.output, {"dataset": settings.dataset} | rates)


if __name__ == "__main__":
    exit_with_errors(main)
