"""Draw what recall costs in time, and what it does to BLEU and to the speed of kNN-MT.

python workflow/scripts/plot_index_curve.py --bench bench/mini_de_en/index.json --label "mini De-En" \\
    --output bench/mini_de_en
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.reporting.figures.index_tradeoff import plot_index_curve, read_curve
from knnkd.reporting.plot_style import save_figure


def main() -> None:
    """Read the flags and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, required=True, help="JSON file of bench_index.py")
    parser.add_argument("--label", required=True, help="of the dataset")
    parser.add_argument("--output", type=Path, required=True, help="folder; gets index.{png,svg,pdf,csv}")
    args = parser.parse_args()
    points, about = read_curve(args.bench)
    save_figure(plot_index_curve(points, about, args.label), points, args.output, "index")


if __name__ == "__main__":
    exit_with_errors(main)
