"""Make Table 2 (BLEU of every system, the paper's beside ours) as CSV, Markdown and LaTeX.

python workflow/scripts/make_table2.py --scores scores.csv --paper paper_results.csv --output tables \\
    --systems transformer=Transformer knn_kd=kNN-KD --datasets mini_de_en="mini De-En" --metrics mini_de_en=bleu_tok
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.errors import exit_with_errors
from knnkd.tables import named, read_csv, table2, table2_wide, write_csv, write_latex, write_markdown

METRICS = {"bleu_tok": "tokenised BLEU", "sacrebleu": "sacreBLEU of plain text"}


def main() -> None:
    """Read the flags and write the three forms."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scores", type=Path, required=True, help="CSV of collect_scores.py")
    parser.add_argument("--paper", type=Path, required=True, help="CSV of the paper's numbers")
    parser.add_argument("--systems", type=named, nargs="+", required=True, help="name=label, in the order of the rows")
    parser.add_argument(
        "--datasets", type=named, nargs="+", required=True, help="name=label, in the order of the columns"
    )
    parser.add_argument("--metrics", type=named, nargs="+", required=True, help="name=metric for each dataset")
    parser.add_argument("--paper-datasets", type=named, nargs="*", default=[], help="name=the paper's name")
    parser.add_argument("--output", type=Path, required=True, help="folder; gets table2.csv, .md and .tex")
    args = parser.parse_args()
    scores = read_csv(args.scores, ["dataset", "system", "seed", "split", "metric", "value"])
    paper = read_csv(args.paper, ["table", "dataset", "system", "metric", "value"])
    datasets, metrics, quoted = dict(args.datasets), dict(args.metrics), dict(args.paper_datasets)
    long = table2(scores, paper, dict(args.systems), datasets, metrics, quoted)
    measured = "; ".join(f"{datasets[name]}: {METRICS[metric]}" for name, metric in metrics.items())
    beside = "; ".join(f"{datasets[name]}: {value}" for name, value in quoted.items()) or "none"
    note = (
        f"Test sets, beam search. BLEU: mean over {long['n'].max()} seed(s) ({measured}); gain: over the first row. "
        f"paper: Table 2 or 3 of the paper, on its own data ({beside}). –: no such number."
    )
    write_csv(long, args.output / "table2.csv")
    write_markdown(table2_wide(long), note, args.output / "table2.md")
    write_latex(table2_wide(long), note, args.output / "table2.tex")


if __name__ == "__main__":
    exit_with_errors(main)
