"""The model of a job, ready to run."""

from pathlib import Path

import torch

from knnkd.core.gpus import choose_device
from knnkd.distil.plugin.checkpoints import TrainedModel, load_model


def load_on(device: str, threads: int, checkpoint: Path, data_bin: Path) -> TrainedModel:
    """Return a trained model, in half precision on a GPU; set torch's threads.

    device: "auto", "cpu" or "cuda". Raises KnnKdError where the device, the checkpoint or its data is not there or does
    not fit.
    """
    torch.set_num_threads(threads)
    chosen = choose_device(device)
    return load_model(checkpoint, data_bin, chosen, half=chosen.type == "cuda")
