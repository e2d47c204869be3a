"""Table 4: systems trained on one dataset and tested on another, with the paper's numbers beside ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from knnkd.evaluation.metrics import METRICS
from knnkd.experiment.resolve import TEST_OF
from knnkd.reporting.convergence import cut_mark, cut_off_note, with_cut_off
from knnkd.reporting.frames import SCORE_COLUMNS, Shown, quality, read_csv, read_significance
from knnkd.reporting.notes import by_dataset, gap_notes, marks_note, score_reasons, scores_text, seeds_text, spread_text
from knnkd.reporting.paper import read_paper
from knnkd.reporting.trainings import Trainings
from knnkd.reporting.typeset import number, with_spread, write_table


class Pair(NamedTuple):
    """The dataset that the systems are trained on, and the one that they are tested on."""

    trained_on: str
    tested_on: str

    @property
    def split(self) -> str:
        """The name of the split in the scores."""
        return f"{TEST_OF}{self.tested_on}"


@dataclass(frozen=True)
class Settings:
    """What Table 4 shows: its pairs, in their order."""

    shown: Shown
    pairs: list[Pair]

    def __post_init__(self) -> None:
        """Raise KnnKdError for a dataset without a label or a metric."""
        self.shown.require_some("systems", "datasets", "metrics")
        self.shown.require("datasets", [name for pair in self.pairs for name in pair], "pairs")


@dataclass(frozen=True)
class Inputs:
    """CSVs of scores, trainings and the paper's numbers; significance: JSONs of compare_systems.py of these splits."""

    scores: Path
    trainings: Path
    paper: Path
    significance: list[Path]


def make(settings: Settings, inputs: Inputs, output: Path) -> None:
    """Write table4 in every form."""
    shown, pairs = settings.shown, settings.pairs
    scores, paper = read_csv(inputs.scores, SCORE_COLUMNS), read_paper(inputs.paper)
    tests = read_significance(inputs.significance, shown.metrics, shown.baseline, split=None)
    long = table4(scores, paper, tests, pairs, shown)
    runs = [(pair.trained_on, system) for pair in pairs for system in shown.systems]
    long = with_cut_off(long, Trainings.read(inputs.trainings), runs)
    notes = cut_off_note(long, heading=shown.heading) + table4_notes(long, tests, pairs, shown)
    write_table(long, table4_blocks(long, shown), notes, output, "table4")


def table4(
    scores: pd.DataFrame, paper: pd.DataFrame, tests: pd.DataFrame, pairs: Sequence[Pair], shown: Shown
) -> pd.DataFrame:
    """Return Table 4 in long form: a row for each pair and system; a gap is empty.

    scores and tests: as of collect_scores and read_significance, of all splits. The metric: of the set tested on.
    Columns: dataset ("trained on → tested on"), trained_on, tested_on, system (labels), n (seeds), the score
    (`shown.column`, mean), spread (standard deviation), ci (95 % bootstrap half width, mean over seeds), p_value
    (largest over seeds), tested (seeds), mark, the scores beside, gain (over the first system) and paper_bleu.
    """
    rows = []
    for pair in pairs:
        labels = [shown.datasets[name] for name in pair]
        names = [shown.paper_datasets.get(name, "") for name in pair]
        for system, label in shown.systems.items():
            row: dict[str, Any] = {"dataset": " → ".join(labels), "trained_on": labels[0], "tested_on": labels[1]}
            row["system"] = label
            row |= quality(scores, tests, shown, pair.trained_on, system, shown.baseline, pair.tested_on)
            rows.append(row | {"paper_bleu": _of_paper(paper, ">".join(names), system)})
    return pd.DataFrame(rows)


def table4_blocks(long: pd.DataFrame, shown: Shown) -> dict[str, pd.DataFrame]:
    """Return Table 4 as it is printed, a block for each pair; the first system has no gain over itself."""
    blocks = {}
    for title, rows in long.groupby("dataset", sort=False):
        block = {"Models": rows["system"]}
        block[shown.heading] = [
            with_spread(getattr(row, shown.column), row.spread, shown.digits) + cut_mark(row)
            for row in rows.itertuples()
        ]
        gains = [number(row.gain, shown.digits, sign=True) + row.mark for row in rows.itertuples()]
        block["gain"] = ["", *gains[1:]]
        block["paper"] = [number(value) for value in rows["paper_bleu"]]
        for each in shown.beside.values():
            block[each.heading] = [number(value, each.decimals) for value in rows[each.column]]
        blocks[str(title)] = pd.DataFrame(block)
    return blocks


def table4_notes(long: pd.DataFrame, tests: pd.DataFrame, pairs: Sequence[Pair], shown: Shown) -> list[str]:
    """Return how the figures of Table 4 were got, and why each gap is one."""
    first = shown.systems[shown.baseline]
    metrics = {shown.datasets[pair.tested_on]: METRICS[shown.metrics[pair.tested_on]].label for pair in pairs}
    beside = {shown.datasets[name]: shown.paper_datasets.get(name, "none") for pair in pairs for name in pair}
    others = long[long["system"] != first]
    untested = others[others["tested"] < others["n"]] if len(tests) else others[:0]
    return [
        "A → B: trained on A, as in the other tables, and tested on the test set of B, which it has not seen; "
        "beam search with the settings of A.",
        f"{scores_text(shown)} in points of 100, mean{spread_text(long['n'])} ({seeds_text(long['n'])}). "
        f"{shown.heading[:1].upper() + shown.heading[1:]} is that of the "
        f"dataset tested on: {_listed(metrics)}. gain: over {first}.",
        marks_note(tests, f"than {first}")
        + (f" Not tested in every seed: {by_dataset(untested, others)}." if len(untested) else ""),
        f"paper: BLEU in Table 4 of the paper, on its own data ({_listed(beside)}).",
        *gap_notes(long, score_reasons(shown, " and gain")),
    ]


def _of_paper(paper: pd.DataFrame, name: str, system: str) -> float:
    """Return the paper's BLEU; `name` joins its two data sets as in "law>medical"."""
    of_table = (paper["table"] == "table4") & (paper["dataset"] == name) & (paper["system"] == system)
    values = paper.loc[of_table & (paper["metric"] == "bleu"), "value"]
    return float(values.iloc[0]) if len(values) else float("nan")


def _listed(texts: dict[str, str]) -> str:
    return "; ".join(f"{name}: {text}" for name, text in texts.items())
