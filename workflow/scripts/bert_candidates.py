"""Write BERT's best pieces at every target position of the training set as candidates.

python workflow/scripts/bert_candidates.py --settings @labelling.json --bert finetuned --text wordpiece \\
    --data-bin data-bin --output candidates

The settings are those of knnkd.distil.bert.settings.Labelling.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.distil.bert.settings import Labelling


def main() -> None:
    """Read the settings and write the candidates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the candidates")
    parser.add_argument("--bert", type=Path, required=True, help="folder of finetune_bert.py")
    parser.add_argument("--text", type=Path, required=True, help="folder of segment_wordpiece.py")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py, made from that text")
    parser.add_argument("--output", type=Path, required=True, help="folder of the candidates")
    args = parser.parse_args()
    settings = read_settings(args.settings, Labelling)
    from knnkd.core.cpu import use_processor
    from knnkd.core.files import sha256
    from knnkd.core.gpus import choose_device
    from knnkd.core.integrity import read_record
    from knnkd.distil.bert import soft_labels
    from knnkd.distil.bert.model import WEIGHTS, open_teacher
    from knnkd.distil.bert.pairs import pack_pairs, read_pieces
    from knnkd.knn.candidates import new_candidates

    use_processor(settings.threads)
    data = read_record(args.data_bin / "data.json", ["hash"], remedy="binarise again")
    model, vocabulary = open_teacher(args.bert, choose_device(settings.device))
    dictionary = args.data_bin / f"dict.{settings.languages[1]}.txt"
    pieces, indices = soft_labels.student_pieces(dictionary, vocabulary)
    soft_labels.require_enough(pieces, settings.stored, dictionary)
    lines = read_pieces(args.bert, args.text, settings.languages, "train")
    pairs = pack_pairs(*lines, vocabulary, model.config.max_position_embeddings, args.text / "train")
    soft_labels.require_same_text(pairs, data, args.text, args.data_bin)
    teacher = {"kind": "bert", "weights": sha256(args.bert / WEIGHTS), "masks": settings.masks}
    meta = {"data": data["hash"], "teacher": teacher}
    rows, largest = soft_labels.row_offsets(pairs), int(indices.max())
    with new_candidates(args.output, rows, settings.stored, meta, largest) as (tokens, scores):
        labels = soft_labels.soft_labels(model, vocabulary, pairs, pieces, settings.masks, settings.max_tokens)
        soft_labels.write_best(labels, indices, tokens, scores)


if __name__ == "__main__":
    exit_with_errors(main)
