"""Write the completed config of an experiment as YAML, so that its folder says what it was made with.

python workflow/scripts/record_settings.py --settings '{"experiment": "mini", "seeds": [1]}' --output settings.yaml
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import replacing
from knnkd.core.settings import add_settings_flag, read_settings


def main() -> None:
    """Read the flags and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "the completed config")
    parser.add_argument("--output", type=Path, required=True, help="YAML file")
    args = parser.parse_args()
    config = read_settings(args.settings, dict[str, Any])
    text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None)
    with replacing(args.output) as temporary:
        temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    exit_with_errors(main)
