"""Cut the tokenised text of every split into subwords.

python workflow/scripts/segment.py --codes codes --text tok --source-lang de --target-lang en --output bpe
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import read_lines, write_lines
from knnkd.corpus.bpe import Segmenter
from knnkd.corpus.length_limits import refuse_overlong


def main() -> None:
    """Read the flags and segment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--codes", type=Path, required=True, help="folder of learn_bpe.py")
    parser.add_argument("--text", type=Path, required=True, help="folder of {split}.{language}, tokenised")
    parser.add_argument(
        "--dictionaries", type=Path, help="folder of a pre-trained model's dictionaries, whose subwords alone are cut"
    )
    parser.add_argument("--source-lang", required=True, help="ending of the source files")
    parser.add_argument("--target-lang", required=True, help="ending of the target files")
    parser.add_argument("--split", nargs="+", default=["train", "valid", "test"], help="which splits")
    parser.add_argument(
        "--max-positions", type=int, default=1024, help="a sentence longer than this, EOS in, is refused"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder of the same files in subwords")
    args = parser.parse_args()
    for language in (args.source_lang, args.target_lang):
        segmenter = Segmenter(args.codes / f"{language}.bpe", args.dictionaries)
        for split in args.split:
            text = args.text / f"{split}.{language}"
            lines = segmenter.segment_lines(read_lines(text))
            refuse_overlong(lines, args.max_positions - 1, text)
            write_lines(args.output / text.name, lines)


if __name__ == "__main__":
    exit_with_errors(main)
