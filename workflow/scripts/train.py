"""Train one system with fairseq; run again after a kill, it goes on from the last checkpoint.

python workflow/scripts/train.py --data-bin data-bin --output run --work run/work --seed 1 \\
    --term sparse --candidates candidates --k 64 --tau 100 --alpha 0.5 \\
    --metric bleu --device auto -- --arch transformer_iwslt_de_en --max-tokens 8192 ...

What stands after `--` goes to fairseq-train as it is.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.errors import KnnKdError, exit_with_errors


def main() -> None:
    """Read the flags and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    parser.add_argument("--output", type=Path, required=True, help="gets checkpoint_best.pt and train.json")
    parser.add_argument("--work", type=Path, required=True, help="keeps what a killed run needs; removed at the end")
    parser.add_argument("--seed", type=int, required=True, help="of weights, batches and dropout")
    parser.add_argument("--term", choices=("none", "sparse"), default="none", help="what stands beside the CE")
    parser.add_argument("--alpha", type=float, default=0.0, help="weight of the term (Eq. 12), in [0, 1]")
    parser.add_argument("--tau", type=float, default=1.0, help="temperature of the teacher (Eq. 10), above 0")
    parser.add_argument("--k", type=int, default=0, help="candidates a position, at most what is stored")
    parser.add_argument("--candidates", type=Path, help="folder of the candidates; needed by --term sparse")
    parser.add_argument("--metric", choices=("bleu", "loss"), default="bleu", help="which checkpoint is best")
    parser.add_argument("--valid-beam", type=int, default=5, help="beam for the validation BLEU")
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto: a GPU where there is one"
    )
    parser.add_argument("--precision", choices=("auto", "fp32", "fp16", "bf16"), default="auto", help="on a GPU")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads; the weights depend on it in the last bit")
    parser.add_argument("fairseq", nargs=argparse.REMAINDER, help="flags for fairseq-train, after --")
    args = parser.parse_args()
    if (args.term == "sparse") != (args.candidates is not None):
        raise KnnKdError("--term sparse and --candidates belong together; give both or neither")
    from knnkd.training import Training, train  # fairseq takes seconds to import: not for --help

    settings = Training(
        data_bin=args.data_bin,
        seed=args.seed,
        term=args.term,
        alpha=args.alpha,
        tau=args.tau,
        k=args.k,
        candidates=args.candidates,
        metric=args.metric,
        valid_beam=args.valid_beam,
        device=args.device,
        precision=args.precision,
        threads=args.threads,
        fairseq_flags=tuple(flag for flag in args.fairseq if flag != "--"),
    )
    train(settings, args.work, args.output)


if __name__ == "__main__":
    exit_with_errors(main)
