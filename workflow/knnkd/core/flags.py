"""The flags of every script that computes on a device: argparse alone."""

import argparse

JOBS_PER_GPU = "KNNKD_JOBS_PER_GPU"  # what the workflow sets from its config, and `gpus.py` reads in every job


def add_device_flags(parser: argparse.ArgumentParser) -> None:
    """Add --device and --threads."""
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
