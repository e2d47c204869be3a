"""The verdict: every claim of the paper, our figure for it with its interval, and whether it was reproduced."""

import math
from collections.abc import Sequence
from statistics import mean
from typing import Any

import pandas as pd

from knnkd.evaluation.intervals import NOT_CONVERGED, NOT_REPRODUCED, NOT_RUN, REPRODUCED, UNDECIDED, Estimate, Region
from knnkd.evaluation.metrics import metric_of
from knnkd.experiment.lineage import RunName
from knnkd.reporting.paper import PAPER_NAMES
from knnkd.reporting.typeset import GAP, listed, number
from knnkd.reporting.verdict.claims import CLAIMS, Claim
from knnkd.reporting.verdict.evidence import Evidence
from knnkd.reporting.verdict.results import Part, Results

COLUMNS = ["claim", "section", "statement", "paper", "ours", "low", "high", "unit", "outcome", "basis", "scale"]
TEXT_COLUMNS = 3  # claim, outcome and paper
DIGITS = {"BLEU": 2, "× updates/s": 2, "× tokens/s": 2, "nats/token": 4, "probability": 4}
SECTIONS = {
    "table2": "Table 2",
    "table3": "Table 3",
    "table4": "Table 4",
    "ablation": "ablation",
    "controls": "controls",
}


def verdict(results: Results, claims: Sequence[Claim] = CLAIMS) -> pd.DataFrame:
    """Return a row for each claim, and for each place of a claim that is made of several where it asks for them.

    Columns: claim (a short id), section (of the paper), statement, paper (its figure, as text), ours, low and high (the
    figure and its interval, in `unit`; empty where there is none), outcome (of `intervals.py`), basis (how the figure
    was got, and the rule of its outcome), scale (data, model, seeds).
    """
    rows = []
    for claim in claims:
        places = results.places.get(claim.evidence.place_kind, [])
        found = {place: _part(results, claim.evidence, place) for place in places}
        rows.append(_row(results, claim, found))
        if claim.each and len(places) > 1:
            rows += [_row(results, claim, {place: part}, of_place=True) for place, part in found.items()]
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(("ours", "low", "high"), float))


def _part(results: Results, evidence: Evidence, place: str) -> Part | str:
    """Return what a place gives to a claim; the paper's claims of BLEU are decided by no other metric."""
    metric = metric_of(results.shown.metrics[place.rpartition(">")[2]])
    if evidence.unit == "BLEU" != metric.heading:
        return f"judged by {metric.heading}, and the claim is of BLEU"
    return evidence.part(results, place)


def verdict_blocks(long: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the verdict as it is printed, a block for each section of the paper."""
    blocks = {}
    for section, rows in long.groupby("section", sort=False):
        block: dict[str, Any] = {"Claim": rows["statement"], "outcome": rows["outcome"], "paper": rows["paper"]}
        figures = [
            (GAP, GAP) if pd.isna(row.ours) else (_figure(row.ours, row.unit), _ends(row.low, row.high, row.unit))
            for row in rows.itertuples()
        ]
        block |= {"ours": [figure for figure, _ in figures], "interval": [ends for _, ends in figures]}
        blocks[f"Section {section}"] = pd.DataFrame(block | {"unit": rows["unit"]})
    return blocks


def verdict_notes(long: pd.DataFrame, results: Results) -> list[str]:
    """Return what the verdict rests on, and what it does not say."""
    counts = long["outcome"].value_counts()
    run = long[long["outcome"] != NOT_RUN]
    outcomes = listed(f"{counts[name]} {name}" for name in counts.index)
    notes = [
        *_convergence_note(long, results),
        f"{len(long)} claims: {outcomes}. A claim is reproduced where its interval lies wholly where the claim says, "
        "not reproduced where it lies wholly elsewhere, undecided where it does neither, not run where runs lack. The "
        "basis of each row, and the scale that it holds at, stand in the CSV.",
        "Interval of a BLEU difference: paired bootstrap of the test sentences (percentiles 2.5 and 97.5), its ends "
        "averaged over seeds; from two seeds on widened by the spread over trainings: half width = sqrt(bootstrap^2 + "
        "(t s / sqrt n)^2), n seeds, s the standard deviation of their differences, t Student's percentile 97.5. Over "
        "data sets: the mean, the squares of the half widths added and divided by their number squared. Speeds: median "
        "and quartiles over rounds. No correction for the number of claims.",
        "As fast: above 0.95 of the speed. Much slower: below half of it. The controls of label smoothing and of the "
        "order of batches ask whether one of the two alone is worth half of the paper's mean gain in Table 2.",
        "paper: differences and ratios of the figures in its tables, on its own data; its text has another gain for "
        "De-En. Its BERT-KD and its Transformer on En-Vi are quoted from Chen et al. (2020), with another vocabulary.",
        *_seeds_note(results, run),
        *_data_note(results),
    ]
    if NOT_RUN in counts:
        notes.append(f"{GAP}: not run; why stands in the basis.")
    return notes


def _row(results: Results, claim: Claim, found: dict[str, Part | str], of_place: bool = False) -> dict[str, Any]:
    """Return the row of a claim over the places of `found`, each of which gave a part or the reason why not."""
    evidence = claim.evidence
    parts = [part for part in found.values() if isinstance(part, Part)]
    suffix = [next(iter(found))] if of_place else []
    row: dict[str, Any] = {
        "claim": "-".join([claim.id, *(place.replace(">", "-to-") for place in suffix)]),
        "section": claim.section,
        "statement": ": ".join([claim.statement, *map(results.label, suffix)]),
        "paper": _paper(results, evidence, list(found), [part.place for part in parts]),
        "unit": evidence.unit,
    }
    region = evidence.region(results)
    if not parts:
        return row | {
            "outcome": NOT_RUN,
            "basis": f"{_reason(results, evidence, found)}; {_rule(region)}.",
            "scale": "",
        }
    estimate = evidence.combined(parts)
    outcome = region.outcome(estimate)
    complete = all(part.complete for part in parts)
    row |= {"ours": estimate.value, "low": estimate.low, "high": estimate.high}
    row["outcome"] = UNDECIDED if outcome == REPRODUCED and not complete else outcome
    cut = _cut_off(results, evidence, parts)
    row["outcome"] = NOT_CONVERGED if cut else row["outcome"]
    return row | {
        "basis": _cut_text(results, cut) + _basis(results, evidence, parts, found),
        "scale": _scale(results, evidence, parts),
    }


def _cut_off(results: Results, evidence: Evidence, parts: Sequence[Part]) -> list[RunName]:
    """Return the trainings behind a figure of quality that decide nothing; a speed does not depend on convergence."""
    if evidence.unit.startswith("×"):
        return []
    systems = evidence.systems(results)
    return list(dict.fromkeys(run for part in parts for run in results.cut_off(part.place, systems)))


def _cut_text(results: Results, cut: Sequence[RunName]) -> str:
    """Return which trainings were cut off, and by what, to begin a basis with; "" where none was."""
    if not cut or results.trainings is None:
        return ""
    labels = results.shown.systems
    names = listed(f"{labels.get(run.system, run.system)} on {results.label(run.dataset)}" for run in cut)
    return f"Decides nothing, as {' and '.join(results.trainings.limits(cut))} cut off {names}. "


def _basis(results: Results, evidence: Evidence, parts: Sequence[Part], found: dict[str, Part | str]) -> str:
    """Return in one sentence how the figure was got, and the rule of its outcome."""
    several = len(parts) > 1
    texts = []
    for part in parts:
        text = results.label(part.place)
        if several:
            text += f" {_figure(part.estimate.value, evidence.unit)} {_interval(part.estimate, evidence.unit)}"
        texts.append(text + (f" ({part.about})" if part.about else ""))
    lacking = {place: part for place, part in found.items() if isinstance(part, str)}
    clauses = [f"{evidence.how(results)}: {'mean of ' * several}{', '.join(texts)}"]
    clauses.append(evidence.interval + f", {evidence.combination}" * several)
    region = evidence.region(results)
    settled = [part for part in parts if several and not _cut_off(results, evidence, [part])]
    against = [part for part in settled if region.outcome(part.estimate) == NOT_REPRODUCED]
    if against and region.outcome(evidence.combined(parts)) != NOT_REPRODUCED:
        clauses.append(f"though not reproduced on {' or '.join(results.label(part.place) for part in against)} alone")
    clauses += [f"without {results.label(place)} ({reason})" for place, reason in lacking.items()]
    if not all(part.complete for part in parts):
        clauses.append("undecided at best, as not all that the claim speaks of was run")
    return "; ".join([*clauses, _rule(region)]) + "."


def _rule(region: Region) -> str:
    other = {"above": "below", "below": "above"}.get(region.text().split(" ", maxsplit=1)[0], "outside")
    return f"reproduced if the interval is wholly {region.text()}, not reproduced if it is wholly {other}"


def _reason(results: Results, evidence: Evidence, found: dict[str, Part | str]) -> str:
    if not found:
        return f"Not run: the experiment has no {SECTIONS[evidence.place_kind]}"
    return f"Not run: {'; '.join(f'{results.label(place)}, {reason}' for place, reason in found.items())}"


def _paper(results: Results, evidence: Evidence, asked: Sequence[str], run: Sequence[str]) -> str:
    """Return the paper's figure for the places that were run, else those asked for, else its own; and whose data."""
    places = run or asked
    names = [">".join(results.shown.paper_datasets.get(name, "") for name in place.split(">")) for place in places]
    known = results.paper_places(evidence.place_kind)
    figures = {name: evidence.paper_figure(results, name) for name in ([n for n in names if n in known] or known)}
    figures = {name: figure for name, figure in figures.items() if not math.isnan(figure)}
    if not figures:
        text = evidence.paper_text(results)
    elif len(figures) == 1:
        (name,) = figures
        text = f"{_figure(figures[name], evidence.unit)} ({_paper_label(name)})"
    else:
        each = ", ".join(f"{_paper_label(name)} {_figure(figure, evidence.unit)}" for name, figure in figures.items())
        text = f"{_figure(mean(figures.values()), evidence.unit)} ({each})"
    if not run or not evidence.is_beside:
        return text
    own = [all(results.is_own(name) for name in place.split(">")) for place in run]
    return f"{text}; ours: " + ("the same data" if all(own) else "other data, in part" if any(own) else "other data")


def _paper_label(place: str) -> str:
    return " → ".join(PAPER_NAMES.get(name, name) for name in place.split(">"))


def _scale(results: Results, evidence: Evidence, parts: Sequence[Part]) -> str:
    """Return the training data, the model's size and the seeds that a figure holds for."""
    texts = []
    systems = [results.system(role) for role in evidence.roles()]
    for dataset in dict.fromkeys(part.place.split(">", maxsplit=1)[0] for part in parts):
        text = [results.label(dataset)]
        if pairs := results.pairs.get(dataset, {}).get("train"):
            text.append(f"{pairs:,} training pairs")
        sizes = {size for (name, system), size in results.sizes.items() if name == dataset and system in systems}
        sizes = sizes or {size for (name, _), size in results.sizes.items() if name == dataset}
        if sizes:
            ends = [f"{size / 1e6:.2f}" for size in sorted({min(sizes), max(sizes)})]
            text.append(f"{' to '.join(dict.fromkeys(ends))} M parameters")
        texts.append(", ".join(text))
    if seeds := sorted({seed for part in parts for seed in part.seeds}):
        texts.append(f"seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}")
    return "; ".join(texts)


def _convergence_note(long: pd.DataFrame, results: Results) -> list[str]:
    """Return how many trainings were cut off, as the first that is to be read; none where all converged."""
    if results.trainings is None or not (long["outcome"] == NOT_CONVERGED).any():
        return []
    stopped = {run: reason for run, reason in results.trainings.stopped.items() if reason}
    cut = [run for run in stopped if results.trainings.is_cut_off(run)]
    limits = ", ".join(results.trainings.limits(cut))
    return [
        f"Not converged: {len(cut)} of the {len(stopped)} trainings were cut off ({limits}) before their validation "
        "score had stopped rising. No claim of quality is decided on them, or on what learned from them; their figures "
        "stand below all the same."
    ]


def _seeds_note(results: Results, run: pd.DataFrame) -> list[str]:
    """Return what one seed leaves open, where some comparison has no more."""
    per_run = results.tests.groupby(["dataset", "split", "baseline", "system"])["seed"].nunique()
    if run.empty or per_run.empty or per_run.min() > 1:
        return []
    return [
        "Where there is one seed, the interval says how much the choice of test sentences matters, and nothing of the "
        "spread over trainings: another seed may turn the outcome. One training of each system is no finding about the "
        "method."
    ]


def _data_note(results: Results) -> list[str]:
    """Return which datasets are not the paper's own, and what that means."""
    asked = dict.fromkeys(name for places in results.places.values() for place in places for name in place.split(">"))
    others = [name for name in asked if not results.is_own(name)]
    if not others:
        return []
    sizes = [
        f"{results.label(name)} ({results.pairs[name]['train']:,} training pairs)"
        if "train" in results.pairs.get(name, {})
        else results.label(name)
        for name in others
    ]
    return [
        f"Not the paper's data: {', '.join(sizes)}. There, reproduced says that a claim holds on that corpus, at that "
        "size and with that model, and not reproduced that it does not; neither is a finding about the paper's own "
        "experiments. A dataset counts as the paper's own where all its splits have the numbers of pairs of Table 5."
    ]


def _figure(value: float, unit: str) -> str:
    """Return a figure with the decimals of its unit; a difference with its sign."""
    return number(value, DIGITS[unit], sign=not unit.startswith("×")) + "×" * unit.startswith("×")


def _ends(low: float, high: float, unit: str) -> str:
    return " to ".join(number(end, DIGITS[unit], sign=not unit.startswith("×")) for end in (low, high))


def _interval(estimate: Estimate, unit: str) -> str:
    return f"[{_ends(estimate.low, estimate.high, unit)}]"
