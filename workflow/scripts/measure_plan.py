"""Measure on this machine's CPU what a plan's hours depend on, in well under a minute for a small network.

python workflow/scripts/measure_plan.py --jobs "$(cat jobs.json)" --output measured.json
"""

import argparse
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import scratch_folder, write_json
from knnkd.core.hardware import read_hardware


def main() -> None:
    """Read the flags, measure each work and write the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", required=True, help="JSON: what is measured (knnkd.costs.work.jobs_of)")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    jobs = json.loads(args.jobs)
    from knnkd.costs.measure import measure  # fairseq takes seconds to import: not for --help
    from knnkd.costs.work import work_from

    hardware, load = read_hardware(), os.getloadavg()[0]
    found = []
    args.output.parent.mkdir(parents=True, exist_ok=True)
    for job in jobs:
        with scratch_folder(args.output.parent) as scratch:
            found.append(job | measure(work_from(job["work"]), job["flags"], scratch))
    about = {"hardware": str(hardware), "cores": hardware.cores, "load": load}
    write_json(args.output, about | {"jobs": found})


if __name__ == "__main__":
    exit_with_errors(main)
