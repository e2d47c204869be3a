"""Draw Figures 2 and 3: validation BLEU of kNN-KD over k at one tau, and over tau at one k.

python workflow/scripts/plot_ablation.py --scores scores.csv --points knn_kd__k8=8:100 knn_kd=64:100 \\
    --fixed-k 64 --fixed-tau 100 --baseline transformer=Transformer --datasets mini_de_en="mini De-En" \\
    --metrics mini_de_en=bleu_tok --paper paper_results.csv --output figures
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.reporting import frames
from knnkd.reporting.figures.ablation import ablation, plot_ablation
from knnkd.reporting.paper import read_paper
from knnkd.reporting.plot_style import save_figure
from knnkd.reporting.variants import Point


def main() -> None:
    """Read the flags and draw both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    frames.add_shown_flags(parser, without=("systems", "paper_datasets"))
    parser.add_argument(
        "--points", nargs="+", required=True, metavar="NAME=K:TAU", help="the systems that were trained"
    )
    parser.add_argument("--fixed-k", type=int, required=True, help="k of Figure 3")
    parser.add_argument("--fixed-tau", type=float, required=True, help="tau of Figure 2")
    parser.add_argument(
        "--baseline", type=frames.named, required=True, metavar="NAME=LABEL", help="drawn as a dashed line"
    )
    parser.add_argument("--paper", type=Path, required=True, help="CSV of the paper's numbers")
    parser.add_argument("--output", type=Path, required=True, help="folder; gets figure2 and figure3.{png,svg,pdf,csv}")
    args = parser.parse_args()
    shown = frames.Shown.of(args)
    points = [Point.parse(text) for text in args.points]
    scores = frames.read_csv(args.scores, frames.SCORE_COLUMNS)
    paper = read_paper(args.paper)
    for name, axis, fixed in (("figure2", "k", args.fixed_tau), ("figure3", "tau", args.fixed_k)):
        rows = ablation(scores, paper, points, axis, fixed, shown)
        save_figure(plot_ablation(rows, axis), rows, args.output, name)


if __name__ == "__main__":
    exit_with_errors(main)
