"""The report: one page that holds every result of an experiment, how it was obtained and what it cost."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import pandas as pd
import yaml

from knnkd import provenance
from knnkd.errors import KnnKdError
from knnkd.hardware import read_hardware
from knnkd.inlined import json_for_page, picture
from knnkd.io import read_json, unreadable
from knnkd.tables import read_csv

FOLDER = Path(__file__).resolve().parents[1] / "report"  # template, style, script and captions
ROOT = FOLDER.parents[1]
VERDICT_COLUMNS = ["claim", "section", "statement", "paper", "ours", "low", "high", "unit", "outcome", "basis", "scale"]
# An outcome is always a word; the sign before it, and its colour, are for the eye that runs down the table.
OUTCOMES = {"reproduced": "✓", "not reproduced": "✗", "undecided": "?", "not run": "–"}
# What a whole experiment has; of these the page says where one is missing. "verdict" and "costs" have their own places.
TABLES = ("table1", "table2", "table3", "table4", "table5", "table6", "table7", "overcorrection")
FIGURES = ("figure2", "figure3", "knn_mt_grid", "overcorrection", "curves")
CASE_STUDY = "figure4"
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
    captions = Captions(config)
    tables, figures = named_tables(sources.tables, captions), named_figures(sources.figures, captions)
    runs = provenance.read_runs(sources.runs)
    predictions = read_predictions(sources)
    script = read_text(FOLDER / "report.js")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            experiment=config["experiment"],
            datasets=[sources.datasets[name] for name in config["datasets"] if name in sources.datasets],
            seeds=config["seeds"],
            verdict=read_verdict(sources.verdict),
            verdict_caption=captions.of("verdict"),
            outcomes=OUTCOMES,
            tables=[each for name, each in tables.items() if name not in ("verdict", "costs")],
            missing_tables=[captions.of(name).title for name in TABLES if name not in tables],
            figures=[each for name, each in figures.items() if name != CASE_STUDY],
            missing_figures=[captions.of(name).title for name in FIGURES if name not in figures],
            case_study=predictions["case_study"],
            figure4=figures.get(CASE_STUDY),
            inspections=predictions["inspections"],
            predictions=json_for_page(predictions),
            costs=tables.get("costs"),
            settings=settings,
            versions=provenance.versions(runs, sources.versions),
            hardware=str(read_hardware()),
            machines=provenance.machines(runs),
            commit=provenance.commit(ROOT),
            style=read_text(FOLDER / "report.css"),
            script=script,
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )


@dataclass(frozen=True)
class Shown:
    """A table or figure of the page: its file's name, title, how it was obtained (paragraphs), and its HTML."""

    name: str
    title: str
    text: tuple[str, ...]
    html: str = ""


class Captions:
    """The captions of workflow/report, which Snakemake's own report shows too: a title, then how it was obtained."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """config: the completed one, which captions quote."""
        self._snakemake = SimpleNamespace(config=config)

    def of(self, name: str, html: str = "") -> Shown:
        """Return what is shown under `name`; KnnKdError where it has no caption."""
        template = jinja2.Template(read_text(FOLDER / f"{name}.rst"), undefined=jinja2.StrictUndefined)
        title, *text = template.render(snakemake=self._snakemake).strip().split("\n\n")
        return Shown(name, title, tuple(text), html)


def read_text(path: Path) -> str:
    """Return a text file; KnnKdError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise unreadable(path, error) from error


def read_verdict(path: Path) -> list[dict[str, Any]]:
    """Return the claims in their order: the CSV's columns, `figure` (ours, as printed) and `interval`.

    KnnKdError for an outcome that is none of OUTCOMES.
    """
    claims = []
    for row in read_csv(path, VERDICT_COLUMNS).to_dict("records"):
        if row["outcome"] not in OUTCOMES:
            raise KnnKdError(f"{path}: {row['claim']}: outcome '{row['outcome']}', none of {', '.join(OUTCOMES)}")
        ours, low, high = (float(row[name]) for name in ("ours", "low", "high"))
        claim = {name: "" if pd.isna(value) else value for name, value in row.items()}
        interval = "" if pd.isna(low) or pd.isna(high) else f"{figure_text(low)} to {figure_text(high)}"
        claims.append(claim | {"figure": "" if pd.isna(ours) else figure_text(ours), "interval": interval})
    return claims


def figure_text(value: float) -> str:
    """Return a number of any size with three or four significant digits, its minus as a sign of its own."""
    size = abs(value)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 0.1 or size == 0 else 4
    return f"{value:,.{digits}f}".replace("-", "−")


def named_tables(files: Iterable[Path], captions: Captions) -> dict[str, Shown]:
    """Return the tables by name, in the order of TABLES and then of `files`, each in a box of its own that scrolls."""
    pages = {}
    for path in files:
        html = read_text(path)
        if html.count("<table>") != 1 or f'data-table="{path.stem}"' not in html:
            raise KnnKdError(f"{path}: not a table of write_html's; run its rule again")
        title = captions.of(path.stem).title
        box = f'<div class="scroll" tabindex="0" role="region" aria-label="{jinja2.filters.escape(title)}"><table>'
        pages[path.stem] = captions.of(path.stem, html.replace("<table>", box).replace("</table>", "</table></div>"))
    return _ordered(pages, TABLES)


def named_figures(files: Iterable[Path], captions: Captions) -> dict[str, Shown]:
    """Return the figures by name, in the order of FIGURES and then of `files`, which hold each as SVG and PNG."""
    pages = {}
    for path in dict.fromkeys(file.with_suffix("") for file in files):
        drawn = picture(path.with_suffix(".svg"), path.with_suffix(".png"), path.name, captions.of(path.name).title)
        pages[path.name] = captions.of(path.name, drawn)
    return _ordered(pages, FIGURES)


def _ordered(pages: Mapping[str, Shown], order: Sequence[str]) -> dict[str, Shown]:
    names = [name for name in order if name in pages] + [name for name in pages if name not in order]
    return {name: pages[name] for name in names}


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


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
