"""Measure the decoding speed of several systems, in turns within one run.

python workflow/scripts/bench_decoding.py --settings @bench.json --output decoding.json

The settings are those of knnkd.bench.settings.DecodingBench.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.bench.settings import DecodingBench
from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.inference.beam import fixed_length


def main() -> None:
    """Read the settings, measure and write the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "the systems, the beam search, and how long each turn is")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    settings = read_settings(args.settings, DecodingBench)
    from knnkd.bench.systems import bench_decoding  # fairseq takes seconds to import: not for --help
    from knnkd.core.gpus import choose_device
    from knnkd.inference.knn_mt import load_system

    device, threads = choose_device(settings.device), settings.threads
    systems = {each.system: load_system(each.files, device, threads) for each in settings.systems}
    beam = settings.beam if settings.length is None else fixed_length(settings.beam, settings.length)
    rates = bench_decoding(systems, beam, settings.max_tokens, settings.sentences, settings.rounds, threads)
    write_json(args.output, {"dataset": settings.dataset} | rates)


if __name__ == "__main__":
    exit_with_errors(main)
