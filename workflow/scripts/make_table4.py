"""Make Table 4 (trained on one dataset, tested on another; the paper's beside ours) in every form.

python workflow/scripts/make_table4.py --scores scores.csv --paper paper_results.csv --output tables \\
    --systems transformer=Transformer knn_kd=kNN-KD --pairs mini_law:mini_medical \\
    --datasets mini_law="mini Law" mini_medical="mini Medical" --metrics mini_law=sacrebleu mini_medical=sacrebleu \\
    --significance significance/mini_law/transformer/seed1/test_of_mini_medical.json
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.reporting import frames
from knnkd.reporting.convergence import add_trainings_flag, cut_off_note, with_cut_off
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.cross_domain import Pair, table4, table4_blocks, table4_notes
from knnkd.reporting.trainings import Trainings
from knnkd.reporting.typeset import write_table


def main() -> None:
    """Read the flags and write every form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    frames.add_shown_flags(parser)
    parser.add_argument("--pairs", nargs="+", required=True, metavar="TRAINED_ON:TESTED_ON", help="in order")
    parser.add_argument("--paper", type=Path, required=True, help="CSV of the paper's numbers")
    parser.add_argument("--significance", type=Path, nargs="*", default=[], help="JSONs of these splits")
    add_trainings_flag(parser)
    parser.add_argument("--output", type=Path, required=True, help="folder; gets table4.csv, .md, .tex and .html")
    args = parser.parse_args()
    shown = frames.Shown.of(args)
    pairs = [Pair.parse(text) for text in args.pairs]
    shown.require("datasets", [name for pair in pairs for name in pair], "--pairs")
    scores = frames.read_csv(args.scores, frames.SCORE_COLUMNS)
    paper = read_paper(args.paper)
    tests = frames.read_significance(args.significance, shown.metrics, shown.baseline, split=None)
    long = table4(scores, paper, tests, pairs, shown)
    runs = [(pair[0], system) for pair in pairs for system in shown.systems]
    long = with_cut_off(long, Trainings.read(args.trainings), runs)
    notes = cut_off_note(long) + table4_notes(long, tests, pairs, shown)
    write_table(long, table4_blocks(long), notes, args.output, "table4")


if __name__ == "__main__":
    exit_with_errors(main)
