"""kNN-MT in the DAG: what another setting of the search makes again, and the benchmark of ways to search."""

import copy
import re

import pytest
from support.commands import settings_in
from support.workflow import TINY, run_snakemake


def commands(tmp_path, target, **knn_mt):
    """The commands of a dry run of the tiny experiment with other settings of kNN-MT, {rule: set of commands}.

    Snakemake names jobs of one rank in no order.
    """
    config = copy.deepcopy(TINY)
    config["knn_mt"] |= knn_mt
    process = run_snakemake(tmp_path, "-n", "-p", target, config=config)
    output = process.stdout + process.stderr
    assert process.returncode == 0, output
    found: dict[str, set[str]] = {}
    for rule, command in re.findall(r"(?ms)^rule (\w+):.*?^Shell command: ([^\n]+)", output):
        found.setdefault(rule, set()).add(command)
    return found


def test_another_nprobe_builds_no_other_index(tmp_path):
    few, many = (commands(tmp_path, "tables", index="ivfflat", nlist=None, nprobe=n) for n in (4, 16))
    assert few["build_index"] == many["build_index"]
    assert settings_in(next(iter(few["build_index"])))["index"]["nlist"] is None
    for rule in ("tune_knn_mt", "decode_knn_mt"):
        assert all('"nprobe": 4' in command for command in few[rule])
        assert {command.replace('"nprobe": 4', '"nprobe": 16') for command in few[rule]} == many[rule]
    assert all("nprobe" not in each for rule in ("measure", "train") for each in few[rule] if "knn" not in each)


@pytest.mark.parametrize(
    ("index", "search"),
    [
        ("exact", {}),
        ("flat", {"rerank": 2}),
        ("ivfpq", {"rerank": 2, "nprobe": 4}),
    ],
)
def test_each_kind_is_searched_with_its_own_settings(index, search, tmp_path):
    settings = {"index": index, "nlist": 100, "nprobe": 4, "rerank": 2, "code_bytes": 32}
    found = commands(tmp_path, "tables", **settings)
    assert ("build_index" in found) == (index != "exact")
    for command in found["decode_knn_mt"]:
        assert settings_in(command)["search"] == {"kind": index} | search
        assert ("/index/" in command) == (index != "exact")


def test_ways_to_search_are_benched_once(tmp_path):
    found = commands(tmp_path, "bench")
    (command,) = found["bench_search_indexes"]
    settings = settings_in(command)
    assert (settings["dataset"], settings["metric"]) == ("tiny_de_en", "bleu_tok")
    assert (settings["nlist"], settings["nprobe"], settings["rerank"]) == ([None], [2, 4, 8, 16, 32], [0, 4])
    assert (
        "--tok results/tiny/corpus/tiny_de_en/tok --text results/tiny/corpus/tiny_de_en/text --names test.de test.en"
        in command
    )
    assert len(found["index_curve"]) == 1
    (speeds,) = found["collect_speed"]
    assert "index.json" not in speeds, "the table of speeds is of systems"


def test_without_knn_mt_no_way_is_benched(tmp_path):
    config = copy.deepcopy(TINY) | {"without": ["knn_mt"]}
    process = run_snakemake(tmp_path, "-n", "bench", config=config)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "bench_search_indexes" not in process.stdout + process.stderr
