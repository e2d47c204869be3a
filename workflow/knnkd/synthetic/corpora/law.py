"""mini_law: German to English in the style of European Union law."""

from __future__ import annotations

import random
from dataclasses import replace

from knnkd.synthetic.bilingual import (
    COMPLETED,
    Action,
    Clause,
    Subject,
    Text,
    adjectives,
    draw_clause,
    nouns,
    phrase,
    subjects,
    texts,
    verb,
)
from knnkd.synthetic.corpus import Corpus, Sentence
from knnkd.synthetic.english import plural

_SHALL = {"werden": "[shall:7|{be} to:3]", "können": "[may:7|can:3]"}
_BODIES = subjects("""
    er: die Kommission = the Commission
    er: der Rat = the Council
    er: das Europäische Parlament = the European Parliament
    wir: die Mitgliedstaaten = [the Member States:6|Member States:4]
    wir: die zuständigen Behörden = the competent authorities
    er: der Ausschuss = the Committee
    er: die Aufsichtsbehörde = the supervisory authority
""")
_PARTIES = subjects("""
    er: die Krankenhausverwaltung = the hospital [administration:7|management:3]
    er: der Antragsteller = the applicant
    er: der Hersteller = the [manufacturer:7|producer:3]
    er: der Arbeitgeber = the employer
    wir: die Unternehmen = the [undertakings:6|companies:4]
    er: der Einführer = the importer
    er: der Betreiber = the operator
    wir: die Verbraucher = the consumers
    er: der Beklagte = the defendant
""")
_ACTS = nouns("""
    Verordnung f = -en = regulation
    Richtlinie f = -n = directive
    Beschluss m -es Beschlüsse = decision
    Rechtsvorschrift f = -en = legal provision:6|legal rule:4
    Durchführungsvorschrift f = -en = implementing rule:6|implementing provision:4
    Datenschutzverordnung f = -en = data protection regulation
    Empfehlung f = -en = recommendation
    Verfahrensregel f = -n = procedural rule
""")
_PAPERS = nouns("""
    Antrag m -s Anträge = application:7|request:3
    Bericht m -es -e = report
    Genehmigung f = -en = authorization:6|permit:4
    Bescheinigung f = -en = certificate
    Vertrag m -es Verträge = contract
    Unterlage f = -n = document
    Liste f = -n = list
    Stellungnahme f = -n = opinion
""")
_MEASURES = nouns("""
    Maßnahme f = -n = measure
    Verfahren n -s = = procedure
    Bedingung f = -en = condition
    Anforderung f = -en = requirement
    Verpflichtung f = -en = obligation
    Frist f = -en = time limit:6|deadline:4
""")
_LEGAL = adjectives(
    "neu = new\ngemeinsam = common:7|joint:3\nvorläufig = provisional:6|temporary:4\nbesonder = special:6|specific:4"
)
_FORMAL = adjectives("schriftlich = written\nvollständig = complete:7|full:3\njährlich = annual:7|yearly:3\nneu = new")
_NEEDED = adjectives(
    "notwendig = necessary:7|required:3\ngeeignet = appropriate:7|suitable:3\nneu = new\nwichtig = important"
)
_RULES = (
    Action(verb("erlassen erlässt erlassen erließ = adopt:8|issue:2"), _ACTS, _LEGAL),
    Action(verb("ändern ändert geändert änderte = amend:7|change:3"), _ACTS, _LEGAL),
    Action(verb("prüfen prüft geprüft prüfte = examine:7|review:3"), _PAPERS, _FORMAL[:2]),
    Action(
        verb("veröffentlichen veröffentlicht veröffentlicht veröffentlichte = publish"),
        _ACTS[:3] + _PAPERS[1:8:5],
        _LEGAL[:1],
    ),
    Action(verb("auf|heben hebt gehoben hob = repeal:7|revoke:3"), _ACTS, _LEGAL),
    Action(
        verb("genehmigen genehmigt genehmigt genehmigte = approve:7|authorize:3"),
        _PAPERS[:2] + _MEASURES[:2],
        _LEGAL[:1],
    ),
    Action(verb("an|wenden wendet gewandt wandte = apply"), _ACTS[:2] + _MEASURES[:4], _NEEDED),
    Action(verb("fest|legen legt gelegt legte = lay down:6|establish:4"), _MEASURES, _NEEDED),
    Action(verb("an|nehmen nimmt genommen nahm = accept"), _PAPERS[:1] + _ACTS[6:7], _LEGAL[:1]),
)
_DUTIES = (
    Action(verb("vor|legen legt gelegt legte = submit:7|present:3"), _PAPERS, _FORMAL),
    Action(verb("übermitteln übermittelt übermittelt übermittelte = transmit:6|send:4"), _PAPERS, _FORMAL),
    Action(
        verb("unterzeichnen unterzeichnet unterzeichnet unterzeichnete = sign"), _PAPERS[:1] + _PAPERS[4:5], _FORMAL[:2]
    ),
    Action(verb("erfüllen erfüllt erfüllt erfüllte = fulfil:4|meet:6"), _MEASURES[2:5], _NEEDED),
    Action(verb("ein|halten hält gehalten hielt = comply with:7|observe:3"), _ACTS[:2] + _MEASURES[2:6], _NEEDED),
    Action(verb("beantragen beantragt beantragt beantragte = apply for:6|request:4"), _PAPERS[2:4], _FORMAL),
    Action(verb("zurück|ziehen zieht gezogen zog = withdraw"), _PAPERS[:1] + _PAPERS[7:], _FORMAL[:2]),
)
_TIMES = texts("""
    innerhalb von drei Monaten = within three months
    innerhalb eines Jahres = within [one year:6|a year:4]
    vor Ablauf der Frist = before the [end:6|expiry:4] of the period
    jedes Jahr = [every:6|each:4] year
    ohne Verzug = without delay
        spätestens im Januar = in January at the latest
    nach einer öffentlichen Anhörung = after a public hearing
    nach Anhörung der Sachverständigen = after consulting the experts
""")
_PAST = texts("""
    im vergangenen Jahr = last year
    im Januar = in January
    im Juni = in June
    vor zwei Jahren = two years ago
    nach einer Abstimmung = after a vote
""")
_NUMBERS = texts(
    "zwei = two\ndrei = three\nvier = four\nfünf = five\nsechs = six\n"
    "sieben = seven\nacht = eight\nneun = nine\nzehn = ten"
)
_FIELDS = texts("""
    Datenschutz = data protection
    Verbraucherschutz = consumer protection
    Umweltschutz = [environmental protection:7|the protection of the environment:3]
    Lebensmittelsicherheit = food safety
    Wettbewerb = competition
    Binnenmarkt = [the internal market:7|the single market:3]
    Landwirtschaft = agriculture
    Arbeitsrecht = labor law
""")
_AIMS = texts("""
    den Datenschutz zu verbessern = [improve:7|enhance:3] data protection
    die Verbraucher zu schützen = protect consumers
    den freien Wettbewerb zu fördern = [promote:7|encourage:3] free competition
    die Umwelt zu schützen = protect the environment
    Betrug zu verhindern = prevent fraud
    das gemeinsame Ziel zu erreichen = [achieve:7|reach:3] the common [objective:6|goal:4]
    die Sicherheit der Lebensmittel zu gewährleisten = [ensure:7|guarantee:3] the safety of food
    den Binnenmarkt zu stärken = strengthen the [internal:7|single:3] market
""")
_ENSURE = texts("""
    die Mitgliedstaaten stellen sicher = [the:6|:4] Member States shall ensure
    die Kommission sorgt dafür = the Commission shall [ensure:7|make sure:3]
    der Rat ist der Auffassung = the Council [considers:7|takes the view:3]
    der Gerichtshof hat entschieden = the Court of Justice has [ruled:6|held:4]
    die Kommission ist der Auffassung = the Commission [considers:7|takes the view:3]
    die Aufsichtsbehörde hat festgestellt = the supervisory authority has [found:6|established:4]
""")


def _norm(rng: random.Random, tense: str = "present", timed: float = 0.4, who: tuple[Subject, ...] = ()) -> Clause:
    """A duty: German states it in the present, English with shall, as `renderings` says."""
    bodies = who or (_BODIES if rng.random() < 0.6 else _PARTIES)
    actions = _RULES if bodies[0] in _BODIES else _DUTIES
    times = _PAST if tense == "perfect" else _TIMES
    if actions is _DUTIES:
        # Votes and hearings are for the bodies.
        times = times[: -1 if tense == "perfect" else -2]
    return replace(draw_clause(rng, bodies, actions, tense, times, timed, ("der", "ein", "dies")), renderings=_SHALL)


def _english(clause: Clause, fronted: float = 0.0) -> str:
    """A German norm in the present is rendered with shall."""
    clause = replace(clause, tense="werden") if clause.tense == "present" else clause
    return clause.english_fronting(fronted) if fronted else clause.english()


def norm(rng: random.Random) -> Sentence:
    clause = _norm(rng, rng.choice(("present", "present", "müssen", "können")), 0.6)
    if clause.time.de and rng.random() < 0.4:
        return Sentence(clause.fronted(), f"{_english(clause, 0.6)}.")
    return Sentence(f"{clause.main()}.", f"{_english(clause, 0.2)}.")


def under_article(rng: random.Random) -> Sentence:
    article, clause = rng.choice(_NUMBERS), _norm(rng, rng.choice(("present", "müssen", "dürfen")), 0.0)
    act = phrase(rng.choice(("der", "dies")), rng.choice(_ACTS[:3]), "g")
    return Sentence(
        f"gemäß Artikel {article.de} {act.de} {clause.inverted()}.",
        f"[in accordance with:5|pursuant to:3|under:2] article {article.en} of {act.en}, {_english(clause)}.",
    )


def decided(rng: random.Random) -> Sentence:
    clause = _norm(rng, "perfect", 0.7)
    if clause.time.de and rng.random() < 0.4:
        return Sentence(clause.fronted(), f"{_english(clause, 0.6)}.")
    return Sentence(f"{clause.main()}.", f"{_english(clause, 0.2)}.")


def ensures(rng: random.Random) -> Sentence:
    start = rng.choice(_ENSURE)
    if "shall" in start.en:
        clause = _norm(rng, rng.choice(("perfect", "present", "können")), 0.0, _PARTIES).put(COMPLETED)
        # What is ensured takes no shall of its own.
        return Sentence(f"{start.de}, dass {clause.subordinate()}.", f"{start.en} that {clause.english()}.")
    clause = _norm(rng, rng.choice(("perfect", "müssen", "können")), 0.0, _PARTIES)
    return Sentence(f"{start.de}, dass {clause.subordinate()}.", f"{start.en} that {_english(clause)}.")


def unless(rng: random.Random) -> Sentence:
    clause, other = _norm(rng, "present", 0.0, _BODIES), _norm(rng, "perfect", 0.0, _PARTIES).put(COMPLETED)
    link = rng.choice((Text("wenn", "[if:6|where:4]"), Text("sobald", "as soon as"), Text("nachdem", "after")))
    if rng.random() < 0.5:
        return Sentence(
            f"{link.de} {other.subordinate()}, {clause.inverted()}.",
            f"{link.en} {other.english()}, {_english(clause)}.",
        )
    return Sentence(
        f"{clause.main()}, {link.de} {other.subordinate()}.", f"{_english(clause)} {link.en} {other.english()}."
    )


def in_order_to(rng: random.Random) -> Sentence:
    aim, clause = rng.choice(_AIMS), _norm(rng, rng.choice(("perfect", "müssen", "können")), 0.0, _BODIES)
    if rng.random() < 0.5:
        return Sentence(f"um {aim.de}, {clause.inverted()}.", f"[in order to:6|to:4] {aim.en}, {_english(clause)}.")
    return Sentence(f"{clause.main()}, um {aim.de}.", f"{_english(clause)} [in order to:6|to:4] {aim.en}.")


def whether(rng: random.Random) -> Sentence:
    examiner, clause = rng.choice(_BODIES[:1] + _BODIES[3:]), _norm(rng, "perfect", 0.1, _PARTIES)
    examines = "prüft" if examiner.person == "er" else "prüfen"
    return Sentence(
        f"{examiner.de} {examines}, ob {clause.subordinate()}.",
        f"{examiner.en} shall [examine:6|verify:4] whether {_english(clause)}.",
    )


def field(rng: random.Random) -> Sentence:
    one, two = rng.sample(_FIELDS, 2)
    act = rng.choice(_ACTS[:5])
    some = rng.choice(
        (Text("mehrere", "[several:7|a number of:3]"), Text("keine", "no"), Text("zahlreiche", "[many:5|numerous:5]"))
    )
    acts = Text(act.de.form("a", True), plural(act.en))
    if rng.random() < 0.5:
        return Sentence(
            f"es gibt {some.de} {acts.de} zu Fragen wie {one.de} und {two.de}.",
            f"there are {some.en} {acts.en} on [matters:6|issues:4] [such as:7|like:3] {one.en} and {two.en}.",
        )
    body = rng.choice(_BODIES[:3])
    return Sentence(
        f"{body.de} hat {some.de} {acts.de} zu Fragen wie {one.de} und {two.de} erlassen.",
        f"{body.en} has [adopted:8|issued:2] {some.en} {acts.en} on [matters:6|issues:4] [such as:7|like:3] "
        f"{one.en} and {two.en}.",
    )


def in_force(rng: random.Random) -> Sentence:
    act, time = phrase(rng.choice(("der", "dies")), rng.choice(_ACTS), "n"), rng.choice(_PAST[1:3])
    state = rng.choice(_FIELDS)
    verb_de, verb_en = rng.choice(
        (
            ("tritt {} in Kraft", "shall enter into force {}"),
            ("verliert {} ihre Gültigkeit", "shall cease to be valid {}"),
        )
    )
    if act.de.split()[0] in ("der", "dieser"):
        verb_de = verb_de.replace("ihre", "seine")
    scope = rng.choice(
        (Text("", ""), Text(f"zu Fragen wie {state.de}", f"on [matters:6|issues:4] [such as:7|like:3] {state.en}"))
    )
    return Sentence(
        f"{act.de} {scope.de} {verb_de.format(time.de)}.", f"{act.en} {scope.en} {verb_en.format(time.en)}."
    )


def without_prejudice(rng: random.Random) -> Sentence:
    act, number = phrase("dies", rng.choice(_ACTS[:3]), "g"), rng.choice(_NUMBERS)
    clause = _norm(rng, "können", 0.0, _BODIES)
    return Sentence(
        f"unbeschadet des Artikels {number.de} {act.de} {clause.inverted()}.",
        f"without prejudice to article {number.en} of {act.en}, {_english(clause)}.",
    )


def does_not_apply(rng: random.Random) -> Sentence:
    act = phrase("dies", rng.choice(_ACTS[:3]), "n")
    clause = _norm(rng, "perfect", 0.1, _PARTIES).put(COMPLETED)
    return Sentence(
        f"{act.de} gilt nicht, wenn {clause.subordinate()}.",
        f"{act.en} [shall not apply:7|does not apply:3] [if:6|where:4] {_english(clause)}.",
    )


CORPUS = Corpus(
    "German to English in the style of European Union law",
    "de",
    "en",
    {
        norm: 5,
        under_article: 2,
        decided: 3,
        ensures: 2.5,
        unless: 2,
        in_order_to: 2,
        whether: 2,
        field: 1.5,
        in_force: 0.4,
        without_prejudice: 1,
        does_not_apply: 1,
    },
)
