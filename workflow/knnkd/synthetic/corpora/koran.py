"""mini_koran: German to English in the style of scripture; the sentences are made up, none is quoted."""

import random
from dataclasses import replace

from knnkd.synthetic.bilingual import EARLIER, NARRATED, Clause, draw_clause, phrase
from knnkd.synthetic.corpus import Corpus, Sentence
from knnkd.synthetic.entries import EMPTY, KINDS, Action, Noun, Subject, Text
from knnkd.synthetic.frames import either_end, either_order, followed, opened, preceded, statement
from knnkd.synthetic.words import Words

_WORDS = Words(__file__, KINDS)
texts, nouns = _WORDS.of(Text), _WORDS.of(Noun)
subjects, actions = _WORDS.of(Subject), _WORDS.of(Action)

_WILL = "[will:6|shall:4]"


def _divine(rng: random.Random, tense: str, timed: float = 0.4) -> Clause:
    reveals = tense == "perfect" and rng.random() < 0.6
    acts, past, plural = (actions.reveal, texts.past, 0.4) if reveals else (actions.bless, texts.human_past, 1.0)
    times, timed = past if tense == "perfect" else texts.when, 0.0 if tense == "present" else timed
    clause = draw_clause(rng, subjects.god, acts, tense, times, timed, ("der",), plural)
    return replace(clause, renderings={"werden": _WILL})


def _human(rng: random.Random, tense: str, timed: float = 0.3) -> Clause:
    things = rng.random() < 0.3
    acts, determiners = (actions.perceive, ("der", "dies", "ein")) if things else (actions.serve, ("der",))
    plural = 0.3 if things else 1.0
    return draw_clause(rng, subjects.servants, acts, tense, texts.human_past, timed, determiners, plural)


def proclaims(rng: random.Random) -> Sentence:
    indeed, clause = rng.choice(texts.indeed), _divine(rng, rng.choice(("present", "perfect", "werden")))
    return opened(indeed, Text(clause.main(), clause.english()))


def knows(rng: random.Random) -> Sentence:
    start, clause = rng.choice(texts.know), _divine(rng, rng.choice(("present", "perfect", "werden")))
    return opened(start, clause.dependent(), "?" if start.de.startswith("habt") else ".")


def narrates(rng: random.Random) -> Sentence:
    return statement(rng, _human(rng, "perfect", 0.7), 0.5)


def promises(rng: random.Random) -> Sentence:
    clause, condition = _divine(rng, "werden"), rng.choice(texts.conditions)
    return either_order(rng, Text("wenn", "[if:7|when:3]"), condition, clause)


def those_who(rng: random.Random) -> Sentence:
    deed, fate = rng.choice(texts.deeds), rng.choice(texts.fates)
    start, time = rng.choice(texts.those), rng.choice((EMPTY, *texts.when))
    en = f"{start.en} {deed.en} {_WILL} {fate.en}"
    en = either_end(time.en, en, 3) if time.en else en
    return Sentence(f"{start.de} {deed.de}, werden {time.de} {fate.de}.", f"{en}.")


def commands(rng: random.Random) -> Sentence:
    called, command, clause = rng.choice(texts.called), rng.choice(texts.commands), _divine(rng, "perfect", 0.3)
    relative = clause.relative("der")
    return Sentence(
        f"{called.de}, {command.de}, {relative.subordinate()}.", f"{called.en}, {command.en}, {relative.english()}."
    )


def asks(rng: random.Random) -> Sentence:
    clause = _divine(rng, "perfect", 0.4)
    return opened(rng.choice(texts.seen), clause.dependent(), "?")


def after(rng: random.Random) -> Sentence:
    first, second = _divine(rng, "perfect", 0.0), _human(rng, "perfect", 0.0).put(NARRATED)
    return preceded(Text("nachdem", "after"), replace(first, tense="pluperfect").dependent(), second)


def because(rng: random.Random) -> Sentence:
    first, second = _human(rng, "perfect", 0.0), _divine(rng, rng.choice(("present", "perfect")), 0.0)
    return followed(first.put(NARRATED), Text("weil", "[because:7|, for:3]"), second.put(EARLIER).dependent())


def belongs(rng: random.Random) -> Sentence:
    first, second = rng.sample(nouns.owned, 2)
    one, two = (phrase("der", noun, "n", rng.random() < 0.3 and bool(noun.de.plural)) for noun in (first, second))
    owner = rng.choice(texts.owners)
    return Sentence(
        f"{owner.de} gehören {one.de} und {two.de}.",
        f"[to {owner.en} belong {one.en} and {two.en}:6|{one.en} and {two.en} belong to {owner.en}:4].",
    )


CORPUS = Corpus("German to English in the style of scripture", "de", "en", {
    proclaims: 4, knows: 4, narrates: 3, promises: 3, those_who: 2, commands: 2, asks: 2, after: 2, because: 2,
    belongs: 0.5,
})  # fmt: skip
