"""Table 2: quality and speed of every system, with the paper's numbers beside ours."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from knnkd.tables import LEVEL, METRICS, Shown, mark, over_seeds, tested, tests_of
from knnkd.typeset import GAP, listed, number, with_spread

# The paper took these rows over from Chen et al. (2020), to the digit.
QUOTED = {("iwslt14_de_en", "bert_kd"), ("iwslt15_en_vi", "bert_kd"), ("iwslt15_en_vi", "transformer")}
SPEEDS = {"updates": "updates_per_second", "tokens": "tokens_per_second"}
REASONS = {"bleu": "BLEU, no such run", "chrf": "chrF, not measured", "paper_bleu": "paper, it has no such number"}
SPEED_REASONS = {"updates_per_s": "upd/s, not measured", "tokens_per_s": "token/s, not measured"}
FIGURES = {"per_s": "median", "low": "low", "high": "high", "ratio": "ratio"}
FIGURES |= {name: name for name in ("ratio_low", "ratio_high", "rounds")}
TUNED_SIGNS = {"k": "k", "tau": "τ", "lambda": "λ"}


@dataclass(frozen=True)
class About:
    """What the notes say of how the systems were made; each part may be empty, and then nothing is said of it.

    smoothing: epsilon of each trained system's cross-entropy; settings: what the config sets, as text; other_text,
    other_subwords: the systems that learn other text than the first, or split it otherwise; controls: the datasets of
    Table 7; tuned: as of `read_tuned`.
    """

    smoothing: dict[str, float] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    other_text: Sequence[str] = ()
    other_subwords: Sequence[str] = ()
    controls: Sequence[str] = ()
    tuned: pd.DataFrame = field(default_factory=pd.DataFrame)


def table2(
    scores: pd.DataFrame,
    paper: pd.DataFrame,
    tests: pd.DataFrame,
    speed: pd.DataFrame,
    shown: Shown,
    untrained: Collection[str] = (),
) -> pd.DataFrame:
    """Return Table 2 in long form: a row for each dataset and system, with every figure; a gap is empty.

    scores, tests and speed: as of collect_scores, read_significance and read_speed; paper: table, dataset, system,
    metric, value. `untrained` names the systems that train nothing. Columns: dataset, system (labels), n (seeds), bleu
    (mean), spread (standard deviation), ci (95 % bootstrap half width, mean over seeds), p_value (largest over seeds),
    tested (seeds), mark, gain (over the first system), chrf, trained (0 or 1), updates_* and tokens_* (per_s is the
    median over rounds, low and high its quartiles, ratio that to the first system), and paper_*, whose ratios are to
    the first system too.
    """
    rows = []
    for dataset, dataset_label in shown.datasets.items():
        base, _ = over_seeds(scores, dataset, shown.baseline, shown.metrics[dataset])
        for system, label in shown.systems.items():
            row: dict[str, Any] = {"dataset": dataset_label, "system": label}
            row |= _quality(scores, tests, shown, dataset, system)
            row |= {"gain": row["bleu"] - base.mean, "trained": int(system not in untrained)}
            rows.append(row | _speeds(speed, dataset, system) | _of_paper(paper, shown, dataset, system))
    return pd.DataFrame(rows)


def table2_blocks(long: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return Table 2 as it is printed, a block for each dataset; speeds only where some were measured."""
    blocks = {}
    for dataset, rows in long.groupby("dataset", sort=False):
        block = {"Models": rows["system"]}
        block["BLEU"] = [with_spread(row.bleu, row.spread) + row.mark for row in rows.itertuples()]
        # The baseline's own gain is no finding, so it is left out of the printed table.
        block["gain"] = ["", *(number(gain, sign=True) for gain in rows["gain"][1:])]
        block["paper"] = [number(row.paper_bleu) + "§" * row.paper_quoted for row in rows.itertuples()]
        block["chrF"] = [number(value) for value in rows["chrf"]]
        if _has_speeds(long):
            block["upd/s"] = [
                _rate(row.updates_per_s, row.updates_ratio) if row.trained else "n/a" for row in rows.itertuples()
            ]
            block["token/s"] = [_rate(row.tokens_per_s, row.tokens_ratio) for row in rows.itertuples()]
        blocks[str(dataset)] = pd.DataFrame(block)
    return blocks


def table2_notes(
    long: pd.DataFrame, tests: pd.DataFrame, speed: pd.DataFrame, shown: Shown, about: About | None = None
) -> list[str]:
    """Return how the figures of Table 2 were got, and why each gap is one."""
    first, about = shown.systems[shown.baseline], about or About()
    measured = "; ".join(
        f"{label}: {METRICS[shown.metrics[name]]}, {seeds_text(long.loc[long['dataset'] == label, 'n'])}"
        for name, label in shown.datasets.items()
    )
    beside = "; ".join(f"{shown.datasets[name]}: {value}" for name, value in shown.paper_datasets.items()) or "none"
    others = long[long["system"] != first]
    untested = by_dataset(others[others["tested"] < others["n"]], others) if len(tests) else ""
    quoted = (
        " §: quoted there from Chen et al. (2020), with another vocabulary (WordPiece of multilingual BERT), FFN 2048,"
        " beam 4 and length penalty 0.6."
    )
    return [
        f"Test sets, beam search. BLEU and chrF in points of 100, mean{spread_text(long['n'])} ({measured}). "
        f"gain: over {first}.",
        marks_note(tests, f"than {first}") + (f" Not tested in every seed: {untested}." if untested else ""),
        f"paper: BLEU in Table 2 or 3 of the paper, on its own data ({beside})."
        + quoted * bool(long["paper_quoted"].any()),
        *_loss_note(about, shown),
        *_settings_note(about, shown),
        *_tuned_notes(about, shown),
        _speed_note(long, speed, shown, about),
        *gap_notes(long, REASONS | (SPEED_REASONS if _has_speeds(long) else {})),
    ]


def marks_note(tests: pd.DataFrame, compared: str) -> str:
    """Return what † and ‡ say; `compared` is what the systems are compared with ("than X")."""
    if tests.empty:
        return "Significance was not tested: no system is marked."
    samples = listed(f"{count:,}" for count in tests["samples"])
    return (
        f"†, ‡: better, worse {compared} by paired bootstrap ({samples} samples), two-sided p < {LEVEL} in every seed, "
        "not corrected for the number of comparisons."
    )


def seeds_text(counts: pd.Series) -> str:
    """Return "3 seeds", or "2 to 3 seeds" where the systems that were run differ."""
    some = counts[counts > 0]
    if some.empty:
        return "no run"
    low, high = some.min(), some.max()
    return (f"{low} to {high}" if low < high else str(high)) + (" seeds" if high > 1 else " seed")


def spread_text(counts: pd.Series) -> str:
    """Return what stands behind ±, where any system has more than one seed."""
    return " ± standard deviation over seeds" if (counts > 1).any() else " over seeds"


def gap_notes(long: pd.DataFrame, reasons: dict[str, str]) -> list[str]:
    """Return one line that names every gap and its reason; none where there is no gap.

    `reasons` maps a column of `long` to "what, why". A rate of a system that trains nothing is no gap.
    """
    gaps = []
    for column, reason in reasons.items():
        able = long[long["trained"] == 1] if column == "updates_per_s" else long
        empty = able[able[column].isna()]
        if len(empty):
            gaps.append(f"{reason}: {by_dataset(empty, able)}")
    return [f"{GAP}: " + ". ".join(gaps) + "."] if gaps else []


def by_dataset(rows: pd.DataFrame, whole: pd.DataFrame) -> str:
    """Return the systems of some rows of `whole` as "a, b on X; all on Y"."""
    counts = whole["dataset"].value_counts()
    systems = {name: listed(group["system"]) for name, group in rows.groupby("dataset", sort=False)}
    left = rows["dataset"].value_counts()
    return "; ".join(f"{'all' if left[name] == counts[name] else names} on {name}" for name, names in systems.items())


def _quality(scores: pd.DataFrame, tests: pd.DataFrame, shown: Shown, dataset: str, system: str) -> dict:
    bleu, seeds = over_seeds(scores, dataset, system, shown.metrics[dataset])
    own_tests = tests_of(tests, dataset, system, shown.baseline, seeds)
    return {
        "n": bleu.n,
        "bleu": bleu.mean,
        "spread": bleu.spread,
        "ci": own_tests["ci"].mean(),
        "p_value": own_tests["p_value"].max(),
        "tested": tested(tests, dataset, system, shown.baseline, seeds),
        "mark": mark(tests, dataset, system, shown.baseline, seeds),
        "chrf": over_seeds(scores, dataset, system, "chrf")[0].mean,
    }


def _speeds(speed: pd.DataFrame, dataset: str, system: str) -> dict:
    figures: dict[str, Any] = {}
    for name, metric in SPEEDS.items():
        of_metric = (speed["dataset"] == dataset) & (speed["system"] == system) & (speed["metric"] == metric)
        row = speed[of_metric]
        figures |= {
            f"{name}_{figure}": row[column].iloc[0] if len(row) else float("nan") for figure, column in FIGURES.items()
        }
    return figures


def _of_paper(paper: pd.DataFrame, shown: Shown, dataset: str, system: str) -> dict:
    name = shown.paper_datasets.get(dataset, "")
    of_table = paper[paper["table"].isin(["table2", "table3"]) & (paper["dataset"] == name)]
    values = of_table.set_index(["system", "metric"])["value"]
    figures = {"paper_bleu": values.get((system, "bleu"), float("nan"))}
    for rate in SPEEDS:
        value = values.get((system, f"{rate}_per_s"), float("nan"))
        figures[f"paper_{rate}_per_s"] = value
        figures[f"paper_{rate}_ratio"] = value / values.get((shown.baseline, f"{rate}_per_s"), float("nan"))
    return figures | {"paper_quoted": int((name, system) in QUOTED)}


def _has_speeds(long: pd.DataFrame) -> bool:
    return bool(long[[f"{name}_per_s" for name in SPEEDS]].notna().any(axis=None))


def _rate(value: float, ratio: float) -> str:
    """Return "2.02 (1.00×)": a rate with three figures or more, and its ratio to the first system."""
    if pd.isna(value):
        return GAP
    return f"{number(value, 2 if value < 100 else 1 if value < 1000 else 0)} ({ratio:.2f}×)"


def _speed_note(long: pd.DataFrame, speed: pd.DataFrame, shown: Shown, about: About) -> str:
    if not _has_speeds(long):
        return "Speed was not measured."
    rows = speed[speed["dataset"].isin(list(shown.datasets)) & speed["system"].isin(list(shown.systems))]
    rounds = listed(str(count) for count in rows["rounds"])
    device = listed(f"{row.device}, threads: {row.threads}" for row in rows.itertuples())
    untrained = listed(long.loc[long["trained"] == 0, "system"])
    other_text, other_subwords = (
        listed(shown.systems[name] for name in names) for names in (about.other_text, about.other_subwords)
    )
    return (
        f"upd/s (training) and token/s (decoding): median over {rounds} rounds ({device}); in brackets the ratio to "
        f"{shown.systems[shown.baseline]}, median over the same rounds. The quartiles are in the CSV. token/s counts "
        "each system's own subwords"
        + (f", which are other ones in {other_subwords}." if other_subwords else ".")
        + (f" upd/s of {other_text}: over other batches, made of other text or subwords." if other_text else "")
        + (f" n/a: {untrained} trains nothing." if untrained else "")
    )


def _loss_note(about: About, shown: Shown) -> list[str]:
    """Return which systems smooth the labels, and where gains over the same loss stand."""
    kinds: dict[float, list[str]] = {}
    for name in shown.systems:
        if name in about.smoothing:
            kinds.setdefault(about.smoothing[name], []).append(shown.systems[name])
    if not kinds:
        return []
    texts = {epsilon: f"label-smoothed (ε = {epsilon:g})" if epsilon else "plain" for epsilon in kinds}
    if len(kinds) == 1:
        return [f"Cross-entropy of every trained system: {listed(texts.values())}."]
    parts = "; ".join(f"{texts[epsilon]}: {listed(labels)}" for epsilon, labels in kinds.items())
    places = listed(shown.datasets[name] for name in about.controls)
    text = f"Cross-entropy, {parts}. A gain between the two is one over another loss too."
    if places:
        text += (
            f" Table 7 has gains over a {shown.systems[shown.baseline]} of the same loss, for its systems ({places})."
        )
    return [text]


def _settings_note(about: About, shown: Shown) -> list[str]:
    texts = [f"{label}: {about.settings[name]}" for name, label in shown.systems.items() if about.settings.get(name)]
    return [f"Set in the config: {'; '.join(texts)}."] if texts else []


def _tuned_notes(about: About, shown: Shown) -> list[str]:
    """Return a line for each tuned system: what was chosen on each dataset, seed by seed."""
    if about.tuned.empty:
        return []
    notes = []
    for system, rows in about.tuned.groupby("system", sort=False):
        texts = [f"{shown.datasets[name]}: {_tuned_text(own)}" for name, own in rows.groupby("dataset", sort=False)]
        notes.append(f"{shown.systems[system]}, chosen on the validation set: {'; '.join(texts)}.")
    return notes


def _tuned_text(rows: pd.DataFrame) -> str:
    """Return "k = 16/8, τ = 10, λ = 0.7 (seeds 1/2), exact index, at the edge of the grid: λ (seed 2)"."""
    chosen = {key: [f"{value:g}" for value in rows[key]] for key in TUNED_SIGNS}
    text = ", ".join(
        f"{sign} = {'/'.join(chosen[key] if len(set(chosen[key])) > 1 else chosen[key][:1])}"
        for key, sign in TUNED_SIGNS.items()
    )
    several = len(rows) > 1
    text += f" (seeds {'/'.join(str(seed) for seed in rows['seed'])})" * several
    text += f", {listed(rows['index'])} index"
    recalls = [number(recall, 3) for recall in rows["recall"]]
    if (rows["index"] != "exact").any():
        known = rows["recall"].notna().any()
        text += (
            f", which finds {'/'.join(recalls)} of the nearest at the largest k" if known else ", recall not measured"
        )
    edges = [
        listed(TUNED_SIGNS[key] for key in row.edge) + f" (seed {row.seed})" * several
        for row in rows.itertuples()
        if row.edge
    ]
    return text + (f", at the edge of the grid: {', '.join(edges)}" if edges else "")
