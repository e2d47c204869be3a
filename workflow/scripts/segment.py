"""Cut the tokenised text of every split into subwords.

python workflow/scripts/segment.py --settings '{"languages": ["de", "en"], "max_positions": 1024}' \\
    --codes codes --text tok --output bpe

The settings are those of knnkd.corpus.length_limits.Segmentation.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_lines
from knnkd.core.integrity import list_sums, read_listed
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.corpus.bpe import Segmenter, require_reversible
from knnkd.corpus.length_limits import Segmentation, refuse_overlong


def main() -> None:
    """Read the settings and segment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the segmentation")
    parser.add_argument("--codes", type=Path, required=True, help="folder of learn_bpe.py")
    parser.add_argument("--text", type=Path, required=True, help="folder of {split}.{language}, tokenised")
    parser.add_argument(
        "--dictionaries",
        type=Path,
        nargs="*",
        default=[],
        help="folder of a pre-trained model's dictionaries, whose subwords alone are cut",
    )
    parser.add_argument("--output", type=Path, required=True, help="folder of the same files in subwords")
    args = parser.parse_args()
    settings = read_settings(args.settings, Segmentation)
    for language in settings.languages:
        segmenter = Segmenter(args.codes / f"{language}.bpe", next(iter(args.dictionaries), None), settings.unknown)
        for split in ("train", "valid", "test"):
            text = args.text / f"{split}.{language}"
            tokens = read_listed(text)
            lines = segmenter.segment_lines(tokens)
            require_reversible(tokens, lines, text)
            refuse_overlong(lines, settings.max_positions - 1, text)
            write_lines(args.output / text.name, lines)
    list_sums(args.output)


if __name__ == "__main__":
    exit_with_errors(main)
