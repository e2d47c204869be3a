"""Make the table of costs (time, memory and disk of each stage) as CSV, Markdown, LaTeX and HTML.

python workflow/scripts/make_costs.py --root benchmarks \\
    --benchmarks benchmarks/train/mini_de_en/transformer/seed1.tsv --kept train=train/{} --output tables
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.hardware import read_hardware
from knnkd.reporting.frames import named
from knnkd.reporting.tables.stage_costs import costs, costs_blocks, costs_notes, read_benchmarks
from knnkd.reporting.typeset import write_table


def main() -> None:
    """Read the flags and write every form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True, help="folder of the benchmark files")
    parser.add_argument("--benchmarks", type=Path, nargs="+", required=True, help="its files, {stage}/{job}.tsv")
    text = "what a job of a stage leaves; {} stands for the job"
    parser.add_argument("--kept", type=named, nargs="*", default=[], metavar="STAGE=PATH", help=text)
    parser.add_argument("--output", type=Path, required=True, help="folder; gets costs.csv, .md, .tex and .html")
    args = parser.parse_args()
    kept: dict[str, list[str]] = {}
    for stage, path in args.kept:
        kept.setdefault(stage, []).append(path)
    present = [path for path in args.benchmarks if path.exists()]
    table = costs(read_benchmarks(present, args.root), kept)
    missing = len(args.benchmarks) - len(present)
    write_table(table, costs_blocks(table), costs_notes(table, read_hardware(), missing), args.output, "costs")


if __name__ == "__main__":
    exit_with_errors(main)
