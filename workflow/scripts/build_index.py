"""Build faiss' index of a datastore's keys.

python workflow/scripts/build_index.py --settings '{"index": {"kind": "ivfpq"}}' \\
    --datastore datastore/meta.json --output index

The settings are those of knnkd.knn.faiss_settings.Building.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.knn.faiss_settings import Building


def main() -> None:
    """Read the settings, train the index and fill it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the index")
    parser.add_argument("--datastore", type=Path, required=True, help="meta.json of dump_datastore.py")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--output", type=Path, required=True, help="gets index.faiss and meta.json")
    args = parser.parse_args()
    settings = read_settings(args.settings, Building)
    import faiss

    from knnkd.core.gpus import choose_device
    from knnkd.knn.datastore import Datastore
    from knnkd.knn.faiss_index import build_index

    faiss.omp_set_num_threads(args.threads)
    build_index(Datastore.open(args.datastore.parent), settings.index, args.output, choose_device(settings.device))


if __name__ == "__main__":
    exit_with_errors(main)
