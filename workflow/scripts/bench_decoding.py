"""Measure the decoding speed of several systems, in turns within one run.

python workflow/scripts/bench_decoding.py --dataset mini_de_en --rounds 5 --sentences 200 --output decoding.json \\
    --run transformer "--checkpoint run/checkpoint_best.pt --data-bin data" \\
    --run knn_mt "--checkpoint run/checkpoint_best.pt --data-bin data --datastore datastore --tuned tuned.json"
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.core.files import write_json
from knnkd.inference.beam import fixed_length
from knnkd.inference.flags import add_beam_flags, parse_run


def main() -> None:
    """Read the flags, measure and write the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", nargs=2, action="append", required=True, metavar=("SYSTEM", "FLAGS"), help="see above")
    parser.add_argument("--dataset", required=True, help="kept beside the rates")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each system that count")
    parser.add_argument("--sentences", type=int, default=200, help="sentences of the test set in a turn, about")
    parser.add_argument("--max-tokens", type=int, default=4096, help="padded tokens a batch, on the longer side")
    add_beam_flags(parser)
    parser.add_argument("--length", type=int, help="subwords of every hypothesis: all systems do the same steps")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    args = parser.parse_args()
    if args.length is not None and args.length < 1:
        parser.error("--length starts at 1")
    runs = {name: parse_run(flags, args.threads) for name, flags in args.run}
    from knnkd.bench.systems import bench_decoding  # fairseq takes seconds to import: not for --help
    from knnkd.core.gpus import choose_device
    from knnkd.inference.knn_mt import load_run
    from knnkd.inference.load import named_beam

    device = choose_device(args.device)
    systems = {name: load_run(run, device) for name, run in runs.items()}
    beam = fixed_length(named_beam(args), args.length) if args.length else named_beam(args)
    rates = bench_decoding(systems, beam, args.max_tokens, args.sentences, args.rounds, args.threads)
    write_json(args.output, {"dataset": args.dataset} | rates)


if __name__ == "__main__":
    exit_with_errors(main)
