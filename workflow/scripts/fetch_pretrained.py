"""Bring a fairseq translation model from elsewhere to its place: checkpoint, joined dictionary and BPE codes.

python workflow/scripts/fetch_pretrained.py --source-lang de --target-lang en --output pretrained/wmt19 \\
    --checkpoint "--url https://host/model.tar.gz --member model/model.pt" \\
    --dictionary "--url https://host/model.tar.gz --member model/dict.en.txt" \\
    --codes "--url https://host/model.tar.gz --member model/bpecodes"
"""

import argparse
import shlex
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import scratch_folder, write_json
from knnkd.core.integrity import sums_of
from knnkd.corpus.fetch import Source, fetch_files, named_source
from knnkd.corpus.flags import add_credit_flags, add_source_flags, say_credits

PARTS = {"checkpoint": "model.pt", "dictionary": "dict.txt", "codes": "codes"}


def source_of(part: str, flags: str) -> Source:
    """Return the source that one quoted string of flags names."""
    parser = argparse.ArgumentParser(prog=f"--{part}", add_help=False)
    add_source_flags(parser)
    return named_source(parser.parse_args(shlex.split(flags)))


def main() -> None:
    """Read the flags, fetch and adopt."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for part in PARTS:
        parser.add_argument(f"--{part}", required=True, metavar="FLAGS", help="where it comes from, see above")
    parser.add_argument("--source-lang", required=True, help="what the model reads")
    parser.add_argument("--target-lang", required=True, help="what it writes")
    add_credit_flags(parser)
    parser.add_argument("--output", type=Path, required=True, help="gets checkpoint.pt, codes/ and dictionaries/")
    args = parser.parse_args()
    sources = {part: source_of(part, getattr(args, part)) for part in PARTS}
    languages = (args.source_lang, args.target_lang)
    from knnkd.distil.import_model import adopt_checkpoint, adopt_codes, adopt_dictionary, save_adopted

    args.output.mkdir(parents=True, exist_ok=True)
    for folder in ("codes", "dictionaries"):
        shutil.rmtree(args.output / folder, ignore_errors=True)
    with scratch_folder(args.output) as work:
        files = {part: work / name for part, name in PARTS.items()}
        records = fetch_files({files[part]: sources[part] for part in PARTS})
        adopt_codes(files["codes"], languages, args.output / "codes")
        dictionary = adopt_dictionary(files["dictionary"], languages, args.output / "dictionaries")
        state = adopt_checkpoint(files["checkpoint"], dictionary, args.output / "dictionaries", languages)
    weights = save_adopted(state, args.output / "checkpoint.pt")
    about = {part: records[name] for part, name in PARTS.items()}
    write_json(
        args.output / "pretrained.json",
        about | {"weights": weights, "types": len(dictionary)} | {"files": sums_of(args.output, ["checkpoint.pt"])},
    )
    say_credits(args)


if __name__ == "__main__":
    exit_with_errors(main)
