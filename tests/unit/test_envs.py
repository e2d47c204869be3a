"""The conda files and the venv: one pin a package, and the venv holds just those."""

import re
import subprocess
import sys
from importlib.metadata import version

import pytest
import yaml
from support.imports import files_of, imports_of, make_env, packages_of
from support.workflow import ROOT

SCRIPTS = ROOT / "workflow" / "scripts"
ENV_FILES = sorted((ROOT / "envs").glob("*.yaml"))
# What a rule writes for its env, where it is one of two by the config.
CHOSEN_ENVS = {"SEARCH_ENV": ("search-cpu", "search-gpu"), "KNN_MT_ENV": ("knn-mt-cpu", "knn-mt-gpu")}
NOT_OF_RULES = {"adopt_project.py", "document_results.py", "make_env.py", "document_config.py", "translate.py"}


@pytest.mark.parametrize("path", ENV_FILES, ids=lambda path: path.stem)
def test_env_file(path):
    env = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert env["dependencies"][0] == "python=3.11"
    pip = next(entry["pip"] for entry in env["dependencies"] if isinstance(entry, dict))
    assert dict(line.split("==") for line in pip) == make_env.read_pins(path)


def test_no_package_is_pinned_twice():
    for gpu in (False, True):
        pins = make_env.merge_pins(make_env.selected_env_files(gpu))
        assert ("faiss-gpu" in pins) is gpu
        assert ("faiss-cpu" in pins) is not gpu


def test_different_pins_are_refused(tmp_path):
    for name, pin in (("a", "1.0"), ("b", "2.0")):
        (tmp_path / f"{name}.yaml").write_text(f"dependencies:\n  - pip:\n      - numpy=={pin}\n")
    with pytest.raises(ValueError, match=r"b.yaml: numpy==2.0, but 1.0"):
        make_env.merge_pins(sorted(tmp_path.glob("*.yaml")))


def test_this_environment_is_the_pinned_one():
    pins = make_env.merge_pins(make_env.selected_env_files("faiss-gpu" in installed_packages()))
    installed = {package: version(package).partition("+")[0] for package in pins}
    assert installed == pins
    pinned = re.search(r"fairseq-fixed==(\S+)", (ROOT / "envs" / "fairseq.post-deploy.sh").read_text())[1]
    assert version("fairseq-fixed") == pinned


def test_a_long_step_says_that_it_runs(capfd):
    make_env.run_step("something", [sys.executable, "-c", "import time; time.sleep(1)"], every=0.2)
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == "make env: something" and lines[-1].startswith("make env: done in ")
    assert sum(line.startswith("make env: ... ") for line in lines) >= 2
    with pytest.raises(subprocess.CalledProcessError):
        make_env.run_step("something", [sys.executable, "-c", "raise SystemExit(3)"])


def installed_packages():
    from importlib.metadata import distributions

    return {distribution.name for distribution in distributions()}


def scripts_and_envs() -> set[tuple[str, str]]:
    """Return each script with each env that a rule runs it in, read from the rules."""
    pairs = set()
    for path in (ROOT / "workflow" / "rules").glob("*.smk"):
        text = path.read_text(encoding="utf-8")
        rules = re.split(r"(?m)^(?:rule|checkpoint) ", text)[1:]
        calls = len(re.findall(r"script=script\(", text))
        found = [re.findall(r'script=script\("(\w+\.py)"\)', rule) for rule in rules]
        assert sum(map(len, found)) == calls, f"{path.name}: a script that this test cannot read"
        for rule, scripts in zip(rules, found, strict=True):
            env = re.search(r'(?m)^    conda:\s+(?:"\.\./\.\./envs/([\w-]+)\.yaml"|(\w+))$', rule)
            assert env or not scripts, f"{path.name}: rule {rule.partition(':')[0]} runs {scripts} without an env"
            pairs |= {(name, each) for name in scripts for each in CHOSEN_ENVS.get(env[2], (env[1],))}
    return pairs


def test_each_script_is_run_by_a_rule():
    """Or the next test would pass over it."""
    pairs = scripts_and_envs()
    assert len(pairs) >= 30
    every = {path.name for path in SCRIPTS.glob("*.py")}
    assert {script for script, _ in pairs} == every - NOT_OF_RULES
    assert {env for _, env in pairs} == {path.stem for path in ENV_FILES} - {"dev", "workflow"}


@pytest.mark.parametrize(("script", "env"), sorted(scripts_and_envs()))
def test_each_rule_has_in_its_env_what_its_script_imports(script, env):
    """A package missing there would fail only on a conda user's machine."""
    pinned = set(make_env.read_pins(ROOT / "envs" / f"{env}.yaml"))
    pinned |= {"fairseq"} if (ROOT / "envs" / f"{env}.post-deploy.sh").exists() else set()
    faiss = "faiss-gpu" if env.endswith("-gpu") else "faiss-cpu"
    needed = {faiss if package == "faiss" else package for package in packages_of(SCRIPTS / script)}
    assert needed <= pinned


def test_imports_are_followed_everywhere_but_for_type_checkers():
    text = """
import torch.nn as nn
if TYPE_CHECKING:
    import pandas
    from knnkd.distil.plugin.checkpoints import TrainedModel
else:
    import numpy
def lazy():
    if nn:
        from knnkd.distil.bert import wordpiece
"""
    assert imports_of(text) == {"torch", "numpy", "knnkd.distil.bert", "knnkd.distil.bert.wordpiece"}
    assert [path.parent.name for path in files_of("knnkd.distil.bert.wordpiece")] == ["knnkd", "distil", "bert", "bert"]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "workflow" / "knnkd").rglob("*settings.py")), ids=lambda path: path.stem
)
def test_settings_are_read_before_anything_slow_is_imported(path):
    """A script refuses wrong settings at once, and Snakemake's environment has none of these."""
    assert not packages_of(path) & {"torch", "numpy", "pandas", "fairseq", "faiss", "matplotlib"}
