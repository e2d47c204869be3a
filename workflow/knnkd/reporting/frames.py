"""What every table and figure is read from: tidy scores, speeds and tests, and their statistics over seeds."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, replacing
from knnkd.core.integrity import require_sealed
from knnkd.evaluation.metrics import METRICS, Metric, metric_of
from knnkd.experiment.resolve import TEST_OF

KEYS = ["dataset", "system", "seed", "split"]
SCORE_COLUMNS = [*KEYS, "metric", "value"]
SPEED_COLUMNS = ["dataset", "system", "metric", "median", "low", "high", "ratio", "ratio_low", "ratio_high"]
SPEED_COLUMNS += ["rounds", "unit", "device", "threads"]
TEST_NUMBERS = ["p_value", "delta", "delta_low", "delta_high"]  # of a comparison; a baseline has none
LEVEL = 0.05  # of significance


class Seeds(NamedTuple):
    """Statistics over the seeds of one system: their number, mean, and standard deviation (NaN below two)."""

    n: int
    mean: float
    spread: float


@dataclass(frozen=True)
class Shown:
    """What a table or figure shows, in its order: names of systems and datasets with their labels.

    metrics maps a dataset to the metric that it is judged by, paper_datasets to the paper's data set beside it; scored:
    the metrics of every run.
    """

    systems: dict[str, str] = field(default_factory=dict)
    datasets: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    paper_datasets: dict[str, str] = field(default_factory=dict)
    scored: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Raise KnnKdError for a metric that is none of METRICS."""
        named = [*self.metrics.items(), *(("scored", name) for name in self.scored)]
        if unknown := [f"{where}: {metric}" for where, metric in named if metric not in METRICS]:
            raise KnnKdError(f"shown.metrics: {unknown[0]}; give one of {', '.join(METRICS)}")

    @property
    def baseline(self) -> str:
        """The first system, which gains, marks and ratios are against."""
        self.require_some("systems")
        return next(iter(self.systems))

    @property
    def heading(self) -> str:
        """What the metric by which systems are judged is called; "score" where the datasets have different kinds."""
        return heading_of(self.metrics.values())

    @property
    def column(self) -> str:
        """The column of that score in a table's CSV."""
        return self.heading.lower()

    @property
    def digits(self) -> int:
        """Its decimals."""
        return max((METRICS[name].decimals for name in self.metrics.values()), default=2)

    @property
    def beside(self) -> dict[str, Metric]:
        """The other metrics to show: {name: metric}, the first of each heading but that of the main one."""
        kinds = {METRICS[name].heading: name for name in reversed(self.scored)}
        return {name: METRICS[name] for name in self.scored if name in kinds.values() and self._is_other(name)}

    def _is_other(self, name: str) -> bool:
        return METRICS[name].heading != self.heading

    def sign(self, dataset: str) -> int:
        """1 where more is better on a dataset, -1 where less is."""
        return METRICS[self.metrics[dataset]].sign

    def require(self, kind: str, names: Iterable[str], where: str) -> None:
        """Raise KnnKdError where a field, "systems", "datasets" or "metrics", lacks one of the `names` of `where`."""
        if unknown := [name for name in names if name not in getattr(self, kind)]:
            raise KnnKdError(f"{where}: shown.{kind} has no {unknown[0]}; add it there, or leave it out here")

    def require_some(self, *kinds: str) -> None:
        """Raise KnnKdError where one of these fields is empty, or a dataset has no metric where these are asked for."""
        if empty := [kind for kind in kinds if not getattr(self, kind)]:
            raise KnnKdError(f"shown.{empty[0]}: empty; name one at least")
        if "metrics" in kinds:
            self.require("metrics", self.datasets, "shown.datasets")


def heading_of(metrics: Iterable[str]) -> str:
    """Return the heading that some metrics share, "score" where they share none."""
    headings = {metric_of(name).heading for name in metrics}
    return headings.pop() if len(headings) == 1 else "score"


def collect_scores(files: Sequence[Path]) -> pd.DataFrame:
    """Return a row for each dataset, system, seed, split and metric, in that order: value, signature.

    KnnKdError where a file lacks a key or was changed, or two files give the same score twice.
    """
    rows = []
    for file in files:
        content = read_json(file)
        if missing := [key for key in [*KEYS, "scores"] if key not in content]:
            raise KnnKdError(f"{file}: lacks {', '.join(missing)}; run the rule score again")
        require_sealed(content, file)
        rows += [{key: content[key] for key in KEYS} | score for score in content["scores"]]
    scores = pd.DataFrame(rows).sort_values([*KEYS, "metric"], ignore_index=True)
    require_unique(scores, [*KEYS, "metric"], "the score files")
    return scores


def read_csv(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Return a CSV; KnnKdError where it is missing or lacks one of `columns`."""
    try:
        frame = pd.read_csv(path, keep_default_na=False, na_values=[""])
    except (OSError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise KnnKdError(f"{path}: cannot be read ({error}); run its rule again") from error
    if missing := [column for column in columns if column not in frame]:
        raise KnnKdError(f"{path}: lacks the columns {', '.join(missing)}")
    return frame


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a CSV, beside and then renamed."""
    with replacing(path) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")


def require_unique(frame: pd.DataFrame, keys: list[str], where: str) -> None:
    """Raise KnnKdError where two rows have the same keys: their mean would be taken for one over seeds."""
    twice = frame[frame.duplicated(keys)]
    if len(twice):
        key = ", ".join(str(value) for value in twice.iloc[0][keys])
        raise KnnKdError(f"{where}: more than one row for {key}; keep one")


def over_seeds(
    scores: pd.DataFrame, dataset: str, system: str, metric: str, split: str = "test"
) -> tuple[Seeds, list[int]]:
    """Return the statistics of one system's scores over its seeds, and those seeds; n = 0 and NaN where it has none."""
    chosen = scores[
        (scores["dataset"] == dataset)
        & (scores["system"] == system)
        & (scores["metric"] == metric)
        & (scores["split"] == split)
    ]
    return seeds_of(chosen["value"]), chosen["seed"].tolist()


def seeds_of(values: pd.Series) -> Seeds:
    """Return number, mean and standard deviation (ddof 1) of one value for each seed."""
    return Seeds(len(values), float(values.mean()), float(values.std(ddof=1)))


def read_speed(path: Path | None, baseline: str, datasets: Collection[str] | None = None) -> pd.DataFrame:
    """Return speed.csv, empty where there is none, of some `datasets` or all.

    The ratios are to the first system of the benchmark, so that of the baseline must be 1: KnnKdError where a ratio is
    not to `baseline`, or a row is double.
    """
    if path is None:
        return pd.DataFrame(columns=SPEED_COLUMNS)
    speed = read_csv(path, SPEED_COLUMNS)
    speed = speed if datasets is None else speed[speed["dataset"].isin(list(datasets))]
    require_unique(speed, ["dataset", "system", "metric"], str(path))
    for (dataset, metric), rows in speed.groupby(["dataset", "metric"]):
        own = rows.loc[rows["system"] == baseline, "ratio"]
        if own.empty or abs(own.iloc[0] - 1) > 1e-9:
            raise KnnKdError(
                f"{path}: the ratios of {metric} on {dataset} are not to {baseline}; run the benchmark with it first"
            )
    return speed


def read_significance(
    files: Iterable[Path], metrics: dict[str, str], baseline: str | None = None, split: str | None = "test"
) -> pd.DataFrame:
    """Return the paired bootstrap tests: a row for each dataset, split, seed, baseline and system.

    Columns: dataset, split, seed, baseline, system, samples, score, ci (half width, 95 %), p_value (NaN for the
    baseline), delta (score minus the baseline's) with delta_low and delta_high (its 95 % interval; NaN there).
    `metrics` maps each dataset that is tested on (in Table 4 another than that trained on) to the metric that must have
    been tested; `split` is the one that must be, None for any. The same test may come in two files; KnnKdError where
    they differ, or a file tests another metric or split, lacks a key, or tests against another baseline than that asked
    for.
    """
    columns = ["dataset", "split", "seed", "baseline", "system", "samples", "score", "ci", *TEST_NUMBERS]
    rows = []
    for file in files:
        content = read_json(file)
        try:
            for_all = {key: content[key] for key in ("dataset", "split", "seed", "baseline", "samples")}
            column = metric_of(content["metric"]).column
            base = content["systems"][content["baseline"]][column]
            for system, test in content["systems"].items():
                row = {"score": test[column]} | {key: test[key] for key in ("ci", *TEST_NUMBERS)}
                row["delta"] = test[column] - base
                rows.append(for_all | {"system": system} | row)
        except KeyError as error:
            raise KnnKdError(f"{file}: lacks {error}; run the rule compare_systems again") from error
        if baseline not in (None, content["baseline"]):
            raise KnnKdError(
                f"{file}: tests against {content['baseline']}, not {baseline}; the first system is the baseline"
            )
        tested_on = content["split"].partition(TEST_OF)[2] or content["dataset"]
        wanted = metrics.get(tested_on, content.get("metric")), split or content["split"]
        if (content.get("metric"), content["split"]) != wanted:
            raise KnnKdError(f"{file}: tests {content.get('metric')} on {content['split']}, not {' on '.join(wanted)}")
    tests = pd.DataFrame(rows, columns=columns).drop_duplicates(ignore_index=True)
    tests = tests.astype(dict.fromkeys(TEST_NUMBERS, float))
    require_unique(tests, ["dataset", "seed", "baseline", "system", "split"], "the significance files")
    return tests


def mark(tests: pd.DataFrame, dataset: str, system: str, baseline: str, seeds: Sequence[int], sign: int = 1) -> str:
    """Return † (better) or ‡ (worse) where the paired bootstrap says so with p < 0.05 in every test, else "".

    tests: as of `read_significance`, of one split; seeds: those of the system's runs, and one that was not tested
    against this baseline leaves it unmarked. Every test of the pair counts, as a system with one run is held against
    each seed of the other. sign: -1 where less is better.
    """
    chosen = tests_of(tests, dataset, system, baseline)
    if not len(seeds) or not set(seeds) <= set(chosen["seed"]) or not (chosen["p_value"] < LEVEL).all():
        return ""
    gains = sign * chosen["delta"]
    if (gains > 0).all():
        return "†"
    return "‡" if (gains < 0).all() else ""


def tests_of(tests: pd.DataFrame, dataset: str, system: str, baseline: str) -> pd.DataFrame:
    """Return the rows of `tests` for one system against one baseline."""
    of_pair = (tests["system"] == system) & (tests["baseline"] == baseline)
    return tests[of_pair & (tests["dataset"] == dataset)]


def tested(tests: pd.DataFrame, dataset: str, system: str, baseline: str, seeds: Sequence[int]) -> int:
    """Return in how many of `seeds` one system was tested against one baseline."""
    own = tests_of(tests, dataset, system, baseline)
    return int(own.loc[own["seed"].isin(list(seeds)), "p_value"].notna().sum())


def quality(
    scores: pd.DataFrame,
    tests: pd.DataFrame,
    shown: Shown,
    dataset: str,
    system: str,
    baseline: str,
    tested_on: str = "",
) -> dict[str, Any]:
    """Return the figures of one system on one test set, its own dataset's or another's.

    n (seeds), the score (mean, under `shown.column`), spread (standard deviation), of its tests against `baseline` ci
    (95 % half width of its score, mean), p_value (largest), tested (seeds) and mark, gain (over the baseline; above 0
    is better), and the mean of every score beside, under its column.
    """
    judged, split = (tested_on, f"{TEST_OF}{tested_on}") if tested_on else (dataset, "test")
    (own, seeds), (base, _) = (
        over_seeds(scores, dataset, name, shown.metrics[judged], split) for name in (system, baseline)
    )
    of_split, sign = tests[tests["split"] == split], shown.sign(judged)
    own_tests = tests_of(of_split, dataset, system, baseline)
    return {
        "n": own.n,
        shown.column: own.mean,
        "spread": own.spread,
        "ci": own_tests["ci"].mean(),
        "p_value": own_tests["p_value"].max(),
        "tested": tested(of_split, dataset, system, baseline, seeds),
        "mark": mark(of_split, dataset, system, baseline, seeds, sign),
        **{
            each.column: over_seeds(scores, dataset, system, name, split)[0].mean for name, each in shown.beside.items()
        },
        "gain": sign * (own.mean - base.mean),
    }
