"""mini_de_en: German to English, everyday talk and talks on a stage."""

from __future__ import annotations

import random
from dataclasses import replace

from knnkd.synthetic import german
from knnkd.synthetic.bilingual import EARLIER, EITHER, NARRATED, Action, Clause, Text, draw_clause, phrase, subject
from knnkd.synthetic.corpora.de_en_lexicon import (
    ACTIONS,
    DEEDS,
    FEELINGS,
    FUTURE,
    GIFTS,
    HABITS,
    HABITUAL,
    JUDGED,
    MODALS,
    OBJECTIONS,
    OPINIONS,
    PAST,
    PEOPLE,
    PLACES,
    PRONOUNS,
    QUANTITIES,
    RELATIVES,
    SIGHTS,
    SPEAKERS,
    TASKS,
    TOPICS,
    TRAITS,
    WONDERINGS,
)
from knnkd.synthetic.corpus import Corpus, Sentence
from knnkd.synthetic.english import plural
from knnkd.synthetic.notation import slot


def _clause(rng: random.Random, tense: str, timed: float = 0.4, actions: tuple[Action, ...] = ()) -> Clause:
    """A clause about something that somebody does, in a tense that its time agrees with."""
    times = PAST if tense == "perfect" else HABITS if tense == "present" else FUTURE
    actions = actions or (HABITUAL if tense == "present" else ACTIONS)
    return draw_clause(rng, SPEAKERS, actions, tense, times, timed)


def _reason(rng: random.Random, perfect: str) -> Text:
    """A subordinate clause that can follow warum or wie; `perfect` as in `Clause`."""
    if rng.random() < 0.5:
        deed, actor = rng.choice(DEEDS), rng.choice(SPEAKERS[:8])
        clause = Clause(actor, deed.verb, deed.object, tense="perfect")
    else:
        clause = _clause(rng, "perfect", timed=0.0)
    return Text(clause.subordinate(), clause.put(perfect).english())


def _about(rng: random.Random, perfect: str = EITHER) -> Text:
    word = rng.choice((Text("warum", "why"), Text("warum", "why"), Text("wie", "how")))
    reason = _reason(rng, perfect)
    if reason.de.startswith("viele"):
        # "wie viele Menschen" asks for their number.
        word = Text("warum", "why")
    return Text(f"{word.de} {reason.de}", f"{word.en} {reason.en}")


def existential(quantity: Text, topic: Text, about: Text) -> Sentence:
    """The construction of the paper's case study: after "There are", several quantifiers are acceptable."""
    return Sentence(
        f"es gibt {quantity.de} {topic.de} darüber, {about.de}.",
        f"there are {quantity.en} {topic.en} about {about.en}.",
    )


# How the specs of persons begin that are not new anywhere.
_PERSONS = ("perso", "child")


def there_are_topics(rng: random.Random) -> Sentence:
    noun = rng.choice(TOPICS)
    return existential(rng.choice(QUANTITIES), Text(noun.de.form("a", True), plural(noun.en)), _about(rng))


def there_are_sights(rng: random.Random) -> Sentence:
    place, quantity, noun = rng.choice(PLACES), rng.choice(QUANTITIES), rng.choice(SIGHTS)
    quality = rng.choice(TRAITS["sights"])
    # After "eine Menge" German would need the genitive, so that the adjective stays out there.
    plain = quantity.de == "eine Menge" or rng.random() < 0.4 or (quality.de == "neu" and noun.en[:5] in _PERSONS)
    things = phrase("", noun, "a", True, None if plain else quality)
    de = rng.choice(
        (f"{place.de} gibt es {quantity.de} {things.de}.", f"es gibt {quantity.de} {things.de} {place.de}.")
    )
    en = f"there are {quantity.en} {things.en}"
    if de.startswith("es"):
        return Sentence(de, f"{en} {place.en}.")
    return Sentence(de, f"[{place.en}, {en}:4|{en} {place.en}:6].")


def told(rng: random.Random) -> Sentence:
    clause = _clause(rng, rng.choice(("perfect", "perfect", "present", "werden")), timed=0.8)
    if clause.time.de and rng.random() < 0.4:
        return Sentence(clause.fronted(), f"{clause.english_fronting(0.6)}.")
    return Sentence(f"{clause.main()}.", f"{clause.english_fronting(0.3)}.")


def wanted(rng: random.Random) -> Sentence:
    clause = _clause(rng, rng.choice(MODALS), timed=0.5)
    return Sentence(f"{clause.main()}.", f"{clause.english_fronting(0.3)}.")


def because(rng: random.Random) -> Sentence:
    actor, feeling = rng.choice(PRONOUNS), rng.choice(FEELINGS)
    clause = replace(_clause(rng, "perfect", 0.3), subject=actor)
    was = Text("waren", "were") if actor.person == "wir" else Text("war", "was")
    return Sentence(
        f"{clause.main()}, weil {actor.de} {feeling.de} {was.de}.",
        f"{clause.put(NARRATED).english()} [because:8|, since:2] {actor.en} {was.en} {feeling.en}.",
    )


def although(rng: random.Random) -> Sentence:
    clause, objection = _clause(rng, "perfect", 0.3), rng.choice(OBJECTIONS)
    other = Clause(rng.choice(SPEAKERS[4:16]), objection.verb, objection.object, tense="past")
    return Sentence(
        f"{clause.main()}, obwohl {other.subordinate()}.",
        f"{clause.put(NARRATED).english()}, [although:6|even though:4] {other.english()}.",
    )


def thinks(rng: random.Random) -> Sentence:
    opinion, clause = rng.choice(OPINIONS), _clause(rng, rng.choice(("perfect", "werden")), timed=0.3)
    clause = clause.put(EARLIER) if opinion.en.startswith("he said") else clause
    return Sentence(f"{opinion.de}, dass {clause.subordinate()}.", f"{opinion.en} {clause.english()}.")


def wonders(rng: random.Random) -> Sentence:
    start = rng.choice(WONDERINGS)
    about = _about(rng, EARLIER if start.en == "she told me" else EITHER)
    return Sentence(f"{start.de}, {about.de}.", f"{start.en} {about.en}.")


def task(rng: random.Random) -> Sentence:
    start, clause = rng.choice(TASKS), _clause(rng, "perfect", timed=0.0)
    return Sentence(f"{start.de}, {clause.infinitive()}.", f"{start.en} to {clause.english_base()}.")


def describes(rng: random.Random) -> Sentence:
    kind = rng.choice(list(JUDGED))
    noun, trait = rng.choice(JUDGED[kind]), rng.choice(TRAITS[kind])
    thing = phrase(rng.choice(("der", "dies", "mein", "unser")), noun, "n")
    verb = rng.choice((Text("ist", "is"), Text("war", "was")))
    degree = rng.choice(
        (
            Text("", ""),
            Text("sehr", "very"),
            Text("wirklich", "really"),
            Text("ziemlich", "[quite:6|pretty:4]"),
            Text("nicht", "not"),
        )
    )
    context = rng.choice((Text("", ""), Text("vielleicht", "[maybe:6|perhaps:4]"), Text("natürlich", "of course")))
    predicate = {"teur": "teuer"}.get(trait.de, trait.de)
    if context.de:
        return Sentence(
            f"{context.de} {verb.de} {thing.de} {degree.de} {predicate}.",
            f"{context.en} {thing.en} {verb.en} {degree.en} {slot(trait.en)}.",
        )
    return Sentence(
        f"{thing.de} {verb.de} {degree.de} {predicate}.", f"{thing.en} {verb.en} {degree.en} {slot(trait.en)}."
    )


def asks(rng: random.Random) -> Sentence:
    word = rng.choice((Text("warum", "why"), Text("wann", "when"), Text("wo", "where"), Text("wie", "how")))
    clause = _clause(rng, "perfect", 0.0, ACTIONS[:8])
    return Sentence(f"{word.de} {clause.inverted()}?", f"{word.en} did {clause.subject.en} {clause.english_base()}?")


def gives(rng: random.Random) -> Sentence:
    gift, time, receiver = rng.choice(GIFTS), rng.choice(PAST), rng.choice(RELATIVES)
    giver = rng.choice([speaker for speaker in SPEAKERS[3:] if receiver.de.singular not in speaker.de])
    to_de = german.noun_phrase("mein", receiver.de, "d")
    # A letter is old or new, not big.
    quality = rng.choice(TRAITS["things"][: 2 if gift in JUDGED["texts"] else None]) if rng.random() < 0.6 else None
    present = phrase("ein", gift, "a", adjective=quality)
    hat = german.auxiliary("haben", giver.person)
    verb = rng.choice((Text("gegeben", "gave"), Text("geschenkt", "gave"), Text("gezeigt", "showed")))
    person = slot(receiver.en)
    ways = f"[{verb.en} my {person} {present.en}:7|{verb.en} {present.en} to my {person}:3]"
    return Sentence(f"{giver.de} {hat} {time.de} {to_de} {present.de} {verb.de}.", f"{giver.en} {ways} {time.en}.")


def on_stage(rng: random.Random) -> Sentence:
    start = rng.choice(
        (
            Text(
                "ich möchte Ihnen heute zeigen",
                "[today I [would like to:6|want to:4] show you:5|I [would like to:6|want to:4] show you today:5]",
            ),
            Text("ich werde Ihnen jetzt erklären", "[now I:3|I:7] [will:6|am going to:4] explain"),
            Text("lassen Sie mich Ihnen erzählen", "let me tell you"),
            Text("denken Sie einmal darüber nach", "think [about:7|for a moment about:3]"),
        )
    )
    about = _about(rng)
    return Sentence(f"{start.de}, {about.de}.", f"{start.en} {about.en}.")


def who(rng: random.Random) -> Sentence:
    clause, noun = _clause(rng, "perfect", 0.4, ACTIONS[:16]), rng.choice(PEOPLE)
    person = phrase("der", noun, "n")
    relative = Clause(
        subject(Text({"m": "der", "f": "die", "n": "das"}[noun.de.gender], "who"), "er"),
        clause.verb,
        clause.object,
        time=clause.time,
        tense="perfect",
    )
    return Sentence(
        f"das ist {person.de}, {relative.subordinate()}.", f"[that:5|this:5] is {person.en} {relative.english()}."
    )


def which(rng: random.Random) -> Sentence:
    clause, action = _clause(rng, "perfect", timed=0.4), rng.choice(ACTIONS[:7])
    noun = rng.choice(action.objects)
    thing = phrase("der", noun, "n", adjective=rng.choice(action.adjectives) if rng.random() < 0.5 else None)
    relative = Clause(
        clause.subject,
        action.verb,
        Text(german.noun_phrase("der", noun.de, "a").split()[0], ""),
        time=clause.time,
        tense="perfect",
    )
    bare = f"{relative.object.de} {relative.subject.de} {relative.time.de} {action.verb.de.full_participle}"
    return Sentence(
        f"das ist {thing.de}, {bare} {german.auxiliary('haben', clause.subject.person)}.",
        f"[that:5|this:5] is {thing.en} [that:5|:5] {relative.english()}.",
    )


def conditional(rng: random.Random) -> Sentence:
    first, second = _clause(rng, "present", 0.0), _clause(rng, rng.choice(("können", "müssen", "werden")), 0.3)
    return Sentence(
        f"wenn {first.subordinate()}, {second.inverted()}.", f"[if:6|when:4] {first.english()}, {second.english()}."
    )


_STORIES = next(noun for noun in TOPICS if noun.de.plural == "Geschichten")
_WE_DID_THIS = Clause(SPEAKERS[0], DEEDS[0].verb, DEEDS[0].object, tense="perfect")
_CASE = existential(
    QUANTITIES[0],
    Text(_STORIES.de.form("a", True), plural(_STORIES.en)),
    Text(f"warum {_WE_DID_THIS.subordinate()}", f"why {_WE_DID_THIS.english()}"),
)

CORPUS = Corpus(
    "German to English, everyday talk and talks on a stage",
    "de",
    "en",
    {
        there_are_topics: 4,
        there_are_sights: 2,
        told: 3,
        wanted: 2,
        because: 1.5,
        although: 1,
        thinks: 2,
        wonders: 2,
        task: 2,
        describes: 1,
        asks: 1.5,
        gives: 1.5,
        on_stage: 1.5,
        who: 1,
        which: 1.5,
        conditional: 1.5,
    },
    Sentence("Es gibt eine Menge Geschichten darüber, warum wir dies getan haben.", _CASE.target),
)
