"""Hold ways to search a datastore against each other while kNN-MT decodes: recall, time, BLEU, tokens a second.

python workflow/scripts/bench_index.py --dataset mini_de_en --checkpoint run/checkpoint_best.pt --data-bin data-bin \\
    --datastore datastore --tuned tuned/tuned.json --references tok/test.en --kinds exact ivfflat --nlist auto \\
    --nprobe 1 4 16 --rerank 0 4 --sentences 40 --output index.json
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import read_lines, write_json
from knnkd.core.flags import add_device_flags
from knnkd.inference.flags import add_beam_flags


def cells(text: str) -> int | None:
    """Read --nlist: a number of cells, or auto."""
    return None if text == "auto" else int(text)


def read_flags() -> argparse.Namespace:
    """Return the flags."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True, help="kept beside the points")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the model")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py; its test set is decoded")
    parser.add_argument("--datastore", type=Path, required=True, help="folder of dump_datastore.py, of this model")
    parser.add_argument("--tuned", type=Path, required=True, help="tuned.json of tune_knn_mt.py: k, tau and lambda")
    parser.add_argument("--references", type=Path, required=True, help="of the test set, as --metric wants them")
    metrics = ("bleu_tok", "sacrebleu")
    parser.add_argument("--metric", choices=metrics, default="bleu_tok", help="BLEU of tokenised or of plain text")
    parser.add_argument("--unescape", action="store_true", help="the tokenisation wrote Moses' entities (sacrebleu)")
    kinds = ("exact", "flat", "ivfflat", "ivfpq")
    parser.add_argument("--kinds", choices=kinds, nargs="+", default=kinds, help="of the search")
    parser.add_argument("--nlist", type=cells, nargs="+", default=[None], help="cells, or auto")
    parser.add_argument("--nprobe", type=int, nargs="+", default=[2, 4, 8, 16, 32], help="cells that a query visits")
    parser.add_argument("--rerank", type=int, nargs="+", default=[0, 4], help="times k rows measured again (ivfpq)")
    parser.add_argument("--code-bytes", type=int, default=64, help="bytes of a key's code (ivfpq)")
    parser.add_argument("--seed", type=int, default=1, help="of the clustering")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each that count")
    parser.add_argument("--sentences", type=int, default=200, help="sentences of the test set in a turn, about")
    parser.add_argument("--max-tokens", type=int, default=4096, help="padded tokens a batch, on the longer side")
    add_beam_flags(parser)
    add_device_flags(parser)
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    return parser.parse_args()


def main() -> None:
    """Read the flags, measure and write the points."""
    args = read_flags()
    from knnkd.bench.indexes import Bench, bench_ways, ways_of
    from knnkd.inference.knn_mt import decoded_bleu, require, tuned_point
    from knnkd.inference.load import load_named_model, named_beam
    from knnkd.knn.datastore import Datastore

    trained, beam = load_named_model(args), named_beam(args)
    store, point = Datastore.open(args.datastore), tuned_point(args.tuned)
    require(store, trained)
    ways = ways_of(store, args.kinds, args.nlist, args.nprobe, args.rerank, args.code_bytes)
    if not ways:
        raise KnnKdError(f"{store.folder}: {len(store)} rows are too few for {', '.join(args.kinds)}; add exact")
    if left_out := [kind for kind in args.kinds if kind not in {way.index for way in ways}]:
        print(f"left out, as this datastore cannot have it: {', '.join(left_out)}", flush=True)
    text = read_lines(args.references), args.metric, args.unescape

    def bleu_of(interpolate) -> float:
        return decoded_bleu(trained, "test", beam, args.max_tokens, interpolate, *text)

    bench = Bench(beam, args.max_tokens, args.sentences, args.rounds, args.threads)
    found = bench_ways(trained, store, point, ways, bench, bleu_of, args.code_bytes, args.seed)
    write_json(args.output, {"dataset": args.dataset} | found)


if __name__ == "__main__":
    exit_with_errors(main)
