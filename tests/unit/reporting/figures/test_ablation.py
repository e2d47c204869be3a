"""Figures draw what their CSV holds, mark what is best, and come out the same bytes twice."""

import math

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from support.making import make_exhibit, train_record
from support.workflow import ROOT, one_error

from knnkd.core.errors import KnnKdError
from knnkd.core.files import write_json
from knnkd.reporting.figures.ablation import ablation, plot_ablation
from knnkd.reporting.figures.curves import plot_curves, read_curves
from knnkd.reporting.figures.tuning_grid import Panel, plot_grids, read_grids
from knnkd.reporting.frames import Shown, write_csv
from knnkd.reporting.paper import read_paper
from knnkd.reporting.plot_style import save_figure
from knnkd.reporting.variants import Point

PAPER = ROOT / "workflow" / "report" / "paper_results.csv"
SHOWN = Shown({"base": "Base"}, {"a": "Set A"}, {"a": "bleu_tok"})
POINTS = [Point("knn_kd", 8, 100), Point("k64", 64, 100), Point("k16", 16, 100), Point("tau1", 64, 1)]
POINTS += [Point("nowhere", 32, 100)]
LABELS = {("a", "mt"): "Set A", ("b", "mt"): "Set B"}
VALID = {"base": (20, 22), "knn_kd": (24, 26), "k64": (23, 23), "k16": (30, 32), "tau1": (10, 10)}


def curve_files(folder, systems=("base", "kd"), records=3):
    files = []
    for system in systems:
        for seed in (1, 2):
            history = [
                {"updates": 10 * i, "bleu": float(10 * i + seed), "nll_loss": 3.0 / i} for i in range(1, records + 1)
            ]
            files.append(train_record(folder, "a", system, seed, {"history": history}))
    return files


def test_curves_hold_every_record(tmp_path):
    # Files come in the order of a shell's pattern; lines stand in that of the systems.
    curves = read_curves(curve_files(tmp_path), {"kd": "KD", "base": "Base"}, {"a": "Set A"})
    assert len(curves) == 12
    figure = plot_curves(curves)
    assert [line.get_label() for line in figure.axes[0].lines] == ["KD", "Base"]
    assert list(figure.axes[0].lines[0].get_ydata()) == [11.5, 21.5, 31.5]
    assert figure.axes[1].get_xlabel() == "updates"
    assert figure.axes[1].get_yscale() == "log"
    save_figure(figure, curves, tmp_path, "curves")
    assert len(pd.read_csv(tmp_path / "curves.csv")) == 12
    assert all((tmp_path / f"curves.{form}").stat().st_size > 1000 for form in ("png", "svg", "pdf"))


def test_curves_of_many_systems_stay_apart(tmp_path):
    names = [f"s{i}" for i in range(7)]
    files = curve_files(tmp_path, names, records=40)
    for seed in (1, 2):
        train_record(tmp_path, "a", "s0", seed, {"history": [{"updates": 10, "bleu": 2.0, "nll_loss": 9.0}]})
    figure = plot_curves(read_curves(files, {name: name for name in names}, {"a": "Set A"}))
    lines = figure.axes[0].lines
    assert len({line.get_color() for line in lines}) == len({line.get_marker() for line in lines}) == 7
    assert [line.get_markevery() for line in lines[1:]] == [(i * 5 // 7, 5) for i in range(1, 7)]
    assert figure.axes[0].get_ylim()[0] <= 2.0, "the worst system's best stays in sight"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == names
    plt.close(figure)


@pytest.fixture
def scores():
    rows = [("a", name, seed, "valid", "bleu_tok", v) for name, both in VALID.items() for seed, v in enumerate(both, 1)]
    rows += [("a", "knn_kd", 1, "test", "bleu_tok", 99.0), ("a", "knn_kd", 1, "valid", "chrf", 98.0)]
    return pd.DataFrame(rows, columns=["dataset", "system", "seed", "split", "metric", "value"])


def ablated(scores, axis="k", fixed=100, points=POINTS):
    return ablation(scores, read_paper(PAPER), points, axis, fixed, SHOWN)


def test_ablation_rows(scores):
    rows = ablated(scores)
    assert rows["k"].tolist() == [8, 16, 64]
    assert rows["bleu"].tolist() == [25, 31, 23]
    assert rows["spread"].tolist() == pytest.approx([math.sqrt(2), math.sqrt(2), 0])
    assert rows["best"].tolist() == [0, 1, 0]
    assert set(rows["paper_best"]) == {64}
    assert set(rows["baseline_bleu"]) == {21}
    rows = ablated(scores, "tau", 64)
    assert rows[["tau", "bleu", "best"]].values.tolist() == [[1, 10, 0], [100, 23, 1]]
    assert set(rows["paper_best"]) == {100}


def test_ablation_figure(scores):
    figure = plot_ablation(ablated(scores), "k")
    panel = figure.axes[0]
    assert panel.get_title() == "Set A, τ = 100"
    assert [text.get_text() for text in panel.get_xticklabels()] == ["8", "16", "64"]
    assert panel.get_xscale() == "log"
    star = next(line for line in panel.lines if line.get_marker() == "*")
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (16, 31)
    assert 21 in [line.get_ydata()[0] for line in panel.lines if line.get_label() == "Base"]
    assert [text.get_text() for text in panel.texts] == ["paper's best: 64"]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["kNN-KD (± standard deviation over seeds)", "its best", "Base"]
    plt.close(figure)


def test_ablation_of_one_seed_shows_no_spread(scores):
    figure = plot_ablation(ablated(scores[scores["seed"] == 1]), "k")
    assert figure.legends[0].get_texts()[0].get_text() == "kNN-KD"
    assert not figure.axes[0].collections, "neither error bars nor a band"
    plt.close(figure)


def test_ablation_errors(scores):
    with pytest.raises(KnnKdError, match="no scored k with tau = 7 on a"):
        ablated(scores, fixed=7)
    with pytest.raises(KnnKdError, match="two at one k with tau = 100 on a"):
        ablated(scores, points=[POINTS[0], Point("k64", 8, 100)])


def grid_file(folder, dataset="a", seed=1, base=2.0, better=0.1, system="mt"):
    """Write the grid of a run, and the record beside it; return the record's path."""
    rows = [("", "", 0.0, base, 20.0, 0)]
    for k in (4, 8):
        for tau in (1, 10, 100):
            for lam in (0.2, 0.8):
                helps = k == 8 and tau == 10 and lam == 0.2
                loss = base - better if helps else base + 0.1 * lam
                rows.append((k, tau, lam, loss, 21.5 if helps else "", int(helps)))
    path = folder / dataset / system / f"seed{seed}" / "tuned.json"
    write_json(path, {"dataset": dataset, "system": system, "seed": seed, "metric": "bleu_tok"})
    columns = ["k", "tau", "lambda", "loss", "bleu", "chosen"]
    pd.DataFrame(rows, columns=columns).to_csv(path.with_name("grid.csv"), index=False)
    return path


def test_grids_are_tidy(tmp_path):
    files = [grid_file(tmp_path, seed=1), grid_file(tmp_path, seed=2, base=3.0, better=0.3)]
    grids, _ = read_grids(files, LABELS)
    assert len(grids) == 2 * 13
    best = grids[grids["chosen"] == 1]
    assert best[["dataset", "seed", "k", "tau", "lambda"]].values.tolist() == [
        ["Set A", 1, 8, 10, 0.2],
        ["Set A", 2, 8, 10, 0.2],
    ]
    assert best["difference"].tolist() == pytest.approx([-0.1, -0.3])
    assert best["base_loss"].tolist() == [2, 3]
    assert grids.loc[grids["lambda"] == 0, ["k", "tau"]].isna().all(axis=None)


def test_grid_figure(tmp_path):
    files = [
        grid_file(tmp_path, seed=1),
        grid_file(tmp_path, seed=2, better=0.3),
        grid_file(tmp_path, "b"),
    ]
    figure = plot_grids(*read_grids(files, LABELS))
    panels = figure.axes[:4]
    assert [panel.get_title() for panel in panels] == ["k = 4", "k = 8"] * 2
    assert [panels[0].get_ylabel(), panels[2].get_ylabel()] == ["Set A\nλ", "Set B\nλ"]
    image = panels[1].images[0]
    assert image.get_array().tolist() == [pytest.approx([0.02, -0.2, 0.02]), pytest.approx([0.08] * 3)]
    assert image.norm.vcenter == 0
    assert [text.get_text() for text in panels[1].get_yticklabels()] == ["0.2", "0.8"]
    texts = {text.get_position(): text.get_text() for text in panels[1].texts}
    assert texts[1, 0] == "-0.200\n★ 21.5"
    assert texts[0, 1] == "+0.080"
    assert len(panels[0].patches) == 0
    assert len(panels[1].patches) == 2, "one frame, drawn in white and black"
    plt.close(figure)


def test_a_bleu_of_some_seeds_alone_is_not_shown(tmp_path):
    """Seed 2 chose and decoded another point: neither cell has a mean over both, but each has its star."""
    paths = [grid_file(tmp_path, seed=seed) for seed in (1, 2)]
    grid = pd.read_csv(paths[1].with_name("grid.csv"))
    grid.loc[grid["chosen"] == 1, ["bleu", "chosen"]] = [math.nan, 0]
    other = (grid["k"] == 4) & (grid["tau"] == 1) & (grid["lambda"] == 0.8)
    grid.loc[other, ["bleu", "chosen"]] = [30.0, 1]
    grid.to_csv(paths[1].with_name("grid.csv"), index=False)
    # Another dataset with one seed alone shows what that seed decoded.
    files = [*paths, grid_file(tmp_path, "b")]
    figure = plot_grids(*read_grids(files, LABELS))
    texts = [{text.get_position(): text.get_text() for text in panel.texts} for panel in figure.axes[:4]]
    assert texts[0][0, 1] == "+0.080\n★"
    assert texts[1][1, 0] == "-0.100\n★"
    assert texts[3][1, 0] == "-0.100\n★ 21.5"
    assert [len(panel.patches) for panel in figure.axes[:4]] == [0, 0, 0, 2]
    assert "decoded by every seed" in figure.get_supxlabel()
    plt.close(figure)


def test_one_seed_is_no_mean(tmp_path):
    figure = plot_grids(*read_grids([grid_file(tmp_path)], LABELS))
    assert "seed" not in figure.get_supxlabel()
    plt.close(figure)


def test_a_point_of_infinite_loss_leaves_the_colours_to_the_others(tmp_path):
    path = grid_file(tmp_path)
    grid = pd.read_csv(path.with_name("grid.csv"))
    grid.loc[(grid["lambda"] == 0.8) & (grid["k"] == 4), "loss"] = math.inf
    grid.to_csv(path.with_name("grid.csv"), index=False)
    grids, _ = read_grids([path], LABELS)
    figure = plot_grids(grids)
    norm = figure.axes[0].images[0].norm
    assert (norm.vmin, norm.vmax) == pytest.approx((-0.1, 0.08))
    assert sorted({text.get_text() for text in figure.axes[0].texts}) == ["+0.020", "+inf"]
    save_figure(figure, grids, tmp_path, "knn_mt_grid")
    assert (pd.read_csv(tmp_path / "knn_mt_grid.csv")["loss"] == math.inf).sum() == 3


def test_grid_errors(tmp_path):
    path = grid_file(tmp_path)
    file = path.with_name("grid.csv")
    grid = pd.read_csv(file)
    grid[grid["lambda"] > 0].to_csv(file, index=False)
    with pytest.raises(KnnKdError, match="grid.csv: has no row of lambda = 0"):
        read_grids([path], LABELS)
    pd.concat([grid, grid.tail(1)]).to_csv(file, index=False)
    with pytest.raises(KnnKdError, match="more than one row for Set A, 1, 8"):
        read_grids([path], LABELS)
    with pytest.raises(KnnKdError, match="no tuned.json"):
        read_grids([], LABELS)
    with pytest.raises(KnnKdError, match="tuned.json: no label for mt on a; add it to panels"):
        read_grids([path], {})
    write_json(path, {"dataset": "a", "system": "mt"})
    with pytest.raises(KnnKdError, match="tuned.json: lacks seed, as those of older versions; run the rule that tunes"):
        read_grids([path], LABELS)


def drawn_bytes(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    grids, _ = read_grids([grid_file(tmp_path)], LABELS)
    for name in ("one", "two"):
        save_figure(plot_grids(grids), grids, tmp_path / name, "knn_mt_grid")
    assert drawn_bytes(tmp_path / "one") == drawn_bytes(tmp_path / "two")
    assert len(drawn_bytes(tmp_path / "one")) == 4


def test_ablation_script(scores, tmp_path):
    write_csv(scores, tmp_path / "scores.csv")
    inputs, figures = {"scores": tmp_path / "scores.csv", "paper": PAPER}, tmp_path / "figures"
    settings = {"shown": SHOWN, "points": POINTS, "fixed_k": 64}
    assert "tau = 3.0" in one_error(make_exhibit("ablation", settings | {"fixed_tau": 3}, inputs, figures))
    process = make_exhibit("ablation", settings | {"fixed_tau": 100}, inputs, figures)
    assert process.returncode == 0, process.stderr
    forms = ("csv", "pdf", "png", "svg")
    assert list(drawn_bytes(figures)) == [f"figure{i}.{form}" for i in (2, 3) for form in forms]
    assert pd.read_csv(figures / "figure3.csv")["tau"].tolist() == [1, 100]


def test_curves_script(tmp_path):
    shown = {"systems": {"kd": "KD", "base": "Base"}, "datasets": {"a": "Set A"}}
    process = make_exhibit("curves", shown, {"runs": curve_files(tmp_path)}, tmp_path / "figures")
    assert process.returncode == 0, process.stderr
    assert pd.read_csv(tmp_path / "figures" / "curves.csv")["system"].unique().tolist() == ["KD", "Base"]
    assert "runs: no train.json" in one_error(make_exhibit("curves", shown, {}, tmp_path / "figures"))


def panels(**labels):
    """Return the settings of a figure; labels: of each system on dataset a, or of mt on each dataset."""
    places = {name: ("a", name) if len(name) > 1 else (name, "mt") for name in labels}
    return {"panels": [Panel(*places[name], label) for name, label in labels.items()]}


def test_grid_script(tmp_path):
    files = [grid_file(tmp_path, dataset) for dataset in "ab"]
    process = make_exhibit("knn_mt_grid", panels(b="Set B", a="Set A"), {"tuned": files}, tmp_path / "figures")
    assert process.returncode == 0, process.stderr
    table = pd.read_csv(tmp_path / "figures" / "knn_mt_grid.csv")
    assert table["dataset"].unique().tolist() == ["Set B", "Set A"]
    assert len(table) == 26


def test_grid_script_takes_several_systems_and_seeds(tmp_path):
    runs = (("one", 1), ("two", 1), ("one", 2))
    files = [grid_file(tmp_path, seed=seed, system=system) for system, seed in runs]
    settings = panels(one="Set A, one", two="Set A, two")
    process = make_exhibit("knn_mt_grid", settings, {"tuned": files}, tmp_path / "figures")
    assert process.returncode == 0, process.stderr
    table = pd.read_csv(tmp_path / "figures" / "knn_mt_grid.csv")
    assert table[["dataset", "seed"]].drop_duplicates().values.tolist() == [
        ["Set A, one", 1],
        ["Set A, one", 2],
        ["Set A, two", 1],
    ]


def test_two_panels_of_one_label_are_refused(tmp_path):
    process = make_exhibit("knn_mt_grid", panels(one="Set A", two="Set A"), {}, tmp_path)
    assert "panels: two are called Set A" in one_error(process)


LONG = "A corpus with a rather long name, as people who bring their own may well give it"


def assert_all_in_sight(figure):
    """No title, label or legend leaves the figure, and no two titles of a row run into each other."""
    with plt.rc_context({"figure.dpi": 150}):
        figure.canvas.draw()
        whole = figure.bbox.padded(1)
        texts = [text for axis in figure.axes for text in (axis.title, axis.xaxis.label, axis.yaxis.label)]
        extents = [text.get_window_extent() for text in texts if text.get_text()]
        extents += [legend.get_window_extent() for legend in figure.legends]
        for box in extents:
            assert box.x0 >= whole.x0, (box, whole)
            assert box.x1 <= whole.x1, (box, whole)
            assert box.y0 >= whole.y0, (box, whole)
            assert box.y1 <= whole.y1, (box, whole)
        titles = [axis.title.get_window_extent() for axis in figure.axes if axis.title.get_text()]
        assert not any(one.overlaps(other) for i, one in enumerate(titles) for other in titles[i + 1 :])
    plt.close(figure)


@pytest.mark.parametrize("label", ["KD", "Its self-neighbour dropped, in corpus order, released loss"])
def test_long_names_stay_in_sight(tmp_path, label):
    names = {f"s{i}": f"{label} {i}" for i in range(7)}
    assert_all_in_sight(plot_curves(read_curves(curve_files(tmp_path, list(names)), names, {"a": LONG})))
    grids = [grid_file(tmp_path), grid_file(tmp_path, "b")]
    assert_all_in_sight(plot_grids(*read_grids(grids, LABELS | {("a", "mt"): LONG})))
