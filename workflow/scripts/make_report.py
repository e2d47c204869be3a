"""Make the report: one HTML file that opens without a network.

python workflow/scripts/make_report.py --verdict tables/verdict.csv --settings settings.yaml \\
    --tables tables/table2.html --figures figures/curves.svg figures/curves.png \\
    --runs train/mini_de_en/transformer/seed1/train.json \\
    --systems transformer=Transformer --datasets mini_de_en="mini De-En" --output report.html
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import replacing
from knnkd.reporting.frames import named
from knnkd.reporting.pages.experiment import Sources, make_page


def main() -> None:
    """Read the flags and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verdict", type=Path, required=True, help="CSV of the verdict on each claim")
    parser.add_argument("--settings", type=Path, required=True, help="the completed config as YAML")
    parser.add_argument("--tables", type=Path, nargs="*", default=[], help="HTML of the tables that were made")
    parser.add_argument("--figures", type=Path, nargs="*", default=[], help="SVG and PNG of the figures")
    parser.add_argument("--runs", type=Path, nargs="*", default=[], help="train.json of every training")
    parser.add_argument("--case-study", type=Path, help="JSON of inspect_prediction.py --source")
    parser.add_argument(
        "--inspections", type=Path, nargs="*", default=[], help="JSONs of inspect_prediction.py --split"
    )
    for name in ("systems", "datasets"):
        parser.add_argument(
            f"--{name}", type=named, nargs="+", required=True, metavar="NAME=LABEL", help="their labels"
        )
    parser.add_argument("--versions", type=named, nargs="*", default=[], metavar="PACKAGE=VERSION", help="of others")
    parser.add_argument("--output", type=Path, required=True, help="HTML file")
    args = parser.parse_args()
    sources = Sources(
        verdict=args.verdict,
        settings=args.settings,
        tables=args.tables,
        figures=args.figures,
        runs=args.runs,
        systems=dict(args.systems),
        datasets=dict(args.datasets),
        case_study=args.case_study,
        inspections=args.inspections,
        versions=dict(args.versions),
    )
    page = make_page(sources)
    with replacing(args.output) as temporary:
        temporary.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    exit_with_errors(main)
