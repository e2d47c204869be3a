"""mini_de_en: German to English, everyday talk and talks on a stage."""

import random
from dataclasses import replace

from knnkd.synthetic import german
from knnkd.synthetic.bilingual import EARLIER, EITHER, NARRATED, Clause, draw_clause, phrase
from knnkd.synthetic.corpus import Corpus, Sentence
from knnkd.synthetic.english import plural
from knnkd.synthetic.entries import EMPTY, KINDS, Action, Adjective, Deed, Noun, Subject, Text
from knnkd.synthetic.frames import existence, followed, opened, preceded, purpose, question, statement
from knnkd.synthetic.notation import slot
from knnkd.synthetic.words import Words

_WORDS = Words(__file__, KINDS)
texts, nouns, adjectives = _WORDS.of(Text), _WORDS.of(Noun), _WORDS.of(Adjective)
subjects, actions, deeds = _WORDS.of(Subject), _WORDS.of(Action), _WORDS.of(Deed)

_WHY = Text("warum", "why")


def _clause(rng: random.Random, tense: str, timed: float = 0.4, acts: tuple[Action, ...] = ()) -> Clause:
    """A clause about something that somebody does, in a tense that its time agrees with."""
    times = {"perfect": texts.past, "present": texts.habits}.get(tense, texts.future)
    acts = acts or (actions.habitual if tense == "present" else actions.all)
    return draw_clause(rng, subjects.speakers, acts, tense, times, timed)


def _about(rng: random.Random, perfect: str = EITHER) -> Text:
    """A clause behind warum or wie; `perfect` as in `Clause`."""
    word = rng.choice((_WHY, _WHY, Text("wie", "how")))
    if rng.random() < 0.5:
        deed, actor = rng.choice(deeds.done), rng.choice(subjects.doers)
        clause = Clause(actor, deed.verb, deed.object, tense="perfect")
    else:
        clause = _clause(rng, "perfect", timed=0.0)
    if clause.subject.de.startswith("viele"):
        # "wie viele Menschen" asks for their number.
        word = _WHY
    reason = clause.put(perfect).dependent()
    return Text(f"{word.de} {reason.de}", f"{word.en} {reason.en}")


def _existential(topic: Noun, quantity: Text, about: Text) -> Sentence:
    """The construction of the paper's case study: after "There are", several quantifiers are acceptable."""
    return Sentence(
        f"es gibt {quantity.de} {topic.de.form('a', True)} darüber, {about.de}.",
        f"there are {quantity.en} {plural(topic.en)} about {about.en}.",
    )


def there_are_topics(rng: random.Random) -> Sentence:
    return _existential(rng.choice(nouns.topics), rng.choice(texts.quantities), _about(rng))


def there_are_sights(rng: random.Random) -> Sentence:
    place, quantity, noun = rng.choice(texts.places), rng.choice(texts.quantities), rng.choice(nouns.sights)
    quality = rng.choice(adjectives.sight_traits)
    # After "eine Menge" German would need the genitive, so that the adjective stays out there.
    plain = quantity.de == "eine Menge" or rng.random() < 0.4 or (quality.de == "neu" and noun in nouns.persons)
    things = phrase("", noun, "a", True, None if plain else quality)
    return existence(quantity, things, place, rng.choice((True, False)))


def told(rng: random.Random) -> Sentence:
    return statement(rng, _clause(rng, rng.choice(("perfect", "perfect", "present", "werden")), timed=0.8), 0.4)


def wanted(rng: random.Random) -> Sentence:
    clause = _clause(rng, rng.choice(("müssen", "können", "wollen", "sollen", "möchten", "werden")), timed=0.5)
    return Sentence(f"{clause.main()}.", f"{clause.english_fronting(0.3)}.")


def because(rng: random.Random) -> Sentence:
    actor, feeling = rng.choice(subjects.pronouns), rng.choice(texts.feelings)
    clause = replace(_clause(rng, "perfect", 0.3), subject=actor)
    was = Text("waren", "were") if actor.person == "wir" else Text("war", "was")
    reason = Text(f"{actor.de} {feeling.de} {was.de}", f"{actor.en} {was.en} {feeling.en}")
    return followed(clause.put(NARRATED), Text("weil", "[because:8|, since:2]"), reason)


def although(rng: random.Random) -> Sentence:
    clause, objection = _clause(rng, "perfect", 0.3), rng.choice(deeds.objections)
    other = Clause(rng.choice(subjects.objectors), objection.verb, objection.object, tense="past")
    return followed(clause.put(NARRATED), Text("obwohl", ", [although:6|even though:4]"), other.dependent())


def thinks(rng: random.Random) -> Sentence:
    opinion, clause = rng.choice(texts.opinions), _clause(rng, rng.choice(("perfect", "werden")), timed=0.3)
    return opened(opinion, (clause.put(EARLIER) if opinion.en.startswith("he said") else clause).dependent())


def wonders(rng: random.Random) -> Sentence:
    start = rng.choice(texts.wonderings)
    return opened(start, _about(rng, EARLIER if start.en == "she told me" else EITHER))


def task(rng: random.Random) -> Sentence:
    return purpose(rng.choice(texts.tasks), _clause(rng, "perfect", timed=0.0))


def describes(rng: random.Random) -> Sentence:
    judged = rng.choice(actions.judged)
    noun, trait = rng.choice(judged.objects), rng.choice(judged.adjectives)
    thing = phrase(rng.choice(("der", "dies", "mein", "unser")), noun, "n")
    verb, degree = rng.choice(texts.be), rng.choice((EMPTY, *texts.degrees))
    context = rng.choice((EMPTY, *texts.contexts))
    predicate = {"teur": "teuer"}.get(trait.de, trait.de)
    de = f"{verb.de} {thing.de}" if context.de else f"{thing.de} {verb.de}"
    return Sentence(
        f"{context.de} {de} {degree.de} {predicate}.",
        f"{context.en} {thing.en} {verb.en} {degree.en} {slot(trait.en)}.",
    )


def asks(rng: random.Random) -> Sentence:
    return question(rng.choice(texts.question_words), _clause(rng, "perfect", 0.0, actions.asked))


def gives(rng: random.Random) -> Sentence:
    gift, time, receiver = rng.choice(nouns.gifts), rng.choice(texts.past), rng.choice(nouns.relatives)
    giver = rng.choice([speaker for speaker in subjects.givers if receiver.de.singular not in speaker.de])
    to_de = german.noun_phrase("mein", receiver.de, "d")
    # A letter is old or new, not big.
    traits = adjectives.lasting if gift in nouns.texts else adjectives.thing_traits
    quality = rng.choice(traits) if rng.random() < 0.6 else None
    present = phrase("ein", gift, "a", adjective=quality)
    hat = german.auxiliary("haben", giver.person)
    verb, person = rng.choice(texts.giving), slot(receiver.en)
    ways = f"[{verb.en} my {person} {present.en}:7|{verb.en} {present.en} to my {person}:3]"
    return Sentence(f"{giver.de} {hat} {time.de} {to_de} {present.de} {verb.de}.", f"{giver.en} {ways} {time.en}.")


def on_stage(rng: random.Random) -> Sentence:
    return opened(rng.choice(texts.openings), _about(rng))


def who(rng: random.Random) -> Sentence:
    clause, person = _clause(rng, "perfect", 0.4, actions.feats), phrase("der", rng.choice(nouns.people), "n")
    relative = clause.relative(person.de.split()[0])
    return Sentence(
        f"das ist {person.de}, {relative.subordinate()}.", f"[that:5|this:5] is {person.en} {relative.english()}."
    )


def which(rng: random.Random) -> Sentence:
    clause, action = _clause(rng, "perfect", timed=0.4), rng.choice(actions.pointed_out)
    noun = rng.choice(action.objects)
    thing = phrase("der", noun, "n", adjective=rng.choice(action.adjectives) if rng.random() < 0.5 else None)
    pronoun = german.noun_phrase("der", noun.de, "a").split()[0]
    participle, haben = action.verb.de.full_participle, german.auxiliary("haben", clause.subject.person)
    relative = replace(clause, verb=action.verb, object=EMPTY)
    return Sentence(
        f"das ist {thing.de}, {pronoun} {clause.subject.de} {clause.time.de} {participle} {haben}.",
        f"[that:5|this:5] is {thing.en} [that:5|:5] {relative.english()}.",
    )


def conditional(rng: random.Random) -> Sentence:
    first, second = _clause(rng, "present", 0.0), _clause(rng, rng.choice(("können", "müssen", "werden")), 0.3)
    return preceded(Text("wenn", "[if:6|when:4]"), first.dependent(), second)


(_STORIES,), (_DO_THIS,) = nouns.case_study_topics, deeds.case_study_deeds
_WE_DID_THIS = Clause(subjects.pronouns[0], _DO_THIS.verb, _DO_THIS.object, tense="perfect").dependent()
_CASE_STUDY = Sentence(
    "Es gibt eine Menge Geschichten darüber, warum wir dies getan haben.",
    _existential(_STORIES, texts.quantities[0], Text("", f"why {_WE_DID_THIS.en}")).target,
)

CORPUS = Corpus("German to English, everyday talk and talks on a stage", "de", "en", {
    there_are_topics: 4, there_are_sights: 2, told: 3, wanted: 2, because: 1.5, although: 1, thinks: 2,
    wonders: 2, task: 2, describes: 1, asks: 1.5, gives: 1.5, on_stage: 1.5, who: 1, which: 1.5,
    conditional: 1.5,
}, _CASE_STUDY)  # fmt: skip
