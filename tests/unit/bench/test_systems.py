"""The benchmarks' bookkeeping: turns, rates, medians and ratios. How fast something is, no test asserts."""

import pandas as pd
import pytest

from knnkd.bench.rounds import take_turns
from knnkd.bench.summary import collect_speed
from knnkd.bench.systems import bench_dump
from knnkd.core.errors import KnnKdError
from knnkd.core.files import write_json

pytest_plugins = ["support.small_model"]


def test_turns_are_interleaved_and_the_first_round_does_not_count():
    order = []

    def turn_of(name, amount):
        def turn():
            order.append(name)
            return amount, float(len(order))

        return turn

    rates = take_turns({"a": turn_of("a", 12), "b": turn_of("b", 24), "c": turn_of("c", 36)}, rounds=3)
    assert order == ["a", "b", "c", "b", "c", "a", "c", "a", "b", "a", "b", "c"], "each round starts with another"
    assert rates["a"] == [12 / 6, 12 / 8, 12 / 10]
    assert rates["b"] == [24 / 4, 24 / 9, 24 / 11]
    assert rates["c"] == [36 / 5, 36 / 7, 36 / 12]


BENCH = {
    "dataset": "d",
    "metric": "updates_per_second",
    "device": "x86_64 CPU",
    "threads": 1,
    "rates": {"transformer": [10.0, 20.0, 40.0], "knn_kd": [9.0, 22.0, 38.0]},
}


def test_ratios_are_taken_round_by_round(tmp_path):
    """A machine that doubles its speed between two rounds changes the medians and not the ratios."""
    write_json(tmp_path / "training.json", BENCH)
    decoding = {"transformer": [100.0], "knn_mt": [25.0]}
    write_json(tmp_path / "decoding.json", BENCH | {"metric": "tokens_per_second", "rates": decoding})
    speed = collect_speed([tmp_path / "training.json", tmp_path / "decoding.json"])
    rows = {(row["system"], row["metric"]): row for row in speed.to_dict("records")}
    kd = rows["knn_kd", "updates_per_second"]
    assert (kd["median"], kd["low"], kd["high"]) == (22.0, 15.5, 30.0)
    assert kd["ratio"] == pytest.approx(0.95)
    assert kd["ratio_low"] == pytest.approx((0.9 + 0.95) / 2)
    assert kd["rounds"] == 3
    assert kd["unit"] == "updates/s"
    assert rows["transformer", "updates_per_second"]["ratio"] == 1
    assert rows["knn_mt", "tokens_per_second"]["ratio"] == 0.25
    assert isinstance(speed, pd.DataFrame)
    assert len(speed) == 4


def test_a_benchmark_without_its_rates_is_named(tmp_path):
    write_json(tmp_path / "training.json", {key: value for key, value in BENCH.items() if key != "rates"})
    with pytest.raises(KnnKdError, match=r"training.json: lacks rates; run its benchmark again"):
        collect_speed([tmp_path / "training.json"])


def test_turns_may_all_count():
    rates = take_turns({"a": lambda: (1, 2.0)}, rounds=2, warm_up=False)
    assert rates == {"a": [0.5, 0.5]}


def test_filling_the_datastore_is_measured_beside_the_forward_pass(trained):
    found = bench_dump(trained, "valid", 512, rounds=2, threads=1)
    assert list(found["rates"]) == ["forward pass", "datastore"]
    assert all(len(rates) == 2 and min(rates) > 0 for rates in found["rates"].values())
    assert found["metric"] == "tokens_per_second"
