"""What the search's benchmark says of a run; how fast it is, no test asserts."""

import pytest
import torch
from support.commands import Command

from knnkd.bench import selfjoin
from knnkd.bench.selfjoin import Setting, compare, over_neighbours, over_sizes
from knnkd.core.files import read_json

SETTING = Setting(dimension=8, memory_gb=0.2, threads=1, rounds=2, device=torch.device("cpu"))


def test_faiss_is_asked_the_same(monkeypatch):
    monkeypatch.setattr(selfjoin, "PRODUCT_ROWS", 64)
    monkeypatch.setattr(selfjoin, "PRODUCT_SECONDS", 0.01)
    found = compare(600, 4, 100, SETTING)
    assert found["recall"] == 1.0
    assert [len(found["seconds"][name]) for name in ("ours", "faiss")] == [2, 2]
    assert len(found["product_gflops"]) == 2


def test_time_of_a_rival_asked_for_a_part_is_scaled_up(monkeypatch):
    """A clock that moves by a second at each look: every turn seems to take one."""
    ticks = iter(range(10**6))
    monkeypatch.setattr(selfjoin.time, "perf_counter", lambda: next(ticks))
    found = compare(200, 2, 50, SETTING)
    assert found["seconds"] == {"ours": [1.0, 1.0], "faiss": [4.0, 4.0]}


def test_more_neighbours_and_more_rows(tmp_path):
    found = over_neighbours(300, (2, 64), SETTING)
    assert {k: len(seconds) for k, seconds in found["seconds"].items()} == {"2": 2, "64": 2}
    points = over_sizes((500, 1000), 4, SETTING, tmp_path)
    assert [point["rows"] for point in points] == [500, 1000]
    assert all(point["seconds"] > 0 and 0 <= point["peak_gb"] < 0.22 for point in points)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("k", "words"), [(9, None), (40, "error: k and queries")])
def test_the_script(tmp_path, k, words):
    settings = {"rows": 50, "queries": 10, "dimension": 4, "k": [k], "sizes": [20, 30], "rounds": 1, "memory_gb": 0.2}
    output = tmp_path / "bench" / "search.json"
    process = Command("bench_search.py", settings, output=output).run()
    assert (process.returncode != 0) == bool(words), process.stderr
    if words:
        assert words in process.stderr
    else:
        assert set(read_json(output)) > {"comparison", "neighbours", "sizes", "threads", "memory_gb", "dimension"}
