"""What one training is made of, and the flags that say so; fairseq, which takes seconds to import, is not needed."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from knnkd.errors import KnnKdError


@dataclass(frozen=True)
class Objective:
    """What a system is trained for: (1 - alpha) * CE + alpha * term; which of the fields count depends on the term."""

    term: str = "none"  # "none", "sparse", "dense" or "selective"
    alpha: float = 0.0
    tau: float = 1.0
    k: int = 0  # sparse
    drop_self: bool = False  # sparse
    candidates: Path | None = None  # sparse
    datastore: Path | None = None  # sparse: where the candidates must come from, if from a datastore
    teacher: Path | None = None  # dense and selective: the teacher's checkpoint
    selection: str = "global"  # selective: "batch" or "global"
    share: float = 0.5  # selective
    queue: int = 20000  # selective, global


@dataclass(frozen=True)
class Training:
    """What one training is made of, besides the flags that go to fairseq as they are."""

    data_bin: Path
    seed: int
    objective: Objective
    batch_order: str  # "length" or "corpus"
    metric: str  # "bleu" (higher is better) or "loss"
    valid_beam: int
    device: str
    precision: str  # "auto", "fp32", "fp16", "bf16"; a CPU always takes fp32
    threads: int
    fairseq_flags: tuple[str, ...]
    gpus: int = 1  # that train one model together; on a CPU, processes


def add_training_flags(parser: argparse.ArgumentParser) -> None:
    """Add every flag of a training but where its result goes."""
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    parser.add_argument("--seed", type=int, required=True, help="of weights, batches and dropout")
    _add_objective(parser.add_argument_group("objective: (1 - alpha) * CE + alpha * term (Eq. 12)"))
    parser.add_argument(
        "--batch-order", choices=("length", "corpus"), default="length", help="what makes sentences share a batch"
    )
    parser.add_argument("--metric", choices=("bleu", "loss"), default="bleu", help="which checkpoint is best")
    parser.add_argument("--valid-beam", type=int, default=5, help="beam for the validation BLEU")
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto: a GPU where there is one"
    )
    parser.add_argument("--precision", choices=("auto", "fp32", "fp16", "bf16"), default="auto", help="on a GPU")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads; the weights depend on it in the last bit")
    parser.add_argument("--gpus", type=int, default=1, help="train one model together; with --device cpu, processes")
    parser.add_argument("fairseq", nargs=argparse.REMAINDER, help="flags for fairseq-train, after --")


def _add_objective(group: argparse._ArgumentGroup) -> None:
    """Add the flags of the objective; each term needs its own."""
    terms = ("none", "sparse", "dense", "selective")
    group.add_argument("--term", choices=terms, default="none", help="what stands beside the cross-entropy")
    group.add_argument("--alpha", type=float, default=0.0, help="weight of the term, in [0, 1]")
    group.add_argument("--tau", type=float, default=1.0, help="temperature of the teacher (Eq. 7 and 10), above 0")
    group.add_argument("--k", type=int, default=0, help="sparse: candidates a position, at most what is stored")
    group.add_argument("--self-neighbour", choices=("keep", "drop"), default="keep", help="sparse: a row's own")
    group.add_argument("--candidates", type=Path, help="sparse: folder of the candidates")
    group.add_argument("--datastore", type=Path, help="sparse: where the candidates must come from")
    group.add_argument("--teacher", type=Path, help="dense, selective: the teacher's checkpoint")
    group.add_argument("--selection", choices=("batch", "global"), default="global", help="selective: the level")
    group.add_argument("--share", type=float, default=0.5, help="selective: share of the tokens, in (0, 1]")
    group.add_argument("--queue", type=int, default=20000, help="selective, global: values that the queue holds")


def read_training(args: argparse.Namespace) -> Training:
    """Return the training that the flags describe; KnnKdError where a term lacks its teacher or has one in vain."""
    if (args.term == "sparse") != (args.candidates is not None):
        raise KnnKdError("--term sparse and --candidates belong together; give both or neither")
    if (args.term in ("dense", "selective")) != (args.teacher is not None):
        raise KnnKdError("--term dense or selective and --teacher belong together; give both or neither")
    names = ("term", "alpha", "tau", "k", "candidates", "datastore", "teacher", "selection", "share", "queue")
    if args.gpus < 1:
        raise KnnKdError("--gpus is at least 1")
    objective = Objective(**{name: getattr(args, name) for name in names}, drop_self=args.self_neighbour == "drop")
    return Training(
        data_bin=args.data_bin,
        seed=args.seed,
        objective=objective,
        batch_order=args.batch_order,
        metric=args.metric,
        valid_beam=args.valid_beam,
        device=args.device,
        precision=args.precision,
        threads=args.threads,
        fairseq_flags=tuple(flag for flag in args.fairseq if flag != "--"),
        gpus=args.gpus,
    )
