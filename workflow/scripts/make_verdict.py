"""Decide every claim of the paper on an experiment's results: the verdict as CSV, Markdown, LaTeX and HTML.

python workflow/scripts/make_verdict.py --scores scores.csv --paper paper_results.csv --speed speed.csv \\
    --significance significance/*/*/*/*.json --measures measures/*/*/*/test.json --runs train/*/*/*/train.json \\
    --manifests corpus/*/manifest.json --trainings trainings.csv --systems transformer=Transformer knn_kd=kNN-KD \\
    --datasets mini_de_en="mini De-En" --metrics mini_de_en=bleu_tok --paper-datasets mini_de_en=iwslt14_de_en \\
    --table2 mini_de_en --output tables
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.reporting import frames
from knnkd.reporting.paper import read_paper
from knnkd.reporting.trainings import Trainings
from knnkd.reporting.typeset import write_table
from knnkd.reporting.variants import Point, Variant
from knnkd.reporting.verdict.decide import TEXT_COLUMNS, verdict, verdict_blocks, verdict_notes
from knnkd.reporting.verdict.evidence import NAMES
from knnkd.reporting.verdict.results import Results, read_measures, read_pairs, read_sizes

PLACES = {
    "table2": "datasets of Table 2",
    "table3": "datasets of Table 3",
    "table4": "pairs of Table 4, trained on and tested on: law>medical",
    "ablation": "datasets of Figures 2 and 3",
    "controls": "datasets of Table 7",
}


def read_flags() -> argparse.Namespace:
    """Return the flags; what is left out was not run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    frames.add_shown_flags(parser)
    parser.add_argument("--paper", type=Path, required=True, help="CSV of the paper's numbers")
    parser.add_argument("--speed", type=Path, help="CSV of the benchmark")
    files = {
        "significance": "JSONs of compare_systems.py, each with its own baseline and split",
        "measures": "JSONs of measure.py on the test sets",
        "runs": "train.json files, at their places",
        "manifests": "manifest.json of each corpus, in the folder of its dataset",
    }
    for name, text in files.items():
        parser.add_argument(f"--{name}", type=Path, nargs="*", default=[], help=text)
    for name, text in PLACES.items():
        parser.add_argument(f"--{name}", nargs="*", default=[], metavar="NAME", help=text)
    text = "the system that plays a part of the paper's, where its name is another: ROLE=SYSTEM, of " + ", ".join(NAMES)
    parser.add_argument("--roles", type=frames.named, nargs="*", default=[], metavar="ROLE=SYSTEM", help=text)
    parser.add_argument("--points", nargs="*", default=[], help="points of Figures 2 and 3: NAME=k:tau")
    parser.add_argument("--fixed-k", type=int, default=0, help="k of Figure 3")
    parser.add_argument("--fixed-tau", type=float, default=0.0, help="tau of Figure 2")
    parser.add_argument("--variants", nargs="*", default=[], help="rows of Table 7, as of make_table7.py")
    parser.add_argument("--trainings", type=Path, required=True, help="CSV of collect_trainings.py")
    parser.add_argument("--samples", type=int, default=1000, help="resamplings of the measures")
    parser.add_argument("--output", type=Path, required=True, help="folder; gets verdict.csv, .md, .tex and .html")
    return parser.parse_args()


def read_results(args: argparse.Namespace) -> Results:
    """Return what the flags name. KnnKdError for an unknown role and for a place without a label."""
    shown = frames.Shown.of(args)
    roles = dict(args.roles)
    if unknown := [role for role in roles if role not in NAMES]:
        raise KnnKdError(f"--roles: no role {unknown[0]}; they are {', '.join(NAMES)}")
    places = {name: getattr(args, name) for name in PLACES}
    for name, ours in places.items():
        shown.require("datasets", [dataset for place in ours for dataset in place.split(">")], f"--{name}")
    speed = frames.read_speed(None, "")
    if args.speed:
        speed = frames.read_csv(args.speed, frames.SPEED_COLUMNS)
        frames.require_unique(speed, ["dataset", "system", "metric"], str(args.speed))
    return Results(
        shown,
        frames.read_csv(args.scores, frames.SCORE_COLUMNS),
        frames.read_significance(args.significance, shown.metrics, split=None),
        speed,
        read_paper(args.paper),
        read_measures(args.measures),
        read_sizes(args.runs),
        read_pairs(args.manifests),
        roles,
        places,
        [Point.parse(text) for text in args.points],
        (args.fixed_k, args.fixed_tau),
        [Variant.parse(text) for text in args.variants],
        args.samples,
        Trainings.read(args.trainings),
    )


def main() -> None:
    """Read the flags and write every form."""
    args = read_flags()
    results = read_results(args)
    long = verdict(results)
    write_table(long, verdict_blocks(long), verdict_notes(long, results), args.output, "verdict", TEXT_COLUMNS)


if __name__ == "__main__":
    exit_with_errors(main)
