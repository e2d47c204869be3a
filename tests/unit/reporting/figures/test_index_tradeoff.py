"""The curve of ways to search: medians, lines and marks, and a file that lacks something."""

import copy

import matplotlib.pyplot as plt
import pytest

from knnkd.core.errors import KnnKdError
from knnkd.core.files import write_json
from knnkd.reporting.figures.index_tradeoff import plot_index_curve, read_curve
from knnkd.reporting.plot_style import save_figure


def point(index, recall, microseconds, **cells):
    way = {"index": index, "nlist": None, "nprobe": None, "rerank": None} | cells
    times = {"microseconds": [microseconds, 3 * microseconds, 2 * microseconds], "ratio": [0.2, 0.6, 0.4]}
    return way | {"recall": recall, "bleu": 30 + recall, "bleu_base": 29.0} | times


BENCH = {
    **{"dataset": "d", "k": 8, "rows": 445_000, "dimension": 128, "queries": 900},
    **{"device": "x86_64 CPU", "threads": 2, "rounds": 3},
    "points": [
        point("exact", 1.0, 1000.0),
        point("ivfflat", 0.8, 20.0, nlist=64, nprobe=1),
        point("ivfflat", 0.95, 40.0, nlist=64, nprobe=4),
        point("ivfpq", 0.7, 30.0, nlist=64, nprobe=1, rerank=0),
        point("ivfpq", 0.8, 50.0, nlist=64, nprobe=1, rerank=4),
    ],
}


def test_the_points_are_medians_over_rounds(tmp_path):
    write_json(tmp_path / "index.json", BENCH)
    points, about = read_curve(tmp_path / "index.json")
    row = points.iloc[2]
    assert (row["index"], row["nlist"], row["nprobe"], row["recall"], row["bleu"]) == ("ivfflat", 64, 4, 0.95, 30.95)
    assert (row["microseconds"], row["microseconds_low"], row["microseconds_high"]) == (80.0, 60.0, 100.0)
    assert row["ratio"] == pytest.approx(0.4)
    assert about["rows"] == 445_000
    assert "points" not in about


def test_a_line_for_each_kind_and_its_cells_by_number(tmp_path):
    write_json(tmp_path / "index.json", BENCH)
    points, about = read_curve(tmp_path / "index.json")
    figure = plot_index_curve(points, about, "Some corpus")
    try:
        labels = [text.get_text() for text in figure.legends[0].get_texts()]
        assert labels == [
            "exact",
            "IVFFlat, 64 cells",
            "IVFPQ, 64 cells, distances of codes",
            "IVFPQ, 64 cells, 4 k rows measured again",
        ]
        time, bleu, speed = figure.axes
        lines = {line.get_label(): line for line in time.get_lines()}
        assert list(lines["IVFFlat, 64 cells"].get_xdata()) == [0.8, 0.95]
        assert list(lines["IVFFlat, 64 cells"].get_ydata()) == [40.0, 80.0]
        assert time.get_yscale() == "log"
        assert [text.get_text() for text in time.texts] == ["1", "4"]
        assert "µs" in time.get_ylabel()
        assert "BLEU" in bleu.get_ylabel()
        assert "ratio" in speed.get_ylabel()
        save_figure(figure, points, tmp_path, "curve")
        assert all((tmp_path / f"curve.{form}").stat().st_size for form in ("png", "svg", "pdf", "csv"))
    finally:
        plt.close(figure)


def test_exact_search_alone_is_a_curve_too(tmp_path):
    write_json(tmp_path / "index.json", BENCH | {"points": BENCH["points"][:1]})
    points, about = read_curve(tmp_path / "index.json")
    plt.close(plot_index_curve(points, about, "Some corpus"))


def test_a_benchmark_that_lacks_something_is_named(tmp_path):
    lacking = copy.deepcopy(BENCH)
    del lacking["points"][1]["recall"], lacking["k"]
    for bench, words in ((lacking, "lacks k, recall"), (BENCH | {"points": []}, "lacks points")):
        write_json(tmp_path / "index.json", bench)
        with pytest.raises(KnnKdError, match=f"index.json: {words}; run its benchmark again"):
            read_curve(tmp_path / "index.json")
