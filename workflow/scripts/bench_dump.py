"""Measure how fast a datastore is filled, against the forward pass alone, in turns within one run.

python workflow/scripts/bench_dump.py --dataset mini_de_en --checkpoint run/checkpoint_best.pt --data-bin data-bin \\
    --output dump.json
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.inference.flags import add_model_flags


def main() -> None:
    """Read the flags, measure and write the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_model_flags(parser, split="valid")
    parser.add_argument("--dataset", required=True, help="kept beside the rates")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each that count")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    from knnkd.bench.systems import bench_dump  # fairseq takes seconds to import: not for --help
    from knnkd.inference.load import load_named_model

    trained = load_named_model(args)
    rates = bench_dump(trained, args.split, args.max_tokens, args.rounds, args.threads)
    write_json(args.output, {"dataset": args.dataset} | rates)


if __name__ == "__main__":
    exit_with_errors(main)
