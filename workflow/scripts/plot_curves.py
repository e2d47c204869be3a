"""Draw the validation curves of trained systems.

python workflow/scripts/plot_curves.py --runs train/*/*/*/train.json --systems knn_kd=kNN-KD \\
    --datasets mini_de_en="mini De-En" --output figures
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.reporting.frames import named
from knnkd.reporting.plot_style import plot_curves, read_curves, save_figure


def main() -> None:
    """Read the flags and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="train.json files, at their places")
    parser.add_argument("--systems", type=named, nargs="+", required=True, help="name=label")
    parser.add_argument("--datasets", type=named, nargs="+", required=True, help="name=label")
    parser.add_argument("--output", type=Path, required=True, help="folder; gets curves.{png,svg,pdf,csv}")
    args = parser.parse_args()
    curves = read_curves(args.runs, dict(args.systems), dict(args.datasets))
    save_figure(plot_curves(curves, [label for _, label in args.systems]), curves, args.output, "curves")


if __name__ == "__main__":
    exit_with_errors(main)
