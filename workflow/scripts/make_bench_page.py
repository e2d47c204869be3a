"""Make the benchmarks' page: one HTML file that opens without a network, and the figures and tables in it.

python workflow/scripts/make_bench_page.py --settings @labels.json --config settings.yaml \\
    --benches bench/search.json bench/mini_de_en/training.json --tables bench/cost_model.html \\
    --figures bench/cost_curve.svg --sections bench/sections --output bench/bench.html
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import replacing
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.reporting.pages.benchmark_sections import Labels
from knnkd.reporting.pages.benchmarks import Sources, make_page


def main() -> None:
    """Read the flags and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "labels of systems and datasets")
    parser.add_argument("--benches", type=Path, nargs="*", default=[], help="JSONs of the benchmarks that were run")
    parser.add_argument("--config", type=Path, required=True, help="the completed config as YAML")
    parser.add_argument("--tables", type=Path, nargs="*", default=[], help="HTML of the cost model's tables")
    parser.add_argument("--figures", type=Path, nargs="*", default=[], help="SVG and PNG of its figures")
    parser.add_argument("--sections", type=Path, required=True, help="folder; gets each benchmark's figure and table")
    parser.add_argument("--output", type=Path, required=True, help="HTML file")
    args = parser.parse_args()
    labels = read_settings(args.settings, Labels)
    page = make_page(Sources(args.benches, args.config, labels, args.tables, args.figures), args.sections)
    with replacing(args.output) as temporary:
        temporary.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    exit_with_errors(main)
