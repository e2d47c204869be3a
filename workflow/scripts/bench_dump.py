"""Measure how fast a model fills a datastore: a forward pass alone, and as it writes what it found.

python workflow/scripts/bench_dump.py --settings @bench.json --checkpoint run/checkpoint_best.pt --data-bin data-bin \\
    --output dump.json

The settings are those of knnkd.bench.settings.DumpBench.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.bench.settings import DumpBench
from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.core.settings import add_settings_flag, read_settings


def main() -> None:
    """Read the settings, measure and write the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the forward pass")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the model")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    settings = read_settings(args.settings, DumpBench)
    from knnkd.bench.systems import bench_dump  # fairseq takes seconds to import: not for --help
    from knnkd.inference.load import load_on

    trained = load_on(settings.device, settings.threads, args.checkpoint, args.data_bin)
    rates = bench_dump(trained, "valid", settings.max_tokens, settings.rounds, settings.threads)
    write_json(args.output, {"dataset": settings.dataset} | rates)


if __name__ == "__main__":
    exit_with_errors(main)
