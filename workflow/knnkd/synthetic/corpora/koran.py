"""mini_koran: German to English in the style of scripture; the sentences are made up, none is quoted."""

from __future__ import annotations

import random
from dataclasses import replace

from knnkd.synthetic.bilingual import (
    EARLIER,
    NARRATED,
    Action,
    Clause,
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

_WILL = "[will:6|shall:4]"
_SHALL = {"werden": _WILL}

_GOD = subjects("""
    er: Gott = [God:7|Allah:3]
    er: euer Herr = your Lord
    er: der Allmächtige = the [Almighty:7|Mighty:3]
    er: der Barmherzige = the [Merciful:6|Compassionate:4]
    er: der Schöpfer = the Creator
""")
_SERVANTS = subjects("""
    wir: die Engel = the angels
    er: der Prophet = the Prophet
    er: der Gesandte = the [messenger:8|apostle:2]
    wir: die Gläubigen = the believers
    er: Moses = Moses
    er: Abraham = Abraham
    er: Noah = Noah
    wir: die Gerechten = the [righteous:7|just:3]
    wir: die Weisen = the wise
    wir: die Kinder Israels = the [Children:8|people:2] of Israel
""")
_GROUPS = nouns("""
    Gläubige m -n -n = believer
    Ungläubige m -n -n = disbeliever:6|unbeliever:4
    Gerechte m -n -n = righteous
    Sünder m -s = = sinner
    Arme m -n -n = poor:7|needy:3
    Geduldige m -n -n = steadfast
    Dankbare m -n -n = grateful
    Demütige m -n -n = humble
    Waise f = -n = orphan
    Heuchler m -s = = hypocrite
    Frevler m -s = = wrongdoer:6|evildoer:4
""")
_GOOD, _BAD = tuple(_GROUPS[i] for i in (0, 2, 4, 5, 6, 7, 8)), tuple(_GROUPS[i] for i in (1, 3, 9, 10))
_CREATED = nouns("""
    Himmel m -s = = heaven:7|sky:3
    Erde f = 0 = earth
    Mensch m -en -en = human being
    Meer n -es -e = sea
    Berg m -es -e = mountain
    Stern m -s -e = star
    Fluss m -es Flüsse = river
    Garten m -s Gärten = garden
""")
_BROAD, _TALL = tuple(_CREATED[i] for i in (0, 1, 3, 6, 7)), _CREATED[4:6]
_REVEALED = nouns("""
    Buch n -es Bücher = Book:7|Scripture:3
    Zeichen n -s = = sign
    Botschaft f = -en = message
    Gesetz n -es -e = law
    Weg m -es -e = path:6|way:4
    Licht n -es -er = light
""")
_GREAT = adjectives("groß = great\nklar = clear:7|plain:3\nheilig = holy:7|sacred:3\nneu = new")
_VAST = adjectives("weit = wide:6|vast:4\nhoh = high\ngroß = great\nschön = beautiful")
_BLESS = (
    Action(verb("leiten leitet geleitet leitete = guide:7|lead:3"), _GOOD, ()),
    Action(verb("belohnen belohnt belohnt belohnte = reward"), _GOOD, ()),
    Action(verb("lieben liebt geliebt liebte = love"), _GOOD, ()),
    Action(verb("schützen schützt geschützt schützte = protect"), _GOOD, ()),
    Action(verb("vergeben vergibt vergeben vergab +d = forgive"), _BAD[1:2] + _GOOD[:2], ()),
    Action(verb("prüfen prüft geprüft prüfte = test:6|try:4"), _GROUPS, ()),
    Action(verb("bestrafen bestraft bestraft bestrafte = punish:7|chastise:3"), _BAD, ()),
    Action(verb("hören hört gehört hörte = hear"), _GOOD, ()),
    Action(verb("kennen kennt gekannt kannte = know"), _GROUPS, ()),
    Action(verb("retten rettet gerettet rettete = save"), _GOOD, ()),
)
_MAKE = (
    Action(verb("erschaffen erschafft erschaffen erschuf = create"), _BROAD, _VAST[:1] + _VAST[2:]),
    Action(verb("erschaffen erschafft erschaffen erschuf = create"), _TALL + _CREATED[:1], _VAST[1:]),
    Action(verb("erschaffen erschafft erschaffen erschuf = create"), _CREATED[2:3], ()),
)
_SEE = (
    Action(verb("sehen sieht gesehen sah = see"), _BROAD, _VAST[:1] + _VAST[2:]),
    Action(verb("sehen sieht gesehen sah = see"), _TALL + _REVEALED[1:2], _VAST[2:]),
)
_REVEAL = (
    Action(verb("offenbaren offenbart offenbart offenbarte = reveal"), _REVEALED, _GREAT[:3]),
    Action(verb("senden sendet gesandt sandte = send:7|send down:3"), _REVEALED[:3], _GREAT),
    Action(verb("zeigen zeigt gezeigt zeigte = show"), _REVEALED[1:], _GREAT),
)
_SERVE = (
    Action(verb("helfen hilft geholfen half +d = help"), _GOOD, ()),
    Action(verb("warnen warnt gewarnt warnte = warn"), _GROUPS, ()),
    Action(verb("rufen ruft gerufen rief = call"), _GROUPS, ()),
    Action(verb("ab|lehnen lehnt gelehnt lehnte = reject"), _REVEALED[:4], _GREAT),
    Action(verb("verstehen versteht verstanden verstand = understand"), _REVEALED[:4], _GREAT),
    Action(verb("hören hört gehört hörte = hear"), _REVEALED[2:3], _GREAT),
    Action(verb("speisen speist gespeist speiste = feed"), (_GROUPS[4], _GROUPS[8]), ()),
)
_WHEN = texts("""
    am Jüngsten Tag = on the [Last Day:6|Day of Judgment:4]
    an jenem Tag = on that [Day:7|day:3]
    in der Ewigkeit = in eternity
    im Jenseits = in the [Hereafter:7|next life:3]
    in der letzten Stunde = in the last hour
""")
_PAST = texts("""
    vor langer Zeit = long ago
    in jener Nacht = [in:4|on:6] that night
    in alter Zeit = in [ancient:6|former:4] times
    in sieben Tagen = in seven days
""")
_INDEED = texts("""
    wahrlich, = [indeed,:5|truly,:3|verily,:2]
    siehe, = [behold,:7|see,:3]
    gewiss, = [surely,:6|certainly,:4]
    und = and
""")
_KNOW = texts("""
    wisset, dass = know that
    sprich zu ihnen, dass = [say to them:4|tell them:6] that
    sie glauben, dass = they believe that
    habt ihr nicht gehört, dass = have you not heard that
    erinnert euch daran, dass = remember [that:6|how:4]
    zweifelt nicht daran, dass = do not doubt that
""")
_CONDITIONS = texts("""
    ihr dankbar seid = you are [grateful:6|thankful:4]
    ihr geduldig bleibt = you [remain:6|are:4] patient
    ihr Gott fürchtet = you fear God
    ihr das Gebet verrichtet = you [perform:6|say:4] the prayer
    ihr den Armen gebt = you give to the [poor:7|needy:3]
    ihr umkehrt = you [repent:7|turn back:3]
    ihr die Wahrheit sprecht = you speak the truth
    ihr auf dem rechten Weg bleibt = you [stay:6|remain:4] on the [right:6|straight:4] path
""")
_DEEDS = texts("""
    glauben und gute Werke tun = believe and do good [deeds:6|works:4]
    auf ihren Herrn vertrauen = [trust in:6|rely on:4] their Lord
    das Gebet verrichten = [perform:6|say:4] the prayer
    den Armen helfen = help the [poor:7|needy:3]
    die Zeichen ihres Herrn leugnen = deny the signs of their Lord
    den Propheten verspotten = mock the Prophet
    in ihrem Glauben fest bleiben = remain firm in their faith
    Böses mit Gutem vergelten = repay evil with good
    vor der Stunde gewarnt wurden = were warned of the hour
    ihr Vermögen für Gott ausgeben = spend their [wealth:7|possessions:3] for God
""")
_FATES = texts("""
    ins Paradies eingehen = enter [Paradise:6|the Garden:4]
    ihren Lohn bei Gott finden = find their reward with God
    in das Feuer geworfen werden = be [thrown:6|cast:4] into the Fire
    vor ihrem Herrn stehen = stand before their Lord
    keine Furcht mehr kennen = know [no fear anymore:4|fear no more:6]
    die Wahrheit sehen = see the truth
    nicht vergessen werden = not be forgotten
    die Verlierer sein = be the losers
    ewig dort bleiben = [remain:6|abide:4] there forever
""")
_COMMANDS = texts("""
    fürchtet euren Herrn = fear your Lord
    dient eurem Herrn = [serve:6|worship:4] your Lord
    seid eurem Herrn dankbar = be [grateful:6|thankful:4] to your Lord
    vertraut auf euren Herrn = [trust in:6|rely on:4] your Lord
    gedenkt eures Herrn = remember your Lord
    gehorcht eurem Herrn = obey your Lord
""")
_CALLED = texts("""
    o ihr Menschen = O [people:4|mankind:6]
    o ihr Gläubigen = O [you who believe:6|believers:4]
    o mein Volk = O my people
    o ihr Kinder Adams = O [children:7|sons:3] of Adam
""")


def _divine(rng: random.Random, tense: str, timed: float = 0.4) -> Clause:
    actions = _MAKE + _REVEAL if tense == "perfect" and rng.random() < 0.6 else _BLESS
    # Only creation and revelation take seven days.
    times = (_PAST[:-1] if actions is _BLESS else _PAST) if tense == "perfect" else _WHEN
    timed = 0.0 if tense == "present" else timed
    groups = actions is _BLESS
    clause = draw_clause(rng, _GOD, actions, tense, times, timed, ("der",), 1.0 if groups else 0.4)
    return replace(clause, renderings=_SHALL)


def _human(rng: random.Random, tense: str, timed: float = 0.3) -> Clause:
    if rng.random() < 0.3:
        action = _SEE + _SERVE[3:6]
        return draw_clause(rng, _SERVANTS, action, tense, _PAST[:-1], timed, ("der", "dies", "ein"))
    actions = tuple(action for action in _SERVE if action.objects[0] in _GROUPS)
    return draw_clause(rng, _SERVANTS, actions, tense, _PAST[:-1], timed, ("der",), 1.0)


def proclaims(rng: random.Random) -> Sentence:
    indeed, clause = rng.choice(_INDEED), _divine(rng, rng.choice(("present", "perfect", "werden")))
    de = clause.main()
    return Sentence(f"{indeed.de} {de}.", f"{indeed.en} {clause.english()}.")


def knows(rng: random.Random) -> Sentence:
    start, clause = rng.choice(_KNOW), _divine(rng, rng.choice(("present", "perfect", "werden")))
    ending = "?" if start.de.startswith("habt") else "."
    return Sentence(f"{start.de} {clause.subordinate()}{ending}", f"{start.en} {clause.english()}{ending}")


def narrates(rng: random.Random) -> Sentence:
    clause = _human(rng, "perfect", 0.7)
    if clause.time.de and rng.random() < 0.5:
        return Sentence(clause.fronted(), f"{clause.english_fronting(0.6)}.")
    return Sentence(f"{clause.main()}.", f"{clause.english_fronting(0.3)}.")


def promises(rng: random.Random) -> Sentence:
    clause, condition = _divine(rng, "werden"), rng.choice(_CONDITIONS)
    if rng.random() < 0.5:
        return Sentence(
            f"wenn {condition.de}, {clause.inverted()}.", f"[if:7|when:3] {condition.en}, {clause.english()}."
        )
    return Sentence(f"{clause.main()}, wenn {condition.de}.", f"{clause.english()} [if:7|when:3] {condition.en}.")


def those_who(rng: random.Random) -> Sentence:
    deed, fate = rng.choice(_DEEDS), rng.choice(_FATES)
    start = rng.choice((Text("diejenigen, die", "those who"), Text("alle, die", "all [those:3|:7] who")))
    time = rng.choice((Text("", ""), *_WHEN))
    en = f"{start.en} {deed.en} {_WILL} {fate.en}"
    front = f"[{time.en}, {en}:3|{en} {time.en}:7]" if time.en else en
    return Sentence(f"{start.de} {deed.de}, werden {time.de} {fate.de}.", f"{front}.")


def commands(rng: random.Random) -> Sentence:
    called, command, clause = rng.choice(_CALLED), rng.choice(_COMMANDS), _divine(rng, "perfect", 0.3)
    relative = replace(clause, subject=clause.subject._replace(de="der", en="who"))
    return Sentence(
        f"{called.de}, {command.de}, {relative.subordinate()}.", f"{called.en}, {command.en}, {relative.english()}."
    )


def asks(rng: random.Random) -> Sentence:
    clause = _divine(rng, "perfect", 0.4)
    seen = rng.choice((Text("habt ihr nicht gesehen", "have you not seen"), Text("wisst ihr nicht", "do you not know")))
    return Sentence(f"{seen.de}, wie {clause.subordinate()}?", f"{seen.en} how {clause.english()}?")


def after(rng: random.Random) -> Sentence:
    first, second = _divine(rng, "perfect", 0.0), _human(rng, "perfect", 0.0)
    return Sentence(
        f"nachdem {replace(first, tense='pluperfect').subordinate()}, {second.inverted()}.",
        f"after {first.put(EARLIER).english()}, {second.put(NARRATED).english()}.",
    )


def because(rng: random.Random) -> Sentence:
    first, second = _human(rng, "perfect", 0.0), _divine(rng, rng.choice(("present", "perfect")), 0.0)
    return Sentence(
        f"{first.main()}, weil {second.subordinate()}.",
        f"{first.put(NARRATED).english()} [because:7|, for:3] {second.put(EARLIER).english()}.",
    )


def belongs(rng: random.Random) -> Sentence:
    first, second = rng.sample(_CREATED[:2] + _CREATED[3:], 2)
    one, two = (phrase("der", noun, "n", rng.random() < 0.3 and bool(noun.de.plural)) for noun in (first, second))
    owner = rng.choice((Text("Gott", "[God:7|Allah:3]"), Text("Ihm", "Him"), Text("eurem Herrn", "your Lord")))
    return Sentence(
        f"{owner.de} gehören {one.de} und {two.de}.",
        f"[to {owner.en} belong {one.en} and {two.en}:6|{one.en} and {two.en} belong to {owner.en}:4].",
    )


CORPUS = Corpus(
    "German to English in the style of scripture",
    "de",
    "en",
    {
        proclaims: 4,
        knows: 4,
        narrates: 3,
        promises: 3,
        those_who: 2,
        commands: 2,
        asks: 2,
        after: 2,
        because: 2,
        belongs: 0.5,
    },
)
