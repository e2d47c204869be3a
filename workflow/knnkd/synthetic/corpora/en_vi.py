"""mini_en_vi: English to Vietnamese, everyday talk and talks on a stage."""

import random

from knnkd.synthetic import english
from knnkd.synthetic.corpus import Corpus, Sentence
from knnkd.synthetic.notation import indefinite, slot
from knnkd.synthetic.vietnamese import EMPTY, KINDS, Action, Clause, Noun, Speaker, Word
from knnkd.synthetic.words import Words

_WORDS = Words(__file__, KINDS)
texts, nouns = _WORDS.of(Word), _WORDS.of(Noun)
speakers, actions = _WORDS.of(Speaker), _WORDS.of(Action)


def _noun_phrase(rng: random.Random, noun: Noun, qualities: tuple[Word, ...]) -> Word:
    """An English noun phrase, and in Vietnamese number or classifier, noun, adjective, demonstrative in that order."""
    quality = rng.choice(qualities) if qualities and rng.random() < 0.4 else EMPTY
    head, things = f"{quality.en} {noun.en}".strip(), f"{noun.counted} {slot(quality.vi)}"
    kind = rng.choice(("a", "a", "this", "number", *(("my",) if noun in nouns.owned else ())))
    if kind == "a":
        # Without một the phrase would be definite or generic.
        return Word(f"{indefinite(head)} {head}", f"một {things}")
    if kind == "this":
        return Word(f"this {head}", f"{things} này")
    if kind == "my":
        return Word(f"my {head}", f"{things} của tôi")
    number = rng.choice(texts.numbers)
    return Word(f"{number.en} {quality.en} {english.plural(noun.en)}", f"{number.vi} {things}")


def _clause(rng: random.Random, tense: str, timed: float = 0.5, speaker: Speaker | None = None) -> Clause:
    action = rng.choice(actions.habitual if tense == "present" else actions.all)
    times = {"past": texts.past, "will": texts.future, "present": texts.habits}[tense]
    speaker = speaker or rng.choice(speakers.anybody)
    # Not "the doctor called a doctor".
    noun = rng.choice([noun for noun in action.objects if noun.en not in speaker.en])
    time = rng.choice(times) if rng.random() < timed else EMPTY
    return Clause(speaker, action.verb, _noun_phrase(rng, noun, action.adjectives), time, tense)


def _willed(rng: random.Random, tense: str, timed: float) -> Clause:
    """A clause about something that one may decide to do."""
    clause = _clause(rng, tense, timed)
    while clause.verb in [action.verb for action in actions.unwilled]:
        clause = _clause(rng, tense, timed)
    return clause


def told(rng: random.Random) -> Sentence:
    tense = rng.choice(("past", "past", "will", "present"))
    # Timeless, "I read this book" could be present or past.
    clause = _clause(rng, tense, timed=1.0 if tense == "present" else 0.7)
    if clause.time.en and rng.random() < 0.35:
        plain = clause._replace(time=EMPTY)
        return Sentence(f"{clause.time.en}, {plain.english()}.", f"{clause.fronting(0.8)}.")
    return Sentence(f"{clause.english()}.", f"{clause.fronting(0.3)}.")


def there_are_topics(rng: random.Random) -> Sentence:
    quantity, topic, clause = rng.choice(texts.quantities), rng.choice(nouns.topics), _clause(rng, "past", 0.1)
    return Sentence(
        f"there are {quantity.en} {english.plural(topic.en)} about why {clause.english()}.",
        f"{quantity.vi} {topic.counted} về [lý do:7|việc:3] {clause.reason()}.",
    )


def there_are_sights(rng: random.Random) -> Sentence:
    quantity, sight, place = rng.choice(texts.quantities), rng.choice(nouns.sights), rng.choice(texts.places)
    quality = rng.choice(texts.sight_traits) if sight in nouns.built and rng.random() < 0.7 else EMPTY
    things = f"{quantity.vi} {sight.counted} {slot(quality.vi)}"
    en = f"there are {quantity.en} {quality.en} {english.plural(sight.en)}"
    if rng.random() < 0.4:
        return Sentence(f"{place.en} {en}.", f"{place.vi} {things}.")
    return Sentence(f"{en} {place.en}.", f"[{place.vi} {things}:4|{things} {place.vi}:6].")


def because(rng: random.Random) -> Sentence:
    speaker, feeling = rng.choice(speakers.pronouns), rng.choice(texts.feelings)
    clause = _clause(rng, "past", 0.1, speaker)
    was = "were" if speaker.en == "we" else "was"
    return Sentence(
        f"{clause.english()} because {speaker.en} {was} {feeling.en}.",
        f"{clause.vietnamese()} [vì:6|bởi vì:4] {speaker.vi} {feeling.vi}.",
    )


def although(rng: random.Random) -> Sentence:
    speaker, state = rng.choice(speakers.pronouns), rng.choice(texts.states)
    clause = _clause(rng, "past", 0.1, speaker)
    return Sentence(
        f"although {speaker.en} had {state.en}, {clause.english()}.",
        f"[mặc dù:7|tuy:3] {speaker.vi} {state.vi}, [nhưng:4|:6] {speaker.vi} vẫn {clause.bare()} {clause.time.vi}.",
    )


def thinks(rng: random.Random) -> Sentence:
    opinion, clause = rng.choice(texts.opinions), _clause(rng, rng.choice(("past", "will")), 0.25)
    return Sentence(f"{opinion.en} that {clause.english()}.", f"{opinion.vi} [rằng:7|là:3] {clause.vietnamese()}.")


def wonders(rng: random.Random) -> Sentence:
    start, clause = rng.choice(texts.wonderings), _clause(rng, "past", 0.1)
    return Sentence(f"{start.en} why {clause.english()}.", f"{start.vi} {clause.reason()}.")


def asks(rng: random.Random) -> Sentence:
    clause = _clause(rng, "past", 0.4)
    return Sentence(f"why did {clause.speaker.en} {clause.english_base()}?", f"{clause.reason()}?")


def advice(rng: random.Random) -> Sentence:
    start, clause = rng.choice(texts.advice), _willed(rng, "past", 0.0)
    return Sentence(f"{start.en} to {clause.english_base()}.", f"{start.vi} {clause.bare()}.")


def must(rng: random.Random) -> Sentence:
    clause, modal = _willed(rng, "will", 0.4), rng.choice(texts.modals)
    verb = f"{clause.speaker.vi} {slot(modal.vi)} {clause.bare()}"
    vi = f"[{verb} {clause.time.vi}:7|{clause.time.vi} {verb}:3]" if clause.time.vi else verb
    return Sentence(f"{clause.speaker.en} {modal.en} {clause.english_base()}.", f"{vi}.")


def never(rng: random.Random) -> Sentence:
    clause = _clause(rng, "past", 0.0)
    have = "has" if clause.speaker.third else "have"
    return Sentence(
        f"{clause.speaker.en} {have} never {english.verb(clause.verb.en, 'participle')} {clause.object.en}.",
        f"{clause.speaker.vi} [chưa bao giờ:7|chưa từng:3] {clause.bare()}.",
    )


def describes(rng: random.Random) -> Sentence:
    judged = rng.choice(actions.judged)
    noun, trait, degree = rng.choice(judged.objects), rng.choice(judged.adjectives), rng.choice(texts.degrees)
    owner = rng.choice(texts.owners)
    return Sentence(
        f"{owner.en} {noun.en} is {degree.en} {trait.en}.",
        f"{noun.counted} {owner.vi} {degree.vi.replace('@', slot(trait.vi))}.",
    )


def gives(rng: random.Random) -> Sentence:
    giver, receiver = rng.choice(speakers.givers), rng.choice(speakers.kin)
    time = rng.choice((EMPTY, *texts.past))
    if giver == receiver:
        giver = speakers.pronouns[0]
    thing = _noun_phrase(rng, rng.choice(nouns.gifts), texts.gift_traits)
    marker = "[đã:8|:2]" if time.vi else "đã"
    ways = f"[{marker} tặng {receiver.vi} {thing.vi}:6|{marker} tặng {thing.vi} cho {receiver.vi}:4]"
    vi = f"[{time.vi} {giver.vi} {ways}:3|{giver.vi} {ways} {time.vi}:7]" if time.vi else f"{giver.vi} {ways}"
    return Sentence(f"{giver.en} gave {receiver.en} {thing.en} {time.en}.", f"{vi}.")


def on_stage(rng: random.Random) -> Sentence:
    clause, start = _clause(rng, "past", 0.0), rng.choice(texts.openings)
    return Sentence(f"{start.en} why {clause.english()}.", f"{start.vi} {clause.reason()}.")


def when(rng: random.Random) -> Sentence:
    first = _clause(rng, "past", 0.0, rng.choice(speakers.pronouns))
    second = _clause(rng, "past", 0.0, rng.choice(speakers.others))
    link, head = rng.choice(texts.links), f"{first.speaker.vi} {first.bare()}"
    en_first, main = first.english(), second.vietnamese()
    if rng.random() < 0.5:
        return Sentence(f"{link.en} {en_first}, {second.english()}.", f"{link.vi} {head}, {main}.")
    return Sentence(
        f"{second.english()} {link.en} {en_first}.", f"[{main} {link.vi} {head}:7|{link.vi} {head}, {main}:3]."
    )


def who(rng: random.Random) -> Sentence:
    person, clause = rng.choice(nouns.people), _clause(rng, "past", 0.5)
    relative = clause._replace(speaker=Speaker("", "", True))
    return Sentence(
        f"this is the {person.en} who {relative.english()}.",
        f"[đây là:8|đó là:2] {person.counted} {relative.vietnamese()}.",
    )


CORPUS = Corpus("English to Vietnamese, everyday talk and talks on a stage", "en", "vi", {
    told: 5, there_are_topics: 1.5, there_are_sights: 2, because: 1.5, although: 1, thinks: 2, wonders: 1.5,
    asks: 1, advice: 1.5, must: 2, never: 1, describes: 1, gives: 1.5, on_stage: 1.5, when: 1, who: 1,
})  # fmt: skip
