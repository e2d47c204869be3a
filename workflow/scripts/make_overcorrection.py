"""Make the table and the figure of overcorrection and calibration.

python workflow/scripts/make_overcorrection.py --scores scores.csv --systems transformer=Transformer knn_kd=kNN-KD \\
    --datasets mini_de_en="mini De-En" --tables tables --figures figures
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.reporting import frames
from knnkd.reporting.plot_style import save_figure
from knnkd.reporting.tables.overcorrection import (
    overcorrection,
    overcorrection_blocks,
    overcorrection_notes,
    plot_overcorrection,
)
from knnkd.reporting.typeset import write_table


def main() -> None:
    """Read the flags and write the table in every form, and the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    frames.add_shown_flags(parser, without=("metrics", "paper_datasets"))
    parser.add_argument("--tables", type=Path, required=True, help="folder; gets overcorrection.{csv,md,tex,html}")
    parser.add_argument("--figures", type=Path, required=True, help="folder; gets overcorrection.{png,svg,pdf,csv}")
    args = parser.parse_args()
    shown = frames.Shown.of(args)
    long = overcorrection(frames.read_csv(args.scores, frames.SCORE_COLUMNS), shown)
    blocks, notes = overcorrection_blocks(long), overcorrection_notes(long, shown)
    write_table(long, blocks, notes, args.tables, "overcorrection")
    save_figure(plot_overcorrection(long), long, args.figures, "overcorrection")


if __name__ == "__main__":
    exit_with_errors(main)
