"""Search a datastore for the neighbours of its own rows: one of n jobs, all of which `gather_candidates.py` merges.

python workflow/scripts/search.py --datastore datastore --shard 1-of-4 --k 64 --memory-gb 4 --output shard
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.shards import parse_shard


def main() -> None:
    """Read the flags, search and write the shard."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datastore", type=Path, required=True, help="folder of dump_datastore.py")
    parser.add_argument("--shard", type=parse_shard, default=(1, 1), help="which of the jobs: i-of-n")
    parser.add_argument("--k", type=int, required=True, help="neighbours a query; every smaller k is in it")
    parser.add_argument("--memory-gb", type=float, default=4.0, help="budget for what is held, in 1e9 bytes")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--output", type=Path, required=True, help="gets neighbours.npy and meta.json")
    args = parser.parse_args()
    from knnkd.core.gpus import choose_device
    from knnkd.knn.datastore import Datastore
    from knnkd.knn.selfjoin.join import self_join
    from knnkd.knn.selfjoin.merge import new_shard
    from knnkd.knn.selfjoin.packing import pieces_of

    store = Datastore.open(args.datastore)
    meta = {"datastore": store.meta, "search": {"index": "exact", "distance": "squared_l2"}}
    device = choose_device(args.device)
    with new_shard(args.output, pieces_of(len(store), args.shard), args.k, meta) as out:
        self_join(store.keys, args.k, args.shard, args.memory_gb, device, args.threads, out, scratch=args.output)


if __name__ == "__main__":
    exit_with_errors(main)
