"""Look at single predictions: what each system expects after a prefix, and which neighbours the teacher finds there.

python workflow/scripts/inspect_prediction.py --settings @inspection.json

The settings are those of knnkd.evaluation.inspection.Inspection. Without --output the positions are printed.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.core.settings import add_settings_flag, read_settings


def show(content: dict[str, Any]) -> None:
    """Print every position: each distribution in a line, then the neighbours."""
    for page in content["sentences"]:
        for place in page["positions"]:
            print(f"\n{page['source']} || {place['prefix']}" + (f" -> {place['gold']}" if place["gold"] else ""))
            rows = {"p*": place["true"] or []} | {"kNN teacher": place["teacher"]} | place["systems"]
            for name, top in rows.items():
                print(f"  {name:<14}", "  ".join(f"{token} {p:.3f}" for token, p in top) or "not known")
            for near in place["neighbours"]:
                pair = content["training"][str(near["sentence"])]
                before = " ".join(pair["target"][: near["position"]])
                print(f"  {near['distance']:>10.2f}  {pair['source']} || {before} -> {near['token']}")


def main() -> None:
    """Read the settings, look, and write one JSON or print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "the systems, the teacher and the sentences")
    parser.add_argument("--output", type=Path, help="JSON file")
    args = parser.parse_args()
    from knnkd.evaluation.inspection import Inspection, inspect_systems  # fairseq takes seconds to import

    content = inspect_systems(read_settings(args.settings, Inspection))
    if args.output:
        write_json(args.output, content)
    else:
        show(content)


if __name__ == "__main__":
    exit_with_errors(main)
