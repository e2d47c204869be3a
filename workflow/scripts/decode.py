"""Translate one split with a trained model.

python workflow/scripts/decode.py --checkpoint run/checkpoint_best.pt --data-bin data-bin --split test --output out
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.inference.flags import add_beam_flags, add_model_flags, add_output_flags


def main() -> None:
    """Read the flags and decode."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_model_flags(parser, split="test")
    add_beam_flags(parser)
    add_output_flags(parser)
    args = parser.parse_args()
    from knnkd.inference.decode import decode, describe, subwords_of, write_hypotheses
    from knnkd.inference.load import load_named_model, named_beam

    subwords = subwords_of(args.data_bin)
    trained = load_named_model(args)
    beam = named_beam(args)
    decoded = decode(trained, args.split, beam, args.max_tokens, shard=args.shard)
    about = describe(trained, args.split, beam, args.shard) | {"threads": args.threads}
    write_hypotheses(decoded, trained.task.cfg.target_lang, args.unescape, args.output, about, subwords)


if __name__ == "__main__":
    exit_with_errors(main)
