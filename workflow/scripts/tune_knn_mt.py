"""Choose k, tau and lambda of kNN-MT on one split: every point's loss, and the best few points' BLEU.

python workflow/scripts/tune_knn_mt.py --checkpoint run/checkpoint_best.pt --data-bin data-bin --datastore datastore \\
    --k 4 8 16 --tau 10 100 --lambda 0.2 0.4 0.6 0.8 --references tok/valid.en --output tuned

Name the metric that the tables use: --metric bleu_tok, with tokenised references, or sacrebleu, with plain text.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import read_lines, write_json
from knnkd.inference.flags import add_beam_flags, add_index_flags, add_model_flags

RECALL_QUERIES = 2048  # enough for the recall's second decimal


def read_flags() -> argparse.Namespace:
    """Return the flags."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_model_flags(parser, split="valid")
    add_beam_flags(parser)
    add_index_flags(parser)
    parser.add_argument("--k", type=int, nargs="+", required=True, help="neighbours")
    parser.add_argument("--tau", type=float, nargs="+", required=True, help="temperatures, in squared distances")
    parser.add_argument("--lambda", type=float, nargs="+", required=True, dest="lambdas", help="the datastore's shares")
    parser.add_argument("--decoded", type=int, default=3, help="points decoded, those of least loss")
    parser.add_argument("--references", type=Path, required=True, help="of the split, as --metric wants them")
    metrics = ("bleu_tok", "sacrebleu")
    parser.add_argument("--metric", choices=metrics, default="bleu_tok", help="BLEU of tokenised or of plain text")
    parser.add_argument("--unescape", action="store_true", help="the tokenisation wrote Moses' entities (sacrebleu)")
    parser.add_argument("--output", type=Path, required=True, help="gets grid.csv and tuned.json")
    return parser.parse_args()


def main() -> None:
    """Read the flags, tune and write grid.csv and tuned.json."""
    args = read_flags()
    from knnkd.inference.knn_mt import (
        at_edge,
        decoded_bleu,
        describe_search,
        grid_losses,
        open_named_index,
        tune,
        write_grid,
    )
    from knnkd.inference.load import load_named_model, named_beam
    from knnkd.knn.interpolation import NearestNeighbours

    trained, beam = load_named_model(args), named_beam(args)
    store, index = open_named_index(args, trained)
    references = read_references(args.references, trained, args.split)

    def bleu_of(point) -> float:
        neighbours = NearestNeighbours(index, store.values, point.k, point.tau, point.lam)
        text = references, args.metric, args.unescape
        return decoded_bleu(trained, args.split, beam, args.max_tokens, neighbours, *text)

    grid = args.k, args.tau, args.lambdas
    base_loss, points = grid_losses(trained, args.split, args.max_tokens, index, store.values, *grid)
    rows, winner = tune(points, args.decoded, bleu_of)
    point = winner.point
    tuned: dict = {"k": point.k, "tau": point.tau, "lambda": point.lam, "edge": at_edge(point, *grid)}
    tuned |= {"metric": args.metric, "bleu": winner.bleu, "loss": winner.loss}
    tuned |= {"base_loss": base_loss} | describe_search(args, index)
    tuned |= {"recall": measured_recall(args, trained, store, index)}
    tuned |= {"split": args.split, "beam": beam.beam, "lenpen": beam.lenpen, "decoded": args.decoded}
    tuned |= {"device": trained.device.type, "weights": trained.weights}
    write_grid(args.output / "grid.csv", base_loss, rows, winner)
    write_json(args.output / "tuned.json", tuned)
    if tuned["edge"]:
        print(f"at the edge of the grid: {', '.join(tuned['edge'])}; values beyond it may be better", flush=True)


def read_references(path: Path, trained, split: str) -> list[str]:
    """Return the references; KnnKdError where they are not one for each sentence of the split."""
    references = read_lines(path)
    trained.task.load_dataset(split)
    sentences = len(trained.task.dataset(split))
    if len(references) != sentences:
        raise KnnKdError(f"{path}: {len(references)} references for {sentences} sentences of {split}; name its own")
    return references


def measured_recall(args: argparse.Namespace, trained, store, index) -> float:
    """Return the share of the true max(k) nearest that the index finds, on random positions of the split."""
    from knnkd.inference.knn_mt import sample_queries
    from knnkd.knn.exact_index import ExactIndex
    from knnkd.knn.index import recall

    if isinstance(index, ExactIndex):
        return 1.0
    queries = sample_queries(trained, args.split, args.max_tokens, RECALL_QUERIES, seed=1)
    return recall(index, ExactIndex(store.keys, trained.device), queries, max(args.k))


if __name__ == "__main__":
    exit_with_errors(main)
