"""Choose the point of a grid with the best validation score, mean over seeds; of equal ones the smaller k, then tau.

python workflow/scripts/choose_point.py --scores scores/de_en/kd_k*/seed1/valid.json --output chosen.json --settings \\
    '{"dataset": "de_en", "system": "kd", "metric": "bleu_tok", "grid": {"k": [4]}, "points": {"kd_k4": {"k": 4}}}'

The settings are those of knnkd.distil.choice.Grid.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.core.integrity import sealed
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.distil.choice import Grid, choose
from knnkd.evaluation.metrics import metric_of
from knnkd.reporting import frames


def main() -> None:
    """Read the flags, choose and write one JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the grid")
    parser.add_argument("--scores", type=Path, nargs="+", required=True, help="JSONs of score.py on the validation set")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    asked = read_settings(args.settings, Grid)
    scores = frames.collect_scores(args.scores)
    found = {
        system: dict(zip(rows["seed"].tolist(), rows["value"].tolist(), strict=True))
        for system, rows in scores[(scores["metric"] == asked.metric)].groupby("system")
    }
    sign = metric_of(asked.metric).sign
    about = {key: getattr(asked, key) for key in ("dataset", "system", "metric")}
    write_json(args.output, sealed(about | choose(asked.grid, asked.points, found, sign)))


if __name__ == "__main__":
    exit_with_errors(main)
