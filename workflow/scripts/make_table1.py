"""Make Table 1 (the datastore, k and tau of kNN-KD on every dataset; the paper's beside ours) in every form.

python workflow/scripts/make_table1.py --scores scores.csv --paper paper_results.csv --output tables \\
    --systems knn_kd=kNN-KD --datasets mini_de_en="mini De-En" --metrics mini_de_en=bleu_tok \\
    --runs train/mini_de_en/knn_kd/seed1/train.json --points mini_de_en:knn_kd_k16=16:50 mini_de_en:knn_kd=64:50
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.reporting import frames
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.datastores import Varied, read_taught, table1, table1_blocks, table1_notes
from knnkd.reporting.typeset import write_table


def main() -> None:
    """Read the flags and write every form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    frames.add_shown_flags(parser)
    text = "which system a dataset's row is of (knn_kd)"
    parser.add_argument("--taught", type=frames.named, nargs="*", default=[], metavar="DATASET=SYSTEM", help=text)
    parser.add_argument("--runs", type=Path, nargs="*", default=[], help="train.json files, at their places")
    text = "the points of the ablation"
    parser.add_argument("--points", nargs="*", default=[], metavar="DATASET:NAME=K:TAU", help=text)
    parser.add_argument("--paper", type=Path, required=True, help="CSV of the paper's numbers")
    parser.add_argument("--output", type=Path, required=True, help="folder; gets table1.csv, .md, .tex and .html")
    args = parser.parse_args()
    shown = frames.Shown.of(args)
    taught = dict.fromkeys(shown.datasets, "knn_kd") | dict(args.taught)
    shown.require("datasets", taught, "--taught")
    shown.require("systems", taught.values(), "--taught")
    points = [Varied.parse(each) for each in args.points]
    scores = frames.read_csv(args.scores, frames.SCORE_COLUMNS)
    paper = read_paper(args.paper)
    runs = read_taught(args.runs)
    long = table1(runs, scores, paper, points, shown, taught)
    write_table(long, table1_blocks(long), table1_notes(long, runs, shown, taught), args.output, "table1")


if __name__ == "__main__":
    exit_with_errors(main)
