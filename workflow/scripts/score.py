"""Score the hypotheses of one run on one split.

python workflow/scripts/score.py --settings '{"dataset": "d", "system": "knn_kd", "seed": 1}' \\
    --hypotheses out/decode.json --references-tok tok/test.en --references-txt text/test.en --output score.json

The settings say whose hypotheses they are; they stand beside the scores.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.core.integrity import sealed
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.evaluation.metrics import score
from knnkd.experiment.runs import Run
from knnkd.inference.hypotheses import TEXT, TOKENS, read_decoded


def main() -> None:
    """Read the run, score and write one JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "dataset, system, seed and split")
    parser.add_argument("--hypotheses", type=Path, required=True, help="decode.json of decode.py")
    parser.add_argument("--references-tok", type=Path, required=True, help="tokenised references")
    parser.add_argument("--references-txt", type=Path, required=True, help="the same as plain text")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    run, folder = read_settings(args.settings, Run), args.hypotheses.parent
    weights = read_decoded(folder, [TOKENS, TEXT])["weights"]
    scores = [asdict(each) for each in score(folder, args.references_tok, args.references_txt)]
    write_json(args.output, sealed(asdict(run) | {"weights": weights, "scores": scores}))


if __name__ == "__main__":
    exit_with_errors(main)
