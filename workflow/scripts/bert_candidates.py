"""Write BERT's best pieces at every target position of the training set as candidates.

python workflow/scripts/bert_candidates.py --bert finetuned --text wordpiece --data-bin data-bin \\
    --source-lang de --target-lang en --output candidates
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors


def main() -> None:
    """Read the flags and write the candidates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bert", type=Path, required=True, help="folder of finetune_bert.py")
    parser.add_argument("--text", type=Path, required=True, help="folder of segment_wordpiece.py")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py, made from that text")
    parser.add_argument("--source-lang", required=True, help="ending of the source files")
    parser.add_argument("--target-lang", required=True, help="ending of the target files")
    parser.add_argument("--masks", type=int, default=7, help="passes, each hiding every so many positions")
    parser.add_argument("--stored", type=int, default=128, help="pieces kept a position")
    parser.add_argument("--max-tokens", type=int, default=4096, help="padded tokens a batch, both sides")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--output", type=Path, required=True, help="folder of the candidates")
    args = parser.parse_args()
    from knnkd.core.cpu import use_processor
    from knnkd.core.files import sha256
    from knnkd.core.gpus import choose_device
    from knnkd.core.integrity import read_record
    from knnkd.distil.bert import soft_labels
    from knnkd.distil.bert.model import WEIGHTS, open_teacher
    from knnkd.distil.bert.pairs import pack_pairs, read_pieces
    from knnkd.knn.candidates import new_candidates

    use_processor(args.threads)
    data = read_record(args.data_bin / "data.json", ["hash"], remedy="binarise again")
    model, vocabulary = open_teacher(args.bert, choose_device(args.device))
    dictionary = args.data_bin / f"dict.{args.target_lang}.txt"
    pieces, indices = soft_labels.student_pieces(dictionary, vocabulary)
    soft_labels.require_enough(pieces, args.stored, dictionary)
    lines = read_pieces(args.bert, args.text, (args.source_lang, args.target_lang), "train")
    pairs = pack_pairs(*lines, vocabulary, model.config.max_position_embeddings, args.text / "train")
    soft_labels.require_same_text(pairs, data, args.text, args.data_bin)
    teacher = {"kind": "bert", "weights": sha256(args.bert / WEIGHTS), "masks": args.masks, "cut_sources": pairs.cut}
    meta = {"data": data["hash"], "teacher": teacher}
    rows, largest = soft_labels.row_offsets(pairs), int(indices.max())
    with new_candidates(args.output, rows, args.stored, meta, largest) as (tokens, scores):
        labels = soft_labels.soft_labels(model, vocabulary, pairs, pieces, args.masks, args.max_tokens)
        soft_labels.write_best(labels, indices, tokens, scores)


if __name__ == "__main__":
    exit_with_errors(main)
