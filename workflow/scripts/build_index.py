"""Build faiss' index of a datastore's keys.

python workflow/scripts/build_index.py --datastore datastore --kind ivfpq --output index
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.flags import add_device_flags


def main() -> None:
    """Read the flags, train the index and fill it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datastore", type=Path, required=True, help="folder of dump_datastore.py")
    parser.add_argument("--kind", choices=("flat", "ivfflat", "ivfpq"), required=True, help="exact, cells, or codes")
    parser.add_argument("--nlist", type=int, help="cells; by default about 4 times the root of the rows")
    parser.add_argument("--code-bytes", type=int, default=64, help="bytes of a key's code (ivfpq)")
    parser.add_argument("--seed", type=int, default=1, help="of the rows that train it and of the clustering")
    add_device_flags(parser)
    parser.add_argument("--output", type=Path, required=True, help="gets index.faiss and meta.json")
    args = parser.parse_args()
    import faiss

    from knnkd.core.gpus import choose_device
    from knnkd.knn.datastore import Datastore
    from knnkd.knn.faiss_index import IndexSettings, build_index

    faiss.omp_set_num_threads(args.threads)
    settings = IndexSettings(args.kind, args.nlist, args.code_bytes, args.seed)
    build_index(Datastore.open(args.datastore), settings, args.output, choose_device(args.device))


if __name__ == "__main__":
    exit_with_errors(main)
