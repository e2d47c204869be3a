"""Draw the grid of kNN-MT over k, tau and lambda on the validation set.

python workflow/scripts/plot_knn_mt_grid.py --datasets mini_de_en.knn_mt="mini De-En" --output figures --grids \\
    mini_de_en.knn_mt=knn_mt/mini_de_en/knn_mt/seed1/grid.csv mini_de_en.knn_mt=knn_mt/mini_de_en/knn_mt/seed2/grid.csv
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.reporting.figures.tuning_grid import plot_grids, read_grids
from knnkd.reporting.frames import named
from knnkd.reporting.plot_style import save_figure


def main() -> None:
    """Read the flags and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--grids",
        type=named,
        nargs="+",
        required=True,
        metavar="NAME=CSV",
        help="grid.csv below a folder seed{seed}, one for each seed; NAME is free, but without =, and may come again",
    )
    parser.add_argument("--datasets", type=named, nargs="+", required=True, metavar="NAME=LABEL", help="in order")
    parser.add_argument("--output", type=Path, required=True, help="folder; gets knn_mt_grid.{png,svg,pdf,csv}")
    args = parser.parse_args()
    labels = dict(args.datasets)
    if unknown := [name for name, _ in args.grids if name not in labels]:
        raise KnnKdError(f"--grids: no label for {unknown[0]}; add it to --datasets")
    if len(set(labels.values())) < len(labels):
        raise KnnKdError("--datasets: two with one label; their panels would be drawn as seeds of one")
    files = [(name, Path(path)) for dataset in labels for name, path in args.grids if name == dataset]
    grids = read_grids(files, labels)
    save_figure(plot_grids(grids), grids, args.output, "knn_mt_grid")


if __name__ == "__main__":
    exit_with_errors(main)
