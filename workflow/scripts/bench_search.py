"""Measure the search in advance on random keys: against faiss and the plain product, over k, and over the rows.

python workflow/scripts/bench_search.py --rows 20000 --queries 5000 --dimension 256 --k 64 1024 --sizes 5000 10000 \\
    --rounds 5 --memory-gb 1 --threads 2 --output search.json
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import scratch_folder, write_json


def main() -> None:
    """Read the flags, measure and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, required=True, help="of the keys that are joined with themselves")
    parser.add_argument("--queries", type=int, required=True, help="of the rows, how many faiss is asked for")
    parser.add_argument("--dimension", type=int, required=True, help="of the keys")
    parser.add_argument("--k", type=int, nargs="+", required=True, help="neighbours; the first is compared with faiss")
    parser.add_argument("--k-rows", type=int, help="rows of the comparison over k, where not --rows")
    parser.add_argument("--sizes", type=int, nargs="+", required=True, help="rows of the curve, each searched once")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each that count")
    parser.add_argument("--memory-gb", type=float, default=4.0, help="budget for what is held, in 1e9 bytes")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    if max(args.k) > min(args.rows, args.k_rows or args.rows, *args.sizes) or args.queries > args.rows:
        raise KnnKdError("--k and --queries are at most --rows, and --k at most the smallest of --sizes")
    from knnkd.bench.selfjoin import Setting, compare, describe, over_neighbours, over_sizes
    from knnkd.core.gpus import choose_device

    setting = Setting(args.dimension, args.memory_gb, args.threads, args.rounds, choose_device(args.device))
    found = describe(setting)
    found["comparison"] = compare(args.rows, args.k[0], args.queries, setting)
    found["neighbours"] = over_neighbours(args.k_rows or args.rows, args.k, setting)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder(args.output.parent) as scratch:
        found["sizes"] = over_sizes(args.sizes, args.k[0], setting, scratch)
    write_json(args.output, found)


if __name__ == "__main__":
    exit_with_errors(main)
