"""Ways to search held against each other on a small model; how fast one is, no test asserts."""

import json

import faiss
import numpy as np
import pytest
import torch
from support.small_index import random_keys, store_of

from knnkd.bench.indexes import Bench, Way, bench_ways, decoder_queries, open_ways, recalls_of, ways_of
from knnkd.inference.decode import Beam, decode
from knnkd.knn.exact_index import ExactIndex
from knnkd.knn.interpolation import NearestNeighbours, Point

pytest_plugins = ["support.small_model"]
BENCH = Bench(Beam(beam=3, max_len_a=0.0, max_len_b=12), max_tokens=128, sentences=5, rounds=2, threads=1)
POINT = Point(8, 10.0, 0.5)


@pytest.fixture(autouse=True)
def threads():
    """A benchmark sets the threads of the whole process."""
    before = torch.get_num_threads(), faiss.omp_get_max_threads()
    yield
    torch.set_num_threads(before[0])
    faiss.omp_set_num_threads(before[1])


def test_ways_that_the_datastore_has_rows_for(tmp_path):
    kinds, lists = ["exact", "flat", "ivfflat", "ivfpq"], ([None, 4, 5000], [1, 4, 200], [0, 4])
    small = ways_of(store_of(random_keys(600), tmp_path), kinds, *lists, code_bytes=4)
    assert small == [
        Way("exact"),
        Way("flat", rerank=0),
        *(Way("ivfflat", nlist, nprobe) for nlist, nprobe in [(15, 1), (15, 4), (15, 15), (4, 1), (4, 4)]),
    ], "more cells than there are, no query visits"
    large = ways_of(store_of(random_keys(10_000), tmp_path), kinds[2:], *lists, code_bytes=4)
    assert Way("ivfpq", 256, 200, 4) in large
    assert len(large) == 2 + 3 + 2 * (2 + 3)
    assert ways_of(store_of(random_keys(10_000), tmp_path), ["ivfpq"], *lists, code_bytes=5) == []
    assert ways_of(store_of(random_keys(20), tmp_path), ["ivfflat"], *lists, code_bytes=4) == []
    assert Way("ivfpq", 256, 200, 4).name == "ivfpq 256 200 4"


def test_recalls_are_those_of_counting(tmp_path):
    store = store_of(random_keys(10_000), tmp_path)
    ways = [Way("exact"), Way("flat", rerank=0), *(Way("ivfflat", 50, n) for n in (1, 5, 50)), Way("ivfpq", 50, 5, 0)]
    exact = ExactIndex(store.keys, "cpu")
    opened = open_ways(ways, store, exact, code_bytes=4, seed=1)
    steps = [torch.from_numpy(random_keys(n, seed=n).astype(np.float32)) for n in (7, 4, 1)]
    recalls = recalls_of(opened, exact, steps, 8)
    for way, index in opened.items():
        hits = 0
        for query in torch.cat(steps):
            true, found = (set(each.search(query[None], 8)[1][0].tolist()) for each in (exact, index))
            hits += len(true & found)
        assert recalls[way] == pytest.approx(hits / (12 * 8)), way
    values = [recalls[way] for way in ways]
    assert values[0] == values[1] == values[4] == 1, "exact, flat, and all cells"
    assert values[2] < values[3] < 1


def test_what_is_asked_is_what_the_decoder_asks(trained, store, index):
    """Every step of the beam search, with each place once: at the first step all beams of a sentence are at one."""
    neighbours = NearestNeighbours(index, store.values, 8, 10.0, 0.5)
    asked = decoder_queries(trained, neighbours, BENCH)
    assert all(each.size(1) == 16 for each in asked)
    assert len(asked[0]) < len(asked[1]) <= 3 * len(asked[0])
    again = decoder_queries(trained, neighbours, BENCH)
    assert all(one.equal(other) for one, other in zip(asked, again, strict=True))


def test_a_whole_benchmark(trained, store):
    ways = [Way("exact"), Way("flat", rerank=0), Way("ivfflat", 8, 8), Way("ivfflat", 8, 1)]

    def share_of_w0(interpolate):
        hypotheses = decode(trained, "test", BENCH.beam, BENCH.max_tokens, interpolate).hypotheses
        return 100 * sum("w0" in line for line in hypotheses) / len(hypotheses)

    found = bench_ways(trained, store, POINT, ways, BENCH, share_of_w0)
    assert json.loads(json.dumps(found)) == found
    assert {key: found[key] for key in ("k", "tau", "lambda", "rows", "dimension", "rounds", "threads", "beam")} == {
        **{"k": 8, "tau": 10.0, "lambda": 0.5, "rows": len(store), "dimension": 16},
        **{"rounds": 2, "threads": 1, "beam": 3},
    }
    assert found["queries"] > 10
    assert found["base"]["bleu"] == share_of_w0(None)
    assert len(found["base"]["tokens_per_second"]) == 2
    points = found["points"]
    assert [(each["index"], each["nlist"], each["nprobe"], each["rerank"]) for each in points] == [
        ("exact", None, None, None),
        ("flat", None, None, 0),
        ("ivfflat", 8, 8, None),
        ("ivfflat", 8, 1, None),
    ]
    assert [each["recall"] for each in points[:3]] == [1, 1, 1]
    assert 0 < points[3]["recall"] < 1
    assert points[0]["bleu"] == points[1]["bleu"] == points[2]["bleu"], "what finds the same translates the same"
    for each in points:
        assert each["bleu_base"] == found["base"]["bleu"]
        assert len(each["microseconds"]) == len(each["ratio"]) == 2
        assert min(each["microseconds"] + each["ratio"]) > 0
