"""Measure ways to search the datastore of kNN-MT: recall, time a query, quality, and tokens a second.

python workflow/scripts/bench_index.py --settings @bench.json --checkpoint run/checkpoint_best.pt --data-bin data-bin \\
    --datastore datastore/meta.json --tuned knn_mt/tuned.json \\
    --tok tok --text text --names test.de test.en --output index.json

The settings are those of knnkd.bench.settings.IndexBench.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.bench.settings import IndexBench
from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.evaluation.judge import Judge
from knnkd.evaluation.scores import Sentences, add_sentences_flags


def main() -> None:
    """Read the settings, measure and write the points."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the ways to search, the beam search and the turns")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the model")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py; its test set is decoded")
    parser.add_argument("--datastore", type=Path, required=True, help="meta.json of dump_datastore.py, of this model")
    parser.add_argument("--tuned", type=Path, required=True, help="tuned.json of tune_knn_mt.py: k, tau and lambda")
    add_sentences_flags(parser)
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    settings = read_settings(args.settings, IndexBench)
    from knnkd.bench.indexes import bench_index  # fairseq takes seconds to import: not for --help
    from knnkd.inference.load import load_on

    judge = Judge(settings.metric, Sentences.of_flags(args), settings.unescape)
    trained = load_on(settings.device, settings.threads, args.checkpoint, args.data_bin)
    found = bench_index(settings, trained, args.datastore.parent, args.tuned, judge)
    write_json(args.output, {"dataset": settings.dataset} | found)


if __name__ == "__main__":
    exit_with_errors(main)
