"""The report as a page, in a headless Chromium: pickers, keyboard, narrow and wide, dark and light, print."""

import re

import pytest
from support.browser import CHROMIUM, CONTRAST, Browser
from support.small_report import DATASETS, LABELS, TOKENS, words, write_results
from support.workflow import run_script

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: chromium)")
WIDTHS = (320, 360, 1200, 1600)
SENTENCE = "document.getElementById('pick-sentence')"
HIDDEN = ".contents, #picker, #picked a, .skip"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    process = run_script("make_report.py", *words(write_results(folder), output=[folder / "report.html"]))
    assert process.returncode == 0, process.stderr
    return (folder / "report.html").as_uri()


@pytest.fixture
def page(browser, url):
    """The page, opened; after the test it has said nothing to the console and asked for nothing but itself."""
    browser.open(url)
    yield browser
    assert browser.console == []
    assert browser.run("window.hit === undefined"), "corpus text ran as a script"
    assert {each.partition("#")[0] for each in browser.requests} == {url}


def choose(page, name, value):
    """Choose in a select, or a radio button by its value, as a reader does: the change event follows."""
    page.run(
        f"""(() => {{
            const field = document.querySelector({name!r});
            if (field.type === "radio") field.checked = true; else field.value = {value!r};
            field.dispatchEvent(new Event("change", {{ bubbles: true }}));
        }})()"""
    )


def choose_position(page, i):
    choose(page, f"#pick-position input[value='{i}']", i)


def picked(page):
    return page.run("document.getElementById('picked').textContent")


def view(page):
    return re.sub(r"\s+", " ", page.run("document.getElementById('neighbour-view').textContent"))


def test_it_opens_where_the_teacher_is_least_sure(page):
    where = "tiny De-En, sentence 1 of 3, position 3 of 6"
    assert picked(page) == f"{where}: after “There are” the reference has “lo@@”. link to this position"
    text = view(page)
    for about in (
        f"kNN teacher of {LABELS['knn_kd']}: k = 64, τ = 50",
        "k = 16, τ = 10, λ = 0.5",
        "p* the true distribution",
    ):
        assert re.sub(r"\s+", " ", about) in text


def test_each_picker_changes_what_is_shown(page):
    choose_position(page, 5)
    assert "position 6 of 6" in picked(page) and "the end of the sentence" in picked(page)
    assert page.run("document.querySelector('#neighbour-view .facts abbr').title") == "end of sentence"
    choose(page, "#pick-sentence", 2)
    assert "sentence 3 of 3, position 3 of 6" in picked(page)
    assert "Satz 2" in view(page)
    choose(page, "#pick-dataset", 1)
    assert picked(page).startswith(f"{DATASETS['tiny_law']}, sentence 1 of 2")
    assert "p* is not known here" in view(page)
    assert page.run(f"{SENTENCE}.options.length") == 2
    assert page.run("location.hash") == "#tiny_law/1/3"


def test_numbers_of_the_distributions(page):
    choose_position(page, 0)
    rows = page.run(
        """[...document.querySelector('#neighbour-view .distribution').rows].map(
            (row) => [...row.cells].map((cell) => cell.textContent))"""
    )
    assert rows == [
        ["next subword", "", "p", "p*"],
        ["There ref", "", "0.500", "0.750"],
        ["many", "", "0.250", "0.000"],
        ["all others", "", "0.250", ""],
    ]
    bar = "document.querySelector('#neighbour-view .distribution .length')"
    assert page.run(f"{bar}.style.width") == "50%"
    share = f"{bar}.getBoundingClientRect().width / {bar}.parentElement.getBoundingClientRect().width"
    assert page.run(share) == pytest.approx(0.5, abs=0.01)


def test_neighbours_have_their_sentence_with_the_position_marked(page):
    choose_position(page, 2)
    cells = page.run(
        "[...document.querySelector('#neighbour-view .nearest tbody').rows[0].cells].map((cell) => cell.textContent)"
    )
    assert cells[:3] == ["1", "2.50", "lo@@"]
    assert cells[3].startswith("There are lots </script>"), "subwords are joined, the end of sentence is left out"
    assert page.run("document.querySelector('#neighbour-view mark').textContent") == "lo"
    assert page.run("document.querySelector('#neighbour-view mark').parentElement.lang") == "en"
    choose_position(page, len(TOKENS) - 1)
    assert page.run("document.querySelector('#neighbour-view mark abbr').title") == "end of sentence"


def test_an_address_names_a_position(page, url):
    page.open(f"{url}#tiny_law/2/4")
    assert f"{DATASETS['tiny_law']}, sentence 2 of 2, position 4 of 6" in picked(page)
    assert page.run("document.getElementById('pick-dataset').value") == "1"
    assert page.run(f"{SENTENCE}.value") == "1"
    assert page.run("document.querySelector('#pick-position :checked').value") == "3"
    page.run("location.hash = '#tiny_de_en/3/1'; new Promise((done) => setTimeout(done, 100))")
    assert "tiny De-En, sentence 3 of 3, position 1 of 6: at the start the reference has “There”" in picked(page)
    assert page.run("document.querySelector('#picked a').getAttribute('href')") == "#tiny_de_en/3/1"


@pytest.mark.parametrize(
    "address", ["#tiny_law/9/1", "#none/1/1", "#tiny_law/1/0", "#%E0%A4%A/1/1", "#costs", "#a/b/c"]
)
def test_an_address_that_names_none_changes_nothing(page, url, address):
    page.open(url + address)
    assert "tiny De-En, sentence 1 of 3, position 3 of 6" in picked(page)


def test_case_study_shows_its_one_position(page):
    text = page.run("document.getElementById('case-study-view').textContent")
    assert "GivenThere" in text and "Reference" not in text
    assert page.run("document.querySelectorAll('#case-study-view .distribution').length") == len(LABELS) + 2
    assert page.run("document.querySelectorAll('#case-study-view .reference').length") == 0


def test_keyboard_alone(page):
    """The skip link comes first; one arrow in the row of positions goes to the next one and shows it."""
    page.press("Tab", 9)
    assert page.run("document.activeElement.className") == "skip"
    assert page.run("document.activeElement.getBoundingClientRect().left") >= 0
    page.run("document.querySelector('#pick-position :checked').focus()")
    page.press("ArrowRight", 39)
    assert "position 4 of 6" in picked(page)
    outline = "getComputedStyle(document.activeElement.closest('label')).outlineStyle"
    assert page.run(outline) == "solid"
    page.press("Tab", 9)
    assert page.run("document.activeElement.textContent") == "link to this position"
    assert page.run("document.getElementById('picked').getAttribute('aria-live')") == "polite"
    unlabelled = "[...document.querySelectorAll('select, input')].filter((each) => !each.labels.length).length"
    assert page.run(unlabelled) == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways(page, url, width):
    page.open(url, width=width)
    assert page.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.run("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    assert page.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(page, url, scheme):
    page.open(url, prefers_color_scheme=scheme)
    ground = page.run("getComputedStyle(document.body).backgroundColor")
    dark = sum(map(int, re.findall(r"\d+", ground)[:3])) < 200
    assert dark is (scheme == "dark")
    assert page.run("getComputedStyle(document.querySelector('.sheet')).backgroundColor") == "rgb(255, 255, 255)"
    lowest, where = page.run(CONTRAST)
    assert lowest >= 4.5, f"{where}: contrast {lowest:.1f}"


def test_print_has_no_pickers_and_everything_open(page, url):
    page.open(url, width=690, media="print", prefers_color_scheme="dark")
    assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    shown = f"[...document.querySelectorAll({HIDDEN!r})].filter((each) => each.getClientRects().length).length"
    assert page.run(shown) == 0
    assert page.run("document.getElementById('picked').getClientRects().length") > 0
    assert page.run(
        "[...document.querySelectorAll('.scroll')].every((box) => getComputedStyle(box).overflowX === 'visible')"
    )
    page.run("dispatchEvent(new Event('beforeprint'))")
    assert page.run("[...document.querySelectorAll('details')].every((each) => each.open)")


def test_a_page_without_predictions(browser, tmp_path):
    flags = write_results(tmp_path)
    none = dict.fromkeys(["case_study", "inspections", "figures", "tables"])
    assert run_script("make_report.py", *words(flags, output=[tmp_path / "r.html"], **none)).returncode == 0
    browser.open((tmp_path / "r.html").as_uri())
    assert browser.console == []
    assert browser.run("document.getElementById('picker')") is None
