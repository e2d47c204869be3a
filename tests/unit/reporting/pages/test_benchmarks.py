"""The benchmarks' page: a section for each benchmark that is there, its figure, its table, and how it was obtained."""

import re

import pandas as pd
import pytest
import yaml
from support.browser import CHROMIUM, CONTRAST, Browser
from support.making import as_json, make_exhibit
from support.small_bench import DATASETS, DIMENSION, LABELS, TRUE, cost_files, search_bench, write_benches
from support.workflow import ROOT, TINY, one_error, run_script

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, write_json
from knnkd.experiment.config import complete
from knnkd.reporting.pages.benchmark_sections import KINDS, Labels, search_rows, write_part

PAPER = ROOT / "workflow" / "report" / "paper_results.csv"
NAMED = Labels(LABELS, DATASETS)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: chromium)")


def page_flags(folder, benches, output="bench.html"):
    """Return the flags of make_bench_page.py, with the config that it quotes."""
    (folder / "settings.yaml").write_text(yaml.safe_dump(complete(TINY), sort_keys=False), encoding="utf-8")
    labels = as_json({"systems": LABELS, "datasets": DATASETS})
    flags = ["--settings", labels, "--config", folder / "settings.yaml", "--benches", *benches]
    return [*flags, "--sections", folder / "sections", "--output", folder / output]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a page with every kind of section."""
    folder = tmp_path_factory.mktemp("bench")
    benches = write_benches(folder)
    settings, inputs = cost_files(folder)
    process = make_exhibit("cost_model", settings, inputs | {"paper": PAPER}, folder)
    assert process.returncode == 0, process.stderr
    tables = ["--tables", folder / "cost_model.html", folder / "cost_validation.html"]
    figures = ["--figures", *sorted([*folder.glob("cost_*.svg"), *folder.glob("cost_*.png")])]
    process = run_script("make_bench_page.py", *page_flags(folder, benches), *tables, *figures)
    assert process.returncode == 0, process.stderr
    return folder


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def table_of(html, name):
    """Return {first cell: {column: text}} of a table on a page."""
    table = html.partition(f'data-table="{name}"')[2].partition("</table>")[0]
    rows = re.findall(r'<tr data-row="([^"]*)">(.*?)</tr>', table)
    return {row: dict(re.findall(r'data-column="([^"]*)">([^<]*)<', cells)) for row, cells in rows}


# Sections


def test_every_benchmark_has_its_section_with_figure_and_table(whole):
    html = (whole / "bench.html").read_text(encoding="utf-8")
    for kind in KINDS:
        assert f'<h2 id="{kind}">' in html
    parts = re.findall(r'<section id="part-([^"]*)"', html)
    of_one = ["training", "decoding", "steps", "serving", "dump", "index"]
    benches = {*(f"{kind}-tiny_de_en" for kind in of_one), "decoding-tiny_law", "search", "gathering"}
    assert set(parts) == benches | {"cost_validation", "cost_curve", "cost_model"}
    assert html.count("<svg") == len(parts) - 1, "the cost model's own table has no figure"
    for name in benches:
        assert f'data-table="{name}"' in html
    forms = {path.suffix for path in (whole / "sections").glob("training-tiny_de_en.*")}
    assert forms == {".csv", ".md", ".tex", ".html", ".png", ".svg", ".pdf"}


def test_ratios_are_taken_within_a_round(whole):
    html = (whole / "bench.html").read_text(encoding="utf-8")
    rows = table_of(html, "training-tiny_de_en")
    (kd,) = (cells for name, cells in rows.items() if name.startswith("kNN-KD"))
    assert kd == {
        "ratio": "1.00×",
        "its quartiles": "0.95 to 1.02",
        "updates/s": "11.00",
        "quartiles": "10.00 to 11.80",
    }
    data = pd.read_csv(whole / "sections" / "training-tiny_de_en.csv").set_index("system")
    assert data.loc["knn_kd", "ratio"] == pytest.approx(1.0)
    assert data.loc["transformer", ["ratio_low", "ratio", "ratio_high"]].tolist() == [1, 1, 1]


def test_a_section_says_how_it_was_obtained(whole):
    text = text_of((whole / "bench.html").read_text(encoding="utf-8"))
    assert "over 3 rounds" in text and "4 updates a turn" in text
    assert "ratios are to Transformer in the same round. Beam 5. On x86_64 CPU, 1 thread of 2 cores." in text
    assert "its time scaled up to all" in text and "1,000 of the rows" in text
    assert "projected, not measured" in text
    assert "which the fit never saw" in text


def test_serving_has_hypotheses_and_bleu(whole):
    rows = table_of((whole / "bench.html").read_text(encoding="utf-8"), "serving-tiny_de_en")
    assert (rows["ctranslate2 int8"]["same"], rows["ctranslate2 int8"]["BLEU"]) == ("75.0 %", "30.00")
    assert (rows["fairseq"]["same"], rows["fairseq"]["BLEU"]) == ("–", "30.25")


def test_ratios_of_the_search():
    bench = search_bench()
    rows = search_rows(bench).set_index(["part", "label"])
    assert rows.loc[("rival", "faiss, exact"), "ratio"] == 1
    assert rows.loc[("rival", "search in advance"), "ratio"] == pytest.approx(2.0), "the median of 2, 2.2 and 1.86"
    assert rows.loc[("k", "k = 64"), "ratio"] == pytest.approx(2.1 / 4.1)
    last = bench["sizes"][-1]
    share = last["rows"] ** 2 * DIMENSION / last["seconds"] / TRUE.product
    assert rows.loc[("rows", "8,000 rows"), "ratio"] == pytest.approx(share)
    assert 0 < share < 1
    own = rows.loc[("rows", "4,000 rows")]
    assert own["ratio"] == pytest.approx(4000**2 * DIMENSION / 2.2 / TRUE.product), "of the rounds of the comparison"
    assert (own["rounds"], own["peak_gb"]) == (3, pytest.approx(0.014))


def test_what_was_not_run_is_no_section(tmp_path):
    benches = [path for path in write_benches(tmp_path) if path.stem == "search"]
    process = run_script("make_bench_page.py", *page_flags(tmp_path, benches))
    assert process.returncode == 0, process.stderr
    html = (tmp_path / "bench.html").read_text(encoding="utf-8")
    assert re.findall(r'<h2 id="(\w+)">', html) == ["search", "machine"]
    process = run_script("make_bench_page.py", *page_flags(tmp_path, []))
    assert process.returncode == 0, process.stderr
    assert "Nothing was measured" in (tmp_path / "bench.html").read_text(encoding="utf-8")


def test_what_is_no_benchmark_is_refused(tmp_path):
    training, *_ = write_benches(tmp_path)
    bench = read_json(training)
    write_json(tmp_path / "dancing.json", bench)
    with pytest.raises(KnnKdError, match="dancing.json: a benchmark of no known kind; its name is one of training"):
        write_part(tmp_path / "dancing.json", NAMED, tmp_path)
    write_json(training, bench | {"metric": "hops_per_second"})
    with pytest.raises(KnnKdError, match="metric 'hops_per_second', none of updates_per_second"):
        write_part(training, NAMED, tmp_path)
    write_json(training, {key: value for key, value in bench.items() if key != "turn"})
    process = run_script("make_bench_page.py", *page_flags(tmp_path, [training]))
    assert "training.json: lacks turn; run its benchmark again" in one_error(process)
    assert not (tmp_path / "bench.html").exists()


# In a browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_asks_for_nothing_says_nothing_and_can_be_read(whole, browser, scheme):
    url = (whole / "bench.html").as_uri()
    browser.open(url, prefers_color_scheme=scheme)
    assert browser.console == []
    assert set(browser.requests) == {url}
    assert browser.run("window.hit === undefined"), "a label ran as a script"
    lowest, where = browser.run(CONTRAST)
    assert lowest >= 4.5, f"{where}: contrast {lowest:.1f}"
    links = "[...document.querySelectorAll('nav a')].every((each) => document.querySelector(each.hash))"
    assert browser.run(links)
    assert browser.run("[...document.querySelectorAll('svg')].every((each) => each.getAttribute('aria-label'))")


@needs_browser
@pytest.mark.parametrize("width", [320, 360, 1200, 1600])
def test_no_page_scrolls_sideways(whole, browser, width):
    browser.open((whole / "bench.html").as_uri(), width=width)
    assert browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@needs_browser
def test_ratios_fit_a_phone(whole, browser):
    """Whoever looks at a ratio on a phone sees the line at 1 as well, without scrolling."""
    browser.open((whole / "bench.html").as_uri(), width=360)
    boxes = "[...document.querySelectorAll('.sheet')].filter((each) => !each.closest('#part-index-tiny_de_en'))"
    assert browser.run(f"{boxes}.length") > 5
    assert browser.run(f"{boxes}.every((each) => each.scrollWidth <= each.clientWidth)")


@needs_browser
def test_in_print_everything_is_there(whole, browser):
    browser.open((whole / "bench.html").as_uri(), width=690, media="print", prefers_color_scheme="dark")
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.run(
        "[...document.querySelectorAll('.scroll')].every((box) => getComputedStyle(box).overflowX === 'visible')"
    )
