"""Write docs/results/README.md from the runs and benchmarks that are kept beside it.

python workflow/scripts/document_results.py --results docs/results --paper workflow/report/paper_results.csv
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import replacing
from knnkd.reporting.paper import read_paper
from knnkd.reporting.plot_style import save_figure
from knnkd.reporting.published.benchmarks import (
    decoding_section,
    index_section,
    search_section,
    serving_section,
    sizes_section,
)
from knnkd.reporting.published.pairs import kept_pairs, plot_pairs
from knnkd.reporting.published.runs import run_section

HEAD = """# Real runs

Made from the files in this folder by `workflow/scripts/document_results.py`; a test keeps the two together. These are
small models on two CPU cores, not the paper's, whose numbers stand beside them for orientation: what differs in size,
in training and in the text is said with each run. One seed each: intervals are of the choice of test sentences (paired
bootstrap, sacrebleu), and say nothing of the spread over trainings: another seed may turn a difference of a few tenths.
paper: BLEU of the paper's own models and data. updates: of the whole training. token/s: decoding, in brackets the ratio
to the first system of the run's config. The texts are not in this repository.

![BLEU of kNN-KD less that of a Transformer, pair by pair, with intervals](pairs.png)
"""


def results_page(results: Path, paper: Path) -> str:
    """Return the page."""
    numbers = read_paper(paper)
    sections = [run_section(file.parent, numbers) for file in sorted(results.glob("*/run.json"))]
    sections += [search_section(file) for file in sorted(results.glob("bench/search*.json"))]
    sections += [sizes_section(file) for file in sorted(results.glob("bench/sizes*.json"))]
    kinds = {"decoding,steps": decoding_section, "index": index_section, "serving": serving_section}
    for names, of_kind in kinds.items():
        if files := sorted(file for name in names.split(",") for file in results.glob(f"bench/{name}_*.json")):
            sections.append(of_kind(files))
    return "\n\n".join([HEAD.rstrip("\n"), *sections]) + "\n"


def main() -> None:
    """Read the flags and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, required=True, help="folder of runs; gets README.md, pairs.{png,csv}")
    parser.add_argument("--paper", type=Path, required=True, help="CSV of the paper's numbers")
    args = parser.parse_args()
    pairs = kept_pairs([file.parent for file in sorted(args.results.glob("*/run.json"))])
    save_figure(plot_pairs(pairs), pairs, args.results, "pairs", forms=["png"])
    with replacing(args.results / "README.md") as temporary:
        temporary.write_text(results_page(args.results, args.paper), encoding="utf-8")


if __name__ == "__main__":
    exit_with_errors(main)
