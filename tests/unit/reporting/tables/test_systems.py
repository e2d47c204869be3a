"""Table 2: numbers land in their cells, marks follow their rule, every gap is explained; and how tables are written."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.latex import assert_compiles, needs_latex
from support.making import make_exhibit
from support.small_trainings import trainings_csv
from support.workflow import ROOT, one_error

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, read_lines, write_json
from knnkd.core.integrity import sealed
from knnkd.reporting import frames
from knnkd.reporting.frames import Shown, collect_scores, mark, read_csv, read_significance, read_speed
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.systems import table2, table2_blocks, table2_notes
from knnkd.reporting.typeset import LATEX, latex, number, with_spread, write_latex, write_markdown

PAPER = ROOT / "workflow" / "report" / "paper_results.csv"
SHOWN = Shown(
    systems={"transformer": "Base", "bert_kd": "BERT-KD", "knn_mt": "kNN-MT", "knn_kd": "KD"},
    datasets={"a": "Set A", "b": "Set B"},
    metrics={"a": "bleu_tok", "b": "sacrebleu"},
    scored=["bleu_tok", "sacrebleu", "chrf"],
    paper_datasets={"a": "iwslt14_de_en", "b": "iwslt15_en_vi"},
)
BLEU = {
    ("a", "transformer", 1): 30,
    ("a", "transformer", 2): 32,
    ("a", "bert_kd", 1): 29,
    ("a", "bert_kd", 2): 28,
    ("a", "knn_mt", 1): 31.5,
    ("a", "knn_kd", 1): 33,
    ("a", "knn_kd", 2): 35,
    ("b", "transformer", 1): 9,
}


@pytest.fixture
def scores(tmp_path):
    """Two seeds on Set A, of which kNN-MT has one; Set B has the Transformer alone, and no chrF."""
    files = []
    for (dataset, system, seed), value in BLEU.items():
        path = tmp_path / f"{dataset}-{system}-{seed}.json"
        points = {SHOWN.metrics[dataset]: value, "ece": 0.1} | ({"chrf": value + 20} if dataset == "a" else {})
        entries = [{"metric": metric, "value": points[metric], "signature": "x"} for metric in points]
        write_json(
            path, sealed({"dataset": dataset, "system": system, "seed": seed, "split": "test", "scores": entries})
        )
        files.append(path)
    return collect_scores(files[::-1])


def significance(folder, p_values, baseline="transformer", dataset="a", **changes):
    """Write a significance file for each seed; p_values: {system: (p of seed 1, p of seed 2)}."""
    files = []
    for seed in (1, 2):
        ours = {system: values[seed - 1] for system, values in p_values.items() if len(values) >= seed}
        systems = {}
        for system, p in ours.items():
            delta = None if p is None else BLEU[dataset, system, seed] - BLEU[dataset, "transformer", seed]
            low, high = (None, None) if delta is None else (delta - 0.3, delta + 0.5)
            systems[system] = {"bleu": BLEU[dataset, system, seed], "mean": 1.0, "ci": 0.4 * seed, "p_value": p}
            systems[system] |= {"delta": delta, "delta_low": low, "delta_high": high}
        content = {"dataset": dataset, "seed": seed, "split": "test", "metric": SHOWN.metrics[dataset]}
        content |= {"baseline": baseline, "samples": 1000, "systems": systems}
        files.append(folder / f"significance-{baseline}-{seed}.json")
        write_json(files[-1], content | changes)
    return files


@pytest.fixture
def tests(tmp_path):
    p_values = {"transformer": (None, None), "bert_kd": (0.01, 0.02), "knn_mt": (0.01,), "knn_kd": (0.04, 0.06)}
    return read_significance(significance(tmp_path, p_values), SHOWN.metrics, "transformer")


def write_speed(path, rows):
    """Write a speed.csv of (dataset, system, metric, median, ratio)."""
    named = ["dataset", "system", "metric", "median", "ratio"]
    rest = {"low": 1.0, "high": 3.0, "ratio_low": 0.9, "ratio_high": 1.1, "rounds": 5}
    rest |= {"unit": "1/s", "device": "a CPU", "threads": 2}
    pd.DataFrame([dict(zip(named, row, strict=True)) | rest for row in rows]).to_csv(path, index=False)
    return path


@pytest.fixture
def speed(tmp_path):
    rows = [("a", "transformer", "updates_per_second", 2.0, 1.0), ("a", "knn_kd", "updates_per_second", 1.9, 0.954)]
    rows += [
        ("a", "transformer", "tokens_per_second", 3148.14, 1.0),
        ("a", "knn_mt", "tokens_per_second", 920.72, 0.29),
    ]
    return read_speed(write_speed(tmp_path / "speed.csv", rows), "transformer")


def long_table(scores, tests=None, speed=None):
    tests = read_significance([], {}) if tests is None else tests
    speed = read_speed(None, "transformer") if speed is None else speed
    return table2(scores, read_paper(PAPER), tests, speed, SHOWN, ["knn_mt"])


def block(long, dataset="Set A"):
    return table2_blocks(long, SHOWN)[dataset].set_index("Models")


def test_scores_are_tidy(scores, tmp_path):
    assert list(scores.columns) == ["dataset", "system", "seed", "split", "metric", "value", "signature"]
    assert scores[["dataset", "system", "seed", "metric"]].values.tolist()[0] == ["a", "bert_kd", 1, "bleu_tok"]
    assert len(scores) == 3 * 7 + 2
    with pytest.raises(KnnKdError, match="more than one row for a, knn_kd, 1"):
        collect_scores([tmp_path / "a-knn_kd-1.json"] * 2)


def test_means_spreads_and_gains(scores):
    shown = block(long_table(scores))
    assert shown["BLEU"].tolist() == ["31.00 ± 1.41", "28.50 ± 0.71", "31.50", "34.00 ± 1.41"]
    assert shown["gain"].tolist() == ["", "-2.50", "+0.50", "+3.00"]
    assert shown["chrF"].tolist() == ["51.00", "48.50", "51.50", "54.00"]
    assert block(long_table(scores), "Set B")["BLEU"].tolist() == ["9.00", "–", "–", "–"]
    assert block(long_table(scores), "Set B")["gain"].tolist() == ["", "–", "–", "–"]


def test_the_paper_is_quoted_and_marked(scores):
    long = long_table(scores)
    assert block(long)["paper"].tolist() == ["34.11", "35.63§", "36.17", "36.30"]
    assert block(long, "Set B")["paper"].tolist() == ["30.76§", "31.51§", "32.08", "32.27"]
    of_kd = long[long["system"] == "KD"].iloc[0]
    assert of_kd["paper_updates_per_s"] == 2.14
    assert of_kd["paper_updates_ratio"] == pytest.approx(1.06, abs=0.005)  # as printed in the paper's Table 2
    assert of_kd["paper_tokens_ratio"] == pytest.approx(1.05, abs=0.005)


def test_marks_need_every_seed(scores, tests):
    long = long_table(scores, tests)
    shown = block(long)
    assert shown.loc["BERT-KD", "BLEU"] == "28.50 ± 0.71‡"
    assert shown.loc["KD", "BLEU"] == "34.00 ± 1.41", "seed 2 has p = 0.06"
    assert shown.loc["kNN-MT", "BLEU"] == "31.50†"
    of_kd = long[(long["system"] == "KD") & (long["dataset"] == "Set A")].iloc[0]
    assert of_kd["ci"] == pytest.approx(0.6)
    assert of_kd["p_value"] == 0.06
    notes = " ".join(table2_notes(long, tests, read_speed(None, "transformer"), SHOWN))
    assert "better, worse than Base by paired bootstrap (1,000 samples), two-sided p < 0.05 in every seed" in notes
    assert "Not tested" not in notes


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(-2, 2)), min_size=1, max_size=4))
def test_mark_by_rule(seeds):
    """† where every seed has p < 0.05 and is better, ‡ where every seed is worse; an untested seed takes it away."""
    columns = {"dataset": "a", "baseline": "base", "system": "kd"}
    rows = [columns | {"seed": seed, "p_value": p, "delta": delta} for seed, (p, delta) in enumerate(seeds)]
    better = all(p < 0.05 and delta > 0 for p, delta in seeds)
    worse = all(p < 0.05 and delta < 0 for p, delta in seeds)
    numbers = list(range(len(seeds)))
    expected = "†" if better else "‡" if worse else ""
    assert mark(pd.DataFrame(rows), "a", "kd", "base", numbers) == expected
    assert mark(pd.DataFrame(rows), "a", "kd", "base", [*numbers, 99]) == ""
    assert mark(pd.DataFrame(rows), "a", "kd", "other", numbers) == ""


def test_a_table_judged_by_ter(tmp_path):
    """Less is better: marks, gains and the note say so; the headings are those of the metrics that are asked for."""
    shown = Shown(
        {"transformer": "Base", "knn_kd": "KD"}, {"a": "Set A"}, {"a": "ter"}, scored=["bleu_tok", "sacrebleu"]
    )
    values = {"ter": {"transformer": 50.0, "knn_kd": 45.0}, "bleu_tok": {"transformer": 30.0, "knn_kd": 31.0}}
    rows = [("a", name, 1, "test", metric, value) for metric, own in values.items() for name, value in own.items()]
    about = {"dataset": "a", "seed": 1, "split": "test", "metric": "ter", "baseline": "transformer", "samples": 100}
    base = {"ter": 50.0, "ci": 0.5} | dict.fromkeys(("p_value", "delta", "delta_low", "delta_high"))
    kd = {"ter": 45.0, "ci": 0.5, "p_value": 0.01, "delta": -5.0, "delta_low": -6.0, "delta_high": -4.0}
    write_json(tmp_path / "s.json", about | {"systems": {"transformer": base, "knn_kd": kd}})
    tests, speed = read_significance([tmp_path / "s.json"], shown.metrics), read_speed(None, "transformer")
    long = table2(pd.DataFrame(rows, columns=frames.SCORE_COLUMNS), read_paper(PAPER), tests, speed, shown)
    of_kd = table2_blocks(long, shown)["Set A"].iloc[1]
    assert of_kd.drop("paper").to_dict() == {"Models": "KD", "TER": "45.00†", "gain": "+5.00", "BLEU": "31.00"}
    assert long["ter"].tolist() == [50, 45]
    note = table2_notes(long, tests, speed, shown)[0]
    assert "TER and BLEU (less is better: TER; a gain is how much better) in points of 100" in note


def test_datasets_of_different_metrics_share_a_table():
    shown = Shown({"x": "X"}, {"a": "A", "b": "B"}, {"a": "ter", "b": "bleu_tok"}, scored=["sacrebleu", "chrf", "ter"])
    assert (shown.heading, shown.column, list(shown.beside)) == ("score", "score", ["sacrebleu", "chrf", "ter"])
    assert [shown.sign(name) for name in shown.datasets] == [-1, 1]


def test_significance_of_something_else_is_refused(tmp_path):
    p_values = {"transformer": (None, None)}
    with pytest.raises(KnnKdError, match="tests bleu_tok on test, not sacrebleu"):
        read_significance(significance(tmp_path, p_values), {"a": "sacrebleu"})
    with pytest.raises(KnnKdError, match="on valid, not bleu_tok on test"):
        read_significance(significance(tmp_path, p_values, split="valid"), SHOWN.metrics)
    with pytest.raises(KnnKdError, match="against transformer, not knn_kd"):
        read_significance(significance(tmp_path, p_values), SHOWN.metrics, "knn_kd")
    with pytest.raises(KnnKdError, match="lacks 'knn_kd'"):
        read_significance(significance(tmp_path, p_values, baseline="knn_kd"), SHOWN.metrics)


def test_intervals_of_the_differences(tests):
    of_kd = tests[tests["system"] == "knn_kd"]
    for name, value in {"delta": 3, "delta_low": 2.7, "delta_high": 3.5}.items():
        assert of_kd[name].tolist() == pytest.approx([value] * 2)
    base = tests[tests["system"] == "transformer"]
    assert base["delta"].tolist() == [0, 0]
    assert base[["delta_low", "delta_high"]].isna().all(axis=None)


@pytest.mark.parametrize("key", ["delta_low", "delta_high", "delta"])
def test_a_test_without_its_interval_is_old(tmp_path, key):
    (file, _) = significance(tmp_path, {"transformer": (None, None), "knn_kd": (0.01, 0.02)})
    content = read_json(file)
    del content["systems"]["knn_kd"][key]
    write_json(file, content)
    with pytest.raises(KnnKdError, match=f"lacks '{key}'; run the rule compare_systems again"):
        read_significance([file], SHOWN.metrics)


def test_tests_on_another_corpus_have_its_metric(tmp_path):
    """Trained on a, which is scored by tokenised BLEU, and tested on b, which is not."""
    files = significance(tmp_path, {"transformer": (None, None)}, split="test_of_b", metric="sacrebleu")
    found = read_significance(files, SHOWN.metrics, "transformer", split=None)
    assert found["split"].unique().tolist() == ["test_of_b"]
    with pytest.raises(KnnKdError, match="tests sacrebleu on test_of_b, not bleu_tok on test_of_b"):
        read_significance(files, {"b": "bleu_tok"}, split=None)
    with pytest.raises(KnnKdError, match="on test_of_b, not sacrebleu on test"):
        read_significance(files, SHOWN.metrics)


def test_the_same_test_may_come_twice_but_not_another(tmp_path):
    files = significance(tmp_path, {"transformer": (None, None), "knn_kd": (0.01, 0.02)})
    assert len(read_significance([*files, *files], SHOWN.metrics)) == 4
    (tmp_path / "other").mkdir()
    others = significance(tmp_path / "other", {"transformer": (None, None), "knn_kd": (0.3, 0.02)})
    with pytest.raises(KnnKdError, match="more than one row for a, 1, transformer, knn_kd"):
        read_significance([*files, *others], SHOWN.metrics)


def test_rates_ratios_and_what_trains_nothing(scores, speed):
    long = long_table(scores, speed=speed)
    assert block(long)["upd/s"].tolist() == ["2.00 (1.00×)", "–", "n/a", "1.90 (0.95×)"]
    assert block(long)["token/s"].tolist() == ["3148 (1.00×)", "–", "920.7 (0.29×)", "–"]
    notes = " ".join(table2_notes(long, read_significance([], {}), speed, SHOWN))
    assert "n/a: kNN-MT trains nothing." in notes
    assert "median over 5 rounds (a CPU, threads: 2)" in notes
    assert "upd/s, not measured: BERT-KD on Set A; all on Set B." in notes
    assert "token/s, not measured: BERT-KD, KD on Set A; all on Set B." in notes


def test_every_gap_is_explained(scores):
    long = long_table(scores)
    notes = " ".join(table2_notes(long, read_significance([], {}), read_speed(None, "transformer"), SHOWN))
    assert "BLEU, no such run: BERT-KD, kNN-MT, KD on Set B." in notes
    assert "chrF, not measured: all on Set B." in notes
    assert "paper, it has" not in notes, "the paper has all of these"
    assert "Significance was not tested" in notes
    assert "Speed was not measured" in notes
    assert "upd/s" not in table2_blocks(long, SHOWN)["Set A"]
    assert "Set A: tokenised BLEU, 1 to 2 seeds; Set B: sacreBLEU of plain text, 1 seed" in notes


def test_speed_against_another_baseline_is_refused(tmp_path):
    rows = [("a", "transformer", "updates_per_second", 2.0, 1.2), ("a", "knn_kd", "updates_per_second", 1.9, 1.0)]
    with pytest.raises(KnnKdError, match="updates_per_second on a are not to transformer"):
        read_speed(write_speed(tmp_path / "speed.csv", rows), "transformer")
    with pytest.raises(KnnKdError, match="are not to word_kd"):
        read_speed(write_speed(tmp_path / "speed.csv", rows), "word_kd")
    with pytest.raises(KnnKdError, match="more than one row for a, knn_kd"):
        read_speed(write_speed(tmp_path / "speed.csv", [*rows, rows[-1]]), "knn_kd")


def test_broken_csv_is_named(tmp_path):
    with pytest.raises(KnnKdError, match="none.csv"):
        read_csv(tmp_path / "none.csv", ["value"])
    (tmp_path / "half.csv").write_text("dataset,value\na,1\n")
    with pytest.raises(KnnKdError, match="lacks the columns system"):
        read_csv(tmp_path / "half.csv", ["dataset", "system"])


def test_numbers_as_text():
    assert number(math.nan) == "–"
    assert number(1.005, 1, sign=True) == "+1.0"
    assert with_spread(3.14159, math.nan) == "3.14"
    assert with_spread(3.14159, 0.5, 3) == "3.142 ± 0.500"
    assert with_spread(math.nan, math.nan) == "–"


def test_markdown_lines_up(scores, tests, tmp_path):
    write_markdown(table2_blocks(long_table(scores, tests), SHOWN), ["A note.", "Another."], tmp_path / "t.md")
    lines = read_lines(tmp_path / "t.md")
    table = [line for line in lines if line.startswith("|")]
    assert len({tuple(i for i, c in enumerate(line) if c == "|") for line in table}) == 1
    assert [line for line in lines if line.startswith("**")] == ["**Set A**", "**Set B**"]
    assert lines[-2:] == ["- A note.", "- Another."]
    of_set = table[2:6]
    assert of_set[1].split("|")[2].endswith("28.50 ± 0.71‡ ")
    assert of_set[3].split("|")[2].endswith("34.00 ± 1.41  "), "a number without a mark keeps its place"


def test_points_stand_below_each_other_whatever_the_marks(tmp_path):
    cells = ["30.00", "28.50 ± 0.71‡", "31.50†¶", "9.00◦", "2.02 (1.00×)"]
    write_markdown({"block": pd.DataFrame({"System": list("abcde"), "BLEU": cells})}, [], tmp_path / "t.md")
    lines = [line for line in read_lines(tmp_path / "t.md") if line.startswith("|")]
    ends = [line.split("|")[2][:-1] for line in lines[2:]]
    assert [end[-2:] for end in ends] == ["  ", "‡ ", "†¶", "◦ ", "  "]
    assert len({len(line) for line in lines}) == 1
    assert latex("".join(cells[1:4])).isascii()


def test_latex_escapes(scores, tests, tmp_path):
    write_latex(
        table2_blocks(long_table(scores, tests), SHOWN), ["100% of a_b & c {x}^2 ~ $1 \\", "below"], tmp_path / "t.tex"
    )
    text = (tmp_path / "t.tex").read_text(encoding="utf-8")
    assert r"\caption{100\% of a\_b \& c \{x\}\textasciicircum{}2 \textasciitilde{} \$1 \textbackslash{}}" in text
    assert r"\parbox{\linewidth}{\footnotesize below}" in text
    assert r"28.50 $\pm$ 0.71$^{\ddagger}$" in text
    assert text.count(r" \\") == 1 + 2 + 8  # header, two titles, four systems twice
    assert text.isascii()


@given(st.text("\\{}~^&%_#$ab"))
def test_latex_leaves_no_command(text):
    """What is not one of our own replacements is escaped: taking those away leaves letters alone."""
    left = latex(text)
    for command in (r"\textbackslash{}", r"\textasciitilde{}", r"\textasciicircum{}", *(f"\\{c}" for c in "{}&%_#$")):
        left = left.replace(command, "")
    assert set(left) <= set("ab")


HOSTILE = ["[3cm] ours", "*star", "[ours] kNN-KD", "a\nb | c", "<script>x</script>", "5 $ & 6 %"]


def test_a_label_stays_in_its_markdown_cell(tmp_path):
    write_markdown({"block": pd.DataFrame({"System": HOSTILE, "BLEU": "1.0"})}, [], tmp_path / "t.md")
    lines = (tmp_path / "t.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 2 + len(HOSTILE) and len(set(map(len, rows))) == 1
    assert not [line for line in lines if "<script" in line]


@needs_latex
def test_a_label_is_no_option_of_latex(tmp_path):
    write_latex({"block": pd.DataFrame({"System": HOSTILE, "BLEU": "1.0"})}, ["a caption"], tmp_path / "t.tex")
    text = (tmp_path / "t.tex").read_text()
    for label in HOSTILE[:3]:
        assert f"{{}}{label} & 1.0" in text
    assert_compiles(tmp_path / "t.tex")


@needs_latex
def test_latex_compiles(scores, tests, tmp_path):
    write_latex(
        table2_blocks(long_table(scores, tests), SHOWN), ["100% of a_b & c", "".join(LATEX)], tmp_path / "t.tex"
    )
    assert_compiles(tmp_path / "t.tex")


def test_script(scores, tests, speed, tmp_path):
    frames.write_csv(scores, tmp_path / "scores.csv")
    inputs = {"scores": tmp_path / "scores.csv", "paper": PAPER, "trainings": trainings_csv(tmp_path, "a")}
    inputs |= {"speed": tmp_path / "speed.csv", "significance": sorted(tmp_path.glob("significance-*.json"))}
    shown = Shown({"transformer": "Base", "knn_mt": "kNN-MT"}, {"a": "Set A"}, {"a": "bleu_tok"})
    other = {"shown": vars(shown) | {"metrics": {"a": "ece"}}}
    assert "shown.metrics: a: ece; give one of" in one_error(make_exhibit("table2", other, inputs, tmp_path))
    other = {"shown": vars(shown) | {"metrics": {}}}
    assert "shown.metrics: empty" in one_error(make_exhibit("table2", other, inputs, tmp_path))
    written = []
    for _ in range(2):
        process = make_exhibit("table2", {"shown": shown, "untrained": ["knn_mt"]}, inputs, tmp_path)
        assert process.returncode == 0, process.stderr
        written.append([(tmp_path / f"table2.{form}").read_bytes() for form in ("csv", "md", "tex")])
    assert written[0] == written[1]
    assert "31.50†" in (tmp_path / "table2.md").read_text(encoding="utf-8")
    assert pd.read_csv(tmp_path / "table2.csv")["mark"].tolist()[1] == "†"
