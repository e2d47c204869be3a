"""Train a small BERT on the training text of both languages: the pre-trained teacher where none can be fetched.

python workflow/scripts/pretrain_bert.py --text tok --source-lang de --target-lang en --vocabulary 1000 \\
    --work work --output bert
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.distil.bert.flags import SCHEDULE, add_training_flags

SHAPE = ("layers", "hidden", "heads", "ffn", "max_positions", "dropout", "seed")


def read_flags() -> argparse.Namespace:
    """Return the flags."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True, help="folder of {train,valid}.{language}, tokenised")
    parser.add_argument("--vocabulary", type=int, default=1000, help="pieces of both languages together")
    parser.add_argument("--layers", type=int, default=2, help="layers")
    parser.add_argument("--hidden", type=int, default=128, help="width of a layer")
    parser.add_argument("--heads", type=int, default=4, help="attention heads a layer")
    parser.add_argument("--ffn", type=int, default=256, help="inner width of a feed-forward network")
    parser.add_argument("--max-positions", type=int, default=512, help="pieces of a pair, with its three markers")
    parser.add_argument("--dropout", type=float, default=0.0, help="share (0..1), and in fine-tuning as well")
    add_training_flags(parser, updates=1500, lr=2e-3, max_tokens=512)
    return parser.parse_args()


def main() -> None:
    """Learn the pieces and train."""
    args = read_flags()
    from knnkd.core.cpu import use_processor
    from knnkd.core.files import read_lines
    from knnkd.core.gpus import choose_device
    from knnkd.core.resumable import leave
    from knnkd.distil.bert import training
    from knnkd.distil.bert.masking import mask_tokens
    from knnkd.distil.bert.model import place, save_teacher
    from knnkd.distil.bert.pairs import hash_text
    from knnkd.distil.bert.pretraining import new_model, pack_sentences
    from knnkd.distil.bert.wordpiece import Vocabulary, WordPiece, learn_pieces

    use_processor(args.threads)
    device = choose_device(args.device)
    languages = (args.source_lang, args.target_lang)
    text = {split: [read_lines(args.text / f"{split}.{lang}") for lang in languages] for split in ("train", "valid")}
    pieces = learn_pieces((line for lines in text["train"] for line in lines), args.vocabulary)
    vocabulary = Vocabulary(pieces, lower_case=False)
    cut = WordPiece(vocabulary)
    train, valid = (
        pack_sentences(cut.segment_lines(source), cut.segment_lines(target), vocabulary, args.max_positions)
        for source, target in text.values()
    )
    shape = {name: getattr(args, name) for name in SHAPE}
    model = new_model(vocabulary, **shape)
    place(model, device)
    schedule = training.Schedule(**{name: getattr(args, name) for name in SCHEDULE})
    run = training.Run(model, vocabulary, train, valid, mask_tokens(vocabulary), schedule)
    read = {"vocabulary": args.vocabulary, "text": hash_text(args.text, languages)}
    training.take_up(args.work, schedule, device, shape | read)
    done = training.train(run, args.work)
    save_teacher(args.output, model, vocabulary, ("pretrain.json", training.report(run, done) | {"shape": shape}))
    leave(args.work)


if __name__ == "__main__":
    exit_with_errors(main)
