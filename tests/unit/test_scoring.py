"""Scores against a hand-worked case, and tables that show what the scores say and mark what is missing."""

import math
import shutil
import subprocess

import pandas as pd
import pytest
from conftest import ROOT, one_error, run_script

from knnkd.errors import KnnKdError
from knnkd.figures import plot_curves, read_curves, save_figure
from knnkd.io import read_json, read_lines, write_json, write_lines
from knnkd.scoring import score
from knnkd.tables import collect_scores, read_csv, table2, table2_wide, write_latex, write_markdown

PAPER = ROOT / "workflow" / "report" / "paper_results.csv"


@pytest.fixture
def hypotheses(tmp_path):
    write_lines(tmp_path / "hypotheses.tok", ["the cat sat on the mat .", "", "a dog runs"])
    write_lines(tmp_path / "hypotheses.txt", ["the cat sat on the mat.", "", "a dog runs"])
    write_lines(tmp_path / "ref.tok", ["the cat sat on a mat .", "an empty one", "a dog runs"])
    write_lines(tmp_path / "ref.txt", ["the cat sat on a mat.", "an empty one", "a dog runs"])
    write_json(tmp_path / "decode.json", {"weights": "w"})
    return tmp_path


def test_bleu_by_hand(hypotheses):
    """n-gram matches over totals: 9/10 unigrams, 6/8 bigrams, 3/5 trigrams, 1/4 4-grams (counted below)."""
    # Line 1 against "the cat sat on a mat .": the cat sat on _ mat . | the-cat cat-sat sat-on mat-. | the-cat-sat
    # cat-sat-on | the-cat-sat-on. "the" occurs twice and matches once. Line 2 is empty. Line 3 matches wholly.
    matches, totals = [6 + 3, 4 + 2, 2 + 1, 1], [7 + 3, 6 + 2, 5 + 1, 4]
    brevity = math.exp(1 - 13 / 10)  # 7 + 3 + 3 reference tokens for 10 of the hypotheses
    expected = 100 * brevity * math.prod(m / t for m, t in zip(matches, totals, strict=True)) ** 0.25
    scores = {each.metric: each for each in score(hypotheses, hypotheses / "ref.tok", hypotheses / "ref.txt")}
    assert scores["bleu_tok"].value == pytest.approx(expected)
    assert "tok:none" in scores["bleu_tok"].signature
    assert "tok:13a" in scores["sacrebleu"].signature
    assert scores["sacrebleu"].value == pytest.approx(expected)  # 13a splits off the full stop, as the tokens have it
    assert "nc:6" in scores["chrf"].signature


def test_a_missing_line_is_refused(hypotheses):
    write_lines(hypotheses / "ref.tok", ["one line"])
    with pytest.raises(KnnKdError, match="3 hypotheses for 1 references"):
        score(hypotheses, hypotheses / "ref.tok", hypotheses / "ref.txt")


def test_score_script(hypotheses):
    flags = ["--hypotheses", hypotheses, "--references-tok", hypotheses / "ref.tok", "--dataset", "d", "--system", "s"]
    flags += ["--seed", 1, "--split", "test", "--output", hypotheses / "score.json"]
    process = run_script("score.py", *flags, "--references-txt", hypotheses / "none.txt")
    assert "none.txt" in one_error(process)
    assert not (hypotheses / "score.json").exists()
    assert run_script("score.py", *flags, "--references-txt", hypotheses / "ref.txt").returncode == 0
    assert read_json(hypotheses / "score.json")["weights"] == "w"


@pytest.fixture
def scores(tmp_path):
    """Two systems on one data set, two seeds each; the second system lacks the other data set."""
    files = []
    values = {("a", "base", 1): 30, ("a", "base", 2): 32, ("a", "kd", 1): 33, ("a", "kd", 2): 35, ("b", "base", 1): 9}
    for (dataset, system, seed), value in values.items():
        path = tmp_path / f"{dataset}-{system}-{seed}.json"
        points = {"bleu_tok": value, "chrf": 1}
        entries = [{"metric": metric, "value": points[metric], "signature": "x"} for metric in points]
        write_json(path, {"dataset": dataset, "system": system, "seed": seed, "split": "test", "scores": entries})
        files.append(path)
    return collect_scores(files[::-1])


def wide_table(scores, **paper):
    labels = {"a": "Set A", "b": "Set B"}
    systems = {"base": "Base", "kd": "KD"}
    metrics = dict.fromkeys(labels, "bleu_tok")
    return table2_wide(table2(scores, read_csv(PAPER, []), systems, labels, metrics, paper)).set_index("Models")


def test_scores_are_tidy(scores):
    assert list(scores.columns) == ["dataset", "system", "seed", "split", "metric", "value", "signature"]
    assert scores[["dataset", "system", "seed", "metric"]].values.tolist()[0] == ["a", "base", 1, "bleu_tok"]
    assert len(scores) == 10


def test_table2_means_gains_and_gaps(scores):
    wide = wide_table(scores)
    assert wide.loc["Base", "Set A BLEU"] == "31.00 ± 1.41"
    assert wide.loc["KD", "Set A gain"] == "+3.00"
    assert wide.loc["Base", "Set A gain"] == ""
    assert wide.loc["KD", "Set B BLEU"] == "–"
    assert wide.loc["KD", "Set B gain"] == "–"
    assert wide.loc["KD", "Set A paper"] == "–"


def test_table2_quotes_the_paper(scores):
    scores = scores.replace({"base": "transformer", "kd": "knn_kd"})
    systems = {"transformer": "Transformer", "knn_kd": "kNN-KD"}
    long = table2(scores, read_csv(PAPER, []), systems, {"a": "A"}, {"a": "bleu_tok"}, {"a": "iwslt14_de_en"})
    assert long["paper_bleu"].tolist() == [34.11, 36.30]
    long = table2(scores, read_csv(PAPER, []), systems, {"a": "A"}, {"a": "bleu_tok"}, {"a": "koran"})
    assert long["paper_bleu"].tolist() == [13.84, 24.86]


def test_markdown_lines_up(scores, tmp_path):
    write_markdown(wide_table(scores).reset_index(), "A note.", tmp_path / "t.md")
    table = [line for line in read_lines(tmp_path / "t.md") if line.startswith("|")]
    assert len({len(line) for line in table}) == 1
    assert len({tuple(i for i, c in enumerate(line) if c == "|") for line in table}) == 1


def test_latex_escapes(scores, tmp_path):
    write_latex(wide_table(scores).reset_index(), "100% of a_b & c", tmp_path / "t.tex")
    text = (tmp_path / "t.tex").read_text(encoding="utf-8")
    assert r"100\% of a\_b \& c" in text
    assert "–" not in text
    assert text.count(r"\\") == 3


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(scores, tmp_path):
    write_latex(wide_table(scores).reset_index(), "100% of a_b & c", tmp_path / "t.tex")
    page = r"\documentclass{article}\usepackage{booktabs}\begin{document}\input{t}\end{document}"
    (tmp_path / "page.tex").write_text(page, encoding="utf-8")
    process = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "page.tex"], cwd=tmp_path, capture_output=True, check=False
    )
    assert process.returncode == 0, process.stdout


def test_broken_csv_is_named(tmp_path):
    with pytest.raises(KnnKdError, match="none.csv"):
        read_csv(tmp_path / "none.csv", ["value"])
    (tmp_path / "half.csv").write_text("dataset,value\na,1\n")
    with pytest.raises(KnnKdError, match="lacks the columns system"):
        read_csv(tmp_path / "half.csv", ["dataset", "system"])


def test_curves_hold_every_record(tmp_path):
    files = []
    for system in ("base", "kd"):
        for seed in (1, 2):
            path = tmp_path / "a" / system / f"seed{seed}" / "train.json"
            history = [{"updates": 10 * i, "bleu": float(i + seed), "nll_loss": 3.0 / i} for i in (1, 2, 3)]
            write_json(path, {"seed": seed, "history": history})
            files.append(path)
    curves = read_curves(files, {"base": "Base", "kd": "KD"}, {"a": "Set A"})
    assert len(curves) == 12
    figure = plot_curves(curves)
    assert list(figure.axes[0].lines[0].get_ydata()) == [2.5, 3.5, 4.5]
    assert figure.axes[1].get_xlabel() == "updates"
    save_figure(figure, curves, tmp_path, "curves")
    assert len(pd.read_csv(tmp_path / "curves.csv")) == 12
    assert all((tmp_path / f"curves.{form}").stat().st_size > 1000 for form in ("png", "svg", "pdf"))
