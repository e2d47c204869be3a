"""Translate one split with kNN-MT: a trained model and a datastore of its own.

python workflow/scripts/decode_knn_mt.py --checkpoint run/checkpoint_best.pt --data-bin data-bin --split test \\
    --datastore datastore --tuned tuned/tuned.json --output out
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import read_json
from knnkd.inference.flags import add_beam_flags, add_index_flags, add_model_flags, add_output_flags


def main() -> None:
    """Read the flags and decode."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_model_flags(parser, split="test")
    add_beam_flags(parser)
    add_output_flags(parser)
    add_index_flags(parser)
    parser.add_argument("--tuned", type=Path, help="tuned.json of tune_knn_mt.py, in place of the three settings")
    parser.add_argument("--k", type=int, help="neighbours")
    parser.add_argument("--tau", type=float, help="temperature, in squared distances")
    parser.add_argument("--lambda", type=float, dest="lam", help="the datastore's share")
    args = parser.parse_args()
    settings = named_settings(args)
    from knnkd.inference.decode import decode, describe, subwords_of, write_hypotheses
    from knnkd.inference.knn_mt import describe_search, open_named_index
    from knnkd.inference.load import load_named_model, named_beam
    from knnkd.knn.interpolation import NearestNeighbours

    subwords = subwords_of(args.data_bin)
    trained, beam = load_named_model(args), named_beam(args)
    store, index = open_named_index(args, trained)
    neighbours = NearestNeighbours(index, store.values, settings["k"], settings["tau"], settings["lambda"])
    decoded = decode(trained, args.split, beam, args.max_tokens, neighbours, args.shard)
    about = describe(trained, args.split, beam, args.shard) | {"threads": args.threads} | settings
    about |= describe_search(args, index) | {"datastore_rows": len(store)}
    write_hypotheses(decoded, trained.task.cfg.target_lang, args.unescape, args.output, about, subwords)


def named_settings(args: argparse.Namespace) -> dict:
    """Return k, tau and lambda, of --tuned or of their own flags; KnnKdError where they are not named once each."""
    own = {"k": args.k, "tau": args.tau, "lambda": args.lam}
    if args.tuned is None and None not in own.values():
        return own
    if args.tuned is None or any(value is not None for value in own.values()):
        raise KnnKdError("name either --tuned or all of --k, --tau and --lambda")
    tuned = read_json(args.tuned)
    if missing := [name for name in own if name not in tuned]:
        raise KnnKdError(f"{args.tuned}: lacks {', '.join(missing)}; run tune_knn_mt.py again")
    return {name: tuned[name] for name in own}


if __name__ == "__main__":
    exit_with_errors(main)
