"""Compare systems with a baseline by paired bootstrap; of a single system, the interval of its BLEU.

python workflow/scripts/compare_systems.py --settings @comparison.json --hypotheses base/decode.json kd/decode.json \\
    --references tok/test.en --output significance.json

The settings are those of knnkd.evaluation.bootstrap.Comparison.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.evaluation.bootstrap import READ, Comparison, compare, read_systems
from knnkd.inference.hypotheses import read_decoded


def main() -> None:
    """Read the settings, compare and write one JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "the systems and the metric")
    parser.add_argument(
        "--hypotheses", type=Path, nargs="+", required=True, help="decode.json of each, in the same order"
    )
    parser.add_argument("--references", type=Path, required=True, help="tokens for bleu_tok, plain text for sacrebleu")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    settings = read_settings(args.settings, Comparison)
    folders = settings.folders(args.hypotheses)
    for folder in folders.values():
        read_decoded(folder, [READ[settings.metric]])
    systems, expected = read_systems(folders, args.references, settings.metric)
    about = {name: getattr(settings, name) for name in ("dataset", "seed", "split", "metric")}
    about["baseline"] = systems[0][0]
    write_json(args.output, about | compare(systems, expected, settings.metric, settings.samples))


if __name__ == "__main__":
    exit_with_errors(main)
