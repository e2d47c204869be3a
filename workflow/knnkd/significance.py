"""Is one system better than another, or was it the choice of test sentences? Paired bootstrap by sacrebleu."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sacrebleu.metrics import BLEU
from sacrebleu.significance import PairedTest, Result

from knnkd.errors import KnnKdError
from knnkd.io import read_lines

RESAMPLING_SEED = 12345  # sacrebleu's own, whatever the environment says
ENDING = {"bleu_tok": "tok", "sacrebleu": "txt"}  # which file of a folder of hypotheses a metric reads


def read_systems(
    folders: dict[str, Path], references: Path, metric: str
) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """Return each system's hypotheses, tokenised or plain as `metric` reads them, and the references.

    folders: name -> folder of decode.py, in the order that they are to be compared in.
    Raises KnnKdError where a system's hypotheses and the references differ in number.
    """
    expected, systems = read_lines(references), []
    for name, folder in folders.items():
        path = folder / f"hypotheses.{ENDING[metric]}"
        hypotheses = read_lines(path)
        if len(hypotheses) != len(expected):
            raise KnnKdError(
                f"{path}: {len(hypotheses)} hypotheses for {len(expected)} references in {references}; "
                "decode the same split"
            )
        systems.append((name, hypotheses))
    return systems, expected


def compare(
    systems: Sequence[tuple[str, Sequence[str]]],
    references: Sequence[str],
    metric: str,
    samples: int = 1000,
    seed: int = RESAMPLING_SEED,
) -> dict:
    """Compare every system with the first, the baseline, by paired bootstrap resampling (Koehn 2004).

    systems: names and hypotheses, one a reference; metric: bleu_tok or sacrebleu, as in `knnkd.scoring`; samples:
    resamplings of the test set; seed: theirs, above 0. The same arguments give the same numbers.

    Returns {"samples", "signature", "systems": {name: {"bleu", "mean", "ci", "p_value"}}}: BLEU of the whole, the mean
    over resamplings and half the width of their central 95 %, all in points of 100; p_value is two-sided, min(1, 2p)
    of sacrebleu's p, and so at least 2 / (samples + 1); it is None for the baseline.
    Raises KnnKdError for fewer than one sample and for a seed that sacrebleu takes for none.
    """
    if samples < 1 or seed < 1:
        raise KnnKdError(f"the bootstrap takes a number of samples and a seed above 0, not {samples} and {seed}")
    # `force` says that the text is tokenised on purpose.
    bleu = BLEU(tokenize="none", force=True) if metric == "bleu_tok" else BLEU()
    with _resampling_seed(seed):
        test = PairedTest(list(systems), {"BLEU": bleu}, [list(references)], test_type="bs", n_samples=samples)
        signatures, columns = test()
    results = [result for result in columns["BLEU"] if isinstance(result, Result)]
    return {
        "samples": samples,
        "signature": str(signatures["BLEU"]),
        "systems": {name: _numbers(result, results[0]) for (name, _), result in zip(systems, results, strict=True)},
    }


def _numbers(result: Result, baseline: Result) -> dict[str, float | None]:
    """Return BLEU, mean, ci and p_value as plain numbers."""
    numbers = {"bleu": result.score, "mean": result.mean, "ci": result.ci, "p_value": _p_value(result, baseline)}
    return {name: None if number is None else float(number) for name, number in numbers.items()}


def _p_value(result: Result, baseline: Result) -> float | None:
    """Return the two-sided p-value: min(1, 2p) of sacrebleu's p, and 1 for a copy of the baseline.

    sacrebleu counts the resamplings whose |difference|, less the mean of all |differences|, is above the observed
    |d|. These deviations lie on both sides of 0 and only the upper tail is counted, so that of two equal systems one
    in ten has p < 0.05. And as only what is above |d| counts, it holds a system for significantly different
    (p = 1 / (samples + 1)) from its own copy, whose every resampling scores as the baseline's.
    """
    if result.p_value is None:
        return None
    if (result.score, result.mean, result.ci) == (baseline.score, baseline.mean, baseline.ci):
        return 1.0
    return min(1.0, 2 * result.p_value)


@contextmanager
def _resampling_seed(seed: int) -> Iterator[None]:
    """Set the one thing that sacrebleu takes its seed from, and put back what was there."""
    name = "SACREBLEU_SEED"
    before = os.environ.get(name)
    os.environ[name] = str(seed)
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
