"""Make Table 7 (the controls: batches, loss, self-neighbour) as CSV, Markdown, LaTeX and HTML.

python workflow/scripts/make_table7.py --scores scores.csv --output tables --systems transformer=Transformer \\
    knn_kd=kNN-KD --variants transformer=transformer:length:released:none:epochs \\
    --variants knn_kd__corpus_released_drop=knn_kd:corpus:released:drop:epochs --runs train/*/*/*/train.json \\
    --datasets mini_de_en="mini De-En" --metrics mini_de_en=bleu_tok --significance significance/*.json
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.reporting import frames
from knnkd.reporting.convergence import add_trainings_flag, cut_off_note, with_cut_off
from knnkd.reporting.tables.controls import (
    controls,
    controls_blocks,
    controls_notes,
    read_batch_sizes,
    row_names,
    text_columns,
)
from knnkd.reporting.trainings import Trainings
from knnkd.reporting.typeset import write_table
from knnkd.reporting.variants import Variant


def main() -> None:
    """Read the flags and write every form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    frames.add_shown_flags(parser)
    parser.add_argument(
        "--variants",
        nargs="+",
        action="extend",
        required=True,
        help="NAME=system:length|corpus|shuffled:paper|released:keep|drop|none:epochs|updates, in order; "
        "the first is the baseline of Table 2",
    )
    parser.add_argument("--runs", type=Path, nargs="*", default=[], help="train.json files, at their places")
    parser.add_argument("--significance", type=Path, nargs="*", default=[], help="JSONs, each with its own baseline")
    add_trainings_flag(parser)
    parser.add_argument("--output", type=Path, required=True, help="folder; gets table7.csv, .md, .tex and .html")
    args = parser.parse_args()
    shown = frames.Shown.of(args)
    variants = [Variant.parse(text) for text in args.variants]
    if unknown := [each.system for each in variants if each.system not in shown.systems]:
        raise KnnKdError(f"--variants: no label for {unknown[0]}; add it to --systems")
    scores = frames.read_csv(args.scores, frames.SCORE_COLUMNS)
    tests = frames.read_significance(args.significance, shown.metrics)
    long = controls(scores, read_batch_sizes(args.runs), tests, variants, shown)
    runs = [(dataset, each.name) for dataset in shown.datasets for each in variants]
    long = with_cut_off(long, Trainings.read(args.trainings), runs)
    notes = cut_off_note(long, row_names(long)) + controls_notes(long, tests, shown, variants)
    blocks = controls_blocks(long)
    write_table(long, blocks, notes, args.output, "table7", text_columns(blocks))


if __name__ == "__main__":
    exit_with_errors(main)
