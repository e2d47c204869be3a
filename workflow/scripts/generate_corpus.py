"""Write a synthetic parallel corpus and the lattices of its acceptable translations.

python workflow/scripts/generate_corpus.py --corpus mini_de_en --seed 1 --train 6000 --valid 500 --test 500 --output DIR

Writes {train,valid,test}.{source,target language} and {train,valid,test}.lattice.jsonl.gz; line i of each belongs to
sentence i. The same flags give the same bytes.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_lines
from knnkd.synthetic.generate import CORPORA, generate
from knnkd.synthetic.lattice import write_lattices

SPLITS = ("train", "valid", "test")


def count(text: str) -> int:
    """A number of sentences, one at least."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is no number of sentences")
    return number


def main() -> None:
    """Read the flags, generate and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True, choices=CORPORA, help="which corpus")
    parser.add_argument("--seed", type=int, required=True, help="another seed, other sentences")
    for split in SPLITS:
        parser.add_argument(f"--{split}", type=count, required=True, help=f"sentence pairs of {split}")
    parser.add_argument("--output", type=Path, required=True, help="folder to write into")
    args = parser.parse_args()
    corpus = CORPORA[args.corpus]
    pairs = generate(args.corpus, {split: getattr(args, split) for split in SPLITS}, args.seed)
    for split in SPLITS:
        write_lines(args.output / f"{split}.{corpus.source_language}", (pair.source for pair in pairs[split]))
        write_lines(args.output / f"{split}.{corpus.target_language}", (pair.target for pair in pairs[split]))
        write_lattices(args.output / f"{split}.lattice.jsonl.gz", (pair.lattice for pair in pairs[split]))


if __name__ == "__main__":
    exit_with_errors(main)
