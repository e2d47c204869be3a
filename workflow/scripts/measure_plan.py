"""Measure on this machine's CPU what a plan's hours depend on, in well under a minute for a small network.

python workflow/scripts/measure_plan.py --settings @jobs.json --output measured.json
"""

import argparse
import os
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import scratch_folder, write_json
from knnkd.core.hardware import read_hardware
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.costs.work import Job


def main() -> None:
    """Read the flags, measure each work and write the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "what is measured (knnkd.costs.work.jobs_of)")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    jobs = read_settings(args.settings, list[Job])
    from knnkd.costs.measure import measure  # fairseq takes seconds to import: not for --help

    hardware, load = read_hardware(), os.getloadavg()[0]
    found = []
    args.output.parent.mkdir(parents=True, exist_ok=True)
    for job in jobs:
        with scratch_folder(args.output.parent) as scratch:
            found.append(asdict(job) | measure(job.work, job.model, job.training, scratch))
    about = {"hardware": str(hardware), "cores": hardware.cores, "load": load}
    write_json(args.output, about | {"jobs": found})


if __name__ == "__main__":
    exit_with_errors(main)
