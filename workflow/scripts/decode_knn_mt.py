"""Translate one split with kNN-MT: a model, its datastore, and the settings tuned on the validation set.

python workflow/scripts/decode_knn_mt.py --settings @decoding.json --checkpoint base/checkpoint_best.pt \\
    --data-bin data-bin --nearest datastore/meta.json knn_mt/tuned.json --output out

The settings are those of knnkd.inference.settings.Decoding.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.inference.settings import Decoding, Nearest


def main() -> None:
    """Read the settings and decode."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the beam search, and of the search in the datastore")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the base model")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    text = "meta.json of its datastore, tuned.json, and meta.json of a faiss index where the search is not exact"
    parser.add_argument("--nearest", type=Path, nargs="+", required=True, help=text)
    parser.add_argument("--output", type=Path, required=True, help="gets hypotheses.{bpe,tok,txt} and decode.json")
    args = parser.parse_args()
    settings = read_settings(args.settings, Decoding)
    nearest = Nearest.of_records(args.nearest, settings.search)
    from knnkd.inference.decode import (  # fairseq takes seconds to import
        decode,
        describe,
        subwords_of,
        write_hypotheses,
    )
    from knnkd.inference.knn_mt import describe_search, tuned_neighbours
    from knnkd.inference.load import load_on

    subwords = subwords_of(args.data_bin)
    trained = load_on(settings.device, settings.threads, args.checkpoint, args.data_bin)
    neighbours = tuned_neighbours(nearest, trained, settings.threads)
    decoded = decode(trained, settings.split, settings.beam, settings.max_tokens, neighbours)
    about = describe(trained, settings, (1, 1)) | describe_search(settings.search, neighbours.index)
    point = neighbours.point
    about |= {"k": point.k, "tau": point.tau, "lambda": point.lam, "datastore_rows": len(neighbours.values)}
    write_hypotheses(decoded, trained.task.cfg.target_lang, settings.unescape, args.output, about, subwords)


if __name__ == "__main__":
    exit_with_errors(main)
