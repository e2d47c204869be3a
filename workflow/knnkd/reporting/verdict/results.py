"""What the paper's claims are decided on: comparisons, speeds and measures, each as a figure with its interval."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json
from knnkd.corpus.length_limits import pairs_of_corpus
from knnkd.evaluation.bootstrap import CENTRAL, RESAMPLING_SEED, resampled_sums
from knnkd.evaluation.intervals import Estimate, over_seeds, quotient
from knnkd.experiment.lineage import RunName
from knnkd.experiment.resolve import TEST_OF
from knnkd.reporting.frames import Shown
from knnkd.reporting.trainings import Trainings, read_records
from knnkd.reporting.variants import Point, Variant

TOLERANCE = 1e-6  # of a score: the same hypotheses score alike in both places
COUNTS = {"sentences_train": "train", "sentences_valid": "valid", "sentences_test": "test"}  # Table 5 -> manifest


@dataclass(frozen=True)
class Part:
    """What one place gives to a claim: a dataset, or "first>second" for a test on another dataset's sentences.

    seeds: the trainings that it is made of; about: what else is to be said of it; complete: whether all that the claim
    speaks of was run.
    """

    place: str
    estimate: Estimate
    seeds: tuple[int, ...] = ()
    about: str = ""
    complete: bool = True


@dataclass(frozen=True)
class Results:
    """The results of an experiment, and where each is shown.

    scores, tests, speed: as of collect_scores, `frames.read_significance` (of any split) and collect_speed; measures:
    as of `read_measures`; sizes and pairs: as of `read_sizes` and `read_pairs`; paper: the paper's numbers. roles: the
    system that plays each part of the paper; places: the datasets of table2, table3, table4 ("first>second"), ablation
    and controls; points, fixed and variants: the systems of the ablation, the settings (k, tau) that stay there, and
    the systems of Table 7; samples: resamplings of the measures.
    """

    shown: Shown
    scores: pd.DataFrame
    tests: pd.DataFrame
    speed: pd.DataFrame
    paper: pd.DataFrame
    measures: dict[tuple[str, str, int], dict[str, Any]] = field(default_factory=dict)
    sizes: dict[tuple[str, str], int] = field(default_factory=dict)
    pairs: dict[str, dict[str, int]] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)
    points: Sequence[Point] = ()
    fixed: tuple[int, float] = (0, 0.0)
    variants: Sequence[Variant] = ()
    samples: int = 1000
    trainings: Trainings | None = None  # None: why the trainings stopped is not asked

    def cut_off(self, place: str, systems: Iterable[str]) -> list[RunName]:
        """Return the trainings behind some systems on a place that were cut off before their score stopped rising.

        KnnKdError where nothing is known of one that was run there.
        """
        if self.trainings is None:
            return []
        dataset = place.partition(">")[0]
        scored = set(self.scores.loc[self.scores["dataset"] == dataset, "system"])
        runs = [run for name in systems if name in scored for run in self.trainings.behind(dataset, name)]
        return [run for run in dict.fromkeys(runs) if self.trainings.is_cut_off(run)]

    def system(self, role: str) -> str:
        """Return the system that plays a role; by default the one of that name."""
        return self.roles.get(role, role)

    def label(self, place: str) -> str:
        """Return what a place is called."""
        return " → ".join(self.shown.datasets.get(name, name) for name in place.split(">"))

    def is_own(self, dataset: str) -> bool:
        """Return whether a dataset is the paper's own: all its splits have just the numbers of pairs of Table 5."""
        rows = self.paper[self.paper["dataset"] == self.shown.paper_datasets.get(dataset, "")]
        theirs = {COUNTS[row.metric]: row.value for row in rows.itertuples() if row.metric in COUNTS}
        return bool(theirs) and self.pairs.get(dataset) == theirs

    def paper_value(self, table: str, place: str, system: str, metric: str) -> float:
        """Return one of the paper's numbers, NaN where it has none."""
        paper = self.paper
        of_system = (paper["table"] == table) & (paper["dataset"] == place) & (paper["system"] == system)
        values = paper.loc[of_system & (paper["metric"] == metric), "value"]
        return float(values.iloc[0]) if len(values) else float("nan")

    def paper_places(self, table: str) -> list[str]:
        """Return the data sets of one of the paper's tables, in their order."""
        return list(dict.fromkeys(self.paper.loc[self.paper["table"] == table, "dataset"]))


def difference(results: Results, place: str, system: str, base: str, split: str = "test") -> Part | None:
    """Return the score of `system` less that of `base` on one place, over the seeds; None where it was not compared.

    Each seed has the paired bootstrap's interval of its difference. A comparison counts where one of the two was
    trained with that seed: of two systems that have one run, a second seed repeats the first. KnnKdError where the
    comparisons are of other hypotheses than the scores.
    """
    dataset, _, tested = place.partition(">")
    split = f"{TEST_OF}{tested}" if tested else split
    metric = results.shown.metrics[tested or dataset]
    tests = results.tests
    of_pair = (tests["dataset"] == dataset) & (tests["split"] == split) & (tests["baseline"] == base)
    rows = tests[of_pair & (tests["system"] == system)].sort_values("seed")
    scores = {name: _scores(results.scores, dataset, name, metric, split) for name in (system, base)}
    if not all(scores.values()):
        return None
    seeds = []
    for row in rows.itertuples():
        if row.seed not in scores[system] and row.seed not in scores[base]:
            continue
        _require_same(row, scores[system])
        seeds.append((int(row.seed), Estimate(row.delta, row.delta_low, row.delta_high)))
    if not seeds:
        return None
    return Part(place, over_seeds([each for _, each in seeds]), tuple(seed for seed, _ in seeds))


def _scores(scores: pd.DataFrame, dataset: str, system: str, metric: str, split: str) -> dict[int, float]:
    of_run = (scores["dataset"] == dataset) & (scores["system"] == system) & (scores["split"] == split)
    rows = scores[of_run & (scores["metric"] == metric)]
    return dict(zip(rows["seed"].astype(int), rows["value"], strict=True))


def _require_same(row: Any, scores: dict[int, float]) -> None:
    score = scores.get(int(row.seed), row.score)
    if abs(score - row.score) > TOLERANCE:
        raise KnnKdError(
            f"significance: {row.dataset}, {row.baseline}, seed {row.seed}, {row.split}: {row.system} has a score of "
            f"{row.score:.4f}, but {score:.4f} in scores.csv; run the rules score and compare_systems again"
        )


def speed_ratio(results: Results, dataset: str, metric: str, system: str, base: str) -> Part | None:
    """Return the speed of `system` in that of `base`; None where one of the two was not measured.

    The benchmark's ratios are to its first system, round by round: median, and quartiles as interval. The ratio of two
    others is that of their ratios, each end where the two err in opposite ways.
    """
    speed = results.speed
    rows = speed[(speed["dataset"] == dataset) & (speed["metric"] == metric)].set_index("system")
    if system not in rows.index or base not in rows.index:
        return None
    ratios = [
        Estimate(*(float(rows.at[name, column]) for column in ("ratio", "ratio_low", "ratio_high")))
        for name in (system, base)
    ]
    return Part(dataset, quotient(*ratios), about=f"{int(rows.at[system, 'rounds'])} rounds")


def measured_difference(results: Results, dataset: str, measure: str, system: str, base: str) -> Part | None:
    """Return a measure of overcorrection (mean over positions) of `system` less that of `base`, over the seeds.

    The interval of each seed is the paired bootstrap's over sentences: percentiles 2.5 and 97.5 of the resampled
    differences. None where one of the two was not measured against a lattice, or their subwords differ.
    """
    seeds = []
    for (name, own, seed), one in sorted(results.measures.items()):
        other = results.measures.get((dataset, base, seed))
        if (name, own) != (dataset, system) or not one or not other or one["positions"] != other["positions"]:
            continue
        columns = np.array([one[measure], other[measure], one["positions"]], dtype=np.float64).T
        whole = columns.sum(0)
        resampled = resampled_sums(columns, results.samples, RESAMPLING_SEED)
        low, high = np.percentile((resampled[:, 0] - resampled[:, 1]) / resampled[:, 2], CENTRAL)
        seeds.append((seed, Estimate(float((whole[0] - whole[1]) / whole[2]), float(low), float(high))))
    if not seeds:
        return None
    return Part(dataset, over_seeds([each for _, each in seeds]), tuple(seed for seed, _ in seeds))


def true_value(results: Results, dataset: str, measure: str, system: str) -> float:
    """Return what p* itself has of a measure over the subwords of a system, NaN where it is not known."""
    for (name, own, _), sentences in sorted(results.measures.items()):
        if (name, own) == (dataset, system) and f"true_{measure}" in sentences:
            return sum(sentences[f"true_{measure}"]) / sum(sentences["positions"])
    return float("nan")


def read_measures(files: Iterable[Path]) -> dict[tuple[str, str, int], dict[str, Any]]:
    """Return {(dataset, system, seed): sums of each sentence} of measure.py's files; {} where there is no lattice.

    KnnKdError where a file lacks a key, or two are of one run.
    """
    measures: dict[tuple[str, str, int], dict[str, Any]] = {}
    for file in files:
        content = read_json(file)
        if missing := [key for key in ("dataset", "system", "seed", "sentences") if key not in content]:
            raise KnnKdError(f"{file}: lacks {', '.join(missing)}; run the rule measure again")
        run = content["dataset"], content["system"], content["seed"]
        if run in measures:
            raise KnnKdError(f"{file}: more than one file for {', '.join(map(str, run))}; keep one")
        measures[run] = content["sentences"]
    return measures


def read_sizes(files: Iterable[Path]) -> dict[tuple[str, str], int]:
    """Return {(dataset, system): parameters} of train.json files; KnnKdError where a file lacks them."""
    records = [record for _, record in read_records(files, ["parameters"])]
    return {(record["dataset"], record["system"]): int(record["parameters"]) for record in records}


def read_pairs(manifests: Mapping[str, Path]) -> dict[str, dict[str, int]]:
    """Return {dataset: {split: sentence pairs}} of {dataset: manifest.json}; KnnKdError where a file lacks them."""
    pairs = {}
    for dataset, file in manifests.items():
        splits = read_json(file).get("splits", {})
        if not splits or not all("pairs_after" in split for split in splits.values()):
            raise KnnKdError(f"{file}: lacks the numbers of pairs; run the rule clean_corpus again")
        pairs[dataset] = {name: pairs_of_corpus(split) for name, split in splits.items()}
    return pairs
