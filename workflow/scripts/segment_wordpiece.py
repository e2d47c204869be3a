"""Cut the tokenised text of every split into the pieces of a BERT.

python workflow/scripts/segment_wordpiece.py --bert bert --text tok --source-lang de --target-lang en --limit 256 \\
    --output wordpiece
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors


def main() -> None:
    """Read the flags and segment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bert", type=Path, required=True, help="folder of pretrain_bert.py or fetch_bert.py")
    parser.add_argument("--text", type=Path, required=True, help="folder of {split}.{language}, tokenised")
    parser.add_argument("--source-lang", required=True, help="ending of the source files")
    parser.add_argument("--target-lang", required=True, help="ending of the target files")
    parser.add_argument("--split", nargs="+", default=["train", "valid", "test"], help="which splits")
    parser.add_argument("--limit", type=int, default=1024, help="a sentence of more pieces, EOS in, is refused")
    parser.add_argument("--output", type=Path, required=True, help="folder of the same files, and wordpiece.json")
    args = parser.parse_args()
    from knnkd.core.files import read_lines, sha256, write_json, write_lines
    from knnkd.corpus.length_limits import refuse_overlong
    from knnkd.distil.bert.wordpiece import VOCABULARY, Vocabulary, WordPiece, count_unknown

    wordpiece = WordPiece(Vocabulary.open(args.bert))
    counts = {}
    for split in args.split:
        for language in (args.source_lang, args.target_lang):
            text = args.text / f"{split}.{language}"
            lines = read_lines(text)
            wordpiece.refuse_case(lines, text)
            segmented = wordpiece.segment_lines(lines)
            refuse_overlong(segmented, args.limit - 1, text)
            counts[text.name] = count_unknown(lines, segmented)
            print(f"{text}: {counts[text.name]['unknown']} of {counts[text.name]['words']} words are unknown")
            write_lines(args.output / text.name, segmented)
    write_json(args.output / "wordpiece.json", {"vocabulary": sha256(args.bert / VOCABULARY), "files": counts})


if __name__ == "__main__":
    exit_with_errors(main)
