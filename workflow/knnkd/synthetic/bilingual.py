"""German and English side by side: noun phrases and clauses, the English half in the notation."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field, replace

from knnkd.synthetic import english, german
from knnkd.synthetic.entries import EMPTY, Action, Adjective, Noun, Subject, Text, Verb
from knnkd.synthetic.notation import slot

_DETERMINERS = {
    "der": "the", "ein": "a~", "kein": "no", "mein": "my", "sein": "his", "ihr": "her", "unser": "our", "": "",
    "dies": "this", "jed": "[every:6|each:4]", "all": "all",
}  # fmt: skip


def phrase(determiner: str, noun: Noun, case: str, plural: bool = False, adjective: Adjective | None = None) -> Text:
    """A noun phrase in both languages."""
    english_determiner = "these" if plural and determiner == "dies" else _DETERMINERS[determiner]
    de = german.noun_phrase(determiner, noun.de, case, plural, adjective.de if adjective else "")
    en = english.plural(noun.en) if plural else slot(noun.en)
    return Text(de, f"{english_determiner} {slot(adjective.en) if adjective else ''} {en}")


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
    how English puts the present or the modal verbs that it names, `perfect` how it puts the perfect.
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
        return f"{self.subject.en} {self._english_verb()} {self.object.en} {self.place.en} {self.time.en}"

    def english_fronting(self, fronted: float = 0.25) -> str:
        """English main clause whose time may also stand in front, with probability `fronted`."""
        if not self.time.en:
            return self.english()
        plain = replace(self, time=EMPTY)
        definite = replace(plain, tense="past") if self.tense == "perfect" else plain
        return f"[{self.english()}:{1 - fronted:g}|{self.time.en}, {definite.english()}:{fronted:g}]"

    def english_base(self) -> str:
        """English verb phrase in the base form, without the subject: read the letter."""
        return f"{english.verb(self.verb.en, 'base')} {self.object.en} {self.place.en} {self.time.en}"

    def dependent(self) -> Text:
        """What stands behind a conjunction."""
        return Text(self.subordinate(), self.english())

    def put(self, perfect: str) -> Clause:
        """The same clause with another English rendering of its perfect."""
        return replace(self, perfect=perfect)

    def relative(self, pronoun: str) -> Clause:
        """The same clause about its subject in the singular: (der Mann), der den Brief gelesen hat."""
        return replace(self, subject=Subject(pronoun, "who", "er"))

    def _english_verb(self) -> str:
        third = self.subject.person == "er"
        if self.tense in self.renderings:
            be = "am" if self.subject.person == "ich" else "is" if third else "are"
            return f"{self.renderings[self.tense].format(be=be)} {english.verb(self.verb.en, 'base')}"
        if self.tense == "present":
            return english.verb(self.verb.en, "s" if third else "base")
        if self.tense == "past" or (self.tense == "perfect" and self.time.en):
            # English has no perfect with a finished time: "I have read it yesterday".
            return english.verb(self.verb.en, "past")
        if self.tense in ("perfect", "pluperfect"):
            past, participle = english.verb(self.verb.en, "past"), english.verb(self.verb.en, "participle")
            template = EARLIER if self.tense == "pluperfect" else self.perfect
            return template.format(past=past, have="has" if third else "have", participle=participle)
        modal = (_MODALS_THIRD.get(self.tense) if third else None) or _MODALS[self.tense]
        return f"{modal} {english.verb(self.verb.en, 'base')}"


_NUMBERS = (Text("zwei", "two"), Text("drei", "three"))


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
