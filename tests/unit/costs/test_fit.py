"""The cost model's rates: known ones are found again, and what is foretold never enters the fit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.making import make_exhibit
from support.small_bench import SIZES, TRUE, cost_files, search_bench, write_benches, write_training
from support.workflow import ROOT, one_error

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, write_json
from knnkd.costs.fit import Files, fit_gathering, fit_search, held_out, measured_machine, validate
from knnkd.costs.model import Network, Search, forward_operations, pieces_a_row, search_counts, training_operations

PAPER = ROOT / "workflow" / "report" / "paper_results.csv"
SHARES = st.floats(0.05, 2)  # of the products' time, at the last size


@given(st.floats(1e9, 1e13), SHARES, SHARES, st.integers(16, 1024), st.integers(1, 64))
def test_known_coefficients_are_found_again(product, pair_share, entry_share, dimension, k):
    operations, pairs, entries = search_counts(SIZES[-1], dimension, k)
    seconds = operations / product
    truth = Search(product, pair_share * seconds / pairs, entry_share * seconds / entries, 0.25)
    found = fit_search(
        [{**size, "peak_gb": 0.25 + _lists_gb(size["rows"], dimension, k)} for size in _sizes(truth, dimension, k)],
        dimension,
        k,
        product,
    )
    assert (found.pair, found.entry) == pytest.approx((truth.pair, truth.entry), rel=1e-5)
    assert found.base_gb == pytest.approx(0.25)


def _sizes(truth, dimension, k):
    for rows in SIZES:
        counts = search_counts(rows, dimension, k)
        seconds = counts[0] / truth.product + counts[1] * truth.pair + counts[2] * truth.entry
        yield {"rows": rows, "seconds": seconds}


def _lists_gb(rows, dimension, k):
    return rows * (4 * dimension + 4 + 16 * (k + 16) + 8 + 8 * k) / 1e9


def test_the_middle_and_the_largest_are_held_out():
    assert held_out([5, 10, 15, 20, 30, 40]) == [2, 5]
    assert held_out([8, 4, 1, 2]) == [3, 0], "in whatever order they come"


def test_what_is_foretold_never_enters_the_fit(tmp_path):
    bench = search_bench()
    write_json(tmp_path / "search.json", bench)
    search, table = validate(tmp_path / "search.json")
    assert (search.pair, search.entry) == pytest.approx((TRUE.pair, TRUE.entry))
    assert table["used"].tolist() == ["fitted", "fitted", "foretold", "fitted", "foretold"]
    assert table["error"].abs().max() < 1e-6
    for size in bench["sizes"]:
        if size["rows"] in (4000, 8000):
            size["seconds"] *= 2
    write_json(tmp_path / "search.json", bench)
    again, table = validate(tmp_path / "search.json")
    assert again == search
    assert table.loc[table["used"] == "foretold", "error"].tolist() == pytest.approx([-50, -50])
    assert table.loc[table["used"] == "foretold", "ratio"].tolist() == pytest.approx([0.5, 0.5])
    assert table.loc[table["used"] == "fitted", "error"].abs().max() < 1e-6


def test_too_few_sizes_and_missing_keys_are_refused(tmp_path):
    write_json(tmp_path / "search.json", search_bench((2000, 3000, 4000)))
    with pytest.raises(KnnKdError, match="fewer than 4 sizes.*bench.search.sizes"):
        validate(tmp_path / "search.json")
    write_json(tmp_path / "search.json", {"sizes": []})
    with pytest.raises(KnnKdError, match="search.json: lacks dimension.*run its benchmark again"):
        validate(tmp_path / "search.json")


def test_gathering_is_what_is_written_and_what_is_read():
    written, read = 1e-7, 2e-8
    jobs = [1, 2, 5, 8]
    rates = {str(n): [1 / (read + written / pieces_a_row(n))] * 3 for n in jobs}
    assert fit_gathering({"jobs": jobs, "rates": rates}) == pytest.approx((written, read))


def files_of(folder):
    write_benches(folder)
    trained, _ = write_training(folder)
    own = folder / "tiny_de_en"
    names = own / "training.json", own / "decoding.json", own / "dump.json"
    return Files(folder / "search.json", folder / "gathering.json", *names, trained)


def test_rates_are_operations_a_second(tmp_path):
    network = Network(1, 1, 32, 64, 600)
    machine = measured_machine(files_of(tmp_path), TRUE, network, "transformer", "knn_kd")
    assert machine.training == pytest.approx(11 * 500 * training_operations(network)), "the median of the rounds"
    assert machine.forward == pytest.approx(950 * forward_operations(network))
    assert machine.teaching == pytest.approx(1.0), "the median of ratios within a round: 0.9, 1, 1.05"
    assert machine.label == "x86_64 CPU, 1 thread"
    assert machine.measured


def test_a_rate_that_is_missing_is_named(tmp_path):
    files, network = files_of(tmp_path), Network(1, 1, 32, 64, 600)
    with pytest.raises(KnnKdError, match="training.json: no rate of word_kd; run its benchmark again"):
        measured_machine(files, TRUE, network, "transformer", "word_kd")
    bench = read_json(files.dump)
    write_json(files.dump, bench | {"rates": {"forward pass": [1.0]}})
    with pytest.raises(KnnKdError, match="dump.json: no rate of datastore"):
        measured_machine(files, TRUE, network, "transformer", "knn_kd")


def test_script(tmp_path):
    settings, inputs = cost_files(tmp_path)
    settings, inputs = settings | {"nodes": 4}, inputs | {"paper": PAPER}
    process = make_exhibit("cost_model", settings, inputs, tmp_path / "out")
    assert process.returncode == 0, process.stderr
    table = pd.read_csv(tmp_path / "out" / "cost_model.csv")
    assert len(table) == 6 * 2 * 2 * 7
    assert set(table["nodes"]) == {1, 4}
    search = table[(table["stage"] == "search in advance") & (table["target"] == "beyond") & (table["nodes"] == 1)]
    expected = 1e18 * 1024 / TRUE.product + TRUE.pair * 1e18 / 2
    assert search.loc[search["measured"] == 1, "seconds"].iloc[0] == pytest.approx(expected, rel=1e-3)
    text = (tmp_path / "out" / "cost_model.md").read_text(encoding="utf-8")
    for words in ("1 GPU, projected", "4 such nodes", "projected, not measured", "Law: 19,062,738 rows of 1024, k = 4"):
        assert words in text
    validation = pd.read_csv(tmp_path / "out" / "cost_validation.csv")
    assert validation["used"].tolist().count("foretold") == 2
    curve = pd.read_csv(tmp_path / "out" / "cost_curve.csv")
    assert set(curve["machine"]) == {"here", "4 such nodes", "1 GPU, projected", "4 GPUs, projected"}
    made = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"cost_curve.svg", "cost_validation.svg", "cost_validation.html", "cost_model.tex"} <= made
    write_json(tmp_path / "search.json", search_bench((2000,)))
    process = make_exhibit("cost_model", settings, inputs, tmp_path / "out")
    assert "search.json: fewer than 4 sizes" in one_error(process)


def test_a_size_may_be_searched_in_several_rounds(tmp_path):
    bench = search_bench()
    for size in bench["sizes"]:
        size["seconds"] = [size["seconds"], 0.9 * size["seconds"], 7 * size["seconds"]]
    write_json(tmp_path / "search.json", bench)
    search, table = validate(tmp_path / "search.json")
    assert (search.pair, search.entry) == pytest.approx((TRUE.pair, TRUE.entry))
    assert table["error"].abs().max() < 1e-6


def test_the_size_of_the_comparison_counts_too(tmp_path):
    bench = search_bench()
    seconds = search_bench((9000,))["sizes"][0]["seconds"]
    bench["comparison"] |= {"rows": 9000, "seconds": {"ours": [seconds] * 3, "faiss": [1.0] * 3}}
    write_json(tmp_path / "search.json", bench)
    _, table = validate(tmp_path / "search.json")
    assert table["rows"].tolist() == [*SIZES, 9000]
    assert table["used"].tolist() == ["fitted", "fitted", "foretold", "fitted", "fitted", "foretold"]
    assert np.isnan(table["peak_gb"].iloc[-1]) and abs(table["error"].iloc[-1]) < 1e-6
