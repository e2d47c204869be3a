"""mini_en_vi: English to Vietnamese, everyday talk and talks on a stage.

Vietnamese words are not inflected: tense is marked by particles, counted nouns take classifiers, adjectives follow.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from knnkd.synthetic import english
from knnkd.synthetic.corpora.en_vi_lexicon import (
    ACTIONS,
    ADVICE,
    BUILT,
    DEGREES,
    FEELINGS,
    FUTURE,
    GIFTS,
    HABITS,
    HABITUAL,
    KIN,
    MODALS,
    NUMBERS,
    OPINIONS,
    OWNED,
    OWNERS,
    PAST,
    PEOPLE,
    PLACES,
    PRONOUNS,
    QUANTITIES,
    SIGHTS,
    SPEAKERS,
    STATES,
    TOPICS,
    TRAITS,
    WONDERINGS,
    Action,
    Noun,
    Speaker,
    Word,
)
from knnkd.synthetic.corpus import Corpus, Sentence
from knnkd.synthetic.notation import indefinite, slot

EMPTY = Word("", "")


def _noun_phrase(rng: random.Random, noun: Noun, qualities: tuple[Word, ...]) -> Word:
    """An English noun phrase, and in Vietnamese number or classifier, noun, adjective, demonstrative in that order."""
    quality = rng.choice(qualities) if qualities and rng.random() < 0.4 else EMPTY
    head, things = f"{quality.en} {noun.en}".strip(), f"{noun.classifier} {slot(noun.vi)} {slot(quality.vi)}"
    kind = rng.choice(("a", "a", "this", "number", *(("my",) if noun in OWNED else ())))
    if kind == "a":
        # Without một the phrase would be definite or generic.
        return Word(f"{indefinite(head)} {head}", f"một {things}")
    if kind == "this":
        return Word(f"this {head}", f"{things} này")
    if kind == "my":
        return Word(f"my {head}", f"{things} của tôi")
    number = rng.choice(NUMBERS)
    return Word(f"{number.en} {quality.en} {english.plural(noun.en)}", f"{number.vi} {things}")


class Clause(NamedTuple):
    """Who does what, when; `tense` is past, will or present."""

    speaker: Speaker
    verb: Word
    object: Word
    time: Word
    tense: str

    def english(self) -> str:
        """The English main clause, its time last."""
        if self.tense == "will":
            finite = f"will {self.verb.en}"
        else:
            third = "s" if self.speaker.third else "base"
            finite = english.verb(self.verb.en, "past" if self.tense == "past" else third)
        return f"{self.speaker.en} {finite} {self.object.en} {self.time.en}"

    def vietnamese(self, time: bool = True, marker: str = "") -> str:
        """The Vietnamese clause, its time last; a stated time makes the tense particle optional."""
        if not marker:
            marker = {"past": "đã", "will": "sẽ", "present": ""}[self.tense]
            marker = f"[{marker}:8|:2]" if self.time.vi and marker else marker
        return f"{self.speaker.vi} {marker} {slot(self.verb.vi)} {self.object.vi} {self.time.vi if time else ''}"

    def reason(self) -> str:
        """The Vietnamese clause behind "why", where lại may stand for the tense particle."""
        return f"[tại sao:6|vì sao:4] {self.vietnamese(marker='[đã:6|lại:4]')}"

    def fronting(self, fronted: float) -> str:
        """The Vietnamese clause, its time in front with probability `fronted`."""
        if not self.time.vi:
            return self.vietnamese()
        return f"[{self.time.vi} {self.vietnamese(time=False)}:{fronted:g}|{self.vietnamese()}:{1 - fronted:g}]"


def _clause(rng: random.Random, tense: str, timed: float = 0.5, speaker: Speaker | None = None) -> Clause:
    action: Action = rng.choice(HABITUAL if tense == "present" else ACTIONS)
    times = {"past": PAST, "will": FUTURE, "present": HABITS}[tense]
    speaker = speaker or rng.choice(SPEAKERS)
    # Not "the doctor called a doctor".
    noun = rng.choice([noun for noun in action.objects if noun.en not in speaker.en])
    time = rng.choice(times) if rng.random() < timed else EMPTY
    return Clause(speaker, action.verb, _noun_phrase(rng, noun, action.qualities), time, tense)


def _willed(rng: random.Random, tense: str, timed: float) -> Clause:
    """A clause about something that one may decide to do."""
    clause = _clause(rng, tense, timed)
    while clause.verb.en in ("see", "find", "understand"):
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
    quantity, topic, clause = rng.choice(QUANTITIES), rng.choice(TOPICS), _clause(rng, "past", 0.1)
    return Sentence(
        f"there are {quantity.en} {english.plural(topic.en)} about why {clause.english()}.",
        f"{quantity.vi} {topic.classifier} {slot(topic.vi)} về [lý do:7|việc:3] {clause.reason()}.",
    )


def there_are_sights(rng: random.Random) -> Sentence:
    quantity, sight, place = rng.choice(QUANTITIES), rng.choice(SIGHTS), rng.choice(PLACES)
    quality = rng.choice(TRAITS["sights"]) if sight in BUILT and rng.random() < 0.7 else EMPTY
    things = f"{quantity.vi} {sight.classifier} {slot(sight.vi)} {slot(quality.vi)}"
    en = f"there are {quantity.en} {quality.en} {english.plural(sight.en)}"
    if rng.random() < 0.4:
        return Sentence(f"{place.en} {en}.", f"{place.vi} {things}.")
    return Sentence(f"{en} {place.en}.", f"[{place.vi} {things}:4|{things} {place.vi}:6].")


def because(rng: random.Random) -> Sentence:
    speaker, feeling = rng.choice(PRONOUNS), rng.choice(FEELINGS)
    clause = _clause(rng, "past", 0.1, speaker)
    was = "were" if speaker.en == "we" else "was"
    return Sentence(
        f"{clause.english()} because {speaker.en} {was} {feeling.en}.",
        f"{clause.vietnamese()} [vì:6|bởi vì:4] {speaker.vi} {feeling.vi}.",
    )


def although(rng: random.Random) -> Sentence:
    speaker, state = rng.choice(PRONOUNS), rng.choice(STATES)
    clause = _clause(rng, "past", 0.1, speaker)
    return Sentence(
        f"although {speaker.en} had {state.en}, {clause.english()}.",
        f"[mặc dù:7|tuy:3] {speaker.vi} {state.vi}, [nhưng:4|:6] {speaker.vi} vẫn {slot(clause.verb.vi)} "
        f"{clause.object.vi} {clause.time.vi}.",
    )


def thinks(rng: random.Random) -> Sentence:
    opinion, clause = rng.choice(OPINIONS), _clause(rng, rng.choice(("past", "will")), 0.25)
    return Sentence(f"{opinion.en} that {clause.english()}.", f"{opinion.vi} [rằng:7|là:3] {clause.vietnamese()}.")


def wonders(rng: random.Random) -> Sentence:
    start, clause = rng.choice(WONDERINGS), _clause(rng, "past", 0.1)
    return Sentence(f"{start.en} why {clause.english()}.", f"{start.vi} {clause.reason()}.")


def asks(rng: random.Random) -> Sentence:
    clause = _clause(rng, "past", 0.4)
    return Sentence(
        f"why did {clause.speaker.en} {english.verb(clause.verb.en, 'base')} {clause.object.en} {clause.time.en}?",
        f"{clause.reason()}?",
    )


def advice(rng: random.Random) -> Sentence:
    start, clause = rng.choice(ADVICE), _willed(rng, "past", 0.0)
    return Sentence(
        f"{start.en} to {english.verb(clause.verb.en, 'base')} {clause.object.en}.",
        f"{start.vi} {slot(clause.verb.vi)} {clause.object.vi}.",
    )


def must(rng: random.Random) -> Sentence:
    clause = _willed(rng, "will", 0.4)
    modal = rng.choice(MODALS)
    verb = f"{clause.speaker.vi} {slot(modal.vi)} {slot(clause.verb.vi)} {clause.object.vi}"
    vi = f"[{verb} {clause.time.vi}:7|{clause.time.vi} {verb}:3]" if clause.time.vi else verb
    base = english.verb(clause.verb.en, "base")
    return Sentence(f"{clause.speaker.en} {modal.en} {base} {clause.object.en} {clause.time.en}.", f"{vi}.")


def never(rng: random.Random) -> Sentence:
    clause = _clause(rng, "past", 0.0)
    have = "has" if clause.speaker.third else "have"
    return Sentence(
        f"{clause.speaker.en} {have} never {english.verb(clause.verb.en, 'participle')} {clause.object.en}.",
        f"{clause.speaker.vi} [chưa bao giờ:7|chưa từng:3] {slot(clause.verb.vi)} {clause.object.vi}.",
    )


def describes(rng: random.Random) -> Sentence:
    kind = rng.choice([kind for kind in TRAITS if kind != "sights"])
    noun, trait, degree = rng.choice(GIFTS[kind]), rng.choice(TRAITS[kind]), rng.choice(DEGREES)
    owner = rng.choice(OWNERS)
    return Sentence(
        f"{owner.en} {noun.en} is {degree.en} {trait.en}.",
        f"{noun.classifier} {slot(noun.vi)} {owner.vi} {degree.vi.replace('@', slot(trait.vi))}.",
    )


def gives(rng: random.Random) -> Sentence:
    giver, receiver, time = rng.choice(SPEAKERS[5:]), rng.choice(KIN), rng.choice((EMPTY, *PAST))
    if giver.en == receiver.en:
        giver = SPEAKERS[0]
    thing = _noun_phrase(rng, rng.choice(GIFTS["gifts"]), TRAITS["things"][:3])
    marker = "[đã:8|:2]" if time.vi else "đã"
    ways = f"[{marker} tặng {receiver.vi} {thing.vi}:6|{marker} tặng {thing.vi} cho {receiver.vi}:4]"
    vi = f"[{time.vi} {giver.vi} {ways}:3|{giver.vi} {ways} {time.vi}:7]" if time.vi else f"{giver.vi} {ways}"
    return Sentence(f"{giver.en} gave {receiver.en} {thing.en} {time.en}.", f"{vi}.")


def on_stage(rng: random.Random) -> Sentence:
    clause = _clause(rng, "past", 0.0)
    start = rng.choice(
        (
            Word(
                "today I want to tell you",
                "[hôm nay:8|ngày hôm nay:2] tôi muốn [kể cho các bạn nghe:7|nói với các bạn:3]",
            ),
            Word("let me explain", "[hãy để tôi:6|để tôi:4] giải thích"),
            Word("I would like to show you", "tôi muốn [cho các bạn thấy:7|chỉ cho các bạn:3]"),
        )
    )
    return Sentence(f"{start.en} why {clause.english()}.", f"{start.vi} {clause.reason()}.")


def when(rng: random.Random) -> Sentence:
    first, second = _clause(rng, "past", 0.0, rng.choice(PRONOUNS)), _clause(rng, "past", 0.0, rng.choice(SPEAKERS[4:]))
    link = rng.choice((Word("when", "khi"), Word("after", "sau khi"), Word("before", "trước khi")))
    head = f"{first.speaker.vi} {slot(first.verb.vi)} {first.object.vi}"
    en_first, main = first.english(), second.vietnamese()
    if rng.random() < 0.5:
        return Sentence(f"{link.en} {en_first}, {second.english()}.", f"{link.vi} {head}, {main}.")
    return Sentence(
        f"{second.english()} {link.en} {en_first}.", f"[{main} {link.vi} {head}:7|{link.vi} {head}, {main}:3]."
    )


def who(rng: random.Random) -> Sentence:
    person, clause = rng.choice(PEOPLE), _clause(rng, "past", 0.5)
    relative = clause._replace(speaker=Speaker("", "", True))
    return Sentence(
        f"this is the {person.en} who {relative.english()}.",
        f"[đây là:8|đó là:2] {person.classifier} {slot(person.vi)} {relative.vietnamese()}.",
    )


CORPUS = Corpus(
    "English to Vietnamese, everyday talk and talks on a stage",
    "en",
    "vi",
    {
        told: 5,
        there_are_topics: 1.5,
        there_are_sights: 2,
        because: 1.5,
        although: 1,
        thinks: 2,
        wonders: 1.5,
        asks: 1,
        advice: 1.5,
        must: 2,
        never: 1,
        describes: 1,
        gives: 1.5,
        on_stage: 1.5,
        when: 1,
        who: 1,
    },
)
