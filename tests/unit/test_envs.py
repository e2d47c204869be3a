"""The conda files and the venv: one pin a package, and the venv holds just those."""

import ast
import re
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

sys.path.insert(0, str(ROOT / "workflow" / "scripts"))
import make_env

ENV_FILES = sorted((ROOT / "envs").glob("*.yaml"))
# What each file of ours imports, where the package's name is another.
PACKAGES = {"yaml": "pyyaml", "subword_nmt": "subword-nmt", "fairseq_cli": "fairseq", "faiss": "faiss-cpu"}


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


def installed_packages():
    from importlib.metadata import distributions

    return {distribution.name for distribution in distributions()}


def imports_of(path: Path) -> set[str]:
    """Return the top-level modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module.startswith("knnkd")}
    return {name if name.startswith("knnkd") else name.partition(".")[0] for name in found}


def packages_of(script: str) -> set[str]:
    """Return what a script needs from outside, followed through the library."""
    waiting, seen, packages = [ROOT / "workflow" / "scripts" / script], set(), set()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        for module in imports_of(path):
            if module.startswith("knnkd"):
                base = ROOT / "workflow" / Path(*module.split("."))
                inside = (base.with_suffix(".py"), base / "__init__.py")
                waiting += [each for each in inside if each.exists() and each not in seen]
            elif module not in sys.stdlib_module_names:
                packages.add(PACKAGES.get(module, module))
    return packages


def test_each_rule_has_in_its_env_what_its_script_imports():
    """Read from the rules: conda file and script; a package missing there would fail only on a conda user's machine."""
    pairs = set()
    for path in (ROOT / "workflow" / "rules").glob("*.smk"):
        for rule in re.split(r"(?m)^rule ", path.read_text(encoding="utf-8"))[1:]:
            script, conda = re.search(r"SCRIPTS\}/(\w+\.py)", rule), re.search(r"envs/([\w-]+)\.yaml", rule)
            if script:
                pairs.add((script[1], conda[1] if conda else "search-cpu"))
    assert len(pairs) >= 14
    for script, env in sorted(pairs):
        pinned = set(make_env.read_pins(ROOT / "envs" / f"{env}.yaml"))
        pinned |= {"fairseq"} if (ROOT / "envs" / f"{env}.post-deploy.sh").exists() else set()
        assert packages_of(script) <= pinned, f"{script} in envs/{env}.yaml"
