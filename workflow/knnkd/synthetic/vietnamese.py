"""English and Vietnamese side by side: the words that files of words hold, noun phrases and clauses.

Vietnamese words are not inflected: tense is marked by particles, counted nouns take classifiers, adjectives follow.
"""

from typing import NamedTuple

from knnkd.synthetic import english
from knnkd.synthetic.notation import slot
from knnkd.synthetic.words import Fitting, Kind


class Word(NamedTuple):
    """Raw English, and its Vietnamese translations: a flat spec or, with brackets, the notation."""

    en: str
    vi: str


EMPTY = Word("", "")


class Noun(NamedTuple):
    """An English noun, its Vietnamese classifier in the notation ("" where it needs none), and the Vietnamese noun."""

    en: str
    classifier: str
    vi: str

    @property
    def counted(self) -> str:
        """Classifier and noun."""
        return f"{self.classifier} {slot(self.vi)}"


class Speaker(NamedTuple):
    """A subject; `third` tells whether the English verb takes its -s."""

    en: str
    vi: str
    third: bool


class Action(NamedTuple):
    """A verb with the objects and the adjectives that make sense with it."""

    verb: Word
    objects: tuple[Noun, ...]
    adjectives: tuple[Word, ...]


def _noun(en: str, vi: str, _: Fitting) -> Noun:
    classifier, noun = vi.rpartition("+ ")[::2]
    return Noun(en, classifier.strip(), noun)


def _speaker(en: str, vi: str, _: Fitting) -> Speaker:
    person, text = en.split(": ")
    return Speaker(text, vi, {"he": True, "they": False}[person])


def _action(en: str, vi: str, fitting: Fitting) -> Action:
    objects, adjectives = fitting
    return Action(Word(en, vi), objects, adjectives)


KINDS = (
    Kind("texts", Word, "small = nhỏ:6|bé:4", lambda en, vi, _: Word(en, vi), lambda word: word.en),
    Kind("nouns", Noun, "book = [quyển:6|cuốn:4] + sách", _noun, lambda noun: noun.en),
    Kind("speakers", Speaker, "he: Lan = Lan", _speaker, lambda speaker: speaker.en),
    Kind("actions", Action, "read = đọc, then objects: adjectives", _action, lambda act: act.verb.en, (Noun, Word)),
)


class Clause(NamedTuple):
    """Who does what, when; `tense` is past, will or present."""

    speaker: Speaker
    verb: Word
    object: Word
    time: Word
    tense: str

    def english(self) -> str:
        """The English main clause, its time last."""
        form = "past" if self.tense == "past" else "s" if self.speaker.third else "base"
        finite = f"will {self.verb.en}" if self.tense == "will" else english.verb(self.verb.en, form)
        return f"{self.speaker.en} {finite} {self.object.en} {self.time.en}"

    def vietnamese(self, time: bool = True, marker: str = "") -> str:
        """The Vietnamese clause, its time last; a stated time makes the tense particle optional."""
        if not marker:
            marker = {"past": "đã", "will": "sẽ", "present": ""}[self.tense]
            marker = f"[{marker}:8|:2]" if self.time.vi and marker else marker
        return f"{self.speaker.vi} {marker} {self.bare()} {self.time.vi if time else ''}"

    def english_base(self) -> str:
        """The English verb phrase in the base form, without the subject."""
        return f"{self.verb.en} {self.object.en} {self.time.en}"

    def bare(self) -> str:
        """The Vietnamese verb and its object."""
        return f"{slot(self.verb.vi)} {self.object.vi}"

    def reason(self) -> str:
        """The Vietnamese clause behind "why", where lại may stand for the tense particle."""
        return f"[tại sao:6|vì sao:4] {self.vietnamese(marker='[đã:6|lại:4]')}"

    def fronting(self, fronted: float) -> str:
        """The Vietnamese clause, its time in front with probability `fronted`."""
        if not self.time.vi:
            return self.vietnamese()
        return f"[{self.time.vi} {self.vietnamese(time=False)}:{fronted:g}|{self.vietnamese()}:{1 - fronted:g}]"
