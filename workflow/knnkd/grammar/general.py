"""mini_general: German to English, news of every kind; it trains the model that counts as pre-trained."""

from __future__ import annotations

import random
from dataclasses import replace

from knnkd.grammar import german
from knnkd.grammar.bilingual import (
    EARLIER,
    EMPTY,
    NARRATED,
    Action,
    Clause,
    Text,
    adjectives,
    draw_clause,
    draw_object,
    nouns,
    phrase,
    subjects,
    texts,
    verb,
)
from knnkd.grammar.core import Corpus, Sentence

_ACTORS = subjects("""
    er: die Regierung = the government
    er: der Präsident = the president
    er: der Bürgermeister = the mayor
    er: die Ministerin = the minister
    er: der Rat = the council
    er: die Universität = the university
    wir: die Bürger = the citizens
    wir: die Forscher = the [researchers:6|scientists:4]
    wir: wir = we
    er: die Polizei = the police [department:3|force:7]
    wir: viele Menschen = [many people:6|a lot of people:4]
    er: der Arzt = the [doctor:8|physician:2]
    er: mein Vater = my father
    wir: die Ärzte = the [doctors:8|physicians:2]
    wir: die Eltern = the parents
    wir: Experten = experts
    er: das Unternehmen = the [company:7|firm:3]
    er: die Zeitung = the newspaper
""")
_PEOPLE = nouns("""
    Mann m -es Männer = man
    Frau f = -en = woman
    Kind n -es -er = child:8|kid:2
    Patient m -en -en = patient
    Arzt m -es Ärzte = doctor:8|physician:2
    Lehrer m -s = = teacher
    Student m -en -en = student
    Arbeiter m -s = = worker
    Nachbar m -n -n = neighbor
    Bürger m -s = = citizen
""")
_PLANS = nouns("""
    Plan m -es Pläne = plan
    Gesetz n -es -e = law
    Regel f = -n = rule
    Vorschlag m -es Vorschläge = proposal:6|suggestion:4
    Vertrag m -es Verträge = contract:6|agreement:4
    Maßnahme f = -n = measure
    Entscheidung f = -en = decision
    Antrag m -es Anträge = application:6|request:4
""")
_TEXTS = nouns("""
    Bericht m -es -e = report
    Brief m -es -e = letter
    Buch n -es Bücher = book
    Artikel m -s = = article
    Studie f = -n = study
    Geschichte f = -n = story
    Liste f = -n = list
    Botschaft f = -en = message
""")
_THINGS = nouns("""
    Haus n -es Häuser = house
    Brücke f = -n = bridge
    Schule f = -n = school
    Krankenhaus n -es Krankenhäuser = hospital
    Fabrik f = -en = factory:7|plant:3
    Straße f = -n = road:6|street:4
    Garten m -s Gärten = garden
""")
_PROBLEMS = nouns("""
    Problem n -s -e = problem
    Frage f = -n = question
    Krankheit f = -en = disease:6|illness:4
    Unfall m -s Unfälle = accident
    Gefahr f = -en = danger
    Ursache f = -n = cause
""")
_NEW = adjectives("neu = new\nwichtig = important\nklar = clear\ngemeinsam = common:4|joint:6\neinfach = simple")
_LONG = adjectives("lang = long\nneu = new\ninteressant = interesting\nkurz = short")
_BIG = adjectives("groß = big:6|large:4\nalt = old\nklein = small:7|little:3\nschön = beautiful:7|lovely:3\nneu = new")
_HARD = adjectives("schwierig = difficult:6|hard:4\ngroß = big:7|large:3\nschwer = serious:7|severe:3\nneu = new")
_ACTIONS = (
    Action(verb("lesen liest gelesen las = read"), _TEXTS, _LONG),
    Action(verb("schreiben schreibt geschrieben schrieb = write"), _TEXTS, _LONG),
    Action(verb("veröffentlichen veröffentlicht veröffentlicht veröffentlichte = publish:7|release:3"), _TEXTS, _LONG),
    Action(verb("senden sendet gesendet sendete = send"), _TEXTS[:2] + _TEXTS[7:], _LONG),
    Action(verb("prüfen prüft geprüft prüfte = check:6|examine:4"), _PLANS, _NEW),
    Action(verb("ändern ändert geändert änderte = change"), _PLANS, _NEW),
    Action(verb("ab|lehnen lehnt gelehnt lehnte = reject:7|turn down:3"), _PLANS, _NEW),
    Action(verb("an|nehmen nimmt genommen nahm = accept"), _PLANS, _NEW),
    Action(verb("vor|stellen stellt gestellt stellte = present:7|introduce:3"), _PLANS[:6], _NEW),
    Action(verb("bauen baut gebaut baute = build:7|construct:3"), _THINGS, _BIG),
    Action(verb("schließen schließt geschlossen schloss = close:7|shut down:3"), _THINGS[1:], _BIG),
    Action(verb("zeigen zeigt gezeigt zeigte = show"), _TEXTS, _LONG),
    Action(
        verb("verstehen versteht verstanden verstand = understand"),
        _PROBLEMS[:2] + _PROBLEMS[5:],
        _HARD[:2] + _HARD[3:],
    ),
    Action(verb("lösen löst gelöst löste = solve"), _PROBLEMS[:1], _HARD),
    Action(verb("suchen sucht gesucht suchte = look for:6|search for:4"), _PEOPLE[:3] + _PROBLEMS[5:], ()),
    Action(verb("finden findet gefunden fand = find"), _PEOPLE[:3] + _PROBLEMS[5:], ()),
    Action(verb("helfen hilft geholfen half +d = help:7|assist:3"), _PEOPLE, ()),
    Action(verb("warnen warnt gewarnt warnte = warn:7|alert:3"), _PEOPLE, ()),
    Action(verb("retten rettet gerettet rettete = save:7|rescue:3"), _PEOPLE, ()),
    Action(verb("schützen schützt geschützt schützte = protect"), _PEOPLE, ()),
    Action(verb("ein|laden lädt geladen lud = invite"), _PEOPLE, ()),
    Action(verb("sehen sieht gesehen sah = see"), _PEOPLE + _THINGS, ()),
)
# Who is seen doing what: politics, the written word, people who find and save others.
_BEATS = (
    ((*_ACTORS[:7], _ACTORS[-2]), _ACTIONS[4:12]),
    (_ACTORS, (*_ACTIONS[:3], *_ACTIONS[12:14])),
    (_ACTORS[6:16], _ACTIONS[12:]),
)
_PAST = texts("""
    gestern = yesterday
    letzte Woche = last week
    letztes Jahr = last year
    am Montag = on Monday
    am Freitag = on Friday
    vor zwei Jahren = two years ago
    vor drei Monaten = three months ago
    im Januar = in January
    heute Morgen = this morning
    in der Nacht = [during:6|in:4] the night
""")
_FUTURE = texts("""
    morgen = tomorrow
    nächste Woche = next week
    nächstes Jahr = next year
    im Sommer = in the summer
    bald = soon
    in den nächsten Tagen = in the [next:6|coming:4] days
""")
_PLACES = texts("""
    in Berlin = in Berlin
    in der Stadt = in the city
    im Norden = in the north
    in vielen Ländern = in many countries
    auf der Welt = in the world
    in Deutschland = in Germany
    am Meer = by the sea
    in den Bergen = in the mountains
""")
_SOURCES = texts("""
    die Polizei hat mitgeteilt = the police [said [that:6|:4]:6|announced that:4]
    die Zeitung schreibt = the newspaper [writes:6|reports:4] that
    die Ministerin hat erklärt = the minister [explained:6|declared:4] that
    wir wissen = we know [that:6|:4]
    ich glaube = I [think:6|believe:4] [that:6|:4]
    der Präsident hat gesagt = the president said [that:6|:4]
    Experten glauben = experts [believe:7|think:3] [that:6|:4]
    es ist wahr = it is true that
    viele hoffen = many hope [that:6|:4]
""")
_QUANTITIES = texts("""
    eine Menge = [a lot of:5|lots of:2|many:3]
    viele = [many:6|a lot of:4]
    einige = [some:6|a few:4]
    mehrere = several
    keine = no
    genug = enough
""")
_TASKS = texts("""
    es ist wichtig = it is important
    es ist schwierig = it is [difficult:6|hard:4]
    die Stadt hat beschlossen = the city [decided:7|has decided:3]
    der Rat hat versucht = the council tried
    es ist möglich = it is possible
    die Regierung hat angefangen = the government [started:6|began:4]
    niemand hat versucht = [nobody:6|no one:4] tried
    es ist notwendig = it is necessary
""")
_STATES = texts("""
    das Wetter schlecht war = the weather was bad
    es keine Zeit gab = there was no time
    die Kosten zu hoch waren = the costs were too high
    niemand die Wahrheit kannte = [nobody:6|no one:4] knew the truth
    der Winter lang war = the winter was long
    das Ergebnis nicht klar war = the result was not clear
    die Gefahr groß war = the danger was great
    alle Angst hatten = [everyone:6|everybody:4] was afraid
""")


def _clause(rng: random.Random, tense: str, timed: float = 0.5) -> Clause:
    actors, actions = rng.choice(_BEATS)
    return draw_clause(rng, actors, actions, tense, _PAST if tense == "perfect" else _FUTURE, timed)


def _tense(rng: random.Random) -> str:
    return rng.choice(("perfect", "perfect", "werden", "müssen", "können", "wollen"))


def reports(rng: random.Random) -> Sentence:
    clause = _clause(rng, _tense(rng), 0.9)
    if clause.time.de and rng.random() < 0.45:
        return Sentence(clause.fronted(), f"{clause.english_fronting(0.6)}.")
    return Sentence(f"{clause.main()}.", f"{clause.english_fronting(0.3)}.")


def says(rng: random.Random) -> Sentence:
    source, clause = rng.choice(_SOURCES), _clause(rng, rng.choice(("perfect", "werden")), 0.4)
    clause = clause.put(EARLIER) if " hat " in source.de else clause
    return Sentence(f"{source.de}, dass {clause.subordinate()}.", f"{source.en} {clause.english()}.")


def unknown(rng: random.Random) -> Sentence:
    word = rng.choice((Text("warum", "why"), Text("wie", "how"), Text("ob", "[whether:6|if:4]")))
    clause = _clause(rng, "perfect", 0.4)
    if clause.subject.de.startswith("viele") and word.de == "wie":
        # "wie viele Menschen" asks for their number.
        word = Text("warum", "why")
    return Sentence(
        f"es ist nicht bekannt, {word.de} {clause.subordinate()}.",
        f"it is [not known:7|unknown:3] {word.en} {clause.english()}.",
    )


def there_are(rng: random.Random) -> Sentence:
    quantity, place = rng.choice(_QUANTITIES), rng.choice(_PLACES)
    noun = rng.choice(_THINGS + _PEOPLE + _PROBLEMS[:4])
    things = phrase("", noun, "a", True)
    en = f"there are {quantity.en} {things.en}"
    if rng.random() < 0.5:
        return Sentence(f"{place.de} gibt es {quantity.de} {things.de}.", f"[{place.en}, {en}:4|{en} {place.en}:6].")
    return Sentence(f"es gibt {quantity.de} {things.de} {place.de}.", f"{en} {place.en}.")


def because(rng: random.Random) -> Sentence:
    clause, state = _clause(rng, "perfect", 0.3), rng.choice(_STATES)
    link = rng.choice((Text("weil", "[because:8|since:2]"), Text("obwohl", "[although:6|even though:4]")))
    return Sentence(
        f"{clause.main()}, {link.de} {state.de}.", f"{clause.put(NARRATED).english()} {link.en} {state.en}."
    )


def after(rng: random.Random) -> Sentence:
    first, second = _clause(rng, "perfect", 0.0), _clause(rng, "perfect", 0.0)
    if first.subject == second.subject:
        second = replace(second, subject=_ACTORS[8] if first.subject != _ACTORS[8] else _ACTORS[0])
    if rng.random() < 0.5:
        return Sentence(
            f"nachdem {replace(first, tense='pluperfect').subordinate()}, {second.inverted()}.",
            f"after {first.put(EARLIER).english()}, {second.put(NARRATED).english()}.",
        )
    return Sentence(
        f"bevor {first.subordinate()}, {second.inverted()}.",
        f"before {first.put(NARRATED).english()}, {second.put(EARLIER).english()}.",
    )


def conditional(rng: random.Random) -> Sentence:
    first, second = _clause(rng, "present", 0.0), _clause(rng, rng.choice(("können", "müssen", "werden")), 0.3)
    return Sentence(
        f"wenn {first.subordinate()}, {second.inverted()}.", f"[if:7|when:3] {first.english()}, {second.english()}."
    )


def task(rng: random.Random) -> Sentence:
    start, action, place = rng.choice(_TASKS), rng.choice(_ACTIONS), rng.choice((EMPTY, *_PLACES[:3]))
    clause = Clause(_ACTORS[0], action.verb, draw_object(rng, action, ("der", "ein", "dies")), place)
    return Sentence(f"{start.de}, {clause.infinitive()}.", f"{start.en} to {clause.english_base()}.")


def who(rng: random.Random) -> Sentence:
    clause, noun = _clause(rng, "perfect", 0.5), rng.choice(_PEOPLE)
    person = phrase("der", noun, "n")
    relative = Clause(
        clause.subject._replace(de=person.de.split()[0], en="who", person="er"),
        clause.verb,
        clause.object,
        time=clause.time,
        tense="perfect",
    )
    trait = rng.choice((Text("Berlin", "Berlin"), Text("Deutschland", "Germany"), Text("dem Norden", "the north")))
    return Sentence(
        f"{person.de}, {relative.subordinate()}, kommt aus {trait.de}.",
        f"{person.en} {relative.english()} [comes:7|is:3] from {trait.en}.",
    )


def asks(rng: random.Random) -> Sentence:
    word = rng.choice((Text("warum", "why"), Text("wann", "when"), Text("wo", "where")))
    clause = _clause(rng, "perfect", 0.0)
    return Sentence(f"{word.de} {clause.inverted()}?", f"{word.en} did {clause.subject.en} {clause.english_base()}?")


def location(rng: random.Random) -> Sentence:
    thing = phrase(rng.choice(("der", "dies")), rng.choice(_THINGS), "n", adjective=rng.choice(_BIG))
    place, verb_ = rng.choice(_PLACES[:3] + _PLACES[5:]), rng.choice((Text("ist", "is"), Text("war", "was")))
    state = rng.choice(
        (
            Text("sehr bekannt", "very [famous:6|well known:4]"),
            Text("nicht mehr sicher", "[no longer safe:7|not safe anymore:3]"),
            Text("gut geschützt", "well protected"),
            Text("leer", "empty"),
        )
    )
    sein = german.auxiliary("sein", "er") if verb_.de == "ist" else "war"
    return Sentence(f"{thing.de} {place.de} {sein} {state.de}.", f"{thing.en} {place.en} {verb_.en} {state.en}.")


CORPUS = Corpus(
    "German to English, news of every kind",
    "de",
    "en",
    {
        reports: 5,
        says: 3,
        unknown: 1.5,
        there_are: 2,
        because: 2,
        after: 1.5,
        conditional: 1.5,
        task: 2,
        who: 1,
        asks: 1,
        location: 1,
    },
)
