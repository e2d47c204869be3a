"""The notation, German and English inflection, and what every corpus promises."""

import collections
import json
import os
import random
import re
import subprocess
import sys
from functools import cache

import pytest
import sacrebleu
from sacremoses import MosesTokenizer
from support.workflow import ROOT

from knnkd.core.errors import KnnKdError
from knnkd.synthetic import english, german
from knnkd.synthetic.generate import CORPORA, Draw, generate
from knnkd.synthetic.lattice import Automaton
from knnkd.synthetic.notation import compile_lattice, detokenize

CASE = "Es gibt eine Menge Geschichten darüber, warum wir dies getan haben."


@cache
def drawn(corpus):
    return generate(corpus, {"train": 6000, "valid": 500, "test": 500}, seed=1)


def every_pair(corpus):
    return [pair for pairs in drawn(corpus).values() for pair in pairs]


@cache
def tokenized(corpus, split):
    """The references of a split, in tokens."""
    tokenize = MosesTokenizer(CORPORA[corpus].target_language).tokenize
    return [tokenize(pair.target, escape=False) for pair in drawn(corpus)[split]]


def strings(text):
    return dict(compile_lattice(text).strings())


def test_optional_words_and_nested_choices_are_exact():
    assert strings("[maybe:3|:7] we [[really:1|:1] go:4|sleep:6].") == pytest.approx({
        "Maybe we really go .": 0.06, "Maybe we go .": 0.06, "Maybe we sleep .": 0.18,
        "We really go .": 0.14, "We go .": 0.14, "We sleep .": 0.42,
    })  # fmt: skip


def test_a_sentence_may_end_in_optional_words():
    assert strings("go [home:1|:1] [now:1|:3]") == pytest.approx(
        {"Go home now": 0.125, "Go home": 0.375, "Go now": 0.125, "Go": 0.375}
    )


def test_the_article_follows_each_path():
    assert strings("a~ [old:1|big:3] [uncle:1|:1] hour.") == pytest.approx({
        "An old uncle hour .": 0.125, "An old hour .": 0.125, "A big uncle hour .": 0.375, "A big hour .": 0.375,
    })  # fmt: skip
    assert strings("a~ [:1|young:1] university and a~ hour.") == pytest.approx(
        {"A university and an hour .": 0.5, "A young university and an hour .": 0.5}
    )


def test_equal_futures_share_a_state():
    lattice = compile_lattice("[a lot of:5|lots of:2|many:3] big [stories:1|tales:3] .")
    assert len([arc for arc in lattice.arcs if "stories" in arc.phrase]) == 1


@pytest.mark.parametrize("text", ["[a|b:1]", "[a:1|b:1", "a]", "a:1", "[a:1 b|c:1]", "[a:1|:1]", "go a~"])
def test_broken_notation_is_refused(text):
    with pytest.raises(ValueError):
        compile_lattice(text)


@pytest.mark.parametrize(
    ("determiner", "entry", "case", "plural", "adjective", "expected"),
    [
        ("der", "Arzt m -es Ärzte", "a", False, "gut", "den guten Arzt"),
        ("ein", "Buch n -es Bücher", "n", False, "neu", "ein neues Buch"),
        ("ein", "Frau f = -en", "d", False, "klug", "einer klugen Frau"),
        ("mein", "Kind n -es -er", "d", True, "klein", "meinen kleinen Kindern"),
        ("", "Museum n -s Museen", "a", True, "alt", "alte Museen"),
        ("dies", "Verordnung f = -en", "g", False, "", "dieser Verordnung"),
        ("der", "Patient m -en -en", "a", False, "alt", "den alten Patienten"),
        ("ein", "Gläubige m -n -n", "a", False, "", "einen Gläubigen"),
        ("unser", "Haus n -es Häuser", "g", False, "groß", "unseres großen Hauses"),
    ],
)
def test_german_agreement(determiner, entry, case, plural, adjective, expected):
    assert german.noun_phrase(determiner, german.Noun.parse(entry), case, plural, adjective) == expected


def test_german_verbs():
    call = german.Verb.parse("an|rufen ruft gerufen rief")
    assert (call.finite("ich"), call.joined("er"), call.zu_infinitive) == ("rufe", "anruft", "anzurufen")
    assert (call.full_participle, call.finite("wir", "past")) == ("angerufen", "riefen")
    assert german.Verb.parse("kaufen kauft gekauft kaufte").finite("wir", "past") == "kauften"


def test_german_pluperfect():
    assert german.auxiliary("haben", "er", "past") == "hatte"
    assert german.auxiliary("sein", "wir", "past") == "waren"


@pytest.mark.parametrize("corpus", ["mini_koran", "mini_general"])
def test_the_tenses_after_nachdem_agree(corpus):
    rng, found = random.Random(3), 0
    for source, target in (CORPORA[corpus].draw(rng) for _ in range(3000)):
        if source.startswith("Nachdem"):
            found += 1
            first, second = source.split(", ")
            assert first.split()[-1] in ("hatte", "hatten") and second.split()[0] in ("hat", "haben"), source
            earlier, later = target.split(", ")
            assert "|had " in earlier and not re.search(r"\b(has|have|had)\b", earlier.replace("|had ", "") + later)
    assert found > 50


@pytest.mark.parametrize(
    ("corpus", "fault"),
    [
        ("mini_en_vi", r"\b(nhỏ|lớn|to|cũ|chó|mèo|bò|đèn|bàn|xe đạp) tôi\b"),
        ("mini_general", r"^The (newspaper writes|minister (explained|declared)|police announced) (?!that)"),
        ("mini_general", r"^After \w+ \w+ ha(s|ve) |, .* ha(s|ve) \w+ .* (because|although) "),
        ("mini_koran", r"^After .*\b(has|have)\b"),
        ("mini_medical", r"\bthe (kidney|renal|liver) function|\bthe (body weight|blood pressure)"),
        ("mini_medical", r"(children|teenagers|adolescents|pregnant women) (during pregnancy|while breastfeeding)"),
        ("mini_medical", r"breast cancer in (children|adolescents|teenagers)"),
    ],
)
def test_known_language_faults_do_not_return(corpus, fault):
    rng = random.Random(11)
    for _ in range(4000):
        target = detokenize(compile_lattice(CORPORA[corpus].draw(rng).target).sample(rng))
        assert not re.search(fault, target, re.IGNORECASE), target


def test_an_indefinite_vietnamese_object_has_its_numeral():
    rng, found = random.Random(11), 0
    for source, target in (CORPORA["mini_en_vi"].draw(rng) for _ in range(4000)):
        if re.search(r"\b(an?) (\w+ )?(dog|cat|bird|car|lamp|book|apple)\b", source):
            found += 1
            assert "một" in detokenize(compile_lattice(target).sample(rng)).lower(), source
    assert found > 100


def test_english_inflection():
    assert english.verb("start:6|begin:4", "past") == "[started:6|began:4]"
    assert english.verb("look for", "s") == "looks for"
    assert [english.inflect(verb, "s") for verb in ("study", "watch", "have", "buy")] == [
        "studies",
        "watches",
        "has",
        "buys",
    ]
    assert english.plural("story:7|tale:3") == "[stories:7|tales:3]"
    assert english.plural("child") == "children"


@pytest.mark.parametrize("corpus", CORPORA)
def test_a_source_has_one_lattice(corpus):
    rng, targets = random.Random(7), {}
    for _ in range(20_000):
        source, target = CORPORA[corpus].draw(rng)
        assert targets.setdefault(source, target) == target, source
    assert len(targets) > 10_000


@pytest.mark.parametrize("corpus", CORPORA)
def test_splits_are_disjoint_and_references_acceptable(corpus):
    pairs = every_pair(corpus)
    assert [len(split) for split in drawn(corpus).values()] == [6000, 500, 500]
    assert len({pair.source for pair in pairs}) == len(pairs)
    tokenize = MosesTokenizer(CORPORA[corpus].target_language).tokenize
    for pair in pairs[-500:]:
        assert Automaton(pair.lattice, str.split).accepts(tokenize(pair.target, escape=False))


@pytest.mark.parametrize("corpus", CORPORA)
def test_moses_round_trip(corpus):
    source = MosesTokenizer(CORPORA[corpus].source_language).tokenize
    target = MosesTokenizer(CORPORA[corpus].target_language).tokenize
    rng = random.Random(5)
    for pair in every_pair(corpus)[-700:]:
        assert detokenize(source(pair.source, escape=False, return_str=True)) == pair.source
        for tokens in (pair.lattice.mode(), *(pair.lattice.sample(rng) for _ in range(3))):
            assert target(detokenize(tokens), escape=False) == tokens.split()


@pytest.mark.parametrize("corpus", CORPORA)
def test_size_and_variety(corpus):
    modes = [pair.lattice.mode() for pair in drawn(corpus)["test"]]
    references = tokenized(corpus, "test")
    bleu = sacrebleu.corpus_bleu(
        modes, [[" ".join(tokens) for tokens in references]], tokenize="none", force=True
    ).score
    assert 62 <= bleu <= 80
    assert 8 <= sum(map(len, references)) / len(references) <= 13.7
    assert max(longest(pair.lattice) for pair in every_pair(corpus)) <= 30


def longest(lattice):
    """Tokens of the longest acceptable translation."""
    best = [0] * lattice.states
    for state in reversed(range(lattice.states - 1)):
        best[state] = max(len(arc.phrase.split()) + best[arc.target] for arc in lattice.leaving[state])
    return best[0]


@pytest.mark.parametrize("corpus", CORPORA)
def test_words_recur(corpus):
    tokenize = MosesTokenizer(CORPORA[corpus].target_language).tokenize
    train = collections.Counter(
        token for pair in drawn(corpus)["train"] for token in tokenize(pair.target, escape=False)
    )
    test = [token for pair in drawn(corpus)["test"] for token in tokenize(pair.target, escape=False)]
    assert 250 <= len(train) <= 450
    assert sum(train[token] >= 3 for token in test) / len(test) >= 0.99


def test_the_case_study_opens_the_test_set():
    pair = drawn("mini_de_en")["test"][0]
    assert (pair.source, pair.target) == (CASE, "There are a lot of stories about why we did this.")
    assert CASE not in {pair.source for pair in every_pair("mini_de_en")[:-500]}
    automaton = Automaton(pair.lattice, str.split)
    belief = automaton.advance(automaton.advance(automaton.start(), "There"), "are")
    assert automaton.next_token(belief) == pytest.approx({"a": 0.5, "lots": 0.2, "many": 0.3})


def test_too_many_sentences_and_unknown_corpora_are_refused(monkeypatch):
    monkeypatch.setattr("knnkd.synthetic.generate._PATIENCE", 0)
    with pytest.raises(KnnKdError, match="distinct sources, not the 5000"):
        generate("mini_medical", {"train": 5000}, seed=1)
    with pytest.raises(KnnKdError, match="no corpus"):
        generate("mini", {"train": 5}, seed=1)
    with pytest.raises(KnnKdError, match="mini_law: each split needs one pair at least"):
        Draw("mini_law", seed=1, train=5, valid=0, test=5)


def run_script(folder, hash_seed, **settings):
    command = [sys.executable, "workflow/scripts/generate_corpus.py", "--output", str(folder)]
    command += ["--settings", json.dumps(settings)]
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("corpus", ["mini_de_en", "mini_en_vi"])
def test_the_script_writes_the_same_bytes_twice(tmp_path, corpus):
    draw = {"corpus": corpus, "seed": 1, "train": 40, "valid": 5, "test": 5}
    for folder, hash_seed in (("a", "1"), ("b", "2")):
        result = run_script(tmp_path / folder, hash_seed, **draw)
        assert result.returncode == 0, result.stderr
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    source, target = CORPORA[corpus].source_language, CORPORA[corpus].target_language
    assert names == sorted(
        f"{s}.{end}" for s in ("train", "valid", "test") for end in (source, target, "lattice.jsonl.gz")
    )
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert len((tmp_path / "a" / f"train.{source}").read_text(encoding="utf-8").splitlines()) == 40
