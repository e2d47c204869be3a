"""Export a model for use outside the workflow: weights in float32 and int8, subwords, and all settings that text needs.

python workflow/scripts/export_model.py --settings @export.json --checkpoint run/checkpoint_best.pt \\
    --data-bin data-bin --segmentation codes --output export

The settings are those of knnkd.serving.settings.Exporting.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.distil.settings import one_or_none
from knnkd.serving.settings import Exporting


def main() -> None:
    """Read the settings, export and say what is fastest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of text, beam search and measurement")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the model")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py that it was trained on")
    text = "folder of what cut that text: {language}.bpe, or BERT's files"
    parser.add_argument("--segmentation", type=Path, required=True, help=text)
    parser.add_argument("--dictionaries", type=Path, nargs="*", default=[], help="of a pre-trained model")
    parser.add_argument("--output", type=Path, required=True, help="folder; replaced as a whole")
    args = parser.parse_args()
    settings = read_settings(args.settings, Exporting)
    from knnkd.serving.export import export_run  # fairseq takes seconds to import: not for --help

    files = args.checkpoint, args.data_bin, args.segmentation, one_or_none(args.dictionaries)
    export_run(settings, *files, args.output)


if __name__ == "__main__":
    exit_with_errors(main)
