"""The table of overcorrection: p* first, measures in their cells, no lattice no number; and its figure."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from support.making import make_exhibit
from support.workflow import one_error

from knnkd.core.errors import KnnKdError
from knnkd.reporting.frames import Shown, write_csv
from knnkd.reporting.plot_style import save_figure
from knnkd.reporting.tables.overcorrection import (
    MEASURES,
    overcorrection,
    overcorrection_blocks,
    overcorrection_notes,
    plot_overcorrection,
)

SHOWN = Shown({"transformer": "Base", "bert_kd": "BERT-KD", "knn_kd": "KD"}, {"a": "Set A", "b": "Set B"}, {}, {})
LATTICE = ("kl_true", "mass_acceptable", "mass_above", "accepted", "true_entropy", "true_mass_acceptable")
VALUES = {
    "transformer": (0.3, 0.05, 0.2, 0.8, 0.42, 0.21),
    "bert_kd": (0.2, 0.1, 0.1, 0.9, 0.46, 0.19),
    "knn_kd": (0.1, 0.2, 0.05, 0.95, 0.42, 0.21),
}


@pytest.fixture
def scores():
    """Set A has a lattice and two seeds; Set B has none, and nothing of BERT-KD."""
    rows = []
    for system, values in VALUES.items():
        for seed in (1, 2):
            measured = dict(zip(LATTICE, values, strict=True)) | {"ece": 0.01 * seed, "entropy": 0.5}
            rows += [("a", system, seed, "test", metric, value) for metric, value in measured.items()]
        if system != "bert_kd":
            rows += [("b", system, 1, "test", "ece", 0.04), ("b", system, 1, "test", "entropy", 0.6)]
    return pd.DataFrame(rows, columns=["dataset", "system", "seed", "split", "metric", "value"])


def test_cells(scores):
    blocks = overcorrection_blocks(overcorrection(scores, SHOWN))
    same = " ± 0.000"
    assert blocks["Set A"].values.tolist() == [
        ["p*", "0.000", "0.210", "0.000", "1.000", "–", "0.420"],
        [
            "Base",
            *(f"{value}{same}" for value in ("0.300", "0.050", "0.200", "0.800")),
            "0.015 ± 0.007",
            f"0.500{same}",
        ],
        [
            "BERT-KD",
            *(f"{value}{same}" for value in ("0.200", "0.100", "0.100", "0.900")),
            "0.015 ± 0.007",
            f"0.500{same}",
        ],
        ["KD", *(f"{value}{same}" for value in ("0.100", "0.200", "0.050", "0.950")), "0.015 ± 0.007", f"0.500{same}"],
    ]
    assert blocks["Set B"].values.tolist() == [
        ["Base", "–", "–", "–", "–", "0.040", "0.600"],
        ["BERT-KD", "–", "–", "–", "–", "–", "–"],
        ["KD", "–", "–", "–", "–", "0.040", "0.600"],
    ]


def test_notes(scores):
    notes = overcorrection_notes(overcorrection(scores, SHOWN), SHOWN)
    text = " ".join(notes)
    assert "over the subwords of Base" in text
    assert "p*'s values differ for it on Set A: others 0.190, entropy 0.460." in text
    assert text.count("has subwords of its own") == 1
    assert "–: Set B has no lattice" in text
    assert "–: ECE, entropy, not measured: BERT-KD on Set B." in text


def test_nothing_measured_is_an_error(scores):
    with pytest.raises(KnnKdError, match="run measure.py"):
        overcorrection(scores[scores["metric"] == "none"], SHOWN)


def test_figure_draws_each_measure_and_the_truth(scores):
    figure = plot_overcorrection(overcorrection(scores, SHOWN))
    assert len(figure.axes) == 2 * len(MEASURES)
    ece, entropy, kl = figure.axes[:3]
    assert [line.get_xdata()[0] for line in ece.lines if line.get_marker() in "os^"] == [0.015] * 3
    assert kl.get_title().startswith("KL(p*‖p) (nats/token)")
    drawn = [line.get_xdata()[0] for line in kl.lines if line.get_marker() in "os^"]
    assert drawn == [0.3, 0.2, 0.1]
    assert [line.get_xdata()[0] for line in kl.lines if line.get_linestyle() == "--"] == [0]
    own = [line.get_xdata()[0] for line in entropy.lines if line.get_linestyle() == "--"]
    assert own == [0.42, 0.46, 0.42], "each system's own p* where subwords differ"
    of_b = figure.axes[len(MEASURES) :]
    assert [text.get_text() for text in of_b[0].texts] == ["not measured"]
    assert [[text.get_text() for text in axis.texts] for axis in of_b[2:]] == [["no lattice"]] * 4
    assert not of_b[2].axison
    plt.close(figure)


def test_figure_without_any_lattice_has_two_panels(scores, tmp_path):
    shown = Shown(SHOWN.systems, {"b": "Set B"}, {}, {})
    long = overcorrection(scores, shown)
    figure = plot_overcorrection(long)
    assert [axis.get_title() for axis in figure.axes] == [
        "calibration error\n(ECE, 0 to 1)\n← better",
        "entropy\n(nats/token)",
    ]
    assert not figure.legends
    save_figure(figure, long, tmp_path, "overcorrection")
    assert pd.read_csv(tmp_path / "overcorrection.csv")["mean"].notna().sum() == 4


def test_script(scores, tmp_path):
    write_csv(scores, tmp_path / "scores.csv")
    systems, inputs = {name: name for name in VALUES}, {"scores": tmp_path / "scores.csv"}
    process = make_exhibit("overcorrection", Shown(systems, {"c": "C"}), inputs, tmp_path)
    assert "no measure of calibration" in one_error(process)
    process = make_exhibit("overcorrection", Shown(systems, {"a": "A", "b": "B"}), inputs, tmp_path)
    assert process.returncode == 0, process.stderr
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == [
        f"overcorrection.{f}" for f in ("csv", "html", "md", "tex")
    ]
    assert {path.suffix for path in (tmp_path / "figures").iterdir()} == {".png", ".svg", ".pdf", ".csv"}
    assert r"KL(p*$\|$p)" in (tmp_path / "tables" / "overcorrection.tex").read_text(encoding="utf-8")
