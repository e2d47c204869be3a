"""mini_general: German to English, news of every kind; it trains the model that counts as pre-trained."""

import random
from dataclasses import replace

from knnkd.synthetic.bilingual import EARLIER, NARRATED, Clause, draw_clause, draw_object, phrase
from knnkd.synthetic.corpus import Corpus, Sentence
from knnkd.synthetic.entries import EMPTY, KINDS, Action, Adjective, Noun, Subject, Text
from knnkd.synthetic.frames import existence, followed, opened, preceded, purpose, question, statement
from knnkd.synthetic.words import Words

_WORDS = Words(__file__, KINDS)
texts, nouns, adjectives = _WORDS.of(Text), _WORDS.of(Noun), _WORDS.of(Adjective)
subjects, actions = _WORDS.of(Subject), _WORDS.of(Action)

# Who is seen doing what: politics, the written word, people who find and save others.
_BEATS = (
    (subjects.politicians, actions.politics),
    (subjects.actors, actions.letters),
    (subjects.rescuers, actions.rescues),
)


def _clause(rng: random.Random, tense: str, timed: float = 0.5) -> Clause:
    actors, deeds = rng.choice(_BEATS)
    return draw_clause(rng, actors, deeds, tense, texts.past if tense == "perfect" else texts.future, timed)


def reports(rng: random.Random) -> Sentence:
    tense = rng.choice(("perfect", "perfect", "werden", "müssen", "können", "wollen"))
    return statement(rng, _clause(rng, tense, 0.9), 0.45)


def says(rng: random.Random) -> Sentence:
    source, clause = rng.choice(texts.sources), _clause(rng, rng.choice(("perfect", "werden")), 0.4)
    return opened(source, (clause.put(EARLIER) if " hat " in source.de else clause).dependent())


def unknown(rng: random.Random) -> Sentence:
    start, clause = rng.choice(texts.unknown), _clause(rng, "perfect", 0.4)
    if clause.subject.de.startswith("viele") and start.de.endswith("wie"):
        # "wie viele Menschen" asks for their number.
        start = texts.unknown[0]
    return opened(start, clause.dependent())


def there_are(rng: random.Random) -> Sentence:
    quantity, place = rng.choice(texts.quantities), rng.choice(texts.places)
    things = phrase("", rng.choice(nouns.existing), "a", True)
    return existence(quantity, things, place, rng.random() < 0.5)


def because(rng: random.Random) -> Sentence:
    clause, state = _clause(rng, "perfect", 0.3), rng.choice(texts.circumstances)
    return followed(clause.put(NARRATED), rng.choice(texts.links), state)


def after(rng: random.Random) -> Sentence:
    first, second = _clause(rng, "perfect", 0.0), _clause(rng, "perfect", 0.0)
    if first.subject == second.subject:
        second = replace(second, subject=next(other for other in subjects.others if other != first.subject))
    if rng.random() < 0.5:
        earlier = replace(first, tense="pluperfect")
        return preceded(Text("nachdem", "after"), earlier.dependent(), second.put(NARRATED))
    return preceded(Text("bevor", "before"), first.put(NARRATED).dependent(), second.put(EARLIER))


def conditional(rng: random.Random) -> Sentence:
    first, second = _clause(rng, "present", 0.0), _clause(rng, rng.choice(("können", "müssen", "werden")), 0.3)
    return preceded(Text("wenn", "[if:7|when:3]"), first.dependent(), second)


def task(rng: random.Random) -> Sentence:
    start, action, place = rng.choice(texts.tasks), rng.choice(actions.all), rng.choice((EMPTY, *texts.near))
    thing = draw_object(rng, action, ("der", "ein", "dies"))
    return purpose(start, Clause(subjects.actors[0], action.verb, thing, place))


def who(rng: random.Random) -> Sentence:
    clause, person = _clause(rng, "perfect", 0.5), phrase("der", rng.choice(nouns.people), "n")
    relative, origin = clause.relative(person.de.split()[0]), rng.choice(texts.origins)
    return Sentence(
        f"{person.de}, {relative.subordinate()}, kommt aus {origin.de}.",
        f"{person.en} {relative.english()} [comes:7|is:3] from {origin.en}.",
    )


def asks(rng: random.Random) -> Sentence:
    return question(rng.choice(texts.question_words), _clause(rng, "perfect", 0.0))


def location(rng: random.Random) -> Sentence:
    determiner, noun = rng.choice(("der", "dies")), rng.choice(nouns.things)
    thing = phrase(determiner, noun, "n", adjective=rng.choice(adjectives.big))
    place, be, state = rng.choice(texts.sites), rng.choice(texts.be), rng.choice(texts.states)
    return Sentence(f"{thing.de} {place.de} {be.de} {state.de}.", f"{thing.en} {place.en} {be.en} {state.en}.")


CORPUS = Corpus("German to English, news of every kind", "de", "en", {
    reports: 5, says: 3, unknown: 1.5, there_are: 2, because: 2, after: 1.5, conditional: 1.5, task: 2, who: 1,
    asks: 1, location: 1,
})  # fmt: skip
