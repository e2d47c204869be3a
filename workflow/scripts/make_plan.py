"""Say what an experiment will cost before anything of it runs: hours, memory and disk of each data set.

python workflow/scripts/make_plan.py --config "$(cat config.json)" --runs koran/knn_kd/1 --paper paper_results.csv \\
    --output results/paper/plan

On GPUs, by the rates that the config states; with --measured, the JSON of measure_plan.py, on this machine's CPU.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.costs.plan import Run, plan_table
from knnkd.costs.work import gpu, read_measured
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.run_plan import cpu_notes, gpu_notes, plan_blocks
from knnkd.reporting.typeset import write_table


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
    parser.add_argument("--measured", type=Path, help="JSON of measure_plan.py")
    parser.add_argument("--output", type=Path, required=True, help="folder of plan.md and the like")
    args = parser.parse_args()
    config = json.loads(args.config)
    if args.measured:
        measured, rates = read_measured(args.measured)
        if missing := sorted({run.dataset for run in args.runs} - set(rates)):
            raise KnnKdError(f"{args.measured}: no rates of {', '.join(missing)}; measure again")
        notes = cpu_notes(measured)
    else:
        cost = config["bench"]["cost"]
        machine = gpu(cost["gpu_tflops"], cost["gpu_share"], cost["gpu_decoding"])
        rates, notes = dict.fromkeys((run.dataset for run in args.runs), machine), gpu_notes(cost)
    table = plan_table(config, args.runs, read_paper(args.paper), rates)
    write_table(table, plan_blocks(table), notes, args.output, "plan")
    print((args.output / "plan.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    exit_with_errors(main)
