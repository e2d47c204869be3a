"""Compare systems with a baseline by paired bootstrap; of a single system, the interval of its BLEU.

python workflow/scripts/compare_systems.py --hypotheses transformer=out/base knn_kd=out/kd \\
    --references-tok tok/test.en --references-txt text/test.en --metric bleu_tok \\
    --dataset mini_de_en --seed 1 --split test --output significance.json
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import write_json
from knnkd.evaluation.bootstrap import READ, compare, read_systems
from knnkd.inference.hypotheses import read_decoded


def system(text: str) -> tuple[str, Path]:
    """A system's name and its folder, of NAME=FOLDER."""
    name, equals, folder = text.partition("=")
    if not (name and equals and folder):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FOLDER")
    return name, Path(folder)


def main() -> None:
    """Read the flags, compare and write one JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--hypotheses",
        type=system,
        nargs="+",
        required=True,
        metavar="NAME=FOLDER",
        help="systems and their folders of decode.py; the first is the baseline",
    )
    parser.add_argument("--references-tok", type=Path, required=True, help="tokenised references")
    parser.add_argument("--references-txt", type=Path, required=True, help="the same as plain text")
    parser.add_argument("--metric", choices=READ, required=True, help="of tokenised or of plain text")
    for name in ("dataset", "split"):
        parser.add_argument(f"--{name}", required=True, help="kept beside the numbers")
    parser.add_argument("--seed", type=int, required=True, help="of the trainings, kept beside the numbers")
    parser.add_argument("--samples", type=int, default=1000, help="resamplings of the test set")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    folders = dict(args.hypotheses)
    if len(folders) < len(args.hypotheses):
        raise KnnKdError("--hypotheses: a system is named twice; give each name once")
    for folder in folders.values():
        read_decoded(folder, [READ[args.metric]])
    references = args.references_tok if args.metric == "bleu_tok" else args.references_txt
    systems, expected = read_systems(folders, references, args.metric)
    about = {name: getattr(args, name) for name in ("dataset", "seed", "split", "metric")}
    about["baseline"] = systems[0][0]
    write_json(args.output, about | compare(systems, expected, args.metric, args.samples))


if __name__ == "__main__":
    exit_with_errors(main)
