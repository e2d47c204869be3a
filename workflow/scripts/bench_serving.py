"""Measure the exported model against fairseq on the test set: tokens a second, the same hypotheses, and their scores.

python workflow/scripts/bench_serving.py --settings @bench.json --model export/export.json \\
    --checkpoint run/checkpoint_best.pt --data-bin data-bin --tok tok --text text \\
    --names test.de test.en --output serving.json

The settings are those of knnkd.bench.settings.ServingBench; beam and batches are those of the export.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.bench.settings import ServingBench
from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.evaluation.judge import Judge
from knnkd.evaluation.scores import Sentences, add_sentences_flags


def main() -> None:
    """Read the settings, measure and write one JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the turns, and the metric")
    parser.add_argument("--model", type=Path, required=True, help="export.json of export_model.py")
    parser.add_argument("--checkpoint", type=Path, required=True, help="what it was made from")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    add_sentences_flags(parser)
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    settings = read_settings(args.settings, ServingBench)
    from knnkd.inference.load import load_on  # fairseq takes seconds to import: not for --help
    from knnkd.serving.fairseq_engine import bench_serving, choose_common_device

    device = choose_common_device(settings.device).type
    trained = load_on(device, settings.threads, args.checkpoint, args.data_bin)
    judge = Judge(settings.metric, Sentences.of_flags(args), settings.unescape)
    write_json(args.output, bench_serving(settings, trained, args.model.parent, args.checkpoint, judge))


if __name__ == "__main__":
    exit_with_errors(main)
