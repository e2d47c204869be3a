"""Which device a stage runs on."""

import torch

from knnkd.errors import KnnKdError


def choose_device(wanted: str) -> torch.device:
    """Return the device for `auto`, `cpu` or `cuda`; KnnKdError where cuda is asked for and there is none."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise KnnKdError("device: cuda, but torch sees no GPU; set device: auto or cpu, or install a CUDA build")
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)
