"""Write a synthetic parallel corpus and the lattices of its acceptable translations.

python workflow/scripts/generate_corpus.py --output DIR \\
    --settings '{"corpus": "mini_de_en", "seed": 1, "train": 6000, "valid": 500, "test": 500}'

The settings are those of knnkd.synthetic.generate.Draw. Writes {train,valid,test}.{source,target language} and
{train,valid,test}.lattice.jsonl.gz; line i of each belongs to sentence i. The same settings give the same bytes.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_lines
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.synthetic.generate import CORPORA, Draw, generate
from knnkd.synthetic.lattice import write_lattices


def main() -> None:
    """Read the settings, generate and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the corpus")
    parser.add_argument("--output", type=Path, required=True, help="folder to write into")
    args = parser.parse_args()
    draw = read_settings(args.settings, Draw)
    every = generate(draw.corpus, draw.sizes, draw.seed)
    corpus = CORPORA[draw.corpus]
    for split, pairs in every.items():
        write_lines(args.output / f"{split}.{corpus.source_language}", (pair.source for pair in pairs))
        write_lines(args.output / f"{split}.{corpus.target_language}", (pair.target for pair in pairs))
        write_lattices(args.output / f"{split}.lattice.jsonl.gz", (pair.lattice for pair in pairs))


if __name__ == "__main__":
    exit_with_errors(main)
