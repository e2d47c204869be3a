"""Translate one split with a trained model.

python workflow/scripts/decode.py --checkpoint run/checkpoint_best.pt --data-bin data-bin --split test --output out
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.errors import exit_with_errors


def main() -> None:
    """Read the flags and decode."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True, help="the model")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    parser.add_argument("--split", default="test", help="train, valid or test")
    parser.add_argument("--beam", type=int, default=5, help="hypotheses kept a sentence")
    parser.add_argument("--lenpen", type=float, default=1.0, help="length penalty; above 1 favours longer ones")
    parser.add_argument("--max-len-a", type=float, default=1.2, help="longest hypothesis: a * source length + b")
    parser.add_argument("--max-len-b", type=int, default=10, help="in subwords")
    parser.add_argument("--max-tokens", type=int, default=4096, help="padded tokens a batch, on the longer side")
    parser.add_argument("--unescape", action="store_true", help="the tokenisation wrote Moses' entities")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--output", type=Path, required=True, help="gets hypotheses.{bpe,tok,txt} and decode.json")
    args = parser.parse_args()
    import torch  # fairseq takes seconds to import: not for --help

    from knnkd.decoding import Beam, decode, write_hypotheses
    from knnkd.devices import choose_device
    from knnkd.models import load_model

    torch.set_num_threads(args.threads)
    device = choose_device(args.device)
    trained = load_model(args.checkpoint, args.data_bin, device, half=device.type == "cuda")
    beam = Beam(args.beam, args.lenpen, args.max_len_a, args.max_len_b)
    decoded = decode(trained, args.split, beam, args.max_tokens)
    about = {"split": args.split, "beam": args.beam, "lenpen": args.lenpen, "device": device.type}
    about |= {"threads": args.threads, "weights": trained.weights}
    write_hypotheses(decoded, trained.task.cfg.target_lang, args.unescape, args.output, about)


if __name__ == "__main__":
    exit_with_errors(main)
