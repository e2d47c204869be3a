"""What the report and the costs are made of in the DAG, and that Snakemake's own report finds its captions."""

import copy
import re

import pytest
from support.workflow import ROOT, TINY, run_snakemake

RULES = ROOT / "workflow" / "rules"
CAPTIONS = ROOT / "workflow" / "report"


@pytest.mark.parametrize("name", ["tables", "figures", "evaluate", "report"])
def test_every_table_and_figure_is_captioned(name):
    """The two helpers put the caption on, so an output must come from them, and its caption must be there."""
    text = (RULES / f"{name}.smk").read_text(encoding="utf-8")
    for output in re.findall(r"(?ms)^    output:\n(.*?)^    \w+:", text):
        parts = re.findall(r'(?:table|figure)_files\("(\w+)"\)', output)
        if name in ("tables", "figures"):
            entries = [line for line in output.splitlines() if line.strip()]
            assert len(parts) == len(entries), f"{name}.smk: an output without a caption: {output}"
        for part in parts:
            assert (CAPTIONS / f"{part}.rst").exists(), f"workflow/report/{part}.rst"


def test_helpers_and_the_report_flag_their_outputs():
    common = (RULES / "common.smk").read_text(encoding="utf-8")
    assert common.count("captioned(") == 3, "its definition, in tables and in figures"
    assert 'caption = f"../report/{name}.rst"' in common
    assert "report(paths.report, caption=" in (RULES / "report.smk").read_text(encoding="utf-8")
    assert (CAPTIONS / "report.rst").exists()


def planned(folder, config):
    """Return [(rule, {what: its values})] of every job of a dry run: input, output, benchmark, records of others."""
    process = run_snakemake(folder, "-n", "-p", "all", config=config)
    output = process.stdout + process.stderr
    assert process.returncode == 0, output
    jobs = []
    for text in re.split(r"(?m)^(?:local)?rule ", output)[1:]:
        fields = dict(re.findall(r"(?m)^    (input|output|benchmark): (.*)$", text))
        fields = {key: set(value.split(", ")) for key, value in fields.items()}
        if records := re.search(r"--input benchmarks (.*?) --output", text):
            fields["records"] = set(records[1].split(" "))
        jobs.append((text.partition(":")[0], fields))
    return jobs


@pytest.mark.parametrize("changes", [{}, {"only": ["tiny_law"]}, {"without": ["bert_kd", "seq_kd"]}, {"seeds": [1, 2]}])
def test_costs_are_those_of_every_job_that_records_them(tmp_path, changes):
    """No more, or something would be run for its cost alone; no less, or the total would be none."""
    jobs = planned(tmp_path, copy.deepcopy(TINY) | changes)
    recorded = {path for _, fields in jobs for path in fields.get("benchmark", ())}
    (costs,) = (fields for name, fields in jobs if name == "costs")
    assert costs["records"] == recorded
    assert not costs["input"] & recorded, "a record that is gone is no reason to do its job again"


def test_the_report_shows_every_table_figure_and_prediction(tmp_path):
    jobs = planned(tmp_path, copy.deepcopy(TINY))
    (report,) = (fields for name, fields in jobs if name == "report")
    made = {path for _, fields in jobs for path in fields.get("output", ())}
    shown = {
        path for path in made if re.search(r"/(tables/.*\.html|figures/.*\.(svg|png)|.*inspection/.*|case_study)", path)
    }
    shown = {path for path in shown if not path.endswith((".csv", ".pdf"))}
    assert shown <= report["input"]
    trained = {path for path in made if path.endswith("train.json")}
    assert trained <= report["input"]


def test_a_report_without_predictions_and_controls(tmp_path):
    config = copy.deepcopy(TINY) | {"case_study": None, "controls": None, "ablation": None}
    config["tables"] = {"table2": {"datasets": ["tiny_de_en"], "systems": ["transformer", "word_kd"]}}
    jobs = planned(tmp_path, config)
    (report,) = (fields for name, fields in jobs if name == "report")
    assert not [path for path in report["input"] if "inspection" in path or "case_study" in path]
