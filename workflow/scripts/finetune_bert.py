"""Fine-tune a BERT as a conditional masked language model: the source whole, the target masked (Chen et al. 2020).

python workflow/scripts/finetune_bert.py --settings @finetuning.json --bert bert --text wordpiece --work work \\
    --output finetuned

The settings are those of knnkd.distil.bert.settings.Finetuning.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.distil.bert.settings import Finetuning


def main() -> None:
    """Read the settings and fine-tune."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the fine-tuning")
    parser.add_argument("--bert", type=Path, required=True, help="folder of pretrain_bert.py or fetch_bert.py")
    parser.add_argument("--text", type=Path, required=True, help="folder of segment_wordpiece.py")
    parser.add_argument("--work", type=Path, required=True, help="folder of checkpoints, removed when all is done")
    parser.add_argument("--output", type=Path, required=True, help="folder of the trained teacher")
    args = parser.parse_args()
    settings = read_settings(args.settings, Finetuning)
    from knnkd.core.cpu import use_processor
    from knnkd.core.files import sha256
    from knnkd.core.gpus import choose_device
    from knnkd.core.resumable import leave
    from knnkd.distil.bert import training
    from knnkd.distil.bert.masking import mask_targets
    from knnkd.distil.bert.model import WEIGHTS, open_teacher, save_teacher
    from knnkd.distil.bert.pairs import hash_text, pack_pairs, read_pieces

    schedule, languages = settings.schedule, settings.languages
    use_processor(schedule.threads)
    device = choose_device(settings.device)
    model, vocabulary = open_teacher(args.bert, device)
    positions = model.config.max_position_embeddings
    train, valid = (
        pack_pairs(*read_pieces(args.bert, args.text, languages, split), vocabulary, positions, args.text / split)
        for split in ("train", "valid")
    )
    print(f"{valid.left_out} validation pairs are longer than {positions} positions and left out", flush=True)
    run = training.Run(model, vocabulary, train, valid, mask_targets(vocabulary), schedule)
    bert = sha256(args.bert / WEIGHTS)
    training.take_up(args.work, schedule, device, {"bert": bert, "text": hash_text(args.text, languages)})
    done = training.train(run, args.work)
    save_teacher(args.output, model, vocabulary, ("finetune.json", training.report(run, done) | {"bert": bert}))
    leave(args.work)


if __name__ == "__main__":
    exit_with_errors(main)
