"""Score the hypotheses of one run on one split.

python workflow/scripts/score.py --hypotheses out/decode.json --tok tok --text text --names test.de test.en \\
    --output score.json --settings '{"run": {"dataset": "d", "system": "knn_kd", "seed": 1}, "metrics": ["chrf"]}'

The settings are those of knnkd.evaluation.scores.Scoring; whose hypotheses they are stands beside the scores.
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
from knnkd.evaluation.scores import Scoring, Sentences, add_sentences_flags, score
from knnkd.inference.hypotheses import TEXT, TOKENS, read_decoded


def main() -> None:
    """Read the run, score and write one JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "whose hypotheses, and the metrics")
    parser.add_argument("--hypotheses", type=Path, required=True, help="decode.json of decode.py")
    add_sentences_flags(parser)
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    settings, folder = read_settings(args.settings, Scoring), args.hypotheses.parent
    weights = read_decoded(folder, [TOKENS, TEXT])["weights"]
    scores = [asdict(each) for each in score(folder, Sentences.of_flags(args), settings.metrics)]
    write_json(args.output, sealed(asdict(settings.run) | {"weights": weights, "scores": scores}))


if __name__ == "__main__":
    exit_with_errors(main)
