"""Make Table 5 (the sentences of every corpus; the paper's counts beside ours) in every form.

python workflow/scripts/make_table5.py --paper paper_results.csv --output tables --datasets mini_de_en="mini De-En" \\
    --paper-datasets mini_de_en=iwslt14_de_en --generated mini_de_en \\
    --manifests mini_de_en=corpus/mini_de_en/manifest.json --data mini_de_en=data/mini_de_en/bpe/data.json
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.reporting import frames
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.corpora import read_counts, table5, table5_blocks, table5_notes
from knnkd.reporting.typeset import write_table


def main() -> None:
    """Read the flags and write every form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    frames.add_shown_flags(parser, without=("scores", "systems", "metrics"))
    for flag, text in (("manifests", "of clean_corpus.py"), ("data", "data.json of binarise.py, of the same datasets")):
        parser.add_argument(
            f"--{flag}", type=frames.named_path, nargs="*", default=[], metavar="DATASET=JSON", help=text
        )
    parser.add_argument("--generated", nargs="*", default=[], metavar="DATASET", help="which is no data of the paper's")
    parser.add_argument("--borrowed", nargs="*", default=[], metavar="DATASET", help="whose dictionary is a model's")
    parser.add_argument("--paper", type=Path, required=True, help="CSV of the paper's numbers")
    parser.add_argument("--output", type=Path, required=True, help="folder; gets table5.csv, .md, .tex and .html")
    args = parser.parse_args()
    shown = frames.Shown.of(args)
    manifests, data = dict(args.manifests), dict(args.data)
    shown.require("datasets", [*manifests, *data, *args.generated, *args.borrowed], "--manifests, --data and the like")
    if set(manifests) != set(data):
        raise KnnKdError("--manifests and --data name different datasets; give both for each")
    counts = {name: read_counts(manifests[name], data[name]) for name in manifests}
    long = table5(counts, read_paper(args.paper), shown, args.generated)
    notes = table5_notes(long, shown, args.generated, args.borrowed)
    write_table(long, table5_blocks(long), notes, args.output, "table5")


if __name__ == "__main__":
    exit_with_errors(main)
