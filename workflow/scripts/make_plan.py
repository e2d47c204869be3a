"""Say what an experiment will cost on a GPU before anything of it runs: GPU hours, memory and disk of each data set.

python workflow/scripts/make_plan.py --config "$(cat config.json)" --runs koran/knn_kd/1 --paper paper_results.csv \\
    --output results/paper/plan
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.errors import exit_with_errors
from knnkd.run_plan import Run, gpu, plan_blocks, plan_notes, plan_table
from knnkd.tables import PAPER_COLUMNS, read_csv
from knnkd.typeset import write_table


def run_of(text: str) -> Run:
    """Return the run that "dataset/system/seed" names; ValueError otherwise."""
    dataset, system, seed = text.split("/")
    return Run(dataset, system, int(seed))


def main() -> None:
    """Read the flags, add up and write; the table is printed too."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", required=True, help="the completed config as JSON")
    parser.add_argument("--runs", type=run_of, nargs="+", required=True, help="dataset/system/seed of every run")
    parser.add_argument("--paper", type=Path, required=True, help="CSV of the paper's numbers")
    parser.add_argument("--output", type=Path, required=True, help="folder of plan.md and the like")
    args = parser.parse_args()
    config = json.loads(args.config)
    cost = config["bench"]["cost"]
    machine = gpu(cost["gpu_tflops"], cost["gpu_share"], cost["gpu_decoding"])
    table = plan_table(config, args.runs, read_csv(args.paper, PAPER_COLUMNS), machine)
    write_table(table, plan_blocks(table), plan_notes(cost), args.output, "plan")
    print((args.output / "plan.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    exit_with_errors(main)
