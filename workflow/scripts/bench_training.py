"""Measure the training speed of several systems, in turns within one run.

python workflow/scripts/bench_training.py --dataset mini_de_en --rounds 5 --updates 10 --output training.json \\
    --run transformer "--data-bin data --seed 1 -- --arch transformer ..." --run word_kd "--data-bin data ..."

Each --run names a system and quotes its flags of train.py, without those that say where a result goes.
"""

import argparse
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.distil.settings import Training, add_training_flags, read_training


def read_run(flags: str) -> Training:
    """Return the training that one quoted string of flags describes."""
    parser = argparse.ArgumentParser()
    add_training_flags(parser)
    return read_training(parser.parse_args(shlex.split(flags)))


def main() -> None:
    """Read the flags, measure and write the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", nargs=2, action="append", required=True, metavar=("SYSTEM", "FLAGS"), help="see above")
    parser.add_argument("--dataset", required=True, help="kept beside the rates")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each system that count")
    parser.add_argument("--updates", type=int, default=10, help="updates a turn")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    systems = {name: read_run(flags) for name, flags in args.run}
    from knnkd.bench.systems import bench_training  # fairseq takes seconds to import: not for --help

    write_json(args.output, {"dataset": args.dataset} | bench_training(systems, args.updates, args.rounds))


if __name__ == "__main__":
    exit_with_errors(main)
