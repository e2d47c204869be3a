"""English inflection, on flat specs such as "start:6|begin:4": every alternative is inflected, the weights stay."""

from knnkd.synthetic.notation import each
from knnkd.synthetic.words import Kind, Words

_FORMS = Kind("forms", tuple, "go = went gone", lambda base, forms, _: (base, *forms.split()), lambda entry: entry[0])
_IRREGULAR = Words(__file__, (_FORMS,)).of(tuple)
_VERBS = {base: (past, participle) for base, past, participle in _IRREGULAR.verbs}
_NOUNS: dict[str, str] = dict(_IRREGULAR.nouns)
_SIBILANTS = ("s", "x", "z", "ch", "sh")


def _add_s(word: str) -> str:
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith((*_SIBILANTS, "tomato", "potato", "go", "do")) else "s")


def plural(spec: str) -> str:
    """The plural of a noun or of a noun group whose last word is its head, in the notation."""

    def one(noun: str) -> str:
        if noun in _NOUNS:
            return _NOUNS[noun]
        first, space, head = noun.rpartition(" ")
        return first + space + _NOUNS.get(head, _add_s(head))

    return each(spec, one)


def _past_and_participle(verb: str) -> tuple[str, str]:
    past = verb + "d" if verb.endswith("e") else verb + "ed"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        past = verb[:-1] + "ied"
    return _VERBS.get(verb, (past, past))


def verb(spec: str, form: str) -> str:
    """A verb, or a verb with particles behind it, in one `form`: base, s, past or participle."""

    def one(phrase: str) -> str:
        head, space, rest = phrase.partition(" ")
        return inflect(head, form) + space + rest

    return each(spec, one)


def inflect(head: str, form: str) -> str:
    """One verb in one form; see `verb`."""
    past, participle = _past_and_participle(head)
    third = {"have": "has", "be": "is"}.get(head) or _add_s(head)
    return {"base": head, "s": third, "past": past, "participle": participle}[form]
