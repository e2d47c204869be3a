"""Tables 2 and 3: quality and speed of every system, with the paper's numbers beside ours.

Table 3 is Table 2 without the speed of training, and with the gains over a second system, each with its mark.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from knnkd.reporting.convergence import cut_mark, cut_off_note, with_cut_off
from knnkd.reporting.frames import SCORE_COLUMNS, Shown, quality, read_csv, read_significance, read_speed
from knnkd.reporting.notes import (
    by_dataset,
    gap_notes,
    marks_note,
    measured_text,
    score_reasons,
    scores_text,
    spread_text,
)
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.system_notes import About, about_notes, read_tuned
from knnkd.reporting.trainings import Trainings
from knnkd.reporting.typeset import GAP, listed, number, with_spread, write_table

# The paper took these rows over from Chen et al. (2020), to the digit.
QUOTED = {("iwslt14_de_en", "bert_kd"), ("iwslt15_en_vi", "bert_kd"), ("iwslt15_en_vi", "transformer")}
SPEEDS = {"updates": "updates_per_second", "tokens": "tokens_per_second"}
SPEED_REASONS = {"updates_per_s": "upd/s, not measured", "tokens_per_s": "token/s, not measured"}
FIGURES = {"per_s": "median", "low": "low", "high": "high", "ratio": "ratio"}
FIGURES |= {name: name for name in ("ratio_low", "ratio_high", "rounds")}


@dataclass(frozen=True)
class Settings:
    """What Table 2 or 3 shows; untrained, second: as of `table2`; about: what the notes say of how systems are made."""

    shown: Shown
    untrained: list[str] = field(default_factory=list)
    second: str = ""
    about: About = field(default_factory=About)

    def __post_init__(self) -> None:
        """Raise KnnKdError for a name without a label, or a dataset without a metric."""
        self.shown.require_some("systems", "datasets", "metrics")
        self.shown.require("systems", [self.second] if self.second else [], "second")
        self.about.require_shown(self.shown)


@dataclass(frozen=True)
class Inputs:
    """CSVs of scores, trainings and the paper's numbers, of speed if it was measured; tuned: tuned.json of kNN-MT.

    significance: JSONs of compare_systems.py against the first system, or the second.
    """

    scores: Path
    trainings: Path
    paper: Path
    speed: Path | None
    significance: list[Path]
    tuned: list[Path]


def make_table2(settings: Settings, inputs: Inputs, output: Path) -> None:
    """Write table2 in every form; its gains are over the first system alone."""
    tests = read_significance(inputs.significance, settings.shown.metrics, settings.shown.baseline)
    _write(settings, inputs, tests, output, "table2")


def make_table3(settings: Settings, inputs: Inputs, output: Path) -> None:
    """Write table3 in every form: without the speed of training."""
    tests = read_significance(inputs.significance, settings.shown.metrics)
    _write(settings, inputs, tests, output, "table3", training=False)


def _write(
    settings: Settings, inputs: Inputs, tests: pd.DataFrame, output: Path, name: str, training: bool = True
) -> None:
    shown = settings.shown
    scores, paper = read_csv(inputs.scores, SCORE_COLUMNS), read_paper(inputs.paper)
    speed = read_speed(inputs.speed, shown.baseline, shown.datasets)
    long = table2(scores, paper, tests, speed, shown, settings.untrained, settings.second, training)
    runs = [(dataset, system) for dataset in shown.datasets for system in shown.systems]
    long = with_cut_off(long, Trainings.read(inputs.trainings), runs)
    tuned = read_tuned(inputs.tuned, shown)
    notes = cut_off_note(long, heading=shown.heading) + table2_notes(long, tests, speed, shown, settings.about, tuned)
    write_table(long, table2_blocks(long, shown), notes, output, name)


def table2(
    scores: pd.DataFrame,
    paper: pd.DataFrame,
    tests: pd.DataFrame,
    speed: pd.DataFrame,
    shown: Shown,
    untrained: Collection[str] = (),
    second: str = "",
    training: bool = True,
) -> pd.DataFrame:
    """Return Table 2 or 3 in long form: a row for each dataset and system, with every figure; a gap is empty.

    scores, tests and speed: as of collect_scores, read_significance and read_speed; paper: table, dataset, system,
    metric, value. `untrained` names the systems that train nothing, `second` one that further gains are over ("":
    none), and `training` says whether the speed of training is shown. Columns: dataset, system (labels), n (seeds),
    the score (`shown.column`, mean), spread (standard deviation), ci (95 % bootstrap half width, mean over seeds),
    p_value (largest over seeds), tested (seeds), mark, the scores beside, gain (over the first system), trained (0 or
    1), where there is a second system second (its label), second_gain, second_p_value, second_tested and second_mark
    (over and against that), updates_* and tokens_* (per_s is the median over rounds, low and high its quartiles, ratio
    that to the first system), and paper_*, whose ratios are to the first system too.
    """
    rates = [rate for rate in SPEEDS if training or rate != "updates"]
    rows = []
    for dataset, dataset_label in shown.datasets.items():
        for system, label in shown.systems.items():
            row: dict[str, Any] = {"dataset": dataset_label, "system": label}
            row |= quality(scores, tests, shown, dataset, system, shown.baseline)
            row |= {"trained": int(system not in untrained)}
            row |= _over_second(scores, tests, shown, dataset, system, second) if second else {}
            rows.append(row | _speeds(speed, dataset, system, rates) | _of_paper(paper, shown, dataset, system, rates))
    return pd.DataFrame(rows)


def table2_blocks(long: pd.DataFrame, shown: Shown) -> dict[str, pd.DataFrame]:
    """Return Table 2 or 3 as it is printed, a block for each dataset; speeds only where some were measured."""
    blocks = {}
    for dataset, rows in long.groupby("dataset", sort=False):
        block = {"Models": rows["system"]}
        block[shown.heading] = [
            with_spread(getattr(row, shown.column), row.spread, shown.digits) + row.mark + cut_mark(row)
            for row in rows.itertuples()
        ]
        # The baseline's own gain is no finding, so it is left out of the printed table.
        block["gain"] = ["", *(number(gain, shown.digits, sign=True) for gain in rows["gain"][1:])]
        if second := _second(long):
            block[f"gain ({second})"] = [
                "" if row.system == second else number(row.second_gain, shown.digits, sign=True) + row.second_mark
                for row in rows.itertuples()
            ]
        block["paper"] = [number(row.paper_bleu) + "§" * row.paper_quoted for row in rows.itertuples()]
        for each in shown.beside.values():
            block[each.heading] = [number(value, each.decimals) for value in rows[each.column]]
        if _has_speeds(long) and "updates_per_s" in long:
            block["upd/s"] = [
                _rate(row.updates_per_s, row.updates_ratio) if row.trained else "n/a" for row in rows.itertuples()
            ]
        if _has_speeds(long):
            block["token/s"] = [_rate(row.tokens_per_s, row.tokens_ratio) for row in rows.itertuples()]
        blocks[str(dataset)] = pd.DataFrame(block)
    return blocks


def table2_notes(
    long: pd.DataFrame,
    tests: pd.DataFrame,
    speed: pd.DataFrame,
    shown: Shown,
    about: About | None = None,
    tuned: pd.DataFrame | None = None,
) -> list[str]:
    """Return how the figures of Table 2 or 3 were got, and why each gap is one; tuned: as of `read_tuned`."""
    first, second, about = shown.systems[shown.baseline], _second(long), about or About()
    beside = "; ".join(f"{shown.datasets[name]}: {value}" for name, value in shown.paper_datasets.items()) or "none"
    alone = _alone(long, about, shown)
    measured = measured_text(long[~alone], shown)
    quoted = (
        " §: quoted there from Chen et al. (2020), with another vocabulary (WordPiece of multilingual BERT), FFN 2048,"
        " beam 4 and length penalty 0.6."
    )
    reasons = score_reasons(shown) | ({"second_gain": f"gain ({second}), one of the two has no run"} if second else {})
    reasons |= {name: why for name, why in SPEED_REASONS.items() if _has_speeds(long) and name in long}
    return [
        f"Test sets, beam search. {scores_text(shown)} in points of 100, mean{spread_text(long['n'])} ({measured}). "
        f"gain: over {first}" + (f"; gain ({second}): over {second}." if second else "."),
        *_alone_note(long[alone], long),
        _marks_note(long, tests, first, shown.heading),
        f"paper: BLEU in Table 2 or 3 of the paper, on its own data ({beside})."
        + quoted * bool(long["paper_quoted"].any()),
        *about_notes(about, tuned, shown, second or first),
        _speed_note(long, speed, shown, about),
        *gap_notes(long, reasons),
    ]


def _over_second(
    scores: pd.DataFrame, tests: pd.DataFrame, shown: Shown, dataset: str, system: str, second: str
) -> dict:
    own = quality(scores, tests, shown, dataset, system, second)
    figures = {f"second_{name}": own[name] for name in ("gain", "p_value", "tested", "mark")}
    return {"second": shown.systems[second]} | figures


def _speeds(speed: pd.DataFrame, dataset: str, system: str, rates: Collection[str]) -> dict:
    figures: dict[str, Any] = {}
    for name in rates:
        of_metric = (speed["dataset"] == dataset) & (speed["system"] == system) & (speed["metric"] == SPEEDS[name])
        row = speed[of_metric]
        figures |= {
            f"{name}_{figure}": row[column].iloc[0] if len(row) else float("nan") for figure, column in FIGURES.items()
        }
    return figures


def _of_paper(paper: pd.DataFrame, shown: Shown, dataset: str, system: str, rates: Collection[str]) -> dict:
    name = shown.paper_datasets.get(dataset, "")
    of_table = paper[paper["table"].isin(["table2", "table3"]) & (paper["dataset"] == name)]
    values = of_table.set_index(["system", "metric"])["value"]
    figures = {"paper_bleu": values.get((system, "bleu"), float("nan"))}
    for rate in rates:
        value = values.get((system, f"{rate}_per_s"), float("nan"))
        figures[f"paper_{rate}_per_s"] = value
        figures[f"paper_{rate}_ratio"] = value / values.get((shown.baseline, f"{rate}_per_s"), float("nan"))
    return figures | {"paper_quoted": int((name, system) in QUOTED)}


def _second(long: pd.DataFrame) -> str:
    """Return the label of the system that further gains are over; "" where there is none."""
    return str(long["second"].iloc[0]) if "second" in long else ""


def _alone(long: pd.DataFrame, about: About, shown: Shown) -> pd.Series:
    """Return which rows have one run beside several of the others, because no seed changes anything in them."""
    pairs = {(shown.datasets[dataset], shown.systems[system]) for dataset, system in about.one_run}
    most = long.groupby("dataset")["n"].transform("max")
    return pd.Series([(row.dataset, row.system) in pairs for row in long.itertuples()]) & (long["n"] == 1) & (most > 1)


def _has_speeds(long: pd.DataFrame) -> bool:
    return bool(long[[f"{name}_per_s" for name in SPEEDS if f"{name}_per_s" in long]].notna().any(axis=None))


def _rate(value: float, ratio: float) -> str:
    """Return "2.02 (1.00×)": a rate with three figures or more, and its ratio to the first system."""
    if pd.isna(value):
        return GAP
    return f"{number(value, 2 if value < 100 else 1 if value < 1000 else 0)} ({ratio:.2f}×)"


def _alone_note(alone: pd.DataFrame, long: pd.DataFrame) -> list[str]:
    """Return which systems have one run beside several, which is neither a gap nor without spread by chance."""
    if alone.empty:
        return []
    return [
        f"One run, of a model that no seed changes, and so no spread: {by_dataset(alone, long)}. It is held against "
        "every seed of the others."
    ]


def _marks_note(long: pd.DataFrame, tests: pd.DataFrame, first: str, heading: str) -> str:
    """Return what the marks behind the score and behind the second gain say, and what was not tested."""
    second, place = _second(long), ""
    compared = f"than {first}"
    if second:
        place = f"gain ({second})"
        compared = f"than {first} (behind {heading}), than {second} (behind {place})"
    text = marks_note(tests, compared)
    for baseline, column, name in ((first, "tested", ""), (second, "second_tested", f" ({place})")):
        others = long[long["system"] != baseline]
        if baseline and len(tests) and len(untested := others[others[column] < others["n"]]):
            text += f" Not tested in every seed{name}: {by_dataset(untested, others)}."
    return text


def _speed_note(long: pd.DataFrame, speed: pd.DataFrame, shown: Shown, about: About) -> str:
    training = "updates_per_s" in long
    without = "" if training else " No upd/s, as in Table 3 of the paper: most of its systems train nothing."
    if not _has_speeds(long):
        return "Speed was not measured." + without
    rows = speed[speed["dataset"].isin(list(shown.datasets)) & speed["system"].isin(list(shown.systems))]
    rounds = listed(str(count) for count in rows["rounds"])
    device = listed(f"{row.device}, threads: {row.threads}" for row in rows.itertuples())
    untrained = listed(long.loc[long["trained"] == 0, "system"])
    other_text, other_subwords = (
        listed(shown.systems[name] for name in names) for names in (about.other_text, about.other_subwords)
    )
    text = (
        f"{'upd/s (training) and ' * training}token/s (decoding): median over {rounds} rounds ({device}); in brackets "
        f"the ratio to {shown.systems[shown.baseline]}, median over the same rounds. The quartiles are in the CSV. "
        "token/s counts each system's own subwords"
        + (f", which are other ones in {other_subwords}." if other_subwords else ".")
    )
    if not training:
        return text + without
    return (
        text
        + (f" upd/s of {other_text}: over other batches, made of other text or subwords." if other_text else "")
        + (f" n/a: {untrained} trains nothing." if untrained else "")
    )
