"""Train a small BERT on the training text of both languages: the pre-trained teacher where none can be fetched.

python workflow/scripts/pretrain_bert.py --settings @pretraining.json --text tok --work work --output bert

The settings are those of knnkd.distil.bert.settings.Pretraining.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.distil.bert.settings import Pretraining


def main() -> None:
    """Learn the pieces and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the pre-training")
    parser.add_argument("--text", type=Path, required=True, help="folder of {train,valid}.{language}, tokenised")
    parser.add_argument("--work", type=Path, required=True, help="folder of checkpoints, removed when all is done")
    parser.add_argument("--output", type=Path, required=True, help="folder of the trained teacher")
    args = parser.parse_args()
    settings = read_settings(args.settings, Pretraining)
    from knnkd.core.cpu import use_processor
    from knnkd.core.gpus import choose_device
    from knnkd.core.resumable import leave
    from knnkd.distil.bert import training
    from knnkd.distil.bert.masking import mask_tokens
    from knnkd.distil.bert.model import place, save_teacher
    from knnkd.distil.bert.pairs import hash_text
    from knnkd.distil.bert.pretraining import new_model, pack_sentences
    from knnkd.distil.bert.wordpiece import Vocabulary, WordPiece, learn_pieces, read_characters

    schedule, languages, shape = settings.schedule, settings.languages, settings.model()
    use_processor(schedule.threads)
    device = choose_device(settings.device)
    read = partial(read_characters, entities=settings.entities)
    text = {split: [read(args.text / f"{split}.{lang}") for lang in languages] for split in ("train", "valid")}
    pieces = learn_pieces((line for lines in text["train"] for line in lines), settings.vocabulary)
    vocabulary = Vocabulary(pieces, lower_case=False)
    cut = WordPiece(vocabulary)
    train, valid = (
        pack_sentences(cut.segment_lines(source), cut.segment_lines(target), vocabulary, shape["max_positions"])
        for source, target in text.values()
    )
    model = new_model(vocabulary, **shape)
    place(model, device)
    run = training.Run(model, vocabulary, train, valid, mask_tokens(vocabulary), schedule)
    made_of = {"vocabulary": settings.vocabulary, "text": hash_text(args.text, languages)}
    training.take_up(args.work, schedule, device, shape | made_of)
    done = training.train(run, args.work)
    save_teacher(args.output, model, vocabulary, ("pretrain.json", training.report(run, done) | {"shape": shape}))
    leave(args.work)


if __name__ == "__main__":
    exit_with_errors(main)
