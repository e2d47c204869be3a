"""Choose k, tau and lambda of kNN-MT on the validation set: every point's loss, and the best few points' score.

python workflow/scripts/tune_knn_mt.py --settings @tuning.json --checkpoint run/checkpoint_best.pt \\
    --data-bin data-bin --nearest datastore/meta.json --tok tok --text text \\
    --names valid.de valid.en --output tuned

The settings are those of knnkd.inference.settings.Tuning.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.evaluation.judge import Judge
from knnkd.evaluation.scores import Sentences, add_sentences_flags
from knnkd.inference.settings import Nearest, Tuning


def main() -> None:
    """Read the settings, tune and write grid.csv and tuned.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the grid, and of the beam search")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the model")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    text = "meta.json of its datastore, and of a faiss index where the search is not exact"
    parser.add_argument("--nearest", type=Path, nargs="+", required=True, help=text)
    add_sentences_flags(parser)
    parser.add_argument("--output", type=Path, required=True, help="gets grid.csv and tuned.json")
    args = parser.parse_args()
    settings = read_settings(args.settings, Tuning)
    datastore, *index = (path.parent for path in args.nearest)
    nearest = Nearest(datastore, index=index[0] if index else None, search=settings.decoding.search)
    from knnkd.inference.load import load_on  # fairseq takes seconds to import: not for --help
    from knnkd.inference.tuning import choose_point, write_grid
    from knnkd.knn.interpolation import Point

    how = settings.decoding
    trained = load_on(how.device, how.threads, args.checkpoint, args.data_bin)
    judge = Judge(settings.metric, Sentences.of_flags(args), how.unescape)
    base_loss, rows, tuned = choose_point(settings, trained, nearest, judge)
    chosen = Point(tuned["k"], tuned["tau"], tuned["lambda"])
    write_grid(args.output / "grid.csv", base_loss, rows, chosen, judge.column)
    write_json(args.output / "tuned.json", tuned)
    if tuned["edge"]:
        print(f"at the edge of the grid: {', '.join(tuned['edge'])}; values beyond it may be better", flush=True)


if __name__ == "__main__":
    exit_with_errors(main)
