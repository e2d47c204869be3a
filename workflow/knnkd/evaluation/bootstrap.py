"""Is one system better than another, and by how much, or was it the choice of test sentences? Paired bootstrap.

The resamplings and the p-values are sacrebleu's (`sacrebleu.significance.PairedTest`). Its own loop scores one
resampling after the other, in float32, and keeps no differences; here all of them are scored at once, in float64.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sacrebleu.significance import _compute_p_value, estimate_ci

from knnkd.core.errors import KnnKdError
from knnkd.evaluation.metrics import metric_of
from knnkd.evaluation.scores import READ, Sentences, read_hypotheses

RESAMPLING_SEED = 12345  # sacrebleu's own
CENTRAL = (2.5, 97.5)  # percentiles of the interval
BLOCK = 4_000_000  # cells of the resamplings held at once: 32 MB


@dataclass(frozen=True)
class Comparison:
    """Systems of one seed that are compared on a split, the baseline first; samples: resamplings of the split."""

    dataset: str
    seed: int
    split: str
    metric: str
    systems: list[str]
    samples: int = 1000

    def folders(self, records: Sequence[Path]) -> dict[str, Path]:
        """Return {system: its folder of hypotheses}, from the decode.json of each in the same order."""
        if len(records) != len(self.systems) or len(set(self.systems)) < len(self.systems):
            raise KnnKdError(
                f"--hypotheses: {len(records)} records for the systems {', '.join(self.systems)}; give each system one"
            )
        return {name: path.parent for name, path in zip(self.systems, records, strict=True)}


def read_systems(
    folders: dict[str, Path], sentences: Sentences, metric: str
) -> tuple[list[tuple[str, list[str]]], list[str], list[str]]:
    """Return each system's hypotheses, the references and the sources, tokenised or plain as `metric` reads them.

    folders: name -> folder of decode.py, in the order that they are to be compared in.
    Raises KnnKdError where a system's hypotheses and the references differ in number.
    """
    reads = metric_of(metric).reads
    path, references, sources = sentences.read(reads)
    files = {name: folder / READ[reads] for name, folder in folders.items()}
    systems = [(name, read_hypotheses(file, path, references)) for name, file in files.items()]
    return systems, references, sources


def compare(
    systems: Sequence[tuple[str, Sequence[str]]],
    references: Sequence[str],
    metric: str,
    samples: int = 1000,
    seed: int = RESAMPLING_SEED,
    sources: Sequence[str] = (),
) -> dict:
    """Compare every system with the first, the baseline, by paired bootstrap resampling (Koehn 2004).

    systems: names and hypotheses, one a reference; metric: one of `evaluation.metrics`; samples: resamplings of the
    test set; seed: theirs, above 0. The same arguments give the same numbers.

    Returns {"samples", "signature", "systems": {name: numbers}}, all as the metric has it:
    its column ("bleu"): of the whole; mean and ci: over resamplings, and half the width of their central 95 %; p_value:
    two-sided, min(1, 2p) of sacrebleu's p, and so at least 2 / (samples + 1); delta: the score less the baseline's (of
    TER, below 0 is better), delta_low and delta_high: percentiles 2.5 and 97.5 of the resampled differences to the
    baseline, system and baseline being scored on the same sentences each time. p_value and the deltas are None for the
    baseline.
    Raises KnnKdError for fewer than one sample, for a seed below 1 and for systems of unequal length.
    """
    if samples < 1 or seed < 1:
        raise KnnKdError(f"the bootstrap takes a number of samples and a seed above 0, not {samples} and {seed}")
    about = metric_of(metric)
    scorer, counts = about.opened(references, sources), []
    for name, hypotheses in systems:
        if len(hypotheses) != len(references):
            raise KnnKdError(f"{name}: {len(hypotheses)} hypotheses for {len(references)} references; decode again")
        counts.append(scorer.statistics(hypotheses))
    resampled = resampled_scores(counts, scorer.of_sums, samples, seed)
    whole = [float(scorer.of_sums(own.sum(0))) for own in counts]
    numbers: list[dict[str, float | None]] = [
        {about.column: score, **_numbers(score, own, whole[0], resampled[0], i == 0)}
        for i, (score, own) in enumerate(zip(whole, resampled, strict=True))
    ]
    signature = scorer.signature(seed=seed, bs=samples)
    names = [name for name, _ in systems]
    return {"samples": samples, "signature": signature, "systems": dict(zip(names, numbers, strict=True))}


def resampled_scores(
    counts: Sequence[NDArray[np.float64]],
    of_sums: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    samples: int,
    seed: int,
) -> NDArray[np.float64]:
    """Return the score of every system on every resampling of the test set, [systems, samples].

    counts: for each system the statistics of its N sentences, [N, C], as its scorer has them; of_sums: of that scorer.
    """
    sums = resampled_sums(np.concatenate(counts, axis=1), samples, seed)
    return of_sums(sums.reshape(samples, len(counts), -1)).T


def resampled_sums(columns: NDArray[np.float64], samples: int, seed: int) -> NDArray[np.float64]:
    """Return the sums of each column over the sentences of every resampling, [N, C] -> [samples, C].

    Every resampling is N sentences drawn with replacement, sacrebleu's own draws.
    """
    sentences, sums = len(columns), []
    drawn = np.random.default_rng(seed).choice(sentences, size=(samples, sentences), replace=True)
    rows = max(1, BLOCK // sentences)
    for first in range(0, samples, rows):
        block = drawn[first : first + rows]
        places = block + sentences * np.arange(len(block))[:, None]
        times = np.bincount(places.ravel(), minlength=block.size).reshape(block.shape)
        # How often each sentence was drawn, times what it has. Sums of integers: exact, whatever their order.
        sums.append(times.astype(np.float64) @ columns)
    return np.concatenate(sums)


def _numbers(
    score: float, resampled: NDArray[np.float64], base: float, base_resampled: NDArray[np.float64], is_baseline: bool
) -> dict[str, float | None]:
    """Return the numbers of one system beside its score, as of `compare`."""
    mean, ci = estimate_ci(resampled)
    numbers: dict[str, float | None] = {"mean": float(mean), "ci": float(ci)}
    if is_baseline:
        return numbers | dict.fromkeys(("p_value", "delta", "delta_low", "delta_high"))
    low, high = np.percentile(resampled - base_resampled, CENTRAL)
    numbers |= {"p_value": _p_value(score - base, resampled - base_resampled)}
    return numbers | {"delta": score - base, "delta_low": float(low), "delta_high": float(high)}


def _p_value(delta: float, differences: NDArray[np.float64]) -> float:
    """Return the two-sided p-value: min(1, 2p) of sacrebleu's p, and 1 for a copy of the baseline.

    sacrebleu counts the resamplings whose |difference|, less the mean of all |differences|, is above the observed
    |delta|. These deviations lie on both sides of 0 and only the upper tail is counted, so that of two equal systems
    one in ten has p < 0.05. And as only what is above |delta| counts, it holds a system for significantly different
    (p = 1 / (samples + 1)) from its own copy, whose every resampling scores as the baseline's.
    """
    if not differences.any():
        return 1.0
    sizes = np.abs(differences)
    return min(1.0, 2 * _compute_p_value(sizes - sizes.mean(), abs(delta)))
