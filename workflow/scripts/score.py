"""Score the hypotheses of one system on one split.

python workflow/scripts/score.py --hypotheses out --references-tok tok/test.en --references-txt text/test.en \\
    --dataset mini_de_en --system knn_kd --seed 1 --split test --output score.json
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.core.integrity import sealed
from knnkd.evaluation.metrics import score
from knnkd.inference.hypotheses import TEXT, TOKENS, read_decoded


def main() -> None:
    """Read the flags, score and write one JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hypotheses", type=Path, required=True, help="folder of decode.py")
    parser.add_argument("--references-tok", type=Path, required=True, help="tokenised references")
    parser.add_argument("--references-txt", type=Path, required=True, help="the same as plain text")
    for name in ("dataset", "system", "split"):
        parser.add_argument(f"--{name}", required=True, help="kept beside the scores")
    parser.add_argument("--seed", type=int, required=True, help="kept beside the scores")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    identity = {name: getattr(args, name) for name in ("dataset", "system", "seed", "split")}
    weights = read_decoded(args.hypotheses, [TOKENS, TEXT])["weights"]
    scores = [asdict(each) for each in score(args.hypotheses, args.references_tok, args.references_txt)]
    write_json(args.output, sealed(identity | {"weights": weights, "scores": scores}))


if __name__ == "__main__":
    exit_with_errors(main)
