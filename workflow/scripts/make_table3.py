"""Make Table 3 (the domains of a pre-trained model: quality and speed, the paper's beside ours) in every form.

python workflow/scripts/make_table3.py --scores scores.csv --paper paper_results.csv --output tables \\
    --systems pretrained="Pre-trained model" transformer=Transformer --datasets mini_koran="mini Koran" \\
    --metrics mini_koran=sacrebleu --untrained pretrained --second transformer --one-run mini_koran=pretrained \\
    --speed speed.csv --significance significance/mini_koran/*/seed1/test.json
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
    parser.add_argument("--significance", type=Path, nargs="*", default=[], help="JSONs against the first and --second")
    parser.add_argument("--untrained", nargs="*", default=["pretrained", "knn_mt"], help="systems that train nothing")
    parser.add_argument("--second", default="", help="a system that further gains are over, each with its mark")
    add_about_flags(parser)
    add_trainings_flag(parser)
    parser.add_argument("--output", type=Path, required=True, help="folder; gets table3.csv, .md, .tex and .html")
    args = parser.parse_args()
    shown = frames.Shown.of(args)
    shown.require("systems", [args.second] if args.second else [], "--second")
    about = About.of(args, shown)
    scores = frames.read_csv(args.scores, frames.SCORE_COLUMNS)
    paper = read_paper(args.paper)
    tests = frames.read_significance(args.significance, shown.metrics)
    speed = frames.read_speed(args.speed, shown.baseline, shown.datasets)
    long = table2(scores, paper, tests, speed, shown, args.untrained, args.second, training=False)
    runs = [(dataset, system) for dataset in shown.datasets for system in shown.systems]
    long = with_cut_off(long, Trainings.read(args.trainings), runs)
    notes = cut_off_note(long) + table2_notes(long, tests, speed, shown, about)
    write_table(long, table2_blocks(long), notes, args.output, "table3")


if __name__ == "__main__":
    exit_with_errors(main)
