"""Merge the shards of a search, and replace each row by its token: the candidates of the kNN teacher (Eq. 10).

python workflow/scripts/gather_candidates.py --datastore datastore/meta.json --shards shards/*/meta.json \\
    --output candidates
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.integrity import read_record
from knnkd.knn.datastore import Datastore
from knnkd.knn.selfjoin.merge import gather_shards


def main() -> None:
    """Read the flags and gather."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datastore", type=Path, required=True, help="meta.json of what was searched")
    parser.add_argument(
        "--shards", type=Path, nargs="+", required=True, help="meta.json of search.py's jobs, in any order"
    )
    parser.add_argument("--output", type=Path, required=True, help="gets tokens, scores, offsets and meta.json")
    args = parser.parse_args()
    store = Datastore.open(args.datastore.parent)
    search = read_record(args.shards[0], ["search"])["search"]
    meta = {"data": store.meta["data"], "teacher": {"kind": "knn", "datastore": store.meta, "search": search}}
    gather_shards([path.parent for path in args.shards], store.values, store.offsets, args.output, meta)


if __name__ == "__main__":
    exit_with_errors(main)
