"""Compare systems with a baseline by paired bootstrap; of a single system, the interval of its score.

python workflow/scripts/compare_systems.py --settings @comparison.json --hypotheses base/decode.json kd/decode.json \\
    --tok tok --text text --names test.de test.en --output significance.json

The settings are those of knnkd.evaluation.bootstrap.Comparison.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.evaluation.bootstrap import Comparison, compare, read_systems
from knnkd.evaluation.metrics import metric_of
from knnkd.evaluation.scores import READ, Sentences, add_sentences_flags
from knnkd.inference.hypotheses import read_decoded


def main() -> None:
    """Read the settings, compare and write one JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "the systems and the metric")
    parser.add_argument(
        "--hypotheses", type=Path, nargs="+", required=True, help="decode.json of each, in the same order"
    )
    add_sentences_flags(parser)
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    settings = read_settings(args.settings, Comparison)
    folders = settings.folders(args.hypotheses)
    for folder in folders.values():
        read_decoded(folder, [READ[metric_of(settings.metric).reads]])
    systems, references, sources = read_systems(folders, Sentences.of_flags(args), settings.metric)
    about = {name: getattr(settings, name) for name in ("dataset", "seed", "split", "metric")}
    about["baseline"] = systems[0][0]
    write_json(args.output, about | compare(systems, references, settings.metric, settings.samples, sources=sources))


if __name__ == "__main__":
    exit_with_errors(main)
