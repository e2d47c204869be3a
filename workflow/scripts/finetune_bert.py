"""Fine-tune a BERT as a conditional masked language model: the source whole, the target masked (Chen et al. 2020).

python workflow/scripts/finetune_bert.py --bert bert --text wordpiece --source-lang de --target-lang en \\
    --work work --output finetuned
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.distil.bert.flags import SCHEDULE, add_training_flags


def main() -> None:
    """Read the flags and fine-tune."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bert", type=Path, required=True, help="folder of pretrain_bert.py or fetch_bert.py")
    parser.add_argument("--text", type=Path, required=True, help="folder of segment_wordpiece.py")
    add_training_flags(parser, updates=100000, lr=5e-5, max_tokens=4096)
    args = parser.parse_args()
    from knnkd.core.cpu import use_processor
    from knnkd.core.files import sha256
    from knnkd.core.gpus import choose_device
    from knnkd.core.resumable import leave
    from knnkd.distil.bert import training
    from knnkd.distil.bert.masking import mask_targets
    from knnkd.distil.bert.model import WEIGHTS, open_teacher, save_teacher
    from knnkd.distil.bert.pairs import hash_text, pack_pairs, read_pieces

    use_processor(args.threads)
    device = choose_device(args.device)
    model, vocabulary = open_teacher(args.bert, device)
    languages, positions = (args.source_lang, args.target_lang), model.config.max_position_embeddings
    train, valid = (
        pack_pairs(*read_pieces(args.bert, args.text, languages, split), vocabulary, positions, args.text / split)
        for split in ("train", "valid")
    )
    print(f"{train.cut} of {len(train.sequences)} sources are cut to fit {positions} positions", flush=True)
    schedule = training.Schedule(**{name: getattr(args, name) for name in SCHEDULE})
    run = training.Run(model, vocabulary, train, valid, mask_targets(vocabulary), schedule)
    bert = sha256(args.bert / WEIGHTS)
    training.take_up(args.work, schedule, device, {"bert": bert, "text": hash_text(args.text, languages)})
    done = training.train(run, args.work)
    save_teacher(args.output, model, vocabulary, ("finetune.json", training.report(run, done) | {"bert": bert}))
    leave(args.work)


if __name__ == "__main__":
    exit_with_errors(main)
