"""Take the training of the point that a grid chose as that of the system; its record says so.

python workflow/scripts/take_point.py --chosen chosen.json --runs train/de_en/kd_k*/seed1/train.json \\
    --output train/de_en/kd/seed1
"""

import argparse
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import replacing, write_json
from knnkd.core.integrity import read_record, require_intact
from knnkd.distil.choice import read_choice, said_of_choice


def main() -> None:
    """Read the flags, copy the checkpoint and write its record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chosen", type=Path, required=True, help="JSON of choose_point.py")
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="train.json of every point, at its place")
    parser.add_argument("--output", type=Path, required=True, help="gets checkpoint_best.pt and train.json")
    args = parser.parse_args()
    choice = read_choice(args.chosen)
    name = choice["chosen"]["system"]
    record = next((path for path in args.runs if path.parent.parent.name == name), None)
    if record is None:
        raise KnnKdError(
            f"{args.chosen}: chose {name}, of which --runs has no train.json; name every point of the grid"
        )
    report = read_record(record)
    require_intact(record.parent, report["files"], record)
    args.output.mkdir(parents=True, exist_ok=True)
    for file in report["files"]:
        with replacing(args.output / file) as temporary:
            shutil.copyfile(record.parent / file, temporary)
    named = {key: choice[key] for key in ("dataset", "system")}
    write_json(args.output / "train.json", report | named | {"chosen": said_of_choice(choice, trained=False)})


if __name__ == "__main__":
    exit_with_errors(main)
