"""What the flags of a script that translates name: the trained model and the settings of its search."""

import argparse

import torch

from knnkd.core.gpus import choose_device
from knnkd.distil.plugin.checkpoints import TrainedModel, load_model
from knnkd.inference.decode import Beam


def load_named_model(args: argparse.Namespace) -> TrainedModel:
    """Return the model that the flags of `add_model_flags` name, in half precision on a GPU; set torch's threads.

    Raises KnnKdError where the device, the checkpoint or its data is not there or does not fit.
    """
    torch.set_num_threads(args.threads)
    device = choose_device(args.device)
    return load_model(args.checkpoint, args.data_bin, device, half=device.type == "cuda")


def named_beam(args: argparse.Namespace) -> Beam:
    """Return the settings of the search that the flags of `add_beam_flags` name."""
    return Beam(args.beam, args.lenpen, args.max_len_a, args.max_len_b)
