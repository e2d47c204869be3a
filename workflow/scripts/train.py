"""Train one system with fairseq; run again after a kill, it goes on from the last checkpoint.

python workflow/scripts/train.py --settings @training.json --data-bin data-bin \\
    --teacher candidates/meta.json datastore/meta.json --output run --work run/work

The settings are those of knnkd.distil.settings.Settings.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.distil.settings import Files, Settings, Training, one_or_none


def main() -> None:
    """Read the settings and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the training")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    parser.add_argument(
        "--teacher",
        type=Path,
        nargs="*",
        default=[],
        help="meta.json of candidates and their datastore, or a checkpoint",
    )
    parser.add_argument("--init", type=Path, nargs="*", default=[], help="checkpoint that the weights start from")
    parser.add_argument("--chosen", type=Path, nargs="*", default=[], help="chosen.json, which gives what is to `take`")
    parser.add_argument("--updates-of", type=Path, nargs="*", default=[], help="train.json: as many updates are made")
    parser.add_argument("--output", type=Path, required=True, help="gets checkpoint_best.pt and train.json")
    parser.add_argument("--work", type=Path, required=True, help="keeps what a killed run needs; removed at the end")
    args = parser.parse_args()
    lone = {name: one_or_none(getattr(args, name)) for name in ("init", "chosen", "updates_of")}
    training = Training.of(read_settings(args.settings, Settings), Files(args.data_bin, args.teacher, **lone))
    from knnkd.distil.train import train  # fairseq takes seconds to import: not for --help

    train(training, args.work, args.output)


if __name__ == "__main__":
    exit_with_errors(main)
