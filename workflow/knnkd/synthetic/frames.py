"""Sentences of German and English that several corpora have, made of clauses and of the words between them."""

import random

from knnkd.synthetic.bilingual import Clause
from knnkd.synthetic.corpus import Sentence
from knnkd.synthetic.entries import Text


def statement(rng: random.Random, clause: Clause, fronted: float, seldom: float = 0.3) -> Sentence:
    """A clause by itself; German puts its time in front with probability `fronted`, English then often, else seldom."""
    if clause.time.de and rng.random() < fronted:
        return Sentence(clause.fronted(), f"{clause.english_fronting(0.6)}.")
    return Sentence(f"{clause.main()}.", f"{clause.english_fronting(seldom)}.")


def opened(opening: Text, dependent: Text, end: str = ".") -> Sentence:
    """Words, and what depends on them: Ich glaube, dass er den Brief gelesen hat."""
    return Sentence(f"{opening.de} {dependent.de}{end}", f"{opening.en} {dependent.en}{end}")


def preceded(link: Text, dependent: Text, main: Clause) -> Sentence:
    """A main clause, before it what depends on it: Wenn er kommt, liest er den Brief."""
    return Sentence(f"{link.de} {dependent.de}, {main.inverted()}.", f"{link.en} {dependent.en}, {main.english()}.")


def followed(main: Clause, link: Text, dependent: Text) -> Sentence:
    """A main clause, behind it what depends on it: Er liest den Brief, wenn er kommt."""
    return Sentence(f"{main.main()}, {link.de} {dependent.de}.", f"{main.english()} {link.en} {dependent.en}.")


def either_order(rng: random.Random, link: Text, dependent: Text, main: Clause) -> Sentence:
    """A main clause, before or behind it what depends on it."""
    return preceded(link, dependent, main) if rng.random() < 0.5 else followed(main, link, dependent)


def existence(quantity: Text, things: Text, place: Text, fronted: bool) -> Sentence:
    """What there is somewhere, the place in front in German or not: In Berlin gibt es viele Museen."""
    de, en = f"{quantity.de} {things.de}", f"there are {quantity.en} {things.en}"
    if fronted:
        return Sentence(f"{place.de} gibt es {de}.", f"{either_end(place.en, en, 4)}.")
    return Sentence(f"es gibt {de} {place.de}.", f"{en} {place.en}.")


def question(word: Text, clause: Clause) -> Sentence:
    """A question about the past: Warum hat er den Brief gelesen?"""
    return Sentence(f"{word.de} {clause.inverted()}?", f"{word.en} did {clause.subject.en} {clause.english_base()}?")


def purpose(start: Text, clause: Clause) -> Sentence:
    """What somebody might do, whoever it is: Es ist wichtig, den Brief zu lesen."""
    return Sentence(f"{start.de}, {clause.infinitive()}.", f"{start.en} to {clause.english_base()}.")


def either_end(aside: str, english: str, front: int) -> str:
    """English with an aside before or behind it, before it `front` times in ten."""
    return f"[{aside}, {english}:{front}|{english} {aside}:{10 - front}]"
