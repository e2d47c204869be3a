"""mini_law: German to English in the style of European Union law."""

import random
from dataclasses import replace

from knnkd.synthetic.bilingual import COMPLETED, Clause, draw_clause, phrase
from knnkd.synthetic.corpus import Corpus, Sentence
from knnkd.synthetic.english import plural
from knnkd.synthetic.entries import EMPTY, KINDS, Action, Noun, Subject, Text
from knnkd.synthetic.frames import either_order, opened, statement
from knnkd.synthetic.words import Words

_WORDS = Words(__file__, KINDS)
texts, nouns = _WORDS.of(Text), _WORDS.of(Noun)
subjects, actions = _WORDS.of(Subject), _WORDS.of(Action)

_MAY = {"können": "[may:7|can:3]"}
# German states a duty in the present, English with shall.
_SHALL = {"present": "[shall:7|{be} to:3]", **_MAY}


def _norm(rng: random.Random, tense: str = "present", timed: float = 0.4, who: tuple[Subject, ...] = ()) -> Clause:
    """What the law wants, in the present or with a modal verb, or what was done, in the perfect."""
    bodies = who or (subjects.bodies if rng.random() < 0.6 else subjects.parties)
    if bodies[0] in subjects.bodies:
        acts, times = actions.rules, texts.past if tense == "perfect" else texts.times
    else:
        acts, times = actions.duties, texts.party_past if tense == "perfect" else texts.party_times
    return replace(draw_clause(rng, bodies, acts, tense, times, timed, ("der", "ein", "dies")), renderings=_SHALL)


def norm(rng: random.Random) -> Sentence:
    return statement(rng, _norm(rng, rng.choice(("present", "present", "müssen", "können")), 0.6), 0.4, 0.2)


def under_article(rng: random.Random) -> Sentence:
    article, clause = rng.choice(texts.numbers), _norm(rng, rng.choice(("present", "müssen", "dürfen")), 0.0)
    act = phrase(rng.choice(("der", "dies")), rng.choice(nouns.main_acts), "g")
    return Sentence(
        f"gemäß Artikel {article.de} {act.de} {clause.inverted()}.",
        f"[in accordance with:5|pursuant to:3|under:2] article {article.en} of {act.en}, {clause.english()}.",
    )


def decided(rng: random.Random) -> Sentence:
    return statement(rng, _norm(rng, "perfect", 0.7), 0.4, 0.2)


def ensures(rng: random.Random) -> Sentence:
    start = rng.choice(texts.ensure)
    if "shall" in start.en:
        clause = _norm(rng, rng.choice(("perfect", "present", "können")), 0.0, subjects.parties).put(COMPLETED)
        # What is ensured takes no shall of its own.
        clause = replace(clause, renderings=_MAY)
    else:
        clause = _norm(rng, rng.choice(("perfect", "müssen", "können")), 0.0, subjects.parties)
    return opened(start, clause.dependent())


def unless(rng: random.Random) -> Sentence:
    clause = _norm(rng, "present", 0.0, subjects.bodies)
    other = _norm(rng, "perfect", 0.0, subjects.parties).put(COMPLETED)
    return either_order(rng, rng.choice(texts.links), other.dependent(), clause)


def in_order_to(rng: random.Random) -> Sentence:
    aim, clause = rng.choice(texts.aims), _norm(rng, rng.choice(("perfect", "müssen", "können")), 0.0, subjects.bodies)
    return either_order(rng, Text("um", "[in order to:6|to:4]"), aim, clause)


def whether(rng: random.Random) -> Sentence:
    examiner, clause = rng.choice(subjects.examiners), _norm(rng, "perfect", 0.1, subjects.parties)
    examines = "prüft" if examiner.person == "er" else "prüfen"
    start = Text(f"{examiner.de} {examines}, ob", f"{examiner.en} shall [examine:6|verify:4] whether")
    return opened(start, clause.dependent())


def field(rng: random.Random) -> Sentence:
    one, two = rng.sample(texts.fields, 2)
    act, some = rng.choice(nouns.many_acts), rng.choice(texts.amounts)
    acts = Text(
        f"{some.de} {act.de.form('a', True)} zu Fragen wie {one.de} und {two.de}",
        f"{some.en} {plural(act.en)} on [matters:6|issues:4] [such as:7|like:3] {one.en} and {two.en}",
    )
    if rng.random() < 0.5:
        return Sentence(f"es gibt {acts.de}.", f"there are {acts.en}.")
    body = rng.choice(subjects.legislators)
    return Sentence(f"{body.de} hat {acts.de} erlassen.", f"{body.en} has [adopted:8|issued:2] {acts.en}.")


def in_force(rng: random.Random) -> Sentence:
    act, time = phrase(rng.choice(("der", "dies")), rng.choice(nouns.acts), "n"), rng.choice(texts.months)
    state, verb = rng.choice(texts.fields), rng.choice(texts.coming)
    verb_de = verb.de.replace("ihre", "seine") if act.de.split()[0] in ("der", "dieser") else verb.de
    about = Text(f"zu Fragen wie {state.de}", f"on [matters:6|issues:4] [such as:7|like:3] {state.en}")
    scope = rng.choice((EMPTY, about))
    return Sentence(
        f"{act.de} {scope.de} {verb_de.replace('@', time.de)}.", f"{act.en} {scope.en} {verb.en.replace('@', time.en)}."
    )


def without_prejudice(rng: random.Random) -> Sentence:
    act, number = phrase("dies", rng.choice(nouns.main_acts), "g"), rng.choice(texts.numbers)
    clause = _norm(rng, "können", 0.0, subjects.bodies)
    return Sentence(
        f"unbeschadet des Artikels {number.de} {act.de} {clause.inverted()}.",
        f"without prejudice to article {number.en} of {act.en}, {clause.english()}.",
    )


def does_not_apply(rng: random.Random) -> Sentence:
    act = phrase("dies", rng.choice(nouns.main_acts), "n")
    clause = _norm(rng, "perfect", 0.1, subjects.parties).put(COMPLETED)
    start = Text(f"{act.de} gilt nicht, wenn", f"{act.en} [shall not apply:7|does not apply:3] [if:6|where:4]")
    return opened(start, clause.dependent())


CORPUS = Corpus("German to English in the style of European Union law", "de", "en", {
    norm: 5, under_article: 2, decided: 3, ensures: 2.5, unless: 2, in_order_to: 2, whether: 2, field: 1.5,
    in_force: 0.4, without_prejudice: 1, does_not_apply: 1,
})  # fmt: skip
