"""See what trained systems expect after a prefix of a translation, and which neighbours are found there (Figure 4).

python workflow/scripts/inspect_prediction.py --source "Es gibt eine Menge Geschichten." --prefix "There are" \\
    --codes codes --teacher "--checkpoint run/checkpoint_best.pt --data-bin data --datastore store --k 64 --tau 100" \\
    --run transformer "--checkpoint run/checkpoint_best.pt --data-bin data" \\
    --run knn_mt "--checkpoint run/checkpoint_best.pt --data-bin data --datastore store --tuned tuned.json" \\
    --run knn_kd "--checkpoint kd/checkpoint_best.pt --data-bin data"

With --split in the place of --source and --prefix, every position of the first --sentences references is looked at.
Without --output the positions are printed. In a finished run of the workflow, `snakemake -n --printshellcmds
--forcerun case_study -- case_study` prints this command with all its paths, to be pasted with another sentence.
"""

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import read_json, read_lines, write_json
from knnkd.core.flags import add_device_flags
from knnkd.inference.flags import add_index_flags, parse_run

if TYPE_CHECKING:  # fairseq takes seconds to import: not for --help
    import torch

    from knnkd.corpus.bpe import Segmenter
    from knnkd.distil.plugin.checkpoints import TrainedModel
    from knnkd.evaluation.inspect import Sentence, Teacher


def read_flags() -> argparse.Namespace:
    """Return the flags; a sentence of one's own or a split's, and the lattices that go with it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", nargs=2, action="append", required=True, metavar=("SYSTEM", "FLAGS"), help="see above")
    parser.add_argument("--teacher", required=True, metavar="FLAGS", help="the kNN teacher of Eq. 10, see above")
    parser.add_argument("--codes", type=Path, required=True, help="folder of the BPE codes, {language}.bpe")
    parser.add_argument(
        "--dictionaries", type=Path, help="folder of a pre-trained model's dictionaries, whose subwords alone are cut"
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--source", help="a sentence as plain text; with --prefix")
    what.add_argument("--split", help="train, valid or test")
    parser.add_argument("--prefix", default="", help="start of the translation of --source, as plain text")
    parser.add_argument("--sentences", type=int, default=10, help="of --split, from its start")
    for name in ("no-tokenise", "escape", "aggressive", "lowercase"):
        parser.add_argument(f"--{name}", action="store_true", help="how the corpus was tokenised, for --source")
    parser.add_argument("--lattices", type=Path, help="acceptable translations of raw sentences, for p*")
    parser.add_argument("--sources", type=Path, help="their sources, among which --source is looked up")
    parser.add_argument("--lines", type=Path, help="their number for each sentence of --split, of clean_corpus.py")
    parser.add_argument("--tokens", type=int, default=8, help="most probable tokens kept of each distribution")
    parser.add_argument("--neighbours", type=int, default=8, help="nearest rows of the datastore kept")
    for name in ("dataset", "teacher-system"):
        parser.add_argument(f"--{name}", default="", help="kept in the JSON")
    parser.add_argument("--seed", type=int, default=1, help="kept in the JSON")
    add_device_flags(parser)
    parser.add_argument("--output", type=Path, help="JSON file")
    args = parser.parse_args()
    beside = args.lines if args.split else args.sources
    if (args.lattices is None) != (beside is None):
        parser.error("--lattices goes with --lines for a --split, with --sources for a --source")
    if min(args.sentences, args.tokens, args.neighbours) < 1:
        parser.error("--sentences, --tokens and --neighbours start at 1")
    return args


def load_teacher(flags: str, device: "torch.device", threads: int) -> "Teacher":
    """Return the teacher that one quoted string of flags names."""
    from knnkd.distil.plugin.checkpoints import load_model
    from knnkd.evaluation.inspect import Teacher
    from knnkd.inference.knn_mt import open_named_index

    parser = argparse.ArgumentParser(prog="--teacher", add_help=False)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--data-bin", type=Path, required=True)
    add_index_flags(parser)
    parser.add_argument("--k", type=int)
    parser.add_argument("--tau", type=float)
    parser.add_argument("--pupil", type=Path, help="train.json of a system that it taught, in the place of k and tau")
    args = parser.parse_args(shlex.split(flags), argparse.Namespace(threads=threads))
    if args.pupil:
        taught = read_json(args.pupil)["settings"]["objective"]
        args.k, args.tau = taught["k"], taught["tau"]
    if args.k is None or args.tau is None:
        raise KnnKdError("--teacher: give --k and --tau, or --pupil")
    trained = load_model(args.checkpoint, args.data_bin, device, half=device.type == "cuda")
    store, index = open_named_index(args, trained)
    if not 1 <= args.k <= len(store):
        raise KnnKdError(f"--teacher: k = {args.k}, but the datastore has {len(store)} rows; take k from 1 to that")
    return Teacher(trained, store, index, args.k, args.tau)


def sentence_of_ones_own(args: argparse.Namespace, trained: "TrainedModel") -> "Sentence":
    """Return --source and --prefix in the model's subwords, with the lattice where the source is among --sources."""
    from knnkd.corpus.clean import TextSettings, normalise, prepare
    from knnkd.evaluation.inspect import Sentence
    from knnkd.synthetic.lattice import read_lattices

    settings = TextSettings(not args.no_tokenise, args.escape, args.aggressive, args.lowercase)
    task, sides = trained.task, []
    languages = (task.cfg.source_lang, args.source), (task.cfg.target_lang, args.prefix)
    for (language, text), dictionary in zip(languages, (task.source_dictionary, task.target_dictionary), strict=True):
        tokens = prepare([text], language, settings).tokenised[0]
        subwords = open_codes(args, language).segment(tokens)
        sides.append(dictionary.encode_line(subwords, add_if_not_exist=False).long())
    source, target = sides
    lattice = None
    if args.lattices:
        lines = [normalise(line) for line in read_lines(args.sources)]
        if (own := normalise(args.source)) in lines:
            lattice = read_lattices(args.lattices)[lines.index(own)]
    return Sentence(source, target, first=len(target) - 1, lattice=lattice)


def sentences_of_a_split(args: argparse.Namespace, trained: "TrainedModel") -> "list[Sentence]":
    """Return the first sentences of a split with their references, and their lattices where these are given."""
    from knnkd.corpus.tokenise import join_subwords
    from knnkd.evaluation.distribution import cleaned_lattices
    from knnkd.evaluation.inspect import Sentence

    trained.task.load_dataset(args.split)
    pairs = trained.task.dataset(args.split)
    lattices = cleaned_lattices(args.lattices, args.lines) if args.lattices else [None] * len(pairs)
    if len(lattices) != len(pairs):
        raise KnnKdError(f"{args.lines}: {len(lattices)} lines for {len(pairs)} sentences of {args.split}")
    string = trained.task.target_dictionary.string
    return [
        Sentence(pairs.src[i].long(), pairs.tgt[i].long(), 0, lattices[i], join_subwords(string(pairs.tgt[i])))
        for i in range(min(args.sentences, len(pairs)))
    ]


def open_codes(args: argparse.Namespace, language: str) -> "Segmenter":
    """Return what cuts tokens of a language into subwords."""
    from knnkd.corpus.bpe import Segmenter

    return Segmenter(args.codes / f"{language}.bpe", args.dictionaries)


def show(content: dict[str, Any]) -> None:
    """Print every position: each distribution in a line, then the neighbours."""
    for page in content["sentences"]:
        for place in page["positions"]:
            print(f"\n{page['source']} || {place['prefix']}" + (f" -> {place['gold']}" if place["gold"] else ""))
            rows = {"p*": place["true"] or []} | {"kNN teacher": place["teacher"]} | place["systems"]
            for name, top in rows.items():
                print(f"  {name:<14}", "  ".join(f"{token} {p:.3f}" for token, p in top) or "not known")
            for near in place["neighbours"]:
                pair = content["training"][str(near["sentence"])]
                before = " ".join(pair["target"][: near["position"]])
                print(f"  {near['distance']:>10.2f}  {pair['source']} || {before} -> {near['token']}")


def main() -> None:
    """Read the flags, look, and write one JSON or print."""
    args = read_flags()
    runs = {name: parse_run(flags, args.threads) for name, flags in args.run}
    import torch

    from knnkd.core.gpus import choose_device
    from knnkd.evaluation.inspect import Sizes, inspect
    from knnkd.inference.knn_mt import load_run

    torch.set_num_threads(args.threads)
    device = choose_device(args.device)
    teacher = load_teacher(args.teacher, device, args.threads)
    systems = {name: load_run(run, device) for name, run in runs.items()}
    trained = teacher.trained
    sentences = sentences_of_a_split(args, trained) if args.split else [sentence_of_ones_own(args, trained)]
    codes = open_codes(args, trained.task.cfg.target_lang)
    sizes = Sizes(args.tokens, args.neighbours)
    content = inspect(sentences, systems, teacher, lambda phrase: codes.segment(phrase).split(" "), sizes)
    knn_mt = {name: neighbours for name, (_, neighbours) in systems.items() if neighbours is not None}
    about = {"dataset": args.dataset, "seed": args.seed}
    about |= {"languages": [trained.task.cfg.source_lang, trained.task.cfg.target_lang]}
    about |= {"teacher": {"system": args.teacher_system, "k": teacher.k, "tau": teacher.tau}, "systems": list(systems)}
    about |= {
        "settings": {
            name: {"k": each.point.k, "tau": each.point.tau, "lambda": each.point.lam} for name, each in knn_mt.items()
        }
    }
    if args.output:
        write_json(args.output, about | content)
    else:
        show(content)


if __name__ == "__main__":
    exit_with_errors(main)
