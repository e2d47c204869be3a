"""The registry of exhibits: its settings are those that the rules hand over, its inputs those that they name."""

import copy
import json
import re
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from support.making import as_json, make_exhibit
from support.small_bench import index_bench
from support.workflow import ROOT, TINY, one_error, run_script

from knnkd.core.errors import KnnKdError
from knnkd.core.files import write_json
from knnkd.core.settings import read_settings
from knnkd.experiment import exhibit_settings, verdict_settings
from knnkd.experiment.config import complete
from knnkd.experiment.runs import Experiment, Run
from knnkd.reporting.exhibits import EXHIBITS, read_inputs

RULES = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow" / "rules").glob("*.smk"))
# What a rule runs, from `make_exhibit.py NAME` to the end of its shell command.
COMMANDS = re.findall(r'"python \{resources\.script:q\} (\w+) --settings ((?:.|\n)*?)\n\n', RULES + "\n\n")


def settings_of(name):
    experiment = Experiment(complete(copy.deepcopy(TINY)))
    if name == "index_curve":
        return exhibit_settings.index_curve(experiment, Run("tiny_de_en"))
    return getattr(verdict_settings if name == "verdict" else exhibit_settings, name)(experiment)


@pytest.mark.parametrize("name", EXHIBITS)
def test_the_rules_settings_are_read(name):
    settings = settings_of(name)
    assert isinstance(read_settings(json.dumps(settings), EXHIBITS[name].settings), EXHIBITS[name].settings)
    with pytest.raises(KnnKdError, match="unknown field more"):
        read_settings(json.dumps(settings | {"more": 1}), EXHIBITS[name].settings)


def test_each_exhibit_has_its_rule_and_each_rule_names_its_inputs():
    of_rules = {name: set(re.findall(r"--input (\w+) ", command)) for name, command in COMMANDS if name in EXHIBITS}
    assert of_rules == {name: {field.name for field in fields(each.inputs)} for name, each in EXHIBITS.items()}


@dataclass(frozen=True)
class Inputs:
    one: Path
    some: list[Path]
    may_be: Path | None


def test_inputs_are_one_some_or_none():
    assert read_inputs([["one", "a"]], Inputs) == Inputs(Path("a"), [], None)
    given = [["one", "a"], ["some", "b", "c"], ["may_be", "d"], ["some", "e"]]
    assert read_inputs(given, Inputs) == Inputs(Path("a"), [Path("b"), Path("c"), Path("e")], Path("d"))
    assert read_inputs([["one", "a"], ["may_be"], ["some"]], Inputs) == Inputs(Path("a"), [], None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "--input one: 0 files; give one"),
        ([["one", "a", "b"]], "--input one: 2 files; give one"),
        ([["one", "a"], ["may_be", "b", "c"]], "--input may_be: 2 files; give one"),
        ([["one", "a"], ["other", "b"]], "--input other: no such input; this exhibit reads one, some, may_be"),
    ],
)
def test_inputs_that_do_not_fit_are_named(given, words):
    with pytest.raises(KnnKdError, match=words):
        read_inputs(given, Inputs)


def test_an_unknown_exhibit_is_refused(tmp_path):
    process = run_script("make_exhibit.py", "table9", "--settings", "{}", "--output", tmp_path)
    assert process.returncode == 2
    assert "invalid choice: 'table9'" in process.stderr


def test_the_index_curve(tmp_path):
    write_json(tmp_path / "index.json", index_bench())
    process = make_exhibit("index_curve", {"label": "tiny De-En"}, {"bench": tmp_path / "index.json"}, tmp_path)
    assert process.returncode == 0, process.stderr
    assert all((tmp_path / f"index.{form}").stat().st_size for form in ("png", "svg", "pdf", "csv"))


def test_the_case_study(tmp_path):
    place = {"prefix": "there are", "gold": None, "systems": {"kd": [["a", 0.9]]}, "true": None, "neighbours": []}
    place["teacher"] = [["a", 0.6], ["many", 0.4]]
    content = {"sentences": [{"source": "es gibt", "reference": None, "positions": [place]}]}
    write_json(tmp_path / "case.json", content)
    shown, inputs = {"systems": {"kd": "KD", "mt": "MT"}}, {"case_study": tmp_path / "case.json"}
    process = make_exhibit("figure4", shown, inputs, tmp_path)
    assert process.returncode == 0, process.stderr
    assert "KD,a,0.9" in (tmp_path / "figure4.csv").read_text(encoding="utf-8")
    write_json(tmp_path / "case.json", content | {"sentences": content["sentences"] * 2})
    assert "has 2 positions" in one_error(make_exhibit("figure4", shown, inputs, tmp_path))


def test_settings_may_stand_in_a_file(tmp_path):
    (tmp_path / "settings.json").write_text(as_json({"systems": {}, "datasets": {}}), encoding="utf-8")
    command = ["overcorrection", "--settings", f"@{tmp_path / 'settings.json'}", "--input", "scores", "none.csv"]
    process = run_script("make_exhibit.py", *command, "--output", tmp_path)
    assert "shown.systems: empty; name one at least" in one_error(process)
