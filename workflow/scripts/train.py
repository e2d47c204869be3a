"""Train one system with fairseq; run again after a kill, it goes on from the last checkpoint.

python workflow/scripts/train.py --data-bin data-bin --output run --work run/work --seed 1 \\
    --term sparse --candidates candidates --k 64 --tau 100 --alpha 0.5 \\
    --metric bleu --device auto -- --arch transformer_iwslt_de_en --max-tokens 8192 ...

What stands after `--` goes to fairseq-train as it is.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.distil.settings import add_training_flags, read_training


def main() -> None:
    """Read the flags and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="gets checkpoint_best.pt and train.json")
    parser.add_argument("--work", type=Path, required=True, help="keeps what a killed run needs; removed at the end")
    add_training_flags(parser)
    args = parser.parse_args()
    settings = read_training(args)
    from knnkd.distil.train import train  # fairseq takes seconds to import: not for --help

    train(settings, args.work, args.output)


if __name__ == "__main__":
    exit_with_errors(main)
