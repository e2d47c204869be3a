"""The words of German and English side by side, as files of words hold them: the English half in the notation."""

from dataclasses import dataclass
from typing import NamedTuple

from knnkd.synthetic import german
from knnkd.synthetic.notation import slot
from knnkd.synthetic.words import Fitting, Kind


class Text(NamedTuple):
    """A piece of a sentence: raw German, and its English translations in the notation."""

    de: str
    en: str


EMPTY = Text("", "")


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


class Subject(NamedTuple):
    """A subject; `person` is ich, er (3rd singular) or wir (every plural)."""

    de: str
    en: str
    person: str


class Action(NamedTuple):
    """A verb with the nouns and adjectives that make sense as its object, which may stand in singular or plural."""

    verb: Verb
    objects: tuple[Noun, ...]
    adjectives: tuple[Adjective, ...]


class Deed(NamedTuple):
    """A verb with the one object that it always has, or none."""

    verb: Verb
    object: Text


class Pairing(NamedTuple):
    """A text with the texts that make sense with it."""

    text: Text
    fitting: tuple[Text, ...]


def _text(de: str, en: str, _: Fitting = ()) -> Text:
    return Text(de, en if "[" in en else slot(en))


def _subject(de: str, en: str, _: Fitting) -> Subject:
    person, text = de.split(": ")
    return Subject(*_text(text, en), person)


def _noun(de: str, en: str, _: Fitting) -> Noun:
    return Noun(german.Noun.parse(de), en)


def _verb(de: str, en: str) -> Verb:
    """Read "lesen liest gelesen las", or with "+d" or "+a/auf" behind it for case and preposition."""
    forms, _, governs = de.partition(" +")
    case, _, preposition = governs.partition("/")
    return Verb(german.Verb.parse(forms), en, case or "a", preposition)


def _action(de: str, en: str, fitting: Fitting) -> Action:
    objects, adjectives = fitting if len(fitting) > 1 else (*fitting, ())
    return Action(_verb(de, en), objects, adjectives)


def _deed(de: str, en: str, fitting: Fitting) -> Deed:
    return Deed(_verb(de, en), fitting[0][0] if fitting else EMPTY)


def _pairing(de: str, en: str, fitting: Fitting) -> Pairing:
    (texts,) = fitting
    return Pairing(_text(de, en), texts)


def _infinitive(entry: Action | Deed) -> str:
    return entry.verb.de.full_infinitive


def _name(entry: Text | Adjective | Subject) -> str:
    return entry.de


KINDS = (
    Kind("texts", Text, "viele = many:6|a lot of:4", _text, _name),
    Kind("nouns", Noun, "Arzt m -es Ärzte = doctor:7|physician:3", _noun, lambda noun: noun.de.singular),
    Kind("adjectives", Adjective, "groß = big:6|large:4", lambda de, en, _: Adjective(de, en), _name),
    Kind("subjects", Subject, "er: der Rat = the council", _subject, _name),
    Kind(
        "actions", Action, "tun tut getan tat = do, then objects: adjectives", _action, _infinitive, (Noun, Adjective)
    ),
    Kind("deeds", Deed, "tun tut getan tat = do, then a text", _deed, _infinitive, (Text,)),
    Kind("pairings", Pairing, "oft = often, then texts", _pairing, lambda pairing: pairing.text.de, (Text,)),
)
