"""Search one shard of the datastore's own rows through the whole datastore.

python workflow/scripts/search.py --datastore datastore --shard 1-of-4 --k 64 --memory-gb 4 --output shard
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.errors import exit_with_errors
from knnkd.shards import parse_shard, shard_range


def main() -> None:
    """Read the flags, search and write the shard."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datastore", type=Path, required=True, help="folder of dump_datastore.py")
    parser.add_argument("--shard", type=parse_shard, default=(1, 1), help="which part of the queries: i-of-n")
    parser.add_argument("--k", type=int, required=True, help="neighbours a query; every smaller k is in it")
    parser.add_argument("--memory-gb", type=float, default=4.0, help="budget for the buffers, in 1e9 bytes")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--output", type=Path, required=True, help="gets rows, scores and meta.json")
    args = parser.parse_args()
    import numpy as np
    import torch

    from knnkd.candidates import new_shard
    from knnkd.datastore import Datastore
    from knnkd.devices import choose_device
    from knnkd.search import exact_search

    torch.set_num_threads(args.threads)
    store = Datastore.open(args.datastore)
    first, last = shard_range(len(store), args.shard)
    meta = {"datastore": store.meta, "search": {"index": "exact", "distance": "squared_l2"}}
    device = choose_device(args.device)
    with new_shard(args.output, first, last - first, args.k, meta) as out:
        exact_search(
            store.keys, store.keys[first:last], args.k, np.arange(first, last), args.memory_gb, device, out=out
        )
        np.negative(out[1], out=out[1])  # a score is a negative distance: the higher the nearer


if __name__ == "__main__":
    exit_with_errors(main)
