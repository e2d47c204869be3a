"""English inflection, on flat specs such as "start:6|begin:4": every alternative is inflected, the weights stay."""

from __future__ import annotations

from knnkd.synthetic.notation import each

# base: past, past participle
_IRREGULAR_VERBS = {
    line.split()[0]: tuple(line.split()[1:])
    for line in """
    be was been | become became become | begin began begun | break broke broken | bring brought brought
    build built built | buy bought bought | catch caught caught | choose chose chosen | come came come
    do did done | draw drew drawn | drink drank drunk | drive drove driven | eat ate eaten | fall fell fallen
    feed fed fed | feel felt felt | find found found | forgive forgave forgiven | get got gotten | give gave given
    go went gone | have had had | hear heard heard | hold held held | keep kept kept | lay laid laid
    know knew known | lead led led | leave left left | lose lost lost | make made made | meet met met
    pay paid paid | put put put | read read read | say said said | see saw seen | sell sold sold | send sent sent
    set set set | show showed shown | sing sang sung | sleep slept slept | speak spoke spoken | spend spent spent
    swim swam swum | take took taken | teach taught taught | tell told told | think thought thought
    throw threw thrown | understand understood understood | win won won | write wrote written
    plan planned planned | stop stopped stopped | permit permitted permitted | submit submitted submitted
    fulfil fulfilled fulfilled | transmit transmitted transmitted | occur occurred occurred | grow grew grown
    rise rose risen | shut shut shut | withdraw withdrew withdrawn | hide hid hidden
    """.replace("|", "\n")
    .strip()
    .splitlines()
}
_IRREGULAR_NOUNS = {
    "child": "children", "person": "people", "man": "men", "woman": "women", "life": "lives", "knife": "knives",
    "wife": "wives", "fish": "fish", "sheep": "sheep", "tooth": "teeth",
    "analysis": "analyses", "shelf": "shelves",
    "righteous": "righteous", "poor": "poor", "steadfast": "steadfast", "humble": "humble", "grateful": "grateful",
    "needy": "needy", "means": "means", "thief": "thieves", "leaf": "leaves",
    "foot": "feet",
}  # fmt: skip
_SIBILANTS = ("s", "x", "z", "ch", "sh")


def _add_s(word: str) -> str:
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith((*_SIBILANTS, "tomato", "potato", "go", "do")) else "s")


def plural(spec: str) -> str:
    """The plural of a noun or of a noun group whose last word is its head, in the notation."""

    def one(noun: str) -> str:
        if noun in _IRREGULAR_NOUNS:
            return _IRREGULAR_NOUNS[noun]
        first, space, head = noun.rpartition(" ")
        return first + space + _IRREGULAR_NOUNS.get(head, _add_s(head))

    return each(spec, one)


def _past_and_participle(verb: str) -> tuple[str, str]:
    if verb in _IRREGULAR_VERBS:
        past, participle = _IRREGULAR_VERBS[verb]
        return past, participle
    if verb.endswith("e"):
        return verb + "d", verb + "d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied", verb[:-1] + "ied"
    return verb + "ed", verb + "ed"


def verb(spec: str, form: str) -> str:
    """A verb, or a verb with particles behind it, in one `form`: base, s, past, participle or ing."""

    def one(phrase: str) -> str:
        head, space, rest = phrase.partition(" ")
        return inflect(head, form) + space + rest

    return each(spec, one)


def inflect(head: str, form: str) -> str:
    """One verb in one form; see `verb`."""
    if form == "s":
        return {"have": "has", "be": "is"}.get(head) or _add_s(head)
    if form == "past":
        return _past_and_participle(head)[0]
    if form == "participle":
        return _past_and_participle(head)[1]
    if form == "ing":
        if head.endswith("e") and not head.endswith("ee"):
            return head[:-1] + "ing"
        doubled = head in {
            "plan",
            "stop",
            "get",
            "put",
            "run",
            "set",
            "win",
            "swim",
            "permit",
            "submit",
            "fulfil",
            "transmit",
        }
        return head + (head[-1] if doubled else "") + "ing"
    if form == "base":
        return head
    raise ValueError(f"no verb form {form!r}")
