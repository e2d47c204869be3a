"""Export a trained model: CTranslate2's weights in float32 and int8, with all that raw text needs, in one folder.

python workflow/scripts/export_model.py --checkpoint run/checkpoint_best.pt --data-bin data-bin --segmentation codes \\
    --output exported
python workflow/scripts/translate.py --model exported < text.de > text.en
"""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.flags import add_device_flags
from knnkd.inference.flags import add_beam_flags


def read_flags() -> argparse.Namespace:
    """Return the flags."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True, help="the model")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py that it was trained on")
    parser.add_argument(
        "--segmentation", type=Path, required=True, help="folder of what cut that text: {language}.bpe, or BERT's files"
    )
    parser.add_argument(
        "--dictionaries", type=Path, help="folder of a pre-trained model's dictionaries, whose subwords alone are cut"
    )
    for name in ("no-tokenise", "escape", "aggressive", "lowercase"):
        parser.add_argument(f"--{name}", action="store_true", help="how the corpus was tokenised")
    add_beam_flags(parser)
    parser.add_argument("--max-tokens", type=int, default=4096, help="padded source subwords a batch")
    parser.add_argument("--sentences", type=int, default=200, help="of the validation set, for what is measured")
    parser.add_argument("--rounds", type=int, default=5, help="turns of float32 and of int8 that count")
    add_device_flags(parser)
    for name in ("dataset", "system"):
        parser.add_argument(f"--{name}", default="", help="kept in export.json")
    parser.add_argument("--seed", type=int, default=1, help="kept in export.json")
    parser.add_argument("--output", type=Path, required=True, help="folder; replaced as a whole")
    args = parser.parse_args()
    if min(args.sentences, args.rounds) < 1:
        parser.error("--sentences and --rounds start at 1")
    return args


def main() -> None:
    """Read the flags, export and say what is fastest."""
    args = read_flags()
    import torch  # with fairseq it takes seconds: not for --help

    from knnkd.corpus.clean import TextSettings
    from knnkd.distil.plugin.checkpoints import load_model
    from knnkd.inference.decode import subwords_of
    from knnkd.inference.load import named_beam
    from knnkd.serving.bundle import Exported
    from knnkd.serving.export import Measure, export, require_exportable
    from knnkd.serving.fairseq_engine import choose_common_device

    subwords = subwords_of(args.data_bin)
    torch.set_num_threads(args.threads)
    device = choose_common_device(args.device)
    trained = load_model(args.checkpoint, args.data_bin, device)
    require_exportable(trained.model, args.checkpoint)
    task = trained.task
    exported = Exported(
        languages=(task.cfg.source_lang, task.cfg.target_lang),
        weights=trained.weights,
        text=TextSettings(not args.no_tokenise, args.escape, args.aggressive, args.lowercase),
        subwords=subwords,
        limited=args.dictionaries is not None,
        positions=trained.model.max_positions(),
        decode=named_beam(args),
        max_tokens=args.max_tokens,
        compute_type="float32",
        device=device.type,
        made_from={name: os.path.relpath(getattr(args, name), args.output) for name in ("checkpoint", "data_bin")},
        files={},
    )
    how = Measure(args.sentences, args.rounds, device, args.threads)
    about = {name: getattr(args, name) for name in ("dataset", "system", "seed")}
    export(trained, exported, args.segmentation, args.dictionaries, how, args.output, about)


if __name__ == "__main__":
    exit_with_errors(main)
