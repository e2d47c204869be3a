"""Measure a run's distribution on the references of one split: calibration and, against lattices, overcorrection.

python workflow/scripts/measure.py --settings @measuring.json --checkpoint run/checkpoint_best.pt --data-bin data-bin \\
    --hypotheses out/decode.json --lattices raw test.lines --segmentation codes --output measures.json

The settings are those of knnkd.inference.settings.Measuring.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import write_json
from knnkd.core.integrity import sealed
from knnkd.core.settings import add_settings_flag, read_settings
from knnkd.distil.settings import one_or_none
from knnkd.inference.settings import Measuring, Nearest


def main() -> None:
    """Read the settings, measure and write one JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_settings_flag(parser, "of the measurement")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the model")
    parser.add_argument("--data-bin", type=Path, required=True, help="folder of binarise.py")
    parser.add_argument("--hypotheses", type=Path, required=True, help="decode.json of decode.py, of this very model")
    text = "of kNN-MT: meta.json of the datastore, tuned.json, and meta.json of a faiss index"
    parser.add_argument("--nearest", type=Path, nargs="*", default=[], help=text)
    text = "folder of the generated text with its lattices, and the raw line of each sentence, of clean_corpus.py"
    parser.add_argument("--lattices", type=Path, nargs="*", default=[], help=text)
    parser.add_argument("--segmentation", type=Path, help="folder of BPE codes or of BERT, for --lattices")
    parser.add_argument("--dictionaries", type=Path, nargs="*", default=[], help="of a pre-trained model")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    settings = read_settings(args.settings, Measuring)
    if len(args.lattices) not in (0, 2) or (args.lattices and not args.segmentation):
        raise KnnKdError("--lattices: give the folder, the file of lines, and --segmentation")
    from knnkd.evaluation.measure import measure_run, read_truth  # fairseq takes seconds to import: not for --help
    from knnkd.inference.load import load_on

    trained = load_on(settings.device, settings.threads, args.checkpoint, args.data_bin)
    truth = None
    if args.lattices:
        raw, lines = args.lattices
        cut = args.segmentation, one_or_none(args.dictionaries)
        truth = read_truth(settings, trained.task.cfg.target_lang, raw, lines, *cut)
    nearest = Nearest.of_records(args.nearest, settings.search) if args.nearest else None
    write_json(args.output, sealed(measure_run(settings, trained, args.hypotheses.parent, nearest, truth)))


if __name__ == "__main__":
    exit_with_errors(main)
