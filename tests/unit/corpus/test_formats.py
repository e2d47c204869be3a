"""IWSLT'14 as fairseq's script prepares it: a small archive of its form, and the real sets where they are."""

import gzip
import json
import re

import pytest
from support.fetching import fetch_source
from support.small_iwslt14 import TESTS, write_archive
from support.workflow import REAL_TEXT, run_script

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, read_lines
from knnkd.corpus.archives import Packed
from knnkd.corpus.fetch import fetch
from knnkd.corpus.formats import FORMATS, Nothing
from knnkd.corpus.sources import Source
from knnkd.corpus.tokenise import detokenise, tokenise
from knnkd.experiment.config import read_schema

REAL = REAL_TEXT / "iwslt14-deen"
WHOSE = {"licence": "CC BY-NC-ND", "citation": "us"}

# What detokenised text does not say: lines that come back with other spaces, each for one of these reasons.
KINDS = {
    "a full stop inside the line: Moses splits it off before a capital, and the text is lower-cased": r" \. \S",
    "dots that stood apart": r"\.\.\. \.\.\.|etc\.( ,)? \.\.\.|etc\. \.\.\.",
    "an abbreviation that is known by its capital, Nr. and Art.": r"\b(nr|art)\. ",
    "an apostrophe that stood alone": r"&apos; s\b",
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """The folder that all stages up to cleaning have filled, as the rules call them."""
    root = tmp_path_factory.mktemp("iwslt14")
    whole = write_archive(root / "de-en.tgz")
    said = []
    for language in ("de", "en"):
        members = [f"de-en/IWSLT14.{name}.de-en.{language}.xml" for name in TESTS]
        for split, form, names in (
            ("train", "ted_tags", [f"de-en/train.tags.de-en.{language}"]),
            ("test", "ted_segments", members),
        ):
            wanted = {"path": str(whole), "form": form, "members": names}
            process = fetch_source(root / "raw" / f"{split}.{language}", wanted, whose=WHOSE)
            assert process.returncode == 0, process.stderr
            said.append(process.stdout)
    assert all("Licence: CC BY-NC-ND\nPlease cite: us\n" in words for words in said)
    settings = {
        "languages": ["de", "en"],
        "splits": ["train"],
        "rules": {"max_ratio": 1.5, "max_tokens": 175},
        "text": {"escape": True, "lowercase": True},
        "valid_every": 23,
    }
    flags = ["--settings", json.dumps(settings), "--expect", '{"train": 47, "valid": 2, "test": 10}']
    process = run_script("clean_corpus.py", *flags, "--raw", root / "raw", "--output", root / "clean")
    assert process.returncode == 0, process.stderr
    return root / "clean"


def test_the_expected_text(prepared):
    train = {language: read_lines(prepared / "tok" / f"train.{language}") for language in ("de", "en")}
    assert train["de"][:5] == [
        "&lt; speaker-less line is kept &gt;",
        "anna müller : über bücher &amp; brot",
        "ted talk untertitel und transkript : sie fragt : &amp; quot ; warum ? &amp; quot ;",
        "das ist ein buch .",
        "ich habe zwei bücher .",
    ]
    assert train["en"][3:5] == ["that &apos;s a book .", "i have two books ."]
    assert read_lines(prepared / "tok" / "test.de")[:3] == [
        "das ist &apos; s , nr. 0 .",
        "ende .",
        "das ist &apos; s , nr. 1 .",
    ]
    assert read_lines(prepared / "tok" / "test.en")[0] == "that &apos;s it , no . 0 ."


def test_the_split_and_the_counts(prepared):
    """5 pairs of talk and 44 sentences are kept; each 23rd of them goes to valid."""
    kept = ["", "", "", "", ""] + [f"satz nummer {n} ." for n in range(44)]
    assert read_lines(prepared / "tok" / "valid.de") == [kept[22], kept[45]]
    assert read_lines(prepared / "tok" / "train.de")[5:] == kept[5:22] + kept[23:45] + kept[46:]
    splits = read_json(prepared / "manifest.json")["splits"]
    assert {split: about["pairs_after"] for split, about in splits.items()} == {"train": 47, "valid": 2, "test": 10}
    assert splits["train"]["dropped"]["ratio"] == 1
    assert splits["train"]["dropped"]["empty"] == 1
    assert splits["train"]["sources"]["de"]["form"] == "ted_tags"


def sentences(folder, form, lines):
    path = folder / "file"
    path.write_text("\n".join(lines), encoding="utf-8")
    return list(FORMATS[form].read(Packed(path, "file", None, folder), Nothing()))


def test_lines_about_a_talk_go_and_titles_stay(tmp_path):
    lines = ["<talkid>3</talkid>", "<title>A <b></title>", "see <url>here</url>", "<reviewer>kept, as in fairseq"]
    assert sentences(tmp_path, "ted_tags", lines) == ["A <b>", "<reviewer>kept, as in fairseq"]


def test_later_years_have_more_lines_about_a_talk(tmp_path):
    """As the five of each talk in train.tags.* of IWSLT'15 to '17."""
    about = [
        '<doc docid="1" genre="lectures">',
        "<speaker>A</speaker>",
        "<url>u</url>",
        "<keywords>k</keywords>",
        "</doc>",
    ]
    about += ['<reviewer href="u">A</reviewer>', '<translator href="u">B</translator>', "<talkid>3</talkid>"]
    lines = [
        *about,
        "<title>A title</title>",
        "<description>A talk</description>",
        "A sentence .",
        "The doctor <laughs>",
    ]
    assert sentences(tmp_path, "ted_tags_2015", lines) == ["A title", "A talk", "A sentence .", "The doctor <laughs>"]


def test_segments_lose_their_tags_alone(tmp_path):
    lines = ['<refset setid="x">', '  <seg id="12">\tIt’s <i>so</i>. </seg>  ', "<seg id='x'> no number </seg>", "text"]
    assert sentences(tmp_path, "ted_segments", lines) == ["  It's <i>so</i>.", "<seg id='x'> no number"]


def test_the_schema_has_just_these():
    """Each under a language or under both, with its options beside what every source has."""
    defs = read_schema()["$defs"]
    for name, both in (("source", False), ("both", True)):
        own = {form: about for form, about in FORMATS.items() if bool(about.both) == both}
        properties = defs[name]["properties"]
        assert properties["form"]["enum"] == list(own)
        options = {field for about in own.values() for field in about.options.__dataclass_fields__}
        assert set(properties) == {*defs["file"]["properties"], "form", *options}


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"form": "lines", "options": {"columns": {"de": 1}}}, "form lines: unknown field columns"),
        ({"form": "fairseq_binary", "options": {"dictionary": "d"}}, "needs a member"),
        ({"form": "tmx"}, "a file of both languages; in the config it stands under both"),
        ({"form": "lines", "languages": ("de", "en"), "language": "de"}, "a file of one language"),
        (
            {"form": "tsv", "languages": ("de", "en"), "language": "de"},
            "form tsv: Object missing required field `columns`",
        ),
    ],
)
def test_what_a_form_does_not_have_is_refused_before_it_is_fetched(about, words):
    with pytest.raises(KnnKdError, match=words):
        Source(urls=("https://host/a",), **about)


FILES = {
    "tsv": "1\tHallo\thello\n2\t\tno source\n3\tWelt\tworld\n4\tnichts\t \n\n",
    "tmx": """<tmx version="1.4"><header/><body>
<tu><tuv xml:lang="de"><seg>Hallo</seg></tuv><tuv xml:lang="en"><seg>hello</seg></tuv></tu>
<tu><tuv xml:lang="fr"><seg>sans</seg></tuv><tuv xml:lang="en"><seg>no source</seg></tuv></tu>
<tu><tuv xml:lang="de"><seg>Welt</seg></tuv><tuv xml:lang="en"><seg>world</seg></tuv></tu>
<tu><tuv xml:lang="de"><seg>nichts</seg></tuv><tuv xml:lang="en"><seg> </seg></tuv></tu>
<tu/></body></tmx>""",
}


@pytest.mark.parametrize("form", FILES)
def test_what_has_no_other_side_goes_and_is_counted(tmp_path, form):
    """From a file of both languages to the manifest, by the scripts that the rules call."""
    (tmp_path / "pairs").write_text(FILES[form], encoding="utf-8")
    wanted = {"path": str(tmp_path / "pairs"), "form": form, "languages": ["de", "en"]}
    wanted |= {"options": {"columns": {"de": 2, "en": 3}}} if form == "tsv" else {}
    for split, language in ((split, language) for split in ("train", "valid", "test") for language in ("de", "en")):
        process = fetch_source(tmp_path / "raw" / f"{split}.{language}", wanted | {"language": language})
        assert process.returncode == 0, process.stderr
    assert read_lines(tmp_path / "raw" / "train.de") == ["Hallo", "Welt"]
    assert read_json(tmp_path / "raw" / "train.en.source.json")["incomplete"] == 3
    settings = json.dumps({"languages": ["de", "en"], "splits": ["train"]})
    flags = ["--settings", settings, "--raw", tmp_path / "raw", "--output", tmp_path / "clean"]
    assert run_script("clean_corpus.py", *flags, "--expect", '{"train": 2}').returncode == 0
    for about in read_json(tmp_path / "clean" / "manifest.json")["splits"].values():
        assert (about["pairs_before"], about["pairs_after"], about["dropped"]["empty"]) == (5, 2, 3)
        assert about["sources"]["de"]["form"] == form
    record = tmp_path / "raw" / "test.en.source.json"
    record.write_text(record.read_text().replace('"incomplete": 3', '"incomplete": 2'))
    process = run_script("clean_corpus.py", *flags)
    assert "test: its sides were fetched from different files; fetch both again" in process.stderr


def test_no_pair_at_all_is_an_error(tmp_path):
    (tmp_path / "a.tmx").write_text(FILES["tmx"], encoding="utf-8")
    source = Source(tmp_path / "a.tmx", form="tmx", languages=("de", "es"), language="es")
    with pytest.raises(KnnKdError, match=r"no sentence in the form tmx \(5 pairs without text on one side\)"):
        fetch(source, tmp_path / "raw" / "train.es")


@pytest.mark.skipif(not REAL.is_dir(), reason="the real sets are not here")
@pytest.mark.parametrize("language", ["de", "en"])
def test_the_real_sets_survive_detokenising_and_tokenising(language):
    """What fairseq's script left of the validation and test sets, out of tokens and into them again.

    No line loses or gains anything but spaces, and one that does belongs to KINDS. Most are of the first, in one line
    of eight; of all others there are few.
    """
    for split in ("valid", "test"):
        with gzip.open(REAL / f"{split}.{language}.gz", "rt", encoding="utf-8") as file:
            lines = [line.rstrip("\n") for line in file]
        again = tokenise(detokenise(lines, language, True), language, True, False)
        changed = [(line, back) for line, back in zip(lines, again, strict=True) if line != back]
        unlike = [pair for pair in changed if pair[0].replace(" ", "") != pair[1].replace(" ", "")]
        assert not unlike, "only spaces may move"
        assert not [pair for pair in changed if not any(re.search(kind, pair[0]) for kind in KINDS.values())]
        others = [pair for pair in changed if not re.search(next(iter(KINDS.values())), pair[0])]
        assert len(changed) < 0.125 * len(lines)
        assert len(others) < 0.001 * len(lines)
