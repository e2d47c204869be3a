"""Make Table 6 (the hyper-parameters that kNN-KD was run with; the paper's beside ours) in every form.

python workflow/scripts/make_table6.py --paper paper_results.csv --output tables --datasets mini_de_en="mini De-En" \\
    --systems knn_kd=kNN-KD transformer=Transformer --runs train/mini_de_en/*/seed1/train.json
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.reporting import frames
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.hyperparameters import read_recipes, table6, table6_blocks, table6_notes
from knnkd.reporting.typeset import write_table


def main() -> None:
    """Read the flags and write every form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    frames.add_shown_flags(parser, without=("scores", "metrics", "paper_datasets"))
    text = "which system a dataset's values are of (knn_kd)"
    parser.add_argument("--taught", type=frames.named, nargs="*", default=[], metavar="DATASET=SYSTEM", help=text)
    text = "train.json files of these and of the other systems, at their places"
    parser.add_argument("--runs", type=Path, nargs="*", default=[], help=text)
    parser.add_argument("--paper", type=Path, required=True, help="CSV of the paper's numbers")
    parser.add_argument("--output", type=Path, required=True, help="folder; gets table6.csv, .md, .tex and .html")
    args = parser.parse_args()
    shown = frames.Shown.of(args)
    taught = dict.fromkeys(shown.datasets, "knn_kd") | dict(args.taught)
    runs = read_recipes(args.runs)
    shown.require("datasets", [*taught, *runs["dataset"]], "--taught, --runs")
    shown.require("systems", [*taught.values(), *runs["system"]], "--taught, --runs")
    long = table6(runs, read_paper(args.paper), shown, taught)
    write_table(long, table6_blocks(long), table6_notes(long, runs, shown, taught), args.output, "table6")


if __name__ == "__main__":
    exit_with_errors(main)
