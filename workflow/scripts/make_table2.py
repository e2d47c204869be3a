"""Make Table 2 (quality and speed of every system, the paper's beside ours) as CSV, Markdown, LaTeX and HTML.

python workflow/scripts/make_table2.py --scores scores.csv --paper paper_results.csv --output tables \\
    --systems transformer=Transformer knn_kd=kNN-KD --datasets mini_de_en="mini De-En" --metrics mini_de_en=bleu_tok \\
    --speed speed.csv --significance significance/mini_de_en/transformer/seed1.json --smoothing transformer=0.1 knn_kd=0
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.reporting import frames
from knnkd.reporting.convergence import add_trainings_flag, cut_off_note, with_cut_off
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.system_notes import About, add_about_flags
from knnkd.reporting.tables.systems import table2, table2_blocks, table2_notes
from knnkd.reporting.trainings import Trainings
from knnkd.reporting.typeset import write_table


def main() -> None:
    """Read the flags and write every form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    frames.add_shown_flags(parser)
    parser.add_argument("--paper", type=Path, required=True, help="CSV of the paper's numbers")
    parser.add_argument("--speed", type=Path, help="CSV of the benchmark; without it the table shows no speed")
    parser.add_argument("--significance", type=Path, nargs="*", default=[], help="one JSON for each dataset and seed")
    parser.add_argument("--untrained", nargs="*", default=["knn_mt"], help="systems that train nothing (upd/s: n/a)")
    add_about_flags(parser)
    add_trainings_flag(parser)
    parser.add_argument("--output", type=Path, required=True, help="folder; gets table2.csv, .md, .tex and .html")
    args = parser.parse_args()
    shown = frames.Shown.of(args)
    about = About.of(args, shown)
    scores = frames.read_csv(args.scores, frames.SCORE_COLUMNS)
    paper = read_paper(args.paper)
    tests = frames.read_significance(args.significance, shown.metrics, shown.baseline)
    speed = frames.read_speed(args.speed, shown.baseline, shown.datasets)
    long = table2(scores, paper, tests, speed, shown, args.untrained)
    runs = [(dataset, system) for dataset in shown.datasets for system in shown.systems]
    long = with_cut_off(long, Trainings.read(args.trainings), runs)
    blocks, notes = table2_blocks(long), cut_off_note(long) + table2_notes(long, tests, speed, shown, about)
    write_table(long, blocks, notes, args.output, "table2")


if __name__ == "__main__":
    exit_with_errors(main)
