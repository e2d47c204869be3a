"""Measure the search in advance on random keys: against faiss and the plain product, over k, and over the rows.

python workflow/scripts/bench_search.py --settings @bench.json --output search.json

The settings are those of knnkd.bench.settings.SelfJoinBench.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.bench.settings import SelfJoinBench
from knnkd.core.errors import exit_with_errors
from knnkd.core.files import scratch_folder, write_json
from knnkd.core.settings import add_settings_flag, read_settings


def main() -> None:
    """Read the settings, measure and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of keys, neighbours and turns")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    bench = read_settings(args.settings, SelfJoinBench)
    from knnkd.bench.selfjoin import Setting, compare, describe, over_neighbours, over_sizes
    from knnkd.core.gpus import choose_device

    setting = Setting(bench.dimension, bench.memory_gb, bench.threads, bench.rounds, choose_device(bench.device))
    found = describe(setting)
    found["comparison"] = compare(bench.rows, bench.k[0], bench.queries, setting)
    found["neighbours"] = over_neighbours(bench.k_rows or bench.rows, bench.k, setting)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder(args.output.parent) as scratch:
        found["sizes"] = over_sizes(bench.sizes, bench.k[0], setting, scratch)
    write_json(args.output, found)


if __name__ == "__main__":
    exit_with_errors(main)
