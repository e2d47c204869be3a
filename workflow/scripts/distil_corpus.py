"""Put a teacher's translations in the place of the training references (Seq-KD); valid and test stay as they are.

python workflow/scripts/distil_corpus.py --text bpe --source-lang de --target-lang en --shards 1 2 --output out
"""

import argparse
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import read_lines, replacing, write_lines
from knnkd.inference.hypotheses import SUBWORDS, read_decoded


def main() -> None:
    """Read the flags and write the three splits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True, help="folder of train, valid, test in subwords")
    parser.add_argument("--source-lang", required=True, help="ending of the source files")
    parser.add_argument("--target-lang", required=True, help="ending of the target files")
    parser.add_argument("--shards", type=Path, nargs="+", required=True, help="folders of decode.py, in any order")
    parser.add_argument("--output", type=Path, required=True, help="folder; gets the splits in both languages")
    args = parser.parse_args()
    begins = {shard: read_decoded(shard, [SUBWORDS])["first_sentence"] for shard in args.shards}
    translations: list[str] = []
    for shard, first in sorted(begins.items(), key=lambda each: each[1]):
        if first != len(translations):
            raise KnnKdError(f"{shard}: starts at sentence {first}, expected {len(translations)}; decode it again")
        translations += read_lines(shard / SUBWORDS, allow_empty=True)
    sources = read_lines(args.text / f"train.{args.source_lang}")
    if len(translations) != len(sources):
        raise KnnKdError(f"{args.text}: {len(sources)} training sentences, {len(translations)} translations")
    for split in ("train", "valid", "test"):
        for language in (args.source_lang, args.target_lang):
            if (split, language) == ("train", args.target_lang):
                write_lines(args.output / f"{split}.{language}", translations)
                continue
            with replacing(args.output / f"{split}.{language}") as temporary:
                shutil.copyfile(args.text / f"{split}.{language}", temporary)


if __name__ == "__main__":
    exit_with_errors(main)
