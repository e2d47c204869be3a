"""The benchmarks' page: one file that opens without a network, a section for each benchmark, and the cost model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from knnkd.core.hardware import read_hardware
from knnkd.costs.fit import describe, read_bench
from knnkd.reporting import provenance
from knnkd.reporting.pages.benchmark_sections import KINDS, Labels, write_part
from knnkd.reporting.pages.captions import (
    FOLDER,
    Captioned,
    Captions,
    page_template,
    read_figures,
    read_tables,
    read_text,
)

MODEL = ("cost_validation", "cost_curve", "cost_model")  # the cost model's parts, in order


@dataclass(frozen=True)
class Sources:
    """The files that the page is made of: benchmarks, the config, and the cost model's tables and figures, if any."""

    benches: Sequence[Path]
    settings: Path
    labels: Labels
    tables: Sequence[Path] = ()
    figures: Sequence[Path] = ()


class BenchCaptions(Captions):
    """The captions of workflow/report for what is shown under {kind} or {kind}-{dataset}; a title names the dataset."""

    def __init__(self, config: Mapping[str, Any], datasets: Mapping[str, str]) -> None:
        super().__init__(config)
        self._datasets = datasets

    def of(self, name: str, html: str = "") -> Captioned:
        """Return what is shown under `name`; KnnKdError where it has no caption."""
        kind, _, dataset = name.partition("-")
        found = super().of(f"bench_{kind}" if kind in KINDS else kind, html)
        return replace(found, name=name, title=f"{found.title}, {self.label(dataset)}" if dataset else found.title)

    def label(self, dataset: str) -> str:
        """Return what a dataset is called."""
        return self._datasets.get(dataset, dataset)


def make_page(sources: Sources, folder: Path) -> str:
    """Return the page as HTML; write each benchmark's figure and table into `folder`.

    KnnKdError where a file is missing, or is not what its rule writes.
    """
    settings = yaml.safe_load(read_text(sources.settings))
    captions = BenchCaptions(settings, sources.labels.datasets)
    folder.mkdir(parents=True, exist_ok=True)
    names = [write_part(path, sources.labels, folder) for path in sources.benches]
    paths = [*sources.tables, *(folder / f"{name}.html" for name in names)]
    tables = read_tables(paths, captions)
    drawn = [folder / f"{name}.svg" for name in names]
    figures = read_figures([*sources.figures, *drawn], captions)
    sections = [_section(kind, names, tables, figures, captions) for kind in KINDS]
    model = _model(tables, figures, captions)
    return page_template("bench.html.j2").render(
        experiment=settings["experiment"],
        about=captions.of("bench"),
        sections=[each for each in [*sections, model] if each["parts"]],
        machines=sorted({describe(read_bench(path, ("device", "threads"))) for path in sources.benches}),
        hardware=str(read_hardware()),
        commit=provenance.commit(FOLDER.parents[1]),
        style=read_text(FOLDER / "report.css"),
    )


def _section(
    kind: str,
    names: Sequence[str],
    tables: Mapping[str, Captioned],
    figures: Mapping[str, Captioned],
    captions: BenchCaptions,
) -> dict[str, Any]:
    """Return a kind of benchmark as the template has it, with a part for each dataset that it was run on."""
    own = [name for name in names if name.partition("-")[0] == kind]
    parts = []
    for name in own:
        dataset = name.partition("-")[2]
        title = captions.label(dataset) if dataset else ""
        parts.append({"name": name, "title": title, "figure": figures[name], "table": tables[name], "text": ()})
    return {"name": kind, "about": captions.of(kind), "parts": parts}


def _model(
    tables: Mapping[str, Captioned], figures: Mapping[str, Captioned], captions: BenchCaptions
) -> dict[str, Any]:
    """Return the cost model likewise: what it foretells, over the rows, and for each data set."""
    parts = []
    for name in MODEL:
        if name in tables or name in figures:
            about = captions.of(name)
            shown = {"figure": figures.get(name), "table": tables.get(name)}
            parts.append({"name": name, "title": about.title, "text": about.text} | shown)
    return {"name": "model", "about": captions.of("cost"), "parts": parts}
