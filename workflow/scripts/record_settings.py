"""Write the completed config of an experiment as YAML, so that its folder says what it was made with.

python workflow/scripts/record_settings.py --config '{"experiment": "mini", "seeds": [1]}' --output settings.yaml
"""

import argparse
import json
import sys
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import replacing


def main() -> None:
    """Read the flags and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", required=True, help="as JSON")
    parser.add_argument("--output", type=Path, required=True, help="YAML file")
    args = parser.parse_args()
    try:
        config = json.loads(args.config)
    except json.JSONDecodeError as error:
        raise KnnKdError(f"--config: not JSON ({error}); give the config as one JSON object") from error
    text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None)
    with replacing(args.output) as temporary:
        temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    exit_with_errors(main)
