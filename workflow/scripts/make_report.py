"""Make the report: one HTML file that opens without a network.

python workflow/scripts/make_report.py --settings @labels.json --verdict tables/verdict.csv --config settings.yaml \\
    --tables tables/table2.html --figures figures/curves.svg figures/curves.png \\
    --runs train/mini_de_en/transformer/seed1/train.json --output report.html
"""

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import replacing
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.distil.settings import one_or_none
from knnkd.reporting.pages.experiment import Sources, make_page


@dataclass(frozen=True)
class Settings:
    """What the page calls systems and datasets, and the versions of packages that it cannot ask itself."""

    systems: dict[str, str]
    datasets: dict[str, str]
    versions: dict[str, str] = field(default_factory=dict)


def main() -> None:
    """Read the flags and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "labels, and versions")
    parser.add_argument("--verdict", type=Path, required=True, help="CSV of the verdict on each claim")
    parser.add_argument("--config", type=Path, required=True, help="the completed config as YAML")
    parser.add_argument("--tables", type=Path, nargs="*", default=[], help="HTML of the tables that were made")
    parser.add_argument("--figures", type=Path, nargs="*", default=[], help="SVG and PNG of the figures")
    parser.add_argument("--runs", type=Path, nargs="*", default=[], help="train.json of every training")
    text = "JSON of inspect_prediction.py --source"
    parser.add_argument("--case-study", type=Path, nargs="*", default=[], help=text)
    parser.add_argument(
        "--inspections", type=Path, nargs="*", default=[], help="JSONs of inspect_prediction.py --split"
    )
    parser.add_argument("--output", type=Path, required=True, help="HTML file")
    args = parser.parse_args()
    settings = read_settings(args.settings, Settings)
    sources = Sources(
        verdict=args.verdict,
        settings=args.config,
        tables=args.tables,
        figures=args.figures,
        runs=args.runs,
        systems=settings.systems,
        datasets=settings.datasets,
        case_study=one_or_none(args.case_study),
        inspections=args.inspections,
        versions=settings.versions,
    )
    page = make_page(sources)
    with replacing(args.output) as temporary:
        temporary.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    exit_with_errors(main)
