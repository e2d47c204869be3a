"""The flags of scripts that run a model: argparse alone, for scripts of every environment."""

import argparse
import shlex
from pathlib import Path

from knnkd.core.flags import add_device_flags
from knnkd.core.shards import parse_shard


def add_model_flags(parser: argparse.ArgumentParser, split: str) -> None:
    """Add --checkpoint, --data-bin, --split (by default `split`), --max-tokens, --device and --threads."""
    parser.add_argument("--checkpoint", type=Path, required=True, help="the model")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    parser.add_argument("--split", default=split, help="train, valid or test")
    parser.add_argument("--max-tokens", type=int, default=4096, help="padded tokens a batch, on the longer side")
    add_device_flags(parser)


def parse_run(flags: str, threads: int) -> argparse.Namespace:
    """Return what one quoted string of flags names: a model, its data, and for kNN-MT datastore, index and settings."""
    parser = argparse.ArgumentParser(prog="--run NAME", add_help=False)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--data-bin", type=Path, required=True)
    add_index_flags(parser, required=False)
    parser.add_argument("--tuned", type=Path)
    run = parser.parse_args(shlex.split(flags), argparse.Namespace(threads=threads))
    if (run.datastore is None) != (run.tuned is None) or (run.index and not run.datastore):
        parser.error("--datastore and --tuned belong together, and --index to them")
    return run


def add_beam_flags(parser: argparse.ArgumentParser) -> None:
    """Add --beam, --lenpen, --max-len-a and --max-len-b."""
    parser.add_argument("--beam", type=int, default=5, help="hypotheses kept a sentence")
    parser.add_argument("--lenpen", type=float, default=1.0, help="length penalty; above 1 favours longer ones")
    parser.add_argument("--max-len-a", type=float, default=1.2, help="longest hypothesis: a * source length + b")
    parser.add_argument("--max-len-b", type=int, default=10, help="in subwords")


def add_output_flags(parser: argparse.ArgumentParser) -> None:
    """Add --shard, --unescape and --output of a script that writes hypotheses."""
    parser.add_argument("--shard", type=parse_shard, default=(1, 1), help="which part of the sentences: i-of-n")
    parser.add_argument("--unescape", action="store_true", help="the tokenisation wrote Moses' entities")
    parser.add_argument("--output", type=Path, required=True, help="gets hypotheses.{bpe,tok,txt} and decode.json")


def add_index_flags(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """Add --datastore, --index-kind, --index, --nprobe and --rerank."""
    parser.add_argument("--datastore", type=Path, required=required, help="folder of dump_datastore.py, of this model")
    kinds = ("exact", "flat", "ivfflat", "ivfpq")
    parser.add_argument("--index-kind", choices=kinds, default="exact", help="how neighbours are searched")
    parser.add_argument("--index", type=Path, help="folder of build_index.py; for every kind but exact")
    parser.add_argument("--nprobe", type=int, default=32, help="cells that a query visits (ivfflat, ivfpq)")
    again = "times k rows are measured again exactly; 0: distances as the index has them (ivfpq, flat)"
    parser.add_argument("--rerank", type=int, default=1, help=again)
