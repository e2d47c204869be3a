"""Run a trained model over the training set and keep (hidden state, gold token) for each target position (Eq. 3).

python workflow/scripts/dump_datastore.py --checkpoint run/checkpoint_best.pt --data-bin data-bin --output datastore
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors


def main() -> None:
    """Read the flags and dump."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True, help="the base model")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    parser.add_argument("--split", default="train", help="what the datastore is built on")
    parser.add_argument("--max-tokens", type=int, default=8192, help="padded tokens a batch; bounds the memory")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--output", type=Path, required=True, help="gets keys, values, offsets and meta.json")
    args = parser.parse_args()
    from knnkd.core.cpu import use_processor
    from knnkd.core.gpus import choose_device
    from knnkd.distil.plugin.checkpoints import load_model  # fairseq takes seconds to import: not for --help
    from knnkd.inference.fill_datastore import dump_datastore

    use_processor(args.threads)
    trained = load_model(args.checkpoint, args.data_bin, choose_device(args.device))
    dump_datastore(trained, args.data_bin, args.split, args.max_tokens, args.output)


if __name__ == "__main__":
    exit_with_errors(main)
