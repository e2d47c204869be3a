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
    from knnkd.core.files import sha256, write_json, write_lines
    from knnkd.core.integrity import list_sums
    from knnkd.distil.bert.pairs import fitting_pairs, positions_of
    from knnkd.distil.bert.wordpiece import VOCABULARY, Vocabulary, WordPiece, count_unknown, read_characters

    wordpiece, positions = WordPiece(Vocabulary.open(args.bert)), positions_of(args.bert)
    counts, left_out = {}, 0
    for split in ("train", "valid", "test"):
        texts = [args.text / f"{split}.{language}" for language in settings.languages]
        sides = []
        for text in texts:
            lines = read_characters(text, settings.entities)
            wordpiece.refuse_case(lines, text)
            sides.append(wordpiece.segment_lines(lines))
            counts[text.name] = count_unknown(lines, sides[-1])
            print(f"{text}: {counts[text.name]['unknown']} of {counts[text.name]['words']} words are unknown")
        if split == "train":
            sides, left_out = fitting_pairs(sides, settings.max_positions - 1, positions)
            print(
                f"{left_out} training pairs are left out: too long for the teacher ({positions} positions) or student"
            )
        for text, segmented in zip(texts, sides, strict=True):
            refuse_overlong(segmented, settings.max_positions - 1, text)
            write_lines(args.output / text.name, segmented)
    record = {"vocabulary": sha256(args.bert / VOCABULARY), "files": counts, "left_out": left_out}
    write_json(args.output / "wordpiece.json", record)
    list_sums(args.output)


if __name__ == "__main__":
    exit_with_errors(main)
