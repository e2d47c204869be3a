"""Search a datastore for the neighbours of its own rows: one of n jobs, all of which `gather_candidates.py` merges.

python workflow/scripts/search.py --settings '{"k": 64}' --datastore datastore/meta.json --shard 1-of-4 --memory-gb 4 \\
    --output shard

The settings are those of knnkd.knn.selfjoin.settings.Join.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.core.shards import parse_shard
from knnkd.knn.selfjoin.settings import Join


def main() -> None:
    """Read the settings, search and write the shard."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the search")
    parser.add_argument("--datastore", type=Path, required=True, help="meta.json of dump_datastore.py")
    parser.add_argument("--shard", type=parse_shard, default=(1, 1), help="which of the jobs: i-of-n")
    parser.add_argument("--memory-gb", type=float, default=4.0, help="budget for what is held, in 1e9 bytes")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--output", type=Path, required=True, help="gets neighbours.npy and meta.json")
    args = parser.parse_args()
    settings = read_settings(args.settings, Join)
    from knnkd.core.gpus import choose_device
    from knnkd.knn.datastore import Datastore
    from knnkd.knn.selfjoin.join import self_join
    from knnkd.knn.selfjoin.merge import new_shard
    from knnkd.knn.selfjoin.packing import pieces_of

    store = Datastore.open(args.datastore.parent)
    meta = {"datastore": store.meta, "search": {"index": "exact", "distance": "squared_l2"}}
    device, k = choose_device(settings.device), settings.k
    with new_shard(args.output, pieces_of(len(store), args.shard), k, meta) as out:
        self_join(store.keys, k, args.shard, args.memory_gb, device, args.threads, out, scratch=args.output)


if __name__ == "__main__":
    exit_with_errors(main)
