"""What one training is made of, and the flags that say so; fairseq, which takes seconds to import, is not needed."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json
from knnkd.distil.choice import read_choice, said_of_choice
from knnkd.experiment.grids import PLACES

# What a grid may vary: fields of an objective, and flags of fairseq.
OF_OBJECTIVE = ("k", "tau", "alpha", "share", "queue")
OF_FAIRSEQ = tuple(name for name in PLACES if name not in OF_OBJECTIVE)
EQUAL_UPDATES = "updates_of"  # why a training stopped that makes as many updates as another run


@dataclass(frozen=True)
class Objective:
    """What a system is trained for: (1 - alpha) * CE + alpha * term; which of the fields count depends on the term."""

    term: str = "none"  # "none", "sparse", "dense" or "selective"
    alpha: float = 0.0
    tau: float = 1.0
    k: int = 0  # sparse
    drop_self: bool = False  # sparse
    neighbours: str = "own"  # sparse: "own", or "shuffled": those of another position with the same gold token
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
    batch_order: str  # "length", "corpus" or "shuffled"
    metric: str  # "bleu" (higher is better) or "loss"
    valid_beam: int
    device: str
    precision: str  # "auto", "fp32", "fp16", "bf16"; a CPU always takes fp32
    threads: int
    fairseq_flags: tuple[str, ...]
    gpus: int = 1  # that train one model together; on a CPU, processes
    init: Path | None = None  # checkpoint whose weights the training starts from
    equal_updates: int | None = None  # as another run made, whatever max_epoch and patience say
    chosen: Mapping | None = None  # what of the settings a grid chose, as train.json says it


def add_training_flags(parser: argparse.ArgumentParser) -> None:
    """Add every flag of a training but where its result goes."""
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    parser.add_argument("--seed", type=int, required=True, help="of weights, batches and dropout")
    _add_objective(parser.add_argument_group("objective: (1 - alpha) * CE + alpha * term (Eq. 12)"))
    parser.add_argument(
        "--batch-order",
        choices=("length", "corpus", "shuffled"),
        default="length",
        help="what makes sentences share a batch",
    )
    parser.add_argument("--init", type=Path, help="checkpoint to start from; optimizer and schedule start anew")
    parser.add_argument("--chosen", type=Path, help="chosen.json of a grid, which gives the settings named by --take")
    names = (*OF_OBJECTIVE, *OF_FAIRSEQ)
    parser.add_argument("--take", nargs="+", choices=names, default=[], help="settings that --chosen gives")
    text = "train.json of a run: just as many updates are made, whatever max-epoch and patience say"
    parser.add_argument("--updates-of", type=Path, help=text)
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
    text = "sparse: a position's own, or those of another one with the same gold token"
    group.add_argument("--neighbours", choices=("own", "shuffled"), default="own", help=text)
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
    if (args.chosen is None) != (not args.take):
        raise KnnKdError("--chosen and --take belong together; give both or neither")
    names = (
        "term",
        "alpha",
        "tau",
        "k",
        "neighbours",
        "candidates",
        "datastore",
        "teacher",
        "selection",
        "share",
        "queue",
    )
    if args.gpus < 1:
        raise KnnKdError("--gpus is at least 1")
    objective = Objective(**{name: getattr(args, name) for name in names}, drop_self=args.self_neighbour == "drop")
    training = Training(
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
        init=args.init,
    )
    if args.updates_of:
        updates = _updates_of(args.updates_of)
        flags = (*training.fairseq_flags, "--max-update", str(updates), "--max-epoch", "0", "--patience", "0")
        training = replace(training, equal_updates=updates, fairseq_flags=flags)
    return with_chosen(training, args.chosen, args.take) if args.chosen else training


def _updates_of(record: Path) -> int:
    """Return how many updates the run of a train.json made."""
    updates = read_json(record).get("updates")
    if not updates:
        raise KnnKdError(f"{record}: names no number of updates; run its training again")
    return int(updates)


def with_chosen(training: Training, chosen: Path, names: list[str]) -> Training:
    """Return the training with some settings as a grid chose them; KnnKdError where it did not choose one of them."""
    choice = read_choice(chosen)
    settings = choice["chosen"]["settings"]
    if missing := [name for name in names if name not in settings]:
        raise KnnKdError(f"{chosen}: its grid has no {', '.join(missing)}; choose again")
    taken = {name: settings[name] for name in names}
    flags = [word for name in OF_FAIRSEQ if name in taken for word in (f"--{name.replace('_', '-')}", str(taken[name]))]
    objective = replace(training.objective, **{name: taken[name] for name in OF_OBJECTIVE if name in taken})
    record = said_of_choice(choice, trained=True) | {"settings": taken}
    return replace(training, objective=objective, fairseq_flags=(*training.fairseq_flags, *flags), chosen=record)
