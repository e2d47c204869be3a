"""German inflection: noun phrases by case and number, verbs by person, tense and position.

Genders are m, f, n; cases are n(ominative), a(ccusative), d(ative), g(enitive); the plural counts as a gender, p.
"""

from __future__ import annotations

from dataclasses import dataclass

_CASES = "nadg"
_ARTICLE = {"m": "der den dem des", "f": "die die der der", "n": "das das dem des", "p": "die die den der"}
# After der, dies-, jed-; after ein, kein, mein; without a determiner.
_DIES = {"m": "er en em es", "f": "e e er er", "n": "es es em es", "p": "e e en er"}
_EIN = {"m": "- en em es", "f": "e e er er", "n": "- - em es", "p": "e e en er"}
_WEAK = {"m": "e en en en", "f": "e e en en", "n": "e e en en", "p": "en en en en"}
_MIXED = {"m": "er en en en", "f": "e e en en", "n": "es es en en", "p": "en en en en"}
_STRONG = {"m": "er en em en", "f": "e e er er", "n": "es es em en", "p": "e e en er"}
_EIN_WORDS = ("ein", "kein", "mein", "dein", "sein", "ihr", "unser")
_DIES_WORDS = ("dies", "jed", "all", "welch", "beid")


def _ending(table: dict[str, str], gender: str, case: str) -> str:
    return table[gender].split()[_CASES.index(case)].replace("-", "")


@dataclass(frozen=True)
class Noun:
    """A noun with its forms; `parse` reads the compact entry "Arzt m -es Ärzte"."""

    singular: str
    gender: str
    genitive: str
    plural: str

    @classmethod
    def parse(cls, entry: str) -> Noun:
        """Read "singular gender genitive plural", where "-es" adds an ending and "=" repeats the singular.

        The plural "0" means that there is none.
        """
        singular, gender, genitive, plural = entry.split()
        return cls(singular, gender, _expand(singular, genitive), _expand(singular, plural))

    def form(self, case: str, plural: bool = False) -> str:
        """The noun in one case and number."""
        if plural:
            return self.plural + ("n" if case == "d" and self.plural[-1] not in "ns" else "")
        if case == "g":
            return self.genitive
        if case in "ad" and self.gender == "m" and self.genitive.endswith("n"):
            return self.genitive
        return self.singular


def _expand(singular: str, form: str) -> str:
    if form in ("=", "0"):
        return singular if form == "=" else ""
    return singular + form[1:] if form.startswith("-") else form


def noun_phrase(determiner: str, noun: Noun, case: str, plural: bool = False, adjective: str = "") -> str:
    """Determiner, adjective and noun in agreement.

    `determiner` is "der", a stem of the ein group ("ein", "mein") or the dies group ("dies", "jed"), or "" for none;
    `adjective` is a stem ("groß", "teur").
    """
    gender = "p" if plural else noun.gender
    if determiner == "der":
        word, table = _ending(_ARTICLE, gender, case), _WEAK
    elif determiner in _EIN_WORDS:
        word, table = determiner + _ending(_EIN, gender, case), _MIXED
    elif determiner in _DIES_WORDS:
        word, table = determiner + _ending(_DIES, gender, case), _WEAK
    elif determiner == "":
        word, table = "", _STRONG
    else:
        raise ValueError(f"no determiner {determiner!r}")
    parts = [word, adjective and adjective + _ending(table, gender, case), noun.form(case, plural)]
    return " ".join(part for part in parts if part)


_AUXILIARIES = {
    "haben": {"ich": "habe", "er": "hat", "wir": "haben"},
    "sein": {"ich": "bin", "er": "ist", "wir": "sind"},
    "werden": {"ich": "werde", "er": "wird", "wir": "werden"},
    "können": {"ich": "kann", "er": "kann", "wir": "können"},
    "müssen": {"ich": "muss", "er": "muss", "wir": "müssen"},
    "wollen": {"ich": "will", "er": "will", "wir": "wollen"},
    "sollen": {"ich": "soll", "er": "soll", "wir": "sollen"},
    "dürfen": {"ich": "darf", "er": "darf", "wir": "dürfen"},
    "möchten": {"ich": "möchte", "er": "möchte", "wir": "möchten"},
}


_PAST_AUXILIARIES = {"haben": ("hatte", "hatten"), "sein": ("war", "waren")}


def auxiliary(verb: str, person: str, tense: str = "present") -> str:
    """haben, sein, werden or a modal verb in the present; `person` is ich, er or wir (the form of every plural).

    In the `tense` past there are only haben and sein.
    """
    if tense == "past":
        return _PAST_AUXILIARIES[verb][person == "wir"]
    return _AUXILIARIES[verb][person]


@dataclass(frozen=True)
class Verb:
    """A verb; `parse` reads "an|rufen ruft gerufen rief [sein]": infinitive, 3rd person, participle, preterite."""

    prefix: str
    infinitive: str
    third: str
    participle: str
    past: str
    auxiliary: str

    @classmethod
    def parse(cls, entry: str) -> Verb:
        """Read the compact entry; the prefix before "|" is separable, and the other forms stand without it."""
        infinitive, third, participle, past, *rest = entry.split()
        prefix, _, stem = infinitive.rpartition("|")
        return cls(prefix, stem, third, participle, past, rest[0] if rest else "haben")

    def finite(self, person: str, tense: str = "present") -> str:
        """The finite form without the prefix, present or past; `person` as in `auxiliary`."""
        if tense == "past":
            if person != "wir":
                return self.past
            return self.past + ("n" if self.past.endswith("e") else "en")
        if person == "er":
            return self.third
        return self.infinitive[:-1] if person == "ich" else self.infinitive

    def joined(self, person: str, tense: str = "present") -> str:
        """The finite form at the end of a subordinate clause, its prefix before it."""
        return self.prefix + self.finite(person, tense)

    @property
    def full_infinitive(self) -> str:
        """The infinitive with its prefix: anrufen."""
        return self.prefix + self.infinitive

    @property
    def zu_infinitive(self) -> str:
        """The infinitive with zu: anzurufen, zu kaufen."""
        return f"{self.prefix}zu{self.infinitive}" if self.prefix else f"zu {self.infinitive}"

    @property
    def full_participle(self) -> str:
        """The past participle with its prefix: angerufen."""
        return self.prefix + self.participle
