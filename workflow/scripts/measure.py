"""Measure a system's distribution on the references of one split: calibration and, against lattices, overcorrection.

python workflow/scripts/measure.py --checkpoint run/checkpoint_best.pt --data-bin data-bin --hypotheses out \\
    --dataset mini_de_en --system knn_kd --seed 1 --lattices raw/test.lattice.jsonl.gz --lines test.lines \\
    --codes codes/en.bpe --output measures.json
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import Progress, read_lines, write_json
from knnkd.core.integrity import sealed
from knnkd.inference.flags import add_index_flags, add_model_flags
from knnkd.inference.hypotheses import TOKENS, read_decoded

if TYPE_CHECKING:  # fairseq takes seconds to import: not for --help
    from knnkd.distil.plugin.checkpoints import TrainedModel
    from knnkd.synthetic.lattice import Lattice


def read_flags() -> argparse.Namespace:
    """Return the flags; those of the lattices belong together, and those of kNN-MT."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_model_flags(parser, split="test")
    parser.add_argument("--hypotheses", type=Path, required=True, help="folder of decode.py, of this very model")
    for name in ("dataset", "system"):
        parser.add_argument(f"--{name}", required=True, help="kept beside the measures")
    parser.add_argument("--seed", type=int, required=True, help="kept beside the measures")
    parser.add_argument("--lattices", type=Path, help="acceptable translations of the raw split; with --lines")
    parser.add_argument("--lines", type=Path, help="the raw line of each sentence, of clean_corpus.py")
    segmentation = parser.add_mutually_exclusive_group()
    segmentation.add_argument("--codes", type=Path, help="BPE codes of the target language; with --lattices")
    segmentation.add_argument("--bert", type=Path, help="the WordPiece teacher's folder, instead of --codes")
    parser.add_argument(
        "--dictionaries", type=Path, help="folder of a pre-trained model's dictionaries, whose subwords alone are cut"
    )
    add_index_flags(parser, required=False)
    parser.add_argument("--tuned", type=Path, help="of kNN-MT: tuned.json of tune_knn_mt.py; with --datastore")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    if len({args.lattices is None, args.lines is None, args.codes is None and args.bert is None}) > 1:
        parser.error("--lattices, --lines and one of --codes and --bert belong together")
    if (args.datastore is None) != (args.tuned is None) or (args.index and not args.datastore):
        parser.error("--datastore and --tuned belong together, and --index to them")
    return args


def segmenter(args: argparse.Namespace) -> Callable[[str], list[str]]:
    """Return how the system's text was cut: from a phrase of tokens to its subwords."""
    if args.bert:
        from knnkd.distil.bert.wordpiece import Vocabulary, WordPiece

        pieces = WordPiece(Vocabulary.open(args.bert))
        return lambda phrase: pieces.segment(phrase).split(" ")
    from knnkd.corpus.bpe import Segmenter

    codes = Segmenter(args.codes, args.dictionaries)
    return lambda phrase: codes.segment(phrase).split(" ")


def measure_positions(
    args: argparse.Namespace, trained: "TrainedModel", lattices: "list[Lattice]"
) -> tuple[list[dict], dict[str, list[float]]]:
    """Return calibration and, where there are lattices, overcorrection, each with its signature; and its sums.

    The sums are those of each sentence, of which an interval can be resampled; {} without lattices.
    """
    from knnkd.evaluation.distribution import BINS, measure, true_distributions_of_split
    from knnkd.inference.decode import subwords_of, teacher_forced
    from knnkd.inference.forward import batches
    from knnkd.inference.knn_mt import named_neighbours

    trained.task.load_dataset(args.split)
    references, dictionary = trained.task.dataset(args.split).tgt, trained.task.target_dictionary
    targets = [references[i] for i in range(len(references))]
    truths = (
        true_distributions_of_split(lattices, segmenter(args), dictionary, targets, args.lines) if lattices else None
    )
    interpolate = named_neighbours(args, trained) if args.datastore else None
    with Progress(f"measuring {args.split}", len(targets), " sentences") as progress:

        def forced():
            for batch in batches(trained, args.split, args.max_tokens):
                yield teacher_forced(trained, batch, interpolate), batch["target"], batch["id"]
                progress.add(len(batch["id"]))

        values, positions, sentences = measure(forced(), trained.padding, truths)
    # Each word comes in as many positions as it has subwords, so the kind is part of what was measured.
    signature = f"positions:{positions}|subwords:{subwords_of(args.data_bin)}"
    signatures = dict.fromkeys(values, signature) | {"ece": f"bins:{BINS}|{signature}"}
    scores = [{"metric": metric, "value": value, "signature": signatures[metric]} for metric, value in values.items()]
    return scores, sentences


def measure_hypotheses(args: argparse.Namespace, lattices: "list[Lattice]") -> dict:
    """Return the share of hypotheses that are acceptable translations: as words, however they were cut."""
    from knnkd.evaluation.distribution import accepted
    from knnkd.synthetic.lattice import Automaton

    path = args.hypotheses / TOKENS
    hypotheses = read_lines(path)
    if len(hypotheses) != len(lattices):
        raise KnnKdError(f"{path}: {len(hypotheses)} hypotheses for {len(lattices)} lattices of {args.lines}")
    share = accepted([line.split() for line in hypotheses], (Automaton(lattice, str.split) for lattice in lattices))
    return {"metric": "accepted", "value": share, "signature": f"sentences:{len(hypotheses)}|tokens:words"}


def main() -> None:
    """Read the flags, measure and write one JSON."""
    args = read_flags()
    from knnkd.evaluation.distribution import cleaned_lattices
    from knnkd.inference.load import load_named_model

    trained = load_named_model(args)
    if read_decoded(args.hypotheses, [TOKENS]).get("weights") != trained.weights:
        raise KnnKdError(f"{args.hypotheses}: hypotheses of another model than {args.checkpoint}; decode with it")
    lattices = cleaned_lattices(args.lattices, args.lines) if args.lattices else []
    scores, sentences = measure_positions(args, trained, lattices)
    if lattices:
        scores.append(measure_hypotheses(args, lattices))
    for score in scores:
        if not abs(score["value"]) < float("inf"):
            raise KnnKdError(
                f"{args.checkpoint}: {score['metric']} is {score['value']}; did the training diverge, or is the "
                "datastore's share (lambda) 1, so that acceptable tokens have no probability at all?"
            )
    identity = {name: getattr(args, name) for name in ("dataset", "system", "seed", "split")}
    record = identity | {"weights": trained.weights, "scores": scores, "sentences": sentences}
    write_json(args.output, sealed(record))


if __name__ == "__main__":
    exit_with_errors(main)
