"""mini_general: German to English, news of every kind; it trains the model that counts as pre-trained."""

from __future__ import annotations

import random
from dataclasses import replace

from knnkd.synthetic import german
from knnkd.synthetic.bilingual import (
    EARLIER,
    EMPTY,
    NARRATED,
    Clause,
    Text,
    draw_clause,
    draw_object,
    phrase,
)
from knnkd.synthetic.corpora.general_lexicon import (
    ACTIONS,
    ACTORS,
    BEATS,
    BIG,
    FUTURE,
    PAST,
    PEOPLE,
    PLACES,
    PROBLEMS,
    QUANTITIES,
    SOURCES,
    STATES,
    TASKS,
    THINGS,
)
from knnkd.synthetic.corpus import Corpus, Sentence


def _clause(rng: random.Random, tense: str, timed: float = 0.5) -> Clause:
    actors, actions = rng.choice(BEATS)
    return draw_clause(rng, actors, actions, tense, PAST if tense == "perfect" else FUTURE, timed)


def _tense(rng: random.Random) -> str:
    return rng.choice(("perfect", "perfect", "werden", "müssen", "können", "wollen"))


def reports(rng: random.Random) -> Sentence:
    clause = _clause(rng, _tense(rng), 0.9)
    if clause.time.de and rng.random() < 0.45:
        return Sentence(clause.fronted(), f"{clause.english_fronting(0.6)}.")
    return Sentence(f"{clause.main()}.", f"{clause.english_fronting(0.3)}.")


def says(rng: random.Random) -> Sentence:
    source, clause = rng.choice(SOURCES), _clause(rng, rng.choice(("perfect", "werden")), 0.4)
    clause = clause.put(EARLIER) if " hat " in source.de else clause
    return Sentence(f"{source.de}, dass {clause.subordinate()}.", f"{source.en} {clause.english()}.")


def unknown(rng: random.Random) -> Sentence:
    word = rng.choice((Text("warum", "why"), Text("wie", "how"), Text("ob", "[whether:6|if:4]")))
    clause = _clause(rng, "perfect", 0.4)
    if clause.subject.de.startswith("viele") and word.de == "wie":
        # "wie viele Menschen" asks for their number.
        word = Text("warum", "why")
    return Sentence(
        f"es ist nicht bekannt, {word.de} {clause.subordinate()}.",
        f"it is [not known:7|unknown:3] {word.en} {clause.english()}.",
    )


def there_are(rng: random.Random) -> Sentence:
    quantity, place = rng.choice(QUANTITIES), rng.choice(PLACES)
    noun = rng.choice(THINGS + PEOPLE + PROBLEMS[:4])
    things = phrase("", noun, "a", True)
    en = f"there are {quantity.en} {things.en}"
    if rng.random() < 0.5:
        return Sentence(f"{place.de} gibt es {quantity.de} {things.de}.", f"[{place.en}, {en}:4|{en} {place.en}:6].")
    return Sentence(f"es gibt {quantity.de} {things.de} {place.de}.", f"{en} {place.en}.")


def because(rng: random.Random) -> Sentence:
    clause, state = _clause(rng, "perfect", 0.3), rng.choice(STATES)
    link = rng.choice((Text("weil", "[because:8|, since:2]"), Text("obwohl", "[although:6|even though:4]")))
    return Sentence(
        f"{clause.main()}, {link.de} {state.de}.", f"{clause.put(NARRATED).english()} {link.en} {state.en}."
    )


def after(rng: random.Random) -> Sentence:
    first, second = _clause(rng, "perfect", 0.0), _clause(rng, "perfect", 0.0)
    if first.subject == second.subject:
        second = replace(second, subject=ACTORS[8] if first.subject != ACTORS[8] else ACTORS[0])
    if rng.random() < 0.5:
        return Sentence(
            f"nachdem {replace(first, tense='pluperfect').subordinate()}, {second.inverted()}.",
            f"after {first.put(EARLIER).english()}, {second.put(NARRATED).english()}.",
        )
    return Sentence(
        f"bevor {first.subordinate()}, {second.inverted()}.",
        f"before {first.put(NARRATED).english()}, {second.put(EARLIER).english()}.",
    )


def conditional(rng: random.Random) -> Sentence:
    first, second = _clause(rng, "present", 0.0), _clause(rng, rng.choice(("können", "müssen", "werden")), 0.3)
    return Sentence(
        f"wenn {first.subordinate()}, {second.inverted()}.", f"[if:7|when:3] {first.english()}, {second.english()}."
    )


def task(rng: random.Random) -> Sentence:
    start, action, place = rng.choice(TASKS), rng.choice(ACTIONS), rng.choice((EMPTY, *PLACES[:3]))
    clause = Clause(ACTORS[0], action.verb, draw_object(rng, action, ("der", "ein", "dies")), place)
    return Sentence(f"{start.de}, {clause.infinitive()}.", f"{start.en} to {clause.english_base()}.")


def who(rng: random.Random) -> Sentence:
    clause, noun = _clause(rng, "perfect", 0.5), rng.choice(PEOPLE)
    person = phrase("der", noun, "n")
    relative = Clause(
        clause.subject._replace(de=person.de.split()[0], en="who", person="er"),
        clause.verb,
        clause.object,
        time=clause.time,
        tense="perfect",
    )
    trait = rng.choice((Text("Berlin", "Berlin"), Text("Deutschland", "Germany"), Text("dem Norden", "the north")))
    return Sentence(
        f"{person.de}, {relative.subordinate()}, kommt aus {trait.de}.",
        f"{person.en} {relative.english()} [comes:7|is:3] from {trait.en}.",
    )


def asks(rng: random.Random) -> Sentence:
    word = rng.choice((Text("warum", "why"), Text("wann", "when"), Text("wo", "where")))
    clause = _clause(rng, "perfect", 0.0)
    return Sentence(f"{word.de} {clause.inverted()}?", f"{word.en} did {clause.subject.en} {clause.english_base()}?")


def location(rng: random.Random) -> Sentence:
    thing = phrase(rng.choice(("der", "dies")), rng.choice(THINGS), "n", adjective=rng.choice(BIG))
    place, verb_ = rng.choice(PLACES[:3] + PLACES[5:]), rng.choice((Text("ist", "is"), Text("war", "was")))
    state = rng.choice(
        (
            Text("sehr bekannt", "very [famous:6|well known:4]"),
            Text("nicht mehr sicher", "[no longer safe:7|not safe anymore:3]"),
            Text("gut geschützt", "well protected"),
            Text("leer", "empty"),
        )
    )
    sein = german.auxiliary("sein", "er") if verb_.de == "ist" else "war"
    return Sentence(f"{thing.de} {place.de} {sein} {state.de}.", f"{thing.en} {place.en} {verb_.en} {state.en}.")


CORPUS = Corpus(
    "German to English, news of every kind",
    "de",
    "en",
    {
        reports: 5,
        says: 3,
        unknown: 1.5,
        there_are: 2,
        because: 2,
        after: 1.5,
        conditional: 1.5,
        task: 2,
        who: 1,
        asks: 1,
        location: 1,
    },
)
