"""Two runs at once: one of the same files is refused, one of other files goes its own way."""

import copy

import pytest
import yaml
from support.running import Run
from support.workflow import TINY

pytestmark = pytest.mark.e2e


def write_config(folder, name, **changes):
    """Write the tiny config as {name}.yaml, and return that file's name."""
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(copy.deepcopy(TINY) | changes, sort_keys=False))
    return f"{name}.yaml"


def contents(folder):
    """Return {path below folder: bytes} of all files but logs and benchmarks."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    names = {path.relative_to(folder): path for path in paths}
    return {name: path.read_bytes() for name, path in names.items() if name.parts[0] not in ("logs", "benchmarks")}


def test_the_same_run_twice(tmp_path):
    config, target = write_config(tmp_path, "one", experiment="one"), "results/one/data/tiny_de_en/bpe"
    first = Run(tmp_path, target=target, config=config)
    assert first.wait_for({"generate_corpus"}), first.lines
    with first.paused():
        code, said = Run(tmp_path, target=target, config=config).end()
    assert code != 0 and "Directory cannot be locked" in said, said
    code, said = first.end()
    assert code == 0, said


def test_two_experiments_at_once(tmp_path):
    """In one folder, with the same data sets: each has the files that it has alone."""
    names = ("one", "two")
    configs = [write_config(tmp_path, name, experiment=name) for name in names]
    targets = [f"results/{name}/data/tiny_de_en/bpe" for name in names]
    runs = [Run(tmp_path, target=target, config=config) for target, config in zip(targets, configs, strict=True)]
    for run in runs:
        code, said = run.end()
        assert code == 0, said
    one, two = (contents(tmp_path / "results" / name) for name in names)
    assert one and one == two
    (tmp_path / "alone").mkdir()
    config = write_config(tmp_path / "alone", "one", experiment="one")
    code, said = Run(tmp_path / "alone", target=targets[0], config=config).end()
    assert code == 0, said
    assert contents(tmp_path / "alone" / "results" / "one") == one
