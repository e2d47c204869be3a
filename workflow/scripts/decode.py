"""Translate one split with a trained model.

python workflow/scripts/decode.py --settings @decoding.json --checkpoint run/checkpoint_best.pt --data-bin data-bin \\
    --output out

The settings are those of knnkd.inference.settings.Decoding.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.core.shards import parse_shard
from knnkd.inference.settings import Decoding


def main() -> None:
    """Read the settings and decode."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the beam search")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the model")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    parser.add_argument("--shard", type=parse_shard, default=(1, 1), help="which part of the sentences: i-of-n")
    parser.add_argument("--output", type=Path, required=True, help="gets hypotheses.{bpe,tok,txt} and decode.json")
    args = parser.parse_args()
    settings = read_settings(args.settings, Decoding)
    from knnkd.inference.decode import (  # fairseq takes seconds to import
        decode,
        describe,
        subwords_of,
        write_hypotheses,
    )
    from knnkd.inference.load import load_on

    subwords = subwords_of(args.data_bin)
    trained = load_on(settings.device, settings.threads, args.checkpoint, args.data_bin)
    decoded = decode(trained, settings.split, settings.beam, settings.max_tokens, shard=args.shard)
    about = describe(trained, settings, args.shard)
    write_hypotheses(decoded, trained.task.cfg.target_lang, settings.unescape, args.output, about, subwords)


if __name__ == "__main__":
    exit_with_errors(main)
