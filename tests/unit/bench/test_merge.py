"""The benchmark of gathering: it merges what jobs would leave, and says how many neighbours that were a second."""

import numpy as np
from support.commands import Command
from support.workflow import one_error

from knnkd.bench.merge import bench_gathering
from knnkd.core.files import read_json
from knnkd.knn.candidates import Candidates


def test_it_merges_whole_searches(tmp_path, monkeypatch):
    opened = []

    def kept(shards, values, offsets, folder, meta):
        gather(shards, values, offsets, folder, meta)
        opened.append((len(shards), np.array(Candidates.open(folder).scores)))

    from knnkd.bench import merge

    gather = merge.gather_shards
    monkeypatch.setattr(merge, "gather_shards", kept)
    found = bench_gathering(rows=60, k=4, jobs=[1, 3], rounds=2, scratch=tmp_path)
    assert found["jobs"] == [1, 3] and list(found["rates"]) == ["1 job", "3 jobs"]
    assert all(len(rates) == 2 and min(rates) > 0 for rates in found["rates"].values())
    assert {jobs for jobs, _ in opened} == {1, 3}
    assert all(scores.shape == (60, 4) and (np.diff(scores) <= 0).all() for _, scores in opened), "nearest first"
    assert list(tmp_path.iterdir()) == []


def test_script(tmp_path):
    output = tmp_path / "bench" / "gathering.json"
    command = Command("bench_gathering.py", {"rows": 50, "k": 3, "rounds": 1, "jobs": [1, 2]}, output=output)
    process = command.run()
    assert process.returncode == 0, process.stderr
    found = read_json(output)
    assert (found["metric"], found["turn"], found["rounds"]) == ("neighbours_per_second", "50 rows, k = 3", 1)
    command.settings["jobs"] = [40]
    assert "jobs 40: each has two parts" in one_error(command.run())
