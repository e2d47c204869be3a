"""Make Table 2 (quality and speed of every system, the paper's beside ours) as CSV, Markdown, LaTeX and HTML.

python workflow/scripts/make_table2.py --scores scores.csv --paper paper_results.csv --output tables \\
    --systems transformer=Transformer knn_kd=kNN-KD --datasets mini_de_en="mini De-En" --metrics mini_de_en=bleu_tok \\
    --speed speed.csv --significance significance/mini_de_en/transformer/seed1.json --smoothing transformer=0.1 knn_kd=0
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd import tables
from knnkd.errors import KnnKdError, exit_with_errors
from knnkd.table2 import About, table2, table2_blocks, table2_notes
from knnkd.typeset import write_table


def main() -> None:
    """Read the flags and write every form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tables.add_shown_flags(parser)
    parser.add_argument("--paper", type=Path, required=True, help="CSV of the paper's numbers")
    parser.add_argument("--speed", type=Path, help="CSV of the benchmark; without it the table shows no speed")
    parser.add_argument("--significance", type=Path, nargs="*", default=[], help="one JSON for each dataset and seed")
    parser.add_argument("--untrained", nargs="*", default=["knn_mt"], help="systems that train nothing (upd/s: n/a)")
    add_about_flags(parser)
    parser.add_argument("--output", type=Path, required=True, help="folder; gets table2.csv, .md, .tex and .html")
    args = parser.parse_args()
    shown = tables.Shown.of(args)
    about = named_about(args, shown)
    scores = tables.read_csv(args.scores, tables.SCORE_COLUMNS)
    paper = tables.read_csv(args.paper, tables.PAPER_COLUMNS)
    tests = tables.read_significance(args.significance, shown.metrics, shown.baseline)
    speed = tables.read_speed(args.speed, shown.baseline)
    long = table2(scores, paper, tests, speed, shown, args.untrained)
    blocks, notes = table2_blocks(long), table2_notes(long, tests, speed, shown, about)
    write_table(long, blocks, notes, args.output, "table2")


def add_about_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the notes say of the systems; each flag may be left out."""
    texts = {
        "smoothing": ("NAME=EPSILON", "label smoothing of each trained system"),
        "settings": ("NAME=TEXT", "what the config sets for a system, for the notes"),
    }
    for flag, (form, text) in texts.items():
        parser.add_argument(f"--{flag}", type=tables.named, nargs="*", default=[], metavar=form, help=text)
    parser.add_argument(
        "--tuned",
        type=tuned_file,
        nargs="*",
        default=[],
        metavar="DATASET=JSON",
        help="tuned.json of each seed, below SYSTEM/seed{seed}",
    )
    parser.add_argument("--other-text", nargs="*", default=[], metavar="NAME", help="systems that learn other text")
    text = "systems with subwords of their own"
    parser.add_argument("--other-subwords", nargs="*", default=["bert_kd"], metavar="NAME", help=text)
    parser.add_argument("--controls", nargs="*", default=[], metavar="DATASET", help="datasets of Table 7")


def named_about(args: argparse.Namespace, shown: tables.Shown) -> About:
    """Return what these flags say; KnnKdError for a name without a label and for a smoothing that is no number."""
    try:
        smoothing = {name: float(value) for name, value in args.smoothing}
    except ValueError as error:
        raise KnnKdError(f"--smoothing: {error}; give NAME=0.1") from error
    settings = dict(args.settings)
    for flag, names in (("smoothing", smoothing), ("settings", settings), ("other-text", args.other_text)):
        shown.require("systems", names, f"--{flag}")
    # BERT-KD need not be shown, and Table 7 may be of datasets that are not.
    other_subwords = [name for name in args.other_subwords if name in shown.systems]
    controls = [name for name in args.controls if name in shown.datasets]
    return About(smoothing, settings, args.other_text, other_subwords, controls, tables.read_tuned(args.tuned, shown))


def tuned_file(text: str) -> tuple[str, Path]:
    """Split DATASET=path."""
    name, path = tables.named(text)
    return name, Path(path)


if __name__ == "__main__":
    exit_with_errors(main)
