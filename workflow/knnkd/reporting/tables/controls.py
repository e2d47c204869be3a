"""Table 7, the controls: what a gain is made of, batches, loss and the neighbour that a position finds in itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from knnkd.reporting.convergence import cut_mark, cut_off_note, with_cut_off
from knnkd.reporting.frames import SCORE_COLUMNS, Shown, mark, over_seeds, read_csv, read_significance, tested
from knnkd.reporting.notes import by_dataset, gap_notes, marks_note, measured_text, scores_text, spread_text
from knnkd.reporting.trainings import Trainings, read_batches
from knnkd.reporting.typeset import GAP, number, with_spread, write_table
from knnkd.reporting.variants import BUDGETS, LOSSES, NEIGHBOURS, ORDERS, Variant

BATCH_SIZES = ("updates", "tokens_per_update", "updates_per_epoch")
TEXT_COLUMNS = ("Models", "batches", "loss", "self", "budget")  # the last where the rows differ in it
LEGEND = (
    "loss: the paper's, plain cross-entropy and the term weighted by (1-α) and α; or the released code's, "
    "label-smoothed cross-entropy plus the whole term, both halved here. Without a term only cross-entropy is left, "
    "plain or label-smoothed. self: whether a position of the training set may find itself in the datastore. shuffled "
    "batches: random sentences, with as many real target tokens an update as length-sorted batches have."
)
BUDGET_LEGEND = (
    "budget: epochs, as the config has them; or equal updates, just as many as the first row made with the same seed."
)
# Of the test references, printed where some variant has them: their column, and what they are.
MEASURES = {
    "kl_true": ("KL(p*‖p)", "of the true distribution to the model's, from the lattice, nats a token"),
    "ece": ("ECE", "expected calibration error of the most probable token (0 to 1)"),
}


@dataclass(frozen=True)
class Settings:
    """What Table 7 shows: the variants in their order, the baseline of Table 2 first."""

    shown: Shown
    variants: list[Variant]

    def __post_init__(self) -> None:
        """Raise KnnKdError for a name without a label, or a dataset without a metric."""
        self.shown.require_some("systems", "datasets", "metrics")
        self.shown.require("systems", [each.system for each in self.variants], "variants")


@dataclass(frozen=True)
class Inputs:
    """CSVs of collect_scores.py and collect_trainings.py, and JSONs of compare_systems.py, each with its baseline."""

    scores: Path
    trainings: Path
    significance: list[Path]


def make(settings: Settings, inputs: Inputs, output: Path) -> None:
    """Write table7 in every form."""
    shown, variants = settings.shown, settings.variants
    scores, tests = read_csv(inputs.scores, SCORE_COLUMNS), read_significance(inputs.significance, shown.metrics)
    long = controls(scores, read_batches(inputs.trainings), tests, variants, shown)
    runs = [(dataset, each.name) for dataset in shown.datasets for each in variants]
    long = with_cut_off(long, Trainings.read(inputs.trainings), runs)
    blocks, notes = controls_blocks(long, shown), controls_notes(long, tests, shown, variants)
    notes = cut_off_note(long, row_names(long), shown.heading) + notes
    write_table(long, blocks, notes, output, "table7", text_columns(blocks))


def controls(
    scores: pd.DataFrame, sizes: pd.DataFrame, tests: pd.DataFrame, variants: Sequence[Variant], shown: Shown
) -> pd.DataFrame:
    """Return Table 7 in long form: a row for each dataset and variant; a gap is empty.

    The first variant is the baseline of Table 2; the variants of its system are the baselines of their own order,
    loss and budget. sizes: as of `read_batches`; scores and tests as in Table 2. Columns: dataset, name, system,
    batches, loss, neighbour, budget, n (seeds), the score (`shown.column`), spread, alike (the baseline of the same
    order, loss and budget), gain_alike, tested_alike (seeds) and mark_alike (against that), gain, tested and mark
    (against the first), updates, tokens_per_update, updates_per_epoch, kl_true and ece (means).
    """
    alike = {(each.order, each.loss, each.budget): each.name for each in variants if each.system == variants[0].system}
    rows = []
    for dataset, dataset_label in shown.datasets.items():
        results = {each.name: over_seeds(scores, dataset, each.name, shown.metrics[dataset]) for each in variants}
        sign = shown.sign(dataset)
        for each in variants:
            own, seeds = results[each.name]
            row: dict[str, Any] = {"dataset": dataset_label, "name": each.name, "system": shown.systems[each.system]}
            row |= {"batches": ORDERS[each.order], "loss": LOSSES[each.loss], "neighbour": NEIGHBOURS[each.neighbour]}
            row |= {"budget": BUDGETS[each.budget]}
            row |= {"n": own.n, shown.column: own.mean, "spread": own.spread}
            base = alike.get((each.order, each.loss, each.budget), "")
            row["alike"] = base
            row["gain_alike"] = sign * (own.mean - results[base][0].mean) if base else float("nan")
            row["tested_alike"] = tested(tests, dataset, each.name, base, seeds)
            row["mark_alike"] = mark(tests, dataset, each.name, base, seeds, sign)
            row["gain"] = sign * (own.mean - results[variants[0].name][0].mean)
            row["tested"] = tested(tests, dataset, each.name, variants[0].name, seeds)
            row["mark"] = mark(tests, dataset, each.name, variants[0].name, seeds, sign)
            size = sizes[(sizes["dataset"] == dataset) & (sizes["system"] == each.name)]
            row |= {key: size[key].mean() for key in BATCH_SIZES}
            rows.append(row | {key: over_seeds(scores, dataset, each.name, key)[0].mean for key in MEASURES})
    return pd.DataFrame(rows)


def controls_blocks(long: pd.DataFrame, shown: Shown) -> dict[str, pd.DataFrame]:
    """Return Table 7 as it is printed, a block for each dataset; a baseline has no gain over itself."""
    blocks = {}
    for dataset, rows in long.groupby("dataset", sort=False):
        block = {"Models": rows["system"], "batches": rows["batches"], "loss": rows["loss"]}
        block["self"] = rows["neighbour"]
        if _has_budgets(long):
            block["budget"] = rows["budget"]
        block[shown.heading] = [
            with_spread(getattr(row, shown.column), row.spread, shown.digits) + cut_mark(row)
            for row in rows.itertuples()
        ]
        block["gain (alike)"] = [
            "" if row.name == row.alike else number(row.gain_alike, shown.digits, sign=True) + row.mark_alike
            for row in rows.itertuples(index=False)
        ]
        first = rows["name"].iloc[0]
        block["gain (first)"] = [
            "" if row.name == first else number(row.gain, shown.digits, sign=True) + row.mark
            for row in rows.itertuples(index=False)
        ]
        for key in _measured(long):
            block[MEASURES[key][0]] = [number(value, 3) for value in rows[key]]
        block["updates"] = [number(value, 0) for value in rows["updates"]]
        block["token/upd"] = [number(value, 0) for value in rows["tokens_per_update"]]
        block["upd/epoch"] = [number(value, 0) for value in rows["updates_per_epoch"]]
        blocks[str(dataset)] = pd.DataFrame(block)
    return blocks


def controls_notes(long: pd.DataFrame, tests: pd.DataFrame, shown: Shown, variants: Sequence[Variant]) -> list[str]:
    """Return how the figures of Table 7 were got, and why each gap is one."""
    measured = measured_text(long, shown)
    first = shown.systems[variants[0].system]
    rows = long.assign(system=row_names(long))
    reasons = {
        shown.column: f"{shown.heading}, no such run",
        "tokens_per_update": "updates, token/upd, upd/epoch, no record of training",
    }
    whys = {"kl_true": "no lattice or not measured", "ece": "not measured"}
    reasons |= {key: f"{MEASURES[key][0]}, {whys[key]}" for key in _measured(long)}
    orphans = rows[rows["alike"] == ""]
    untested = {
        "alike": rows[(rows["tested_alike"] < rows["n"]) & (rows["alike"] != "") & (rows["name"] != rows["alike"])]
    }
    untested["first"] = rows[(rows["tested"] < rows["n"]) & (rows["name"] != variants[0].name)]
    return [
        f"Test sets, beam search. {scores_text(shown)} in points of 100, mean{spread_text(long['n'])} ({measured}).",
        LEGEND,
        *[BUDGET_LEGEND] * _has_budgets(long),
        f"gain (alike): over the {first} of the same batches, loss and budget; gain (first): over the {first} of the "
        "first row. updates: mean over seeds; token/upd: target tokens of an update without padding, mean over the "
        "training; upd/epoch: updates in an epoch.",
        *_measures_note(long),
        marks_note(tests, "than the baseline of that gain")
        + "".join(
            f" gain ({name}) not tested in every seed: {by_dataset(some, rows)}."
            for name, some in untested.items()
            if len(some)
        ),
        *gap_notes(rows, reasons),
        *([f"{GAP}: gain (alike), there is no such {first}: {by_dataset(orphans, rows)}."] if len(orphans) else []),
    ]


def text_columns(blocks: dict[str, pd.DataFrame]) -> int:
    """Return how many columns of text, which name a row, Table 7 begins with."""
    return sum(column in TEXT_COLUMNS for column in next(iter(blocks.values())).columns)


def _has_budgets(long: pd.DataFrame) -> bool:
    """Return whether some variant was trained for another's number of updates."""
    return bool((long["budget"] != BUDGETS["epochs"]).any())


def _measured(long: pd.DataFrame) -> list[str]:
    """Return the measures that some variant has."""
    return [key for key in MEASURES if long[key].notna().any()]


def _measures_note(long: pd.DataFrame) -> list[str]:
    texts = [": ".join(MEASURES[key]) for key in _measured(long)]
    return [f"Of the test references, teacher-forced, mean over seeds, lower is better. {'; '.join(texts)}."] * bool(
        texts
    )


def row_names(long: pd.DataFrame) -> pd.Series:
    """Return what a note calls each row of Table 7."""
    return pd.Series([_words(row) for row in long.itertuples()], index=long.index, dtype=object)


def _words(row: Any) -> str:
    """Name a row of Table 7 in a note: "kNN-KD (corpus order, released, dropped)"."""
    choices = [row.batches, row.loss] + [row.neighbour] * (row.neighbour != NEIGHBOURS["none"])
    choices += [row.budget] * (row.budget != BUDGETS["epochs"])
    return f"{row.system} ({', '.join(choices)})"
