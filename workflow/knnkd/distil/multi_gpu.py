"""One model trained by several GPUs of a machine: a process for each, through fairseq's distributed trainer.

An update is made of one batch from each, as with `update_freq` of as many on one GPU; what is logged is added up over
all, and the first writes the checkpoints. Selective-KD's queue is each process's own. On a CPU the processes talk by
gloo: the way is the same, and can be tested where there is no GPU.
"""

import socket
from collections.abc import Callable, Sequence

from torch import multiprocessing

from knnkd.core.cpu import use_processor
from knnkd.core.errors import KnnKdError
from knnkd.core.logs import use_logs


def train_together(run: Callable[[Sequence[str]], None], flags: Sequence[str], processes: int, threads: int) -> None:
    """Call `run`, a function of a module, with fairseq-train's flags in so many processes, each with its place added.

    threads: CPU threads of each. Raises KnnKdError where one of them fails; the others are ended then.
    """
    try:
        multiprocessing.spawn(_worker, (run, list(flags), processes, free_port(), threads), nprocs=processes)
    except (multiprocessing.ProcessRaisedException, multiprocessing.ProcessExitedException) as error:
        *_, last = str(error).strip().splitlines()
        raise KnnKdError(f"one of {processes} training processes failed: {last}") from error


def _worker(
    rank: int, run: Callable[[Sequence[str]], None], flags: list[str], processes: int, port: int, threads: int
) -> None:
    use_logs()
    use_processor(threads)
    place = ["--distributed-world-size", str(processes), "--distributed-rank", str(rank), "--device-id", str(rank)]
    place += ["--distributed-init-method", f"tcp://localhost:{port}", "--distributed-no-spawn"]
    # Each loads a checkpoint itself: fairseq would send it from the first to the others in a form that torch refuses.
    place += ["--load-checkpoint-on-all-dp-ranks"]
    # fairseq's own: PyTorch's would want gradients of all weights in every backward pass, in order.
    place += ["--distributed-backend", "gloo" if "--cpu" in flags else "nccl", "--ddp-backend", "legacy_ddp"]
    run([*flags, *place])


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])
