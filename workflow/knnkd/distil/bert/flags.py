"""The flags that pre-training and fine-tuning share."""

import argparse
from pathlib import Path

SCHEDULE = ("updates", "lr", "warmup", "max_tokens", "seed", "save_interval", "threads")


def add_training_flags(parser: argparse.ArgumentParser, updates: int, lr: float, max_tokens: int) -> None:
    """Add the fields of `training.Schedule`, the device, the languages and the folders; the rest are defaults."""
    parser.add_argument("--source-lang", required=True, help="ending of the source files")
    parser.add_argument("--target-lang", required=True, help="ending of the target files")
    parser.add_argument("--updates", type=_positive, default=updates, help="updates in all")
    parser.add_argument("--lr", type=float, default=lr, help="highest learning rate of AdamW")
    parser.add_argument("--warmup", type=_share, default=0.05, help="share (0..1) of the updates in which lr rises")
    parser.add_argument("--max-tokens", type=_positive, default=max_tokens, help="padded tokens a batch, both sides")
    parser.add_argument("--seed", type=int, default=1, help="of weights, batches, masks and dropout")
    parser.add_argument("--save-interval", type=_positive, default=1000, help="updates between two checkpoints")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=_positive, default=1, help="CPU threads")
    parser.add_argument("--work", type=Path, required=True, help="folder of checkpoints, gone when all is done")
    parser.add_argument("--output", type=Path, required=True, help="folder of the trained teacher")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not above 0")
    return number


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{share} is no share; give one from 0 to 1")
    return share
