"""Put a teacher's translations in the place of the training references (Seq-KD); valid and test stay as they are.

python workflow/scripts/distil_corpus.py --settings '{"languages": ["de", "en"]}' --text bpe --shards 1 2 --output out
"""

import argparse
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import read_lines, replacing, write_lines
from knnkd.core.integrity import list_sums, read_listed, require_listed
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.inference.hypotheses import SUBWORDS, read_decoded


@dataclass(frozen=True)
class Corpus:
    """The corpus: its languages, the source first."""

    languages: tuple[str, str]


def read_translations(shards: list[Path]) -> list[str]:
    """Return the translations of all shards in the order of the training set; KnnKdError where one is missing."""
    begins = {shard: read_decoded(shard, [SUBWORDS])["first_sentence"] for shard in shards}
    translations: list[str] = []
    for shard, first in sorted(begins.items(), key=lambda each: each[1]):
        if first != len(translations):
            raise KnnKdError(f"{shard}: starts at sentence {first}, expected {len(translations)}; decode it again")
        translations += read_lines(shard / SUBWORDS, allow_empty=True)
    return translations


def main() -> None:
    """Read the settings and write the three splits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "the languages of the corpus")
    parser.add_argument("--text", type=Path, required=True, help="folder of train, valid, test in subwords")
    parser.add_argument("--shards", type=Path, nargs="+", required=True, help="folders of decode.py, in any order")
    parser.add_argument("--output", type=Path, required=True, help="folder; gets the splits in both languages")
    args = parser.parse_args()
    source, target = read_settings(args.settings, Corpus).languages
    translations, sources = read_translations(args.shards), read_listed(args.text / f"train.{source}")
    if len(translations) != len(sources):
        raise KnnKdError(f"{args.text}: {len(sources)} training sentences, {len(translations)} translations")
    for name in (f"{split}.{language}" for split in ("train", "valid", "test") for language in (source, target)):
        if name == f"train.{target}":
            write_lines(args.output / name, translations)
            continue
        require_listed(args.text / name)
        with replacing(args.output / name) as temporary:
            shutil.copyfile(args.text / name, temporary)
    list_sums(args.output)


if __name__ == "__main__":
    exit_with_errors(main)
