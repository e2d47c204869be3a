"""The page of real runs says what the files beside it say, and nothing else."""

import json
import re
import shutil
import subprocess
import sys

import matplotlib.pyplot as plt
import pytest
import yaml
from support.workflow import ROOT

from knnkd.core.errors import KnnKdError
from knnkd.reporting.published.pairs import ALIKE, kept_pairs, plot_pairs
from knnkd.reporting.published.runs import kept_test, pairs_table, read_run

RESULTS, PAPER = ROOT / "docs" / "results", ROOT / "workflow" / "report" / "paper_results.csv"
SCRIPT = ROOT / "workflow" / "scripts" / "document_results.py"
RUNS = sorted(path.parent for path in RESULTS.glob("*/run.json"))


def test_the_page_is_made_from_the_files(tmp_path):
    shutil.copytree(RESULTS, tmp_path / "results")
    (tmp_path / "results" / "README.md").unlink()
    command = [sys.executable, SCRIPT, "--results", tmp_path / "results", "--paper", PAPER]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    made = (tmp_path / "results" / "README.md").read_text()
    assert made == (RESULTS / "README.md").read_text(), "run workflow/scripts/document_results.py"
    assert (tmp_path / "results" / "pairs.csv").read_text() == (RESULTS / "pairs.csv").read_text()
    for name in re.findall(r"\]\(([^)]*)\)", made):
        assert (RESULTS / name).exists(), name


def test_what_is_said_in_words_has_no_figure_that_no_file_backs():
    """A note may speak of settings; BLEU and ratios stand in tables alone."""
    for folder in RUNS:
        for note in read_run(folder)["about"]["notes"]:
            assert not re.search(r"\d+\.\d", note), note


@pytest.mark.parametrize("folder", RUNS, ids=lambda folder: folder.name)
def test_every_system_of_a_run_is_shown(folder):
    run = read_run(folder)
    assert set(run["about"]["labels"]) == set(run["tests"][run["about"]["baseline"]]["systems"])
    if (folder / "config.yaml").exists():
        tables = yaml.safe_load((folder / "config.yaml").read_text())["tables"]
        assert set(run["about"]["labels"]) == {name for table in tables.values() for name in table["systems"]}


@pytest.mark.parametrize("folder", RUNS, ids=lambda folder: folder.name)
def test_pairs_agree_with_the_difference_of_the_two_scores(folder):
    """Each row of the pairs is the difference of two BLEU of the first table, in the interval given beside it."""
    run = read_run(folder)
    shown = pairs_table(run)
    scores = {
        run["about"]["labels"][name]: found["bleu"]
        for name, found in run["tests"][run["about"]["baseline"]]["systems"].items()
    }
    for system, baseline, _, difference, interval in shown.itertuples(index=False):
        low, high = map(float, interval.split(" to "))
        assert float(difference) == pytest.approx(scores[system] - scores[baseline], abs=0.006)
        assert low < float(difference) < high
    assert len(shown) == len(run["about"]["pairs"]) > 0


def test_the_figure_draws_what_is_kept():
    """Its like for like are those where the two trainings have the same batches and cross-entropy in their config."""
    pairs = kept_pairs(RUNS)
    figure = plot_pairs(pairs)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [
        f"{row.system} − {row.baseline}" for row in pairs.itertuples()
    ]
    assert pairs["low"].lt(pairs["delta"]).all()
    assert pairs["delta"].lt(pairs["high"]).all()
    for folder in RUNS:
        if not (folder / "config.yaml").exists():
            continue
        systems = yaml.safe_load((folder / "config.yaml").read_text())["systems"]
        for system, baseline, differ_in in read_run(folder)["about"]["pairs"]:
            if system.startswith("knn_kd") and baseline.startswith("transformer"):
                one, other = systems[system], systems[baseline]
                alike = all(one.get(key) == other.get(key) for key in ("label_smoothing", "training"))
                assert alike == (differ_in == ALIKE), (folder.name, system, baseline)
    plt.close(figure)


def test_a_pair_without_a_test_is_refused():
    run = read_run(RESULTS / "koran_small")
    run["about"]["pairs"].append(["knn_kd", "transformer_plain", "kNN term"])
    with pytest.raises(KnnKdError, match=r"no significance\.transformer_plain\.json is kept"):
        pairs_table(run)
    with pytest.raises(KnnKdError, match=r"significance\.transformer\.json has no knn_kd_drop"):
        kept_test(run, "knn_kd_drop", "transformer")


def test_files_that_disagree_are_refused(tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(RESULTS / "koran_small", folder)
    test = json.loads((folder / "significance.knn_mt.json").read_text())
    test["systems"]["knn_kd"]["bleu"] += 1
    (folder / "significance.knn_mt.json").write_text(json.dumps(test))
    with pytest.raises(KnnKdError, match="BLEU of knn_kd differs"):
        read_run(folder)
    (folder / "significance.transformer.json").unlink()
    with pytest.raises(KnnKdError, match=r"no significance\.transformer\.json"):
        read_run(folder)
