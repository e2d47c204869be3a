"""Files of words: what they may hold, and what is refused with file and line."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.workflow import examples

from knnkd.core.errors import KnnKdError
from knnkd.synthetic import corpora
from knnkd.synthetic.entries import EMPTY, KINDS, Action, Adjective, Deed, Noun, Pairing, Subject, Text
from knnkd.synthetic.words import Kind, Words

FILE = """
# What is written, and by whom.
[nouns papers]
Antrag m -s Anträge = application:7|request:3
Bericht m -es -e = report
Liste f = -n = list

[nouns short]
papers(Liste, Antrag)
Brief m -es -e = letter

[adjectives formal]
neu = new
alt = old

[actions duties]
vor|legen legt gelegt legte = submit
    papers(not Bericht) short(Brief):
    formal
warten wartet gewartet wartete +a/auf = wait for
    papers

[subjects bodies]
wir: die Gäste = [the:1|:1] guests

[deeds deeds]
tun tut getan tat = do
    nichts = nothing
gehen geht gegangen ging sein = go

[texts times]
am Montag, früh = early on Monday
oft = often:6|frequently:4

[pairings habits]
täglich = daily
    times(oft)
"""


def read(folder, text, kinds=KINDS):
    path = folder / "some.words"
    path.write_text(text, encoding="utf-8")
    return Words(folder / "some.py", kinds)


@pytest.fixture
def words(tmp_path):
    return read(tmp_path, FILE)


def singulars(nouns):
    return [noun.de.singular for noun in nouns]


def test_a_section_takes_in_entries_of_others_in_the_order_named(words):
    nouns = words.of(Noun)
    assert singulars(nouns.papers) == ["Antrag", "Bericht", "Liste"]
    assert singulars(nouns.short) == ["Liste", "Antrag", "Brief"]
    assert nouns.short[0] is nouns.papers[2]
    assert (nouns.papers[0].de.form("n", True), nouns.papers[0].en) == ("Anträge", "application:7|request:3")


def test_an_action_has_objects_and_adjectives_that_fit(words):
    submit, wait = words.of(Action).duties
    assert (singulars(submit.objects), submit.adjectives) == (["Antrag", "Liste", "Brief"], words.of(Adjective).formal)
    assert (submit.verb.de.prefix, submit.verb.governs, submit.verb.preposition) == ("vor", "a", "")
    assert (wait.objects, wait.adjectives) == (words.of(Noun).papers, ())
    assert (wait.verb.en, wait.verb.governs, wait.verb.preposition) == ("wait for", "a", "auf")


def test_texts_stand_in_the_notation(words):
    assert words.of(Text).times == (
        Text("am Montag, früh", "early on Monday"),
        Text("oft", "[often:6|frequently:4]"),
    )
    assert words.of(Subject).bodies == (Subject("die Gäste", "[the:1|:1] guests", "wir"),)
    assert words.of(Pairing).habits == (Pairing(Text("täglich", "daily"), words.of(Text).times[1:]),)


def test_a_deed_has_one_object_or_none(words):
    do, leave = words.of(Deed).deeds
    assert (do.object, leave.object, leave.verb.de.auxiliary) == (Text("nichts", "nothing"), EMPTY, "sein")


def test_a_section_that_is_not_there_is_named(words):
    with pytest.raises(AttributeError, match="no section 'paper' among papers, short"):
        _ = words.of(Noun).paper


HEAD = "[nouns a]\nBrief m -es -e = letter\n[texts b]\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("oft = often", "line 1: 'oft = often' stands in no section; put a head"),
        ("[verbs a]", r"line 1: \[verbs a\] needs another name, and one of the kinds texts, nouns"),
        ("[nouns a]\n\n# again\n[texts a]", r"line 4: \[texts a\] needs another name"),
        ("[nouns a]\nBrief m = letter", "line 2: 'Brief m = letter' is none of the nouns; write it like 'Arzt m -es"),
        ("[subjects a]\nder Rat = the council", "line 2: .* write it like 'er: der Rat"),
        (
            "[actions a]\nlesen liest gelesen las = read",
            "line 2: .* none of the actions; write it like 'tun .* objects",
        ),
        ("[pairings a]\noft = often", "line 2: 'oft = often' is none of the pairings"),
        ("[texts a]\noft often", "line 2: no section 'oft' of Text above"),
        ("[texts a]\noft, often", "line 2: 'oft, often' is neither 'source = target' nor sections"),
        ("[texts a]\n" + "wort" * 50 + "!", "line 2: .* is neither"),
        (HEAD + "a", "line 4: no section 'a' of Text above; name one that is"),
        (HEAD + "c", "line 4: no section 'c' of Text above"),
        (HEAD + "oft = often\n[texts c]\nb(nie)", "line 6: no 'nie' in b; pick some of oft"),
        (HEAD + "oft = often\n[texts c]\nb(not nie)", "line 6: no 'nie' in b; pick some of oft"),
        (HEAD + "oft = often\n    a", "line 4: 'a' is too much for texts"),
        (HEAD + "    a", "line 3: 'a' fits no entry; indent it under"),
        (HEAD + "[deeds c]\ntun tut getan tat = do\n    a", "line 5: no section 'a' of Text above"),
        (HEAD + "[actions c]\ntun tut getan tat = do\n    nichts = nothing", "line 5: .* is neither"),
        (HEAD + "[actions c]\ntun tut getan tat = do\n    a: a", "line 5: no section 'a' of Adjective above"),
        (HEAD + "[actions c]\ntun tut getan tat = do\n    a: a: a", "line 5: .* is too much for actions"),
    ],
)
def test_a_fault_is_refused_with_its_line(tmp_path, text, fault):
    with pytest.raises(KnnKdError, match=f"some.words, {fault}"):
        read(tmp_path, text)


PLAIN = (Kind("pairs", tuple, "a = b", lambda source, target, _: (source, target), lambda pair: pair[0]),)
names = st.text("abcäß", min_size=1, max_size=3)


@examples(60)
@given(st.dictionaries(names, names, min_size=1, max_size=8), st.data())
def test_picks_and_what_they_leave_are_the_whole(tmp_path_factory, entries, data):
    chosen = data.draw(st.lists(st.sampled_from(sorted(entries)), unique=True, min_size=1))
    picked = ", ".join(chosen)
    lines = ["[pairs all]", *(f"{source} = {target}" for source, target in entries.items())]
    lines += ["[pairs some]", f"all({picked})", "[pairs rest]", f"all(not {picked})", "[pairs twice]", "some all"]
    pairs = read(tmp_path_factory.mktemp("words"), "\n".join(lines), PLAIN).of(tuple)
    assert pairs.all == tuple(entries.items())
    assert pairs.some == tuple((source, entries[source]) for source in chosen)
    assert pairs.rest == tuple(pair for pair in pairs.all if pair not in pairs.some)
    assert pairs.twice == pairs.some + pairs.all


@pytest.mark.parametrize("words", sorted(Path(corpora.__file__).parent.glob("*.words")), ids=lambda path: path.stem)
def test_a_corpus_uses_the_sections_that_it_has(words):
    """A section is an attribute: a wrong name would only show in a sentence that is drawn."""
    text, code = words.read_text(encoding="utf-8"), words.with_suffix(".py").read_text(encoding="utf-8")
    there = set(re.findall(r"^\[(\w+) (\w+)\]$", text, re.MULTILINE))
    named = set(re.findall(r"\b(\w+)\.(\w+)", code))
    assert {(kind, name) for kind, name in named if kind in dict(there)} <= there
    references = " ".join(line for line in text.splitlines() if " = " not in line and not line.startswith(("[", "#")))
    assert {name for kind, name in there - named} <= set(re.findall(r"\w+", references))
