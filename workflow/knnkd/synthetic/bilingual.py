"""German and English side by side: lexicon entries, noun phrases and clauses, the English half in the notation."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from knnkd.synthetic import english, german
from knnkd.synthetic.notation import slot


class Text(NamedTuple):
    """A piece of a sentence: raw German, and its English translations in the notation."""

    de: str
    en: str


EMPTY = Text("", "")


def texts(table: str) -> tuple[Text, ...]:
    """Read lines "deutsch = spec"; the right side may be a flat spec or, with brackets, the notation."""
    pairs = [line.rsplit(" = ", 1) for line in table.strip().splitlines()]
    return tuple(Text(de.strip(), en.strip() if "[" in en else slot(en.strip())) for de, en in pairs)


@dataclass(frozen=True)
class Noun:
    """A German noun and the flat spec of its English translations."""

    de: german.Noun
    en: str


@dataclass(frozen=True)
class Adjective:
    """The stem of a German adjective and its English translations."""

    de: str
    en: str


@dataclass(frozen=True)
class Verb:
    """A German verb and its translations; `governs` is its object's case, behind `preposition` where there is one."""

    de: german.Verb
    en: str
    governs: str = "a"
    preposition: str = ""


def nouns(table: str) -> tuple[Noun, ...]:
    """Read lines "Arzt m -es Ärzte = doctor:7|physician:3"."""
    pairs = [line.rsplit(" = ", 1) for line in table.strip().splitlines()]
    return tuple(Noun(german.Noun.parse(de.strip()), en.strip()) for de, en in pairs)


def adjectives(table: str) -> tuple[Adjective, ...]:
    """Read lines "groß = big:6|large:4"."""
    pairs = [line.rsplit(" = ", 1) for line in table.strip().splitlines()]
    return tuple(Adjective(de.strip(), en.strip()) for de, en in pairs)


def verb(entry: str) -> Verb:
    """Read "lesen liest gelesen las = read", or with "+d" or "+a/auf" behind it for case and preposition."""
    de, en = entry.split(" = ")
    words = de.split()
    case, preposition = "a", ""
    if words[-1].startswith("+"):
        case, _, preposition = words.pop()[1:].partition("/")
    return Verb(german.Verb.parse(" ".join(words)), en.strip(), case, preposition)


_DETERMINERS = {
    "der": "the", "ein": "a~", "kein": "no", "mein": "my", "sein": "his", "ihr": "her", "unser": "our", "": "",
}  # fmt: skip


def phrase(determiner: str, noun: Noun, case: str, plural: bool = False, adjective: Adjective | None = None) -> Text:
    """A noun phrase in both languages."""
    if determiner == "dies":
        english_determiner = "these" if plural else "this"
    else:
        english_determiner = {"jed": "[every:6|each:4]", "all": "all"}.get(determiner) or _DETERMINERS[determiner]
    de = german.noun_phrase(determiner, noun.de, case, plural, adjective.de if adjective else "")
    en = english.plural(noun.en) if plural else slot(noun.en)
    return Text(de, f"{english_determiner} {slot(adjective.en) if adjective else ''} {en}")


class Subject(NamedTuple):
    """A subject; `person` is ich, er (3rd singular) or wir (every plural)."""

    de: str
    en: str
    person: str


def subject(text: Text, person: str) -> Subject:
    """A noun phrase in the nominative as a subject."""
    return Subject(text.de, text.en, person)


def subjects(table: str) -> tuple[Subject, ...]:
    """Read lines "person: deutsch = english"."""
    found = []
    for line in table.strip().splitlines():
        person, _, rest = line.strip().partition(": ")
        found.append(Subject(*texts(rest)[0], person))
    return tuple(found)


_MODALS = {
    "können": "can", "müssen": "[must:6|have to:4]", "wollen": "want to", "sollen": "should", "dürfen": "may",
    "möchten": "[would like to:7|want to:3]",
}  # fmt: skip
# How English may put a German perfect: the usual choice; beside another past; in what somebody said or what came first;
# where only the result counts.
EITHER, NARRATED = "[{past}:6|{have} {participle}:4]", "{past}"
EARLIER, COMPLETED = "[{past}:6|had {participle}:4]", "{have} {participle}"
_MODALS_THIRD = {"müssen": "[must:6|has to:4]", "wollen": "wants to", "möchten": "[would like to:7|wants to:3]"}


@dataclass(frozen=True)
class Clause:
    """Subject, verb, object, place and time; its methods lay them out in the word orders of both languages.

    `tense` is present, past (preterite), perfect, pluperfect or the infinitive of a modal verb; `renderings` overrides
    how English puts the modal verbs that it names, `perfect` how it puts the perfect.
    """

    subject: Subject
    verb: Verb
    object: Text = EMPTY
    place: Text = EMPTY
    time: Text = EMPTY
    tense: str = "present"
    renderings: dict[str, str] = field(default_factory=lambda: {"werden": "[will:6|{be} going to:4]"})
    perfect: str = EITHER

    def _parts(self) -> tuple[str, str]:
        """The finite verb of a main clause, and what closes its bracket."""
        verb, person = self.verb.de, self.subject.person
        if self.tense in ("present", "past"):
            return verb.finite(person, self.tense), verb.prefix
        if self.tense in ("perfect", "pluperfect"):
            tense = "past" if self.tense == "pluperfect" else "present"
            return german.auxiliary(verb.auxiliary, person, tense), verb.full_participle
        return german.auxiliary(self.tense, person), verb.full_infinitive

    def _middle(self) -> str:
        return f"{self.time.de} {self.object.de} {self.place.de}"

    def main(self) -> str:
        """German main clause: Ich rufe heute meinen Freund an."""
        finite, closing = self._parts()
        return f"{self.subject.de} {finite} {self._middle()} {closing}"

    def inverted(self) -> str:
        """German main clause after a fronted element: (Gestern) hat er den Brief gelesen."""
        finite, closing = self._parts()
        return f"{finite} {self.subject.de} {self._middle()} {closing}"

    def fronted(self) -> str:
        """German main clause as a sentence, its time in front: Gestern hat er den Brief gelesen."""
        return f"{self.time.de} {replace(self, time=EMPTY).inverted()}."

    def subordinate(self) -> str:
        """German verb-final clause: (weil) er den Brief gelesen hat."""
        finite, closing = self._parts()
        if self.tense in ("present", "past"):
            return f"{self.subject.de} {self._middle()} {self.verb.de.joined(self.subject.person, self.tense)}"
        return f"{self.subject.de} {self._middle()} {closing} {finite}"

    def infinitive(self) -> str:
        """German infinitive clause without its subject: den Brief zu lesen."""
        return f"{self._middle()} {self.verb.de.zu_infinitive}"

    def english(self) -> str:
        """English clause, subject first, time last."""
        return f"{self.subject.en} {self._english_verb()} {self.english_rest()}"

    def english_fronting(self, fronted: float = 0.25) -> str:
        """English main clause whose time may also stand in front, with probability `fronted`."""
        if not self.time.en:
            return self.english()
        plain = replace(self, time=EMPTY)
        definite = replace(plain, tense="past") if self.tense == "perfect" else plain
        return f"[{self.english()}:{1 - fronted:g}|{self.time.en}, {definite.english()}:{fronted:g}]"

    def english_base(self) -> str:
        """English verb phrase in the base form, without the subject: read the letter."""
        return f"{english.verb(self.verb.en, 'base')} {self.english_rest()}"

    def english_rest(self) -> str:
        """What follows the English verb."""
        return f"{self.object.en} {self.place.en} {self.time.en}"

    def put(self, perfect: str) -> Clause:
        """The same clause with another English rendering of its perfect."""
        return replace(self, perfect=perfect)

    def _english_verb(self) -> str:
        third = self.subject.person == "er"
        if self.tense == "present":
            return english.verb(self.verb.en, "s" if third else "base")
        if self.tense == "past" or (self.tense == "perfect" and self.time.en):
            # English has no perfect with a finished time: "I have read it yesterday".
            return english.verb(self.verb.en, "past")
        if self.tense in ("perfect", "pluperfect"):
            past, participle = english.verb(self.verb.en, "past"), english.verb(self.verb.en, "participle")
            template = EARLIER if self.tense == "pluperfect" else self.perfect
            return template.format(past=past, have="has" if third else "have", participle=participle)
        if self.tense in self.renderings:
            be = "am" if self.subject.person == "ich" else "is" if third else "are"
            return f"{self.renderings[self.tense].format(be=be)} {english.verb(self.verb.en, 'base')}"
        modal = (_MODALS_THIRD.get(self.tense) if third else None) or _MODALS[self.tense]
        return f"{modal} {english.verb(self.verb.en, 'base')}"


_NUMBERS = (Text("zwei", "two"), Text("drei", "three"))


class Action(NamedTuple):
    """A verb with the nouns and adjectives that make sense as its object, which may stand in singular or plural."""

    verb: Verb
    objects: tuple[Noun, ...]
    adjectives: tuple[Adjective, ...]


class Deed(NamedTuple):
    """A verb with the one object that it always has, or none."""

    verb: Verb
    object: Text


def draw_object(
    rng: random.Random, action: Action, determiners: tuple[str, ...], plural: float = 0.3, adjective: float = 0.4
) -> Text:
    """An object that fits the verb, in the case that it governs; the plural of "ein" is a number."""
    noun, many = rng.choice(action.objects), rng.random() < plural
    many = many and bool(noun.de.plural)
    quality = rng.choice(action.adjectives) if rng.random() < adjective and action.adjectives else None
    determiner, number = rng.choice(determiners), EMPTY
    if many and determiner == "ein":
        determiner, number = "", rng.choice(_NUMBERS)
    text = phrase(determiner, noun, action.verb.governs, many, quality)
    return Text(f"{action.verb.preposition} {number.de} {text.de}", f"{number.en} {text.en}")


def _fold(text: str) -> str:
    return text.translate(str.maketrans("ÄÖÜäöü", "AOUaou"))


def _stem(subject: str) -> str:
    """What the singular and the plural of a subject's noun begin with: Arzt for die Ärzte."""
    return re.sub("(en|er|e|n)$", "", _fold(subject.rsplit(maxsplit=1)[-1])) or subject


def draw_clause(
    rng: random.Random,
    subjects: tuple[Subject, ...],
    actions: tuple[Action, ...],
    tense: str,
    times: tuple[Text, ...] = (EMPTY,),
    timed: float = 1.0,
    determiners: tuple[str, ...] = ("der", "ein", "ein", "dies"),
    plural: float = 0.3,
) -> Clause:
    """A clause about what one of the subjects does to something that fits; with probability `timed` it has a time."""
    action = rng.choice(actions)
    thing = draw_object(rng, action, determiners, plural)
    # Not "the teacher called a teacher".
    others = [actor for actor in subjects if not re.search(rf"\b{_stem(actor.de)}", _fold(thing.de))]
    return Clause(
        rng.choice(others), action.verb, thing, EMPTY, rng.choice(times) if rng.random() < timed else EMPTY, tense
    )
