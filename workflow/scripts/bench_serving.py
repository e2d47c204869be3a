"""Measure an exported model against fairseq on its checkpoint: tokens a second in turns, the same hypotheses, BLEU.

python workflow/scripts/bench_serving.py --model exported --checkpoint run/checkpoint_best.pt --data-bin data-bin \\
    --references-tok tok/test.en --references-txt text/test.en --metric sacrebleu --dataset mini_de_en \\
    --output serving.json
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.core.flags import add_device_flags


def read_flags() -> argparse.Namespace:
    """Return the flags."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of export_model.py, for beam and batches too")
    parser.add_argument("--checkpoint", type=Path, required=True, help="what it was made from")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    parser.add_argument("--references-tok", type=Path, required=True, help="tokenised references of the test set")
    parser.add_argument("--references-txt", type=Path, required=True, help="the same as plain text")
    parser.add_argument("--metric", choices=("bleu_tok", "sacrebleu"), default="sacrebleu", help="which BLEU")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each engine that count")
    parser.add_argument("--sentences", type=int, default=200, help="from the start of the test set, in a turn")
    parser.add_argument("--dataset", required=True, help="kept beside the rates")
    parser.add_argument("--system", default="", help="kept beside the rates")
    add_device_flags(parser)
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    return parser.parse_args()


def main() -> None:
    """Read the flags, measure and write one JSON."""
    args = read_flags()
    from knnkd.inference.load import load_named_model
    from knnkd.serving.bundle import open_export
    from knnkd.serving.ctranslate2_engine import Engine  # fairseq takes seconds to import: not for --help
    from knnkd.serving.fairseq_engine import (
        FairseqEngine,
        bench_engines,
        bleu_of,
        choose_common_device,
        compare_hypotheses,
        exported_engines,
        require_same_model,
        source_sentences,
    )

    exported = open_export(args.model)
    args.device = choose_common_device(args.device).type
    trained = load_named_model(args)
    require_same_model(trained, exported, args.checkpoint)
    sentences = source_sentences(trained, "test")
    # The first one is what the others are held against.
    engines: dict[str, Engine] = {"fairseq": FairseqEngine(trained, exported.decode)}
    for name, engine in exported_engines(args.model, exported, trained.device.type, args.threads).items():
        engines[f"ctranslate2_{name}"] = engine
    some = sentences[: args.sentences]
    rates = bench_engines(engines, some, exported.max_tokens, args.rounds, trained.device, args.threads)
    hypotheses, agreement = compare_hypotheses(engines, sentences, exported.max_tokens)
    references = args.references_tok, args.references_txt
    bleu = {name: bleu_of(lines, exported, *references, args.metric) for name, lines in hypotheses.items()}
    about = {"dataset": args.dataset, "system": args.system, "beam": exported.decode.beam}
    write_json(args.output, about | rates | {"agreement": agreement, "bleu": bleu})


if __name__ == "__main__":
    exit_with_errors(main)
