"""Fill a datastore: a key and a gold token for each position of the training set, in one forward pass.

python workflow/scripts/dump_datastore.py --settings '{"max_tokens": 8192}' --checkpoint base/checkpoint_best.pt \\
    --data-bin data-bin --output datastore

The settings are those of knnkd.inference.settings.Forward.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.inference.settings import Forward


def main() -> None:
    """Read the settings and dump."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the forward pass")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the base model")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    parser.add_argument("--output", type=Path, required=True, help="gets keys, values, offsets and meta.json")
    args = parser.parse_args()
    settings = read_settings(args.settings, Forward)
    from knnkd.core.cpu import use_processor  # torch and fairseq take seconds to import: not for --help
    from knnkd.core.gpus import choose_device
    from knnkd.distil.plugin.checkpoints import load_model
    from knnkd.inference.fill_datastore import dump_datastore

    use_processor(settings.threads)
    trained = load_model(args.checkpoint, args.data_bin, choose_device(settings.device))
    dump_datastore(trained, args.data_bin, settings.split, settings.max_tokens, args.output)


if __name__ == "__main__":
    exit_with_errors(main)
