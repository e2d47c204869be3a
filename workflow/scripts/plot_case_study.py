"""Draw Figure 4: the probabilities that each system gives to the next token of the case study.

python workflow/scripts/plot_case_study.py --case-study case_study.json --output figures \\
    --systems transformer=Transformer knn_mt=kNN-MT knn_kd=kNN-KD
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import read_json
from knnkd.reporting.figures.case_study import case_study, heading, plot_case_study
from knnkd.reporting.frames import named
from knnkd.reporting.plot_style import save_figure


def main() -> None:
    """Read the flags and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case-study", type=Path, required=True, help="JSON of inspect_prediction.py --source")
    parser.add_argument(
        "--systems", type=named, nargs="+", required=True, metavar="NAME=LABEL", help="which systems, in order"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder; gets figure4.{png,svg,pdf,csv}")
    args = parser.parse_args()
    content = read_json(args.case_study)
    rows = case_study(content, dict(args.systems))
    save_figure(plot_case_study(rows, heading(content)), rows, args.output, "figure4")


if __name__ == "__main__":
    exit_with_errors(main)
