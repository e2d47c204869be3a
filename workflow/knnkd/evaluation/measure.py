"""Measure a run: calibration on its references and, against lattices, overcorrection and accepted hypotheses."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from knnkd.core.errors import KnnKdError
from knnkd.core.files import Progress, read_lines
from knnkd.corpus.bpe import Segmenter
from knnkd.distil.bert.wordpiece import Vocabulary, WordPiece
from knnkd.distil.plugin.checkpoints import TrainedModel
from knnkd.evaluation.distribution import BINS, accepted, cleaned_lattices, measure, true_distributions_of_split
from knnkd.inference.decode import subwords_of, teacher_forced
from knnkd.inference.forward import batches
from knnkd.inference.hypotheses import TOKENS, read_decoded
from knnkd.inference.knn_mt import tuned_neighbours
from knnkd.inference.settings import Measuring, Nearest
from knnkd.synthetic.lattice import Automaton, Lattice


@dataclass(frozen=True)
class Truth:
    """The lattices of a split, the file that ties them to its sentences, and how a phrase is cut into subwords."""

    lattices: list[Lattice]
    lines: Path
    segment: Callable[[str], list[str]]


def read_truth(
    settings: Measuring, language: str, raw: Path, lines: Path, segmentation: Path, dictionaries: Path | None
) -> Truth:
    """Return the truth of a run's split.

    language: the target's; raw: folder of the generated text; lines: the raw line of each sentence; segmentation: the
    folder of BERT, or of BPE codes; dictionaries: a pre-trained model's, which limit the subwords.
    """
    if settings.bert:
        cut = WordPiece(Vocabulary.open(segmentation)).segment
    else:
        cut = Segmenter(segmentation / f"{language}.bpe", dictionaries).segment
    lattices = cleaned_lattices(raw / f"{settings.run.split}.lattice.jsonl.gz", lines)
    return Truth(lattices, lines, lambda phrase: cut(phrase).split(" "))


def measure_run(
    settings: Measuring, trained: TrainedModel, hypotheses: Path, nearest: Nearest | None, truth: Truth | None
) -> dict[str, Any]:
    """Return a run's measures as measures.json has them: scores, and the sums of each sentence.

    hypotheses: folder of decode.py. Raises KnnKdError where they are of another model, or a measure is not finite.
    """
    if read_decoded(hypotheses, [TOKENS]).get("weights") != trained.weights:
        raise KnnKdError(f"{hypotheses}: hypotheses of another model than --checkpoint; decode with it")
    scores, sentences = _measure_positions(settings, trained, nearest, truth)
    if truth:
        scores.append(_measure_hypotheses(hypotheses, truth))
    for score in scores:
        if not abs(score["value"]) < float("inf"):
            raise KnnKdError(
                f"{asdict(settings.run)}: {score['metric']} is {score['value']}; did the training diverge, or is the "
                "datastore's share (lambda) 1, so that acceptable tokens have no probability at all?"
            )
    return asdict(settings.run) | {"weights": trained.weights, "scores": scores, "sentences": sentences}


def _measure_positions(
    settings: Measuring, trained: TrainedModel, nearest: Nearest | None, truth: Truth | None
) -> tuple[list[dict[str, Any]], dict[str, list[float]]]:
    """Return calibration and, with a truth, overcorrection, each with its signature; and the sums of each sentence.

    An interval can be resampled of the sums; {} without a truth.
    """
    split = settings.run.split
    trained.task.load_dataset(split)
    references, dictionary = trained.task.dataset(split).tgt, trained.task.target_dictionary
    targets = [references[i] for i in range(len(references))]
    truths = None
    if truth:
        truths = true_distributions_of_split(truth.lattices, truth.segment, dictionary, targets, truth.lines)
    interpolate = tuned_neighbours(nearest, trained, settings.threads) if nearest else None
    with Progress(f"measuring {split}", len(targets), " sentences") as progress:

        def forced() -> Iterator[tuple[Tensor, Tensor, Tensor]]:
            for batch in batches(trained, split, settings.max_tokens):
                yield teacher_forced(trained, batch, interpolate), batch["target"], batch["id"]
                progress.add(len(batch["id"]))

        values, positions, sentences = measure(forced(), trained.padding, truths)
    # Each word comes in as many positions as it has subwords, so the kind is part of what was measured.
    signature = f"positions:{positions}|subwords:{subwords_of(Path(trained.task.cfg.data))}"
    signatures = dict.fromkeys(values, signature) | {"ece": f"bins:{BINS}|{signature}"}
    scores = [{"metric": metric, "value": value, "signature": signatures[metric]} for metric, value in values.items()]
    return scores, sentences


def _measure_hypotheses(hypotheses: Path, truth: Truth) -> dict[str, Any]:
    """Return the share of hypotheses that are acceptable translations: as words, however they were cut."""
    path = hypotheses / TOKENS
    lines = read_lines(path)
    if len(lines) != len(truth.lattices):
        raise KnnKdError(f"{path}: {len(lines)} hypotheses for {len(truth.lattices)} lattices of {truth.lines}")
    share = accepted([line.split() for line in lines], (Automaton(lattice, str.split) for lattice in truth.lattices))
    return {"metric": "accepted", "value": share, "signature": f"sentences:{len(lines)}|tokens:words"}
