"""Cut the tokenised text of every split into the pieces of a BERT.

python workflow/scripts/segment_wordpiece.py --settings '{"languages": ["de", "en"], "max_positions": 256}' \\
    --bert bert --text tok --output wordpiece

The settings are those of knnkd.corpus.length_limits.Segmentation.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.corpus.length_limits import Segmentation, refuse_overlong


def main() -> None:
    """Read the settings and segment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the segmentation")
    parser.add_argument("--bert", type=Path, required=True, help="folder of pretrain_bert.py or fetch_bert.py")
    parser.add_argument("--text", type=Path, required=True, help="folder of {split}.{language}, tokenised")
    parser.add_argument("--output", type=Path, required=True, help="folder of the same files, and wordpiece.json")
    args = parser.parse_args()
    settings = read_settings(args.settings, Segmentation)
    from knnkd.core.files import read_lines, sha256, write_json, write_lines
    from knnkd.distil.bert.wordpiece import VOCABULARY, Vocabulary, WordPiece, count_unknown

    wordpiece = WordPiece(Vocabulary.open(args.bert))
    counts = {}
    for name in (f"{split}.{language}" for split in ("train", "valid", "test") for language in settings.languages):
        text = args.text / name
        lines = read_lines(text)
        wordpiece.refuse_case(lines, text)
        segmented = wordpiece.segment_lines(lines)
        refuse_overlong(segmented, settings.max_positions - 1, text)
        counts[name] = count_unknown(lines, segmented)
        print(f"{text}: {counts[name]['unknown']} of {counts[name]['words']} words are unknown")
        write_lines(args.output / name, segmented)
    write_json(args.output / "wordpiece.json", {"vocabulary": sha256(args.bert / VOCABULARY), "files": counts})


if __name__ == "__main__":
    exit_with_errors(main)
