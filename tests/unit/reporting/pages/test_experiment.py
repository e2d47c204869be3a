"""The report as a file: what stands in it, what it says where nothing was run, and what it refuses."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from support.small_report import CLAIMS, DATASETS, LABELS, TOKENS, prediction, settings, words, write_results
from support.workflow import one_error, run_script

from knnkd.core.files import read_json, write_json
from knnkd.core.hardware import read_hardware
from knnkd.reporting.pages.embed import json_for_page

SECTIONS = ["verdict", "tables", "figures", "case-study", "neighbours", "costs", "settings"]


class Page(HTMLParser):
    """Collects {(table, block, row, column): text} of all figures, every id, tag and script, and the text."""

    def __init__(self, html):
        super().__init__()
        self.cells, self.place, self.ids, self.tags, self.text = {}, {}, [], [], ""
        self.scripts, self.section_of = [], {}
        self._cell, self._inside, self._section = None, [], None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append((tag, given))
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "h2" and given.get("id"):
            self._section = given["id"]
        for part in ("table", "block", "row"):
            if f"data-{part}" in given:
                self.place[part] = given[f"data-{part}"]
        if tag == "td" and "data-column" in given:
            self._cell = (*(self.place[part] for part in ("table", "block", "row")), given["data-column"])
            self.cells[self._cell] = ""
        if tag in ("script", "style"):
            self._inside.append(tag)
            self.scripts.append("")

    def handle_endtag(self, tag):
        if tag == "td":
            self._cell = None
        if tag in ("script", "style"):
            self._inside.pop()

    def handle_data(self, data):
        if self._inside:
            self.scripts[-1] += data
            return
        self.text += data
        self.section_of[self._section] = self.section_of.get(self._section, "") + data
        if self._cell:
            self.cells[self._cell] += data


@pytest.fixture(scope="module")
def flags(tmp_path_factory):
    return write_results(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def html(flags, tmp_path_factory):
    output = tmp_path_factory.mktemp("page") / "report.html"
    process = run_script("make_report.py", *words(flags, output=[output]))
    assert process.returncode == 0, process.stderr
    return output.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def make(flags, folder, **changes):
    return run_script("make_report.py", *words(flags, output=[folder / "report.html"], **changes))


def test_sections_stand_in_their_order_and_in_the_contents(page, html):
    places = [html.index(f'<h2 id="{name}">') for name in SECTIONS]
    assert places == sorted(places)
    for name in SECTIONS:
        assert f'<a href="#{name}">' in html
    links = {given["href"][1:] for tag, given in page.tags if tag == "a" and given.get("href", "").startswith("#")}
    assert links <= set(page.ids), "a link of the contents that leads nowhere"
    assert len(page.ids) == len(set(page.ids)), "two elements of one id"


def test_verdict_has_every_claim_with_its_outcome_as_a_word(page):
    counts = re.sub(r"\s+", " ", page.section_of["verdict"])
    assert "Of 5 claims: ✓ 1 reproduced ✗ 1 not reproduced ? 1 undecided … 1 not converged – 1 not run" in counts
    of_claim = {key[2]: {} for key in page.cells if key[0] == "verdict"}
    for (table, _, row, column), text in page.cells.items():
        if table == "verdict":
            of_claim[row][column] = text
    assert list(of_claim) == [claim[0] for claim in CLAIMS]
    for name, *_, outcome in CLAIMS:
        assert of_claim[name]["outcome"].endswith(outcome)
    assert of_claim["gains"]["ours"] == "-2.33 BLEU (-3.60 to -1.10)"
    assert of_claim["fast"]["ours"] == "0.98× tokens/s (0.96 to 1.02)"
    assert of_claim["domains"]["ours"] == "–"
    assert "What it says." in page.section_of["verdict"], "the notes of the verdict's own table"


def test_what_was_cut_off_is_said_before_any_outcome(page, flags, tmp_path):
    text = re.sub(r"\s+", " ", page.section_of["verdict"]).removeprefix("Verdict").strip()
    assert text.startswith("1 of 5 claims rests on a training that was cut off before its validation score had stopped")
    content = Path(flags["verdict"][0]).read_text(encoding="utf-8").replace("not converged", "undecided")
    (tmp_path / "verdict.csv").write_text(content, encoding="utf-8")
    assert make(flags, tmp_path, verdict=[tmp_path / "verdict.csv"]).returncode == 0
    assert (
        "nothing is decided" not in Page((tmp_path / "report.html").read_text(encoding="utf-8")).section_of["verdict"]
    )


def test_cells_of_tables_keep_what_they_are(page):
    cells = {key: text for key, text in page.cells.items() if key[0] == "table2"}
    law = DATASETS["tiny_law"]
    assert cells == {
        ("table2", law, "Transformer | a", "BLEU"): "30.00",
        ("table2", law, f"{LABELS['knn_kd']} | b", "BLEU"): "31.50†",
    }
    assert page.cells["costs", "Training", "training", "wall time"] == "1:01:01"


def test_heads_of_text_columns_are_told_from_those_of_figures(html):
    assert html.count('<th scope="col" class="text">') == 2 + 1  # of Table 2, and of the costs
    assert '<th scope="col" class="text">about</th>' in html
    assert '<th scope="col">BLEU</th>' in html


def test_hostile_text_is_text(page, html, flags):
    """It is there to be read, and nowhere as markup: the scripts are our two, and the JSON holds what was given."""
    assert [given for tag, given in page.tags if tag == "img"] == []
    assert sum(tag == "script" for tag, _ in page.tags) == 2
    assert not [given for _, given in page.tags if any(name.startswith("on") for name in given)]
    assert page.text.count("window.hit = 1") > 4
    data = json.loads(next(text for text in page.scripts if text.startswith('{"labels"')))
    assert data["inspections"] == [read_json(path) for path in flags["inspections"]]
    assert data["labels"]["systems"] == LABELS
    assert "\u2028" not in html.partition('id="predictions">')[2].partition("</script>")[0]


def test_json_for_page_holds_no_markup_and_reads_back():
    value = {"<!--": ["</script>", "&lt;", "\u2028\u2029", "ạ", 1.5, None]}
    text = json_for_page(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == value
    assert "ạ" in text


def test_nothing_comes_from_outside(page, html):
    for _, given in page.tags:
        for name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
            assert given.get(name, "#").startswith(("#", "data:")), given
    assert not re.search(r"@import|url\((?!['\"]?(?:data:|#))", html)
    policy = next(given["content"] for tag, given in page.tags if given.get("http-equiv"))
    assert "default-src 'none'" in policy and "unsafe-inline'; script" in policy


def test_figures_are_in_the_page_with_captions(page, html):
    assert html.count("<svg") == 3
    labels = [given["aria-label"] for tag, given in page.tags if tag == "svg"]
    assert labels[0] == "Figure 2: validation score over k"
    assert "all from one search" in page.section_of["figures"]
    assert "Figure 4" in page.section_of["case-study"] and "Figure 4" not in page.section_of["figures"]


def test_what_is_missing_is_said_in_one_line(flags, tmp_path):
    gone = dict.fromkeys(["tables", "figures", "case_study", "inspections", "runs"])
    process = make(flags, tmp_path, settings=[settings()], **gone)
    assert process.returncode == 0, process.stderr
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    for name, text in {
        "tables": "Not run in this experiment: Table 1, Table 2,",
        "figures": "Not run in this experiment: Figure 2, Figure 3,",
        "case-study": "Not run: the config has no case study.",
        "neighbours": "Not run: no system of this experiment learns from a search.",
        "costs": "Not run: no stage recorded what it cost.",
        "settings": "nothing was trained",
    }.items():
        assert text in page.section_of[name]
    assert page.section_of["figures"].strip().count("\n") <= 1


def test_some_tables_are_missing(page):
    assert "Table 1, Table 3, Table 4, Table 5, Table 6, Table 7, Overcorrection." in page.section_of["tables"]
    assert "Not run in this experiment: Figure 3, Grid of kNN-MT, Training curves." in page.section_of["figures"]


def test_settings_versions_and_hardware(page):
    section = page.section_of["settings"]
    assert "experiment: tiny" in section and "label: tiny De-En" in section
    assert "x86_64 CPU, fp32, 2 logical cores: 2 trainings" in section
    for package, version in (("snakemake", "9.27.1"), ("torch", "2.13.0")):
        assert re.search(rf"{package}\s*{version}", section)
    assert str(read_hardware()) in section


def test_the_same_files_give_the_same_page(flags, html, tmp_path):
    assert make(flags, tmp_path).returncode == 0
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == html


@pytest.mark.parametrize(
    ("name", "text", "remedy"),
    [
        ("tables/verdict.csv", "claim,outcome\na,b\n", "lacks the columns section"),
        ("tables/table2.html", "<p>no table</p>", "not a table of write_html's"),
        ("figures/figure2.svg", "<svg", "figure2.svg: no SVG"),
        ("case_study.json", "{}", "lacks dataset, seed"),
        ("inspection/tiny_law.json", "[", "not JSON"),
        ("train/tiny_de_en/transformer/seed1/train.json", "{}", "lacks dataset, system, seed, device"),
    ],
)
def test_a_broken_file_is_named(tmp_path, name, text, remedy):
    flags = write_results(tmp_path)
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert remedy in one_error(make(flags, tmp_path))
    assert not (tmp_path / "report.html").exists()


def test_an_unknown_outcome_is_refused(flags, tmp_path):
    path = tmp_path / "verdict.csv"
    text = Path(flags["verdict"][0]).read_text(encoding="utf-8").replace("undecided", "perhaps")
    path.write_text(text, encoding="utf-8")
    assert "near: outcome 'perhaps'" in one_error(make(flags, tmp_path, verdict=[path]))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: content["training"].clear(), "lacks training sentence 17"),
        (lambda content: content["sentences"][0]["positions"][1].pop("teacher"), "lacks teacher"),
        (lambda content: content["sentences"].clear(), "a sentence without a position"),
    ],
)
def test_a_prediction_without_a_part_is_refused(flags, tmp_path, spoil, message):
    content = prediction([("s", "r", TOKENS)])
    spoil(content)
    write_json(tmp_path / "broken.json", content)
    assert message in one_error(make(flags, tmp_path, inspections=[tmp_path / "broken.json"]))


def test_a_table_without_a_caption_is_refused(flags, tmp_path):
    shutil.copy(flags["tables"][1], tmp_path / "mine.html")
    text = (tmp_path / "mine.html").read_text(encoding="utf-8")
    (tmp_path / "mine.html").write_text(text.replace('data-table="table2"', 'data-table="mine"'), encoding="utf-8")
    assert "mine.rst: no such file" in one_error(make(flags, tmp_path, tables=[tmp_path / "mine.html"]))


def test_record_settings(tmp_path):
    config = {"experiment": "ạ", "data_dir": None, "training": {"lr": 1e-9}}
    path = tmp_path / "config.yaml"
    process = run_script("record_settings.py", "--settings", json.dumps(config), "--output", path)
    assert process.returncode == 0, process.stderr
    assert yaml.safe_load(path.read_text(encoding="utf-8")) == config
    assert "--settings: " in one_error(run_script("record_settings.py", "--settings", "{", "--output", path))
