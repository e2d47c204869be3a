"""Translate raw text with an exported model: one line out for each line in, as plain text; an empty line stays empty.

python workflow/scripts/translate.py --model results/mini/export/mini_de_en/knn_kd/seed1 < text.de > text.en

A sentence longer than the model takes is translated in parts, which stderr names. --engine ctranslate2 needs neither
torch nor fairseq: the folder can be copied to a machine that has ctranslate2, sacremoses and subword-nmt alone.
--engine fairseq decodes the checkpoint that was exported; if it lies elsewhere now, name it and its data.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import iter_lines, replacing, unreadable
from knnkd.serving.bundle import Exported, RawText, made_from, open_export
from knnkd.serving.ctranslate2_engine import (
    COMPUTE_TYPES,
    CTranslate2Engine,
    Engine,
    choose_compute_type,
    choose_serving_device,
)
from knnkd.serving.translate import translate_lines

if TYPE_CHECKING:
    from knnkd.inference.beam import Beam


def read_flags() -> argparse.Namespace:
    """Return the flags."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of export_model.py")
    parser.add_argument("--engine", choices=("ctranslate2", "fairseq"), default="ctranslate2", help="what decodes")
    parser.add_argument(
        "--compute-type",
        choices=("auto", *COMPUTE_TYPES),
        default="auto",
        help="of ctranslate2; auto: the fastest where the export was made, if that was on such a device",
    )
    parser.add_argument("--beam", type=int, help="hypotheses kept a sentence; default: the export's")
    parser.add_argument("--max-tokens", type=int, help="padded source subwords a batch; default: the export's")
    parser.add_argument("--buffer", type=int, default=1000, help="lines that are read before they are translated")
    parser.add_argument("--checkpoint", type=Path, help="of --engine fairseq, if not where it was exported from")
    parser.add_argument("--data-bin", type=Path, help="the same of the data that it was trained on")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    few = min(4, os.cpu_count() or 1)  # more are slower on a small model
    parser.add_argument("--threads", type=int, default=few, help="CPU threads")
    parser.add_argument("--input", type=Path, help="file of raw text, one sentence a line; default: stdin")
    parser.add_argument("--output", type=Path, help="file of the translations, there when it is whole; default: stdout")
    args = parser.parse_args()
    for name in ("beam", "max_tokens", "buffer", "threads"):
        if (value := getattr(args, name)) is not None and value < 1:
            parser.error(f"--{name.replace('_', '-')} starts at 1")
    if args.engine == "fairseq" and args.compute_type != "auto":
        parser.error("--compute-type is of --engine ctranslate2")
    return args


def load_engine(args: argparse.Namespace, exported: Exported, beam: "Beam") -> Engine:
    """Return the engine that the flags name, ready to translate."""
    if args.engine == "ctranslate2":
        device = choose_serving_device(args.device)
        compute_type = choose_compute_type(exported, args.compute_type, device)
        return CTranslate2Engine(args.model, exported, beam, compute_type, device, args.threads)
    from knnkd.inference.load import load_on  # torch and fairseq: for this engine alone
    from knnkd.serving.fairseq_engine import FairseqEngine, require_same_model

    args.checkpoint = args.checkpoint or made_from(args.model, exported, "checkpoint")
    args.data_bin = args.data_bin or made_from(args.model, exported, "data_bin")
    trained = load_on(args.device, args.threads, args.checkpoint, args.data_bin)
    require_same_model(trained, exported, args.checkpoint)
    return FairseqEngine(trained, beam)


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Yield the streams that the flags name; a file of translations is under its name when all are there."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    with ExitStack() as stack:
        if args.input:
            try:
                source = stack.enter_context(open(args.input, "rb"))
            except OSError as error:
                raise unreadable(args.input, error) from error
        if args.output:
            temporary = stack.enter_context(replacing(args.output))
            target = stack.enter_context(open(temporary, "wb"))
        yield source, target


def main() -> None:
    """Read the flags and translate line by line, as they come."""
    args = read_flags()
    exported = open_export(args.model)
    beam = replace(exported.decode, beam=args.beam or exported.decode.beam)
    max_tokens = args.max_tokens or exported.max_tokens
    try:
        text = RawText(args.model, exported)
        engine = load_engine(args, exported, beam)
    except ModuleNotFoundError as error:
        missing = f"{error.name} is not installed; --engine {args.engine} needs it, see envs/serve.yaml"
        raise KnnKdError(missing) from error
    try:
        with opened(args) as (source, target):
            lines = iter_lines(source, str(args.input or "stdin"))
            for translation in translate_lines(lines, text, engine, max_tokens, args.buffer):
                target.write(translation.encode("utf-8") + b"\n")
                target.flush()
    except BrokenPipeError:
        # The reader, `head` say, has enough. What Python would flush at its end has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    exit_with_errors(main)
