"""The report: one page that holds every result of an experiment, how it was obtained and what it cost."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json
from knnkd.core.hardware import read_hardware
from knnkd.reporting import provenance
from knnkd.reporting.frames import read_csv
from knnkd.reporting.pages.captions import (
    FIGURES,
    FOLDER,
    TABLES,
    Captions,
    page_template,
    read_figures,
    read_tables,
    read_text,
)
from knnkd.reporting.pages.embed import json_for_page
from knnkd.reporting.verdict.decide import COLUMNS, verdict_blocks

# An outcome is always a word; the sign before it, and its colour, are for the eye that runs down the table.
OUTCOMES = {"reproduced": "✓", "not reproduced": "✗", "undecided": "?", "not converged": "…", "not run": "–"}
CASE_STUDY = "figure4"  # stands with the case study, not among the figures
PREDICTION_KEYS = ("dataset", "seed", "languages", "teacher", "systems", "settings", "sentences", "training")
POSITION_KEYS = ("prefix", "gold", "systems", "teacher", "true", "neighbours")


@dataclass(frozen=True)
class Sources:
    """The files that the page is made of, and what it calls systems and datasets; what was not run is empty or None."""

    verdict: Path
    settings: Path
    tables: Sequence[Path]
    figures: Sequence[Path]
    runs: Sequence[Path]
    systems: Mapping[str, str]
    datasets: Mapping[str, str]
    case_study: Path | None = None
    inspections: Sequence[Path] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


def make_page(sources: Sources) -> str:
    """Return the page as HTML. KnnKdError where a file is missing, or is not what its rule writes."""
    settings = read_text(sources.settings)
    config = yaml.safe_load(settings)
    predictions, script = read_predictions(sources), read_text(FOLDER / "report.js")
    return page_template("report.html.j2").render(
        experiment=config["experiment"],
        datasets=[sources.datasets[name] for name in config["datasets"] if name in sources.datasets],
        seeds=config["seeds"],
        **_results(sources, Captions(config)),
        **predictions,
        predictions=json_for_page(predictions),
        settings=settings,
        **_origin(sources),
        style=read_text(FOLDER / "report.css"),
        script=script,
        # The one script that the page lets run, whatever else finds its way into it.
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _results(sources: Sources, captions: Captions) -> dict[str, Any]:
    """Return the verdict, the tables, the figures and the costs as the template has them."""
    tables, figures = read_tables(sources.tables, captions), read_figures(sources.figures, captions)
    claims = read_verdict(sources.verdict)
    outcomes = [row["outcome"] for rows in claims.values() for row in rows]
    return {
        "claims": claims,
        "counts": {outcome: outcomes.count(outcome) for outcome in OUTCOMES},
        "signs": OUTCOMES,
        "verdict": tables.get("verdict", captions.of("verdict")),
        "tables": [each for name, each in tables.items() if name not in ("verdict", "costs")],
        "missing_tables": [captions.of(name).short for name in TABLES if name not in tables],
        "figures": [each for name, each in figures.items() if name != CASE_STUDY],
        "missing_figures": [captions.of(name).short for name in FIGURES if name not in figures],
        "figure4": figures.get(CASE_STUDY),
        "costs": tables.get("costs"),
    }


def _origin(sources: Sources) -> dict[str, Any]:
    """Return versions, machines and commit as the template has them."""
    runs = provenance.read_runs(sources.runs)
    return {
        "versions": provenance.versions(runs, sources.versions),
        "hardware": str(read_hardware()),
        "machines": provenance.machines(runs),
        "commit": provenance.commit(FOLDER.parents[1]),
    }


def read_verdict(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the claims of each section of the paper: the CSV's columns, `figure` and `interval` as the table has them.

    KnnKdError for an outcome that is none of OUTCOMES.
    """
    long = read_csv(path, COLUMNS)
    sections: dict[str, list[dict[str, Any]]] = {}
    for title, block in verdict_blocks(long).items():
        for index, printed in block.iterrows():
            row = {name: "" if pd.isna(value) else value for name, value in long.loc[index].items()}
            if row["outcome"] not in OUTCOMES:
                raise KnnKdError(f"{path}: {row['claim']}: outcome '{row['outcome']}', none of {', '.join(OUTCOMES)}")
            row |= {"figure": printed["ours"], "interval": printed["interval"]}
            # The figure of a ratio has its sign already.
            sections.setdefault(title, []).append(row | {"unit": row["unit"].removeprefix("× ")})
    return sections


def read_predictions(sources: Sources) -> dict[str, Any]:
    """Return what the page's script reads: case_study (or None), inspections, and labels of systems and datasets."""
    return {
        "labels": {"systems": dict(sources.systems), "datasets": dict(sources.datasets)},
        "case_study": read_prediction(sources.case_study) if sources.case_study else None,
        "inspections": [read_prediction(path) for path in sources.inspections],
    }


def read_prediction(path: Path) -> dict[str, Any]:
    """Return a JSON of inspect_prediction.py; KnnKdError where it lacks a key, a position or a training sentence."""
    content = read_json(path)
    missing = [key for key in PREDICTION_KEYS if key not in content]
    for page in content.get("sentences", []):
        missing += [key for key in ("source", "reference", "positions") if key not in page]
        for position in page.get("positions", []):
            missing += [key for key in POSITION_KEYS if key not in position]
            near = [str(each["sentence"]) for each in position.get("neighbours", [])]
            missing += [f"training sentence {name}" for name in near if name not in content.get("training", {})]
    if missing:
        raise KnnKdError(f"{path}: lacks {', '.join(dict.fromkeys(missing))}; run the rule that made it again")
    if not content["sentences"] or not all(page["positions"] for page in content["sentences"]):
        raise KnnKdError(f"{path}: a sentence without a position, or none at all; run the rule that made it again")
    return content
