"""Predict time, memory and disk of each stage from benchmarks, and hold the prediction of the search against sizes that
it was not fitted to.

python workflow/scripts/make_cost_model.py --search bench/search.json --gathering bench/gathering.json \\
    --training bench/mini_de_en/training.json --decoding bench/mini_de_en/decoding.json \\
    --dump bench/mini_de_en/dump.json --trained train/mini_de_en/transformer/seed1/train.json \\
    --data data/mini_de_en/bpe/data.json --baseline transformer --taught knn_kd --dataset "mini De-En" \\
    --encoder-layers 2 --decoder-layers 2 --embed-dim 128 --ffn-dim 256 --paper paper_results.csv --output bench
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import exit_with_errors
from knnkd.costs.fit import Files, measured_machine, read_bench, validate
from knnkd.costs.model import Network, Plan, on_gpu
from knnkd.reporting.figures.cost_model import cost_curve, plot_cost_curve, plot_validation
from knnkd.reporting.paper import read_paper
from knnkd.reporting.plot_style import save_figure
from knnkd.reporting.tables.cost_model import (
    cost_blocks,
    cost_notes,
    cost_table,
    paper_targets,
    validation_blocks,
    validation_notes,
)
from knnkd.reporting.typeset import write_table


def read_flags() -> argparse.Namespace:
    """Return the flags."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in Files._fields:
        text = "train.json of the baseline" if name == "trained" else f"JSON of the benchmark of {name}"
        parser.add_argument(f"--{name}", type=Path, required=True, help=text)
    parser.add_argument("--data", type=Path, required=True, help="data.json of the text that was measured on")
    parser.add_argument("--dataset", required=True, help="its label")
    parser.add_argument("--baseline", required=True, help="system whose rates count")
    parser.add_argument("--taught", required=True, help="system that learns from the search")
    for name in ("encoder-layers", "decoder-layers", "embed-dim", "ffn-dim"):
        parser.add_argument(f"--{name}", type=int, required=True, help="of the network that was measured")
    parser.add_argument("--paper", type=Path, required=True, help="CSV of the paper's numbers")
    parser.add_argument("--rows", type=float, default=1e9, help="of the datastore beyond the paper's")
    parser.add_argument("--nodes", type=int, default=8, help="that share a search")
    parser.add_argument("--memory-gb", type=float, default=4.0, help="budget of a search job, in 1e9 bytes")
    parser.add_argument("--beam", type=int, default=5, help="hypotheses kept a sentence")
    parser.add_argument("--max-tokens", type=int, default=4096, help="padded tokens of a batch that is decoded")
    parser.add_argument("--gpu-tflops", type=float, default=312.0, help="1e12 operations a second of a GPU's products")
    parser.add_argument("--gpu-share", type=float, default=0.3, help="of it, reached in training, datastore and search")
    parser.add_argument("--gpu-decoding", type=float, default=0.01, help="of it, reached in beam search")
    parser.add_argument("--output", type=Path, required=True, help="folder of the tables and figures")
    return parser.parse_args()


def main() -> None:
    """Read the flags, fit, predict and write."""
    args = read_flags()
    *_, types = read_bench(args.data, ["types"])["types"].values()
    network = Network(args.encoder_layers, args.decoder_layers, args.embed_dim, args.ffn_dim, types)
    search, validation = validate(args.search)
    files = Files(*(getattr(args, name) for name in Files._fields))
    here = measured_machine(files, search, network, args.baseline, args.taught)
    gpu = {"tflops": args.gpu_tflops, "share": args.gpu_share, "decoding": args.gpu_decoding}
    machines = [here, on_gpu(here, **gpu)]
    targets = paper_targets(read_paper(args.paper), args.rows)
    plan = Plan(args.memory_gb, 1, args.beam, args.max_tokens)
    table = cost_table(targets, machines, plan, args.nodes)
    notes = cost_notes(targets, machines, plan, gpu, f"{args.dataset} (width {network.width})")
    write_table(table, cost_blocks(table, targets, machines), notes, args.output, "cost_model")
    foretold = validation_notes(read_bench(args.search, ["comparison"]))
    write_table(validation, validation_blocks(validation), foretold, args.output, "cost_validation")
    save_figure(plot_validation(validation), validation, args.output, "cost_validation")
    curve = cost_curve(targets, machines, args.nodes)
    save_figure(plot_cost_curve(curve, targets[-1].network.width), curve, args.output, "cost_curve")


if __name__ == "__main__":
    exit_with_errors(main)
