"""The flags that scripts which load a trained model have in common, and the model that they name."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from knnkd.shards import parse_shard

if TYPE_CHECKING:  # fairseq takes seconds to import: not for --help
    from knnkd.datastore import Datastore
    from knnkd.decoding import Beam
    from knnkd.models import TrainedModel
    from knnkd.retrieval import Index


def add_device_flags(parser: argparse.ArgumentParser) -> None:
    """Add --device and --threads."""
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")


def add_model_flags(parser: argparse.ArgumentParser, split: str) -> None:
    """Add --checkpoint, --data-bin, --split (by default `split`), --max-tokens, --device and --threads."""
    parser.add_argument("--checkpoint", type=Path, required=True, help="the model")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    parser.add_argument("--split", default=split, help="train, valid or test")
    parser.add_argument("--max-tokens", type=int, default=4096, help="padded tokens a batch, on the longer side")
    add_device_flags(parser)


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
    """Add --datastore, --index-kind and --index."""
    parser.add_argument("--datastore", type=Path, required=required, help="folder of dump_datastore.py, of this model")
    kinds = ("exact", "flat", "ivfflat", "ivfpq")
    parser.add_argument("--index-kind", choices=kinds, default="exact", help="how neighbours are searched")
    parser.add_argument("--index", type=Path, help="folder of build_index.py; for every kind but exact")


def load_named_model(args: argparse.Namespace) -> "TrainedModel":
    """Return the model that the flags of `add_model_flags` name, in half precision on a GPU; set torch's threads."""
    import torch

    from knnkd.devices import choose_device
    from knnkd.models import load_model

    torch.set_num_threads(args.threads)
    device = choose_device(args.device)
    return load_model(args.checkpoint, args.data_bin, device, half=device.type == "cuda")


def named_beam(args: argparse.Namespace) -> "Beam":
    """Return the settings of the search that the flags of `add_beam_flags` name."""
    from knnkd.decoding import Beam

    return Beam(args.beam, args.lenpen, args.max_len_a, args.max_len_b)


def open_named_index(args: argparse.Namespace, trained: "TrainedModel") -> "tuple[Datastore, Index]":
    """Return the datastore, which must be this model's own, and the index, that the flags of `add_index_flags` name."""
    from knnkd.datastore import Datastore
    from knnkd.knn_mt import require
    from knnkd.retrieval import open_index

    store = Datastore.open(args.datastore)
    require(store, trained)
    if args.index_kind != "exact":
        import faiss

        faiss.omp_set_num_threads(args.threads)
    return store, open_index(args.index_kind, store, args.index, trained.device)
