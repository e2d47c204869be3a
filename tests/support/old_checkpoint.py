"""A fairseq checkpoint as it was saved in 2019: arguments in a Namespace, meters, one projection in its attention."""

import sys
import types

import numpy as np
import torch
from fairseq import options, tasks
from fairseq.dataclass.utils import convert_namespace_to_omegaconf


class AverageMeter:
    """As a training of 2019 pickled it, under a module that fairseq no longer has."""

    def __init__(self):
        self.sum, self.count = 3.0, 2


def new_checkpoint(data_bin, *flags, arch="transformer", seed=3):
    """The content of an untrained model's checkpoint with its arguments, over the dictionaries of a data-bin."""
    given = [str(data_bin), "--task", "translation", "-s", "de", "-t", "en", "--arch", arch, *flags]
    args = options.parse_args_and_arch(
        options.get_training_parser(), [*given, "--decoder-layers", "1", "--share-all-embeddings"]
    )
    config = convert_namespace_to_omegaconf(args)
    torch.manual_seed(seed)
    model = tasks.setup_task(config.task).build_model(config.model)
    history = [{"criterion_name": "CrossEntropyCriterion", "optimizer_name": "Adam", "num_updates": 7}]
    history[0]["lr_scheduler_state"] = {}
    state = {"args": args, "model": model.state_dict(), "optimizer_history": history, "last_optimizer_state": None}
    return state | {"extra_state": {"train_iterator": {"epoch": 1, "iterations_in_epoch": 0}, "val_loss": 1.0}}


def as_of_2019(state):
    """The same content in the form of 2019, with the arrays that `--eval-bleu` left in some."""
    weights = dict(state["model"])
    for name in [name for name in weights if ".q_proj." in name]:
        parts = [weights.pop(name.replace("q_proj", f"{each}_proj")) for each in "qkv"]
        weights[name.replace("q_proj.", "in_proj_")] = torch.cat(parts)
    memory = {"train_loss": AverageMeter(), "bleu": np.array([1, 2]), "count": np.float64(3)}
    extra = state["extra_state"] | {"train_meters": memory}
    return state | {"model": weights, "extra_state": extra}


def save_as_of_2019(state, path, legacy=True):
    """Save it with the meters under their old module; legacy: in torch's form of before 1.6."""
    meters = types.ModuleType("fairseq.meters")
    meters.AverageMeter = AverageMeter
    kept, AverageMeter.__module__ = AverageMeter.__module__, "fairseq.meters"
    sys.modules["fairseq.meters"] = meters
    try:
        torch.save(as_of_2019(state), path, _use_new_zipfile_serialization=not legacy)
    finally:
        del sys.modules["fairseq.meters"]
        AverageMeter.__module__ = kept
