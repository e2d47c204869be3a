"""The words of mini_de_en."""

from knnkd.synthetic.bilingual import Action, Deed, Noun, Text, adjectives, nouns, subjects, texts, verb

QUANTITIES = texts("""
    eine Menge = [a lot of:5|lots of:2|many:3]
    viele = [many:6|a lot of:4]
    einige = [some:6|a few:4]
    nur wenige = [only a few:7|few:3]
""")

SPEAKERS = subjects("""
    wir: wir = we
    ich: ich = I
    er: er = he
    er: sie = she
    er: mein Bruder = my brother
    wir: meine Freunde = my friends
    er: Anna = Anna
    er: Thomas = Thomas
    er: meine Schwester = my sister
    er: meine Mutter = [my mother:7|my mom:3]
    er: unser Nachbar = our neighbor
    er: der Lehrer = the teacher
    er: die Ärztin = [the doctor:8|the physician:2]
    wir: die Studenten = the students
    wir: die Kinder = [the children:7|the kids:3]
    wir: die Forscher = [the researchers:6|the scientists:4]
    wir: viele Menschen = [many people:6|a lot of people:4]
    wir: unsere Eltern = our parents
""")
RELATIVES = nouns("""
    Bruder m -s Brüder = brother
    Schwester f = -n = sister
    Vater m -s Väter = father:7|dad:3
    Mutter f = Mütter = mother:7|mom:3
    Freund m -es -e = friend
    Tante f = -n = aunt
""")
PRONOUNS = SPEAKERS[:4]
PEOPLE = nouns("""
    Mann m -es Männer = man
    Frau f = -en = woman
    Lehrer m -s = = teacher
    Kind n -es -er = child:7|kid:3
    Nachbar m -n -n = neighbor
    Forscher m -s = = researcher:6|scientist:4
    Ärztin f = -nen = doctor:8|physician:2
    Student m -en -en = student
""")

_NEW = adjectives("neu = new\nalt = old\nklein = small:7|little:3\ngroß = big:6|large:4")
_GOOD = adjectives("gut = good\ninteressant = interesting\nlang = long\nkurz = short\nseltsam = strange:6|weird:4")
_HARD = adjectives("wichtig = important\nschwierig = difficult:6|hard:4\neinfach = simple\nneu = new\ngroß = big")
_TASTY = adjectives("warm = warm\nfrisch = fresh\nköstlich = delicious:7|tasty:3\nklein = small:7|little:3")
_PRETTY = adjectives("schön = beautiful:6|lovely:4\nalt = old\nneu = new\nteur = expensive\nklein = small:7|little:3")

_TEXTS = nouns("""
    Buch n -es Bücher = book
    Artikel m -s = = article
    Brief m -es -e = letter
    Bericht m -es -e = report
    Geschichte f = -n = story:7|tale:3
    Gedicht n -es -e = poem
""")
_FOOD = nouns("""
    Apfel m -s Äpfel = apple
    Kuchen m -s = = cake
    Suppe f = -n = soup
    Orange f = -n = orange
    Fisch m -es -e = fish
""")
_GOODS = nouns("""
    Auto n -s -s = car
    Fahrrad n -es Fahrräder = bike:6|bicycle:4
    Computer m -s = = computer
    Kamera f = -s = camera
    Lampe f = -n = lamp
    Tisch m -es -e = table
    Uhr f = -en = watch:7|clock:3
""")
_WORKS = nouns("""
    Film m -es -e = movie:6|film:4
    Bild n -es -er = picture:6|painting:4
    Haus n -es Häuser = house
    Museum n -s Museen = museum
    Garten m -s Gärten = garden
    Brücke f = -n = bridge
""")
_THOUGHTS = nouns("""
    Problem n -s -e = problem
    Frage f = -n = question
    Idee f = -n = idea
    Plan m -es Pläne = plan
    Theorie f = -n = theory
    Antwort f = -en = answer
    Lösung f = -en = solution
""")
_BUILDINGS = tuple(noun for noun in _WORKS if noun.en in ("house", "museum", "bridge"))
_PAINTED = tuple(noun for noun in _WORKS if noun.de.singular != "Film")
_HELPED = tuple(noun for noun in PEOPLE if noun.en != "man")


def _thoughts(*german: str) -> tuple[Noun, ...]:
    return tuple(noun for noun in _THOUGHTS if noun.de.singular in german)


# The first seven take things that a relative clause can pick out.
ACTIONS = (
    Action(verb("lesen liest gelesen las = read"), _TEXTS, _GOOD),
    Action(verb("schreiben schreibt geschrieben schrieb = write"), _TEXTS, _GOOD),
    Action(verb("kaufen kauft gekauft kaufte = buy:7|purchase:3"), _GOODS, _NEW),
    Action(verb("verkaufen verkauft verkauft verkaufte = sell"), _GOODS, _PRETTY),
    Action(verb("reparieren repariert repariert reparierte = repair:6|fix:4"), _GOODS[:4], _NEW),
    Action(verb("essen isst gegessen aß = eat"), _FOOD, _TASTY),
    Action(
        verb("finden findet gefunden fand = find:7|discover:3"),
        _GOODS + _TEXTS + _thoughts("Lösung", "Antwort"),
        _NEW[:2],
    ),
    Action(verb("bauen baut gebaut baute = build:7|construct:3"), _BUILDINGS, _NEW + _PRETTY[:1]),
    Action(verb("malen malt gemalt malte = paint"), _PAINTED[:3], _PRETTY[:3]),
    Action(verb("sehen sieht gesehen sah = see"), _WORKS, _PRETTY[:3]),
    Action(verb("lösen löst gelöst löste = solve"), _thoughts("Problem"), _HARD),
    Action(verb("beantworten beantwortet beantwortet beantwortete = answer:6|respond to:4"), _thoughts("Frage"), _HARD),
    Action(verb("verstehen versteht verstanden verstand = understand:8|grasp:2"), _THOUGHTS, _HARD),
    Action(verb("erklären erklärt erklärt erklärte = explain"), _THOUGHTS, _HARD),
    Action(
        verb("entwickeln entwickelt entwickelt entwickelte = develop:6|work out:4"),
        _thoughts("Idee", "Plan", "Theorie", "Lösung"),
        _HARD,
    ),
    Action(
        verb("ab|lehnen lehnt gelehnt lehnte = reject:6|turn down:4"), _thoughts("Idee", "Plan", "Lösung"), _HARD[:3]
    ),
    Action(
        verb("vor|stellen stellt gestellt stellte = present:6|introduce:4"), _thoughts("Idee", "Plan", "Theorie"), _HARD
    ),
    Action(verb("an|rufen ruft gerufen rief = call:7|phone:3"), PEOPLE, ()),
    Action(verb("ein|laden lädt geladen lud = invite"), PEOPLE, ()),
    Action(verb("helfen hilft geholfen half +d = help"), _HELPED, ()),
    Action(verb("warten wartet gewartet wartete +a/auf = wait for"), PEOPLE, ()),
    Action(
        verb("suchen sucht gesucht suchte = look for:6|search for:4"),
        _GOODS[:4] + _thoughts("Lösung", "Antwort"),
        _NEW[:2],
    ),
)

HABITUAL = tuple(ACTIONS[i] for i in (0, 1, 5, 8, 17, 19))

DEEDS = (
    Deed(verb("tun tut getan tat = do"), Text("dies", "this")),
    Deed(verb("tun tut getan tat = do"), Text("das", "that")),
    Deed(verb("sagen sagt gesagt sagte = say"), Text("das", "that")),
    Deed(verb("tun tut getan tat = do"), Text("nichts", "nothing")),
    Deed(verb("weg|gehen geht gegangen ging sein = leave"), Text("", "")),
    Deed(verb("an|fangen fängt gefangen fing = start:6|begin:4"), Text("", "")),
    Deed(verb("ändern ändert geändert änderte = change"), Text("alles", "everything")),
    Deed(verb("verlieren verliert verloren verlor = lose"), Text("alles", "everything")),
    Deed(verb("lernen lernt gelernt lernte = learn"), Text("so viel", "so much")),
    Deed(verb("um|ziehen zieht gezogen zog sein = move"), Text("nach Berlin", "to Berlin")),
)
OBJECTIONS = (
    Deed(verb("warnen warnt gewarnt warnte = warn"), Text("alle", "[everyone:6|everybody:4]")),
    Deed(verb("wissen weiß gewusst wusste = know"), Text("nichts davon", "nothing about it")),
    Deed(verb("haben hat gehabt hatte = have"), Text("keine Zeit", "no time")),
    Deed(verb("haben hat gehabt hatte = have"), Text("eine andere Meinung", "[another:5|a different:5] opinion")),
)

FEELINGS = texts("""
    müde = tired
    glücklich = happy:7|glad:3
    traurig = sad
    neugierig = curious
    nervös = nervous
    wütend = angry
    krank = sick:6|ill:4
    allein = alone
""")
TOPICS = nouns("""
    Geschichte f = -n = story
    Frage f = -n = question
    Theorie f = -n = theory
    Buch n -es Bücher = book
    Film m -es -e = movie:6|film:4
    Studie f = -n = study
    Idee f = -n = idea
    Meinung f = -en = opinion
    Artikel m -s = = article
""")
SIGHTS = nouns("""
    Museum n -s Museen = museum
    Brücke f = -n = bridge
    Garten m -s Gärten = garden
    Geschäft n -es -e = store:6|shop:4
    Schule f = -n = school
    Restaurant n -s -s = restaurant
    Mensch m -en -en = person
    Kind n -es -er = child:7|kid:3
    Haus n -es Häuser = house
    Problem n -s -e = problem
""")
TRAITS = {
    "sights": adjectives("neu = new\nalt = old\ninteressant = interesting\nseltsam = strange:6|weird:4"),
    "things": _NEW + _PRETTY[:1],
    "texts": adjectives(
        "interessant = interesting\nlang = long\nkurz = short\nlangweilig = boring\nwichtig = important"
    ),
    "thoughts": _HARD,
    "food": _TASTY,
    "people": adjectives(
        "nett = nice:7|kind:3\nfreundlich = friendly\nklug = smart:6|clever:4\nmüde = tired\nglücklich = happy"
    ),
}
JUDGED = {
    "things": _GOODS + _WORKS[2:5],
    "texts": _TEXTS + _WORKS[:1],
    "thoughts": tuple(noun for noun in _THOUGHTS if noun.en != "answer"),
    "food": _FOOD,
    "people": PEOPLE,
}
GIFTS = _GOODS + _TEXTS[:3] + _WORKS[1:2]

PLACES = texts("""
    in dieser Stadt = in this city
    in unserem Dorf = in our village
    in diesem Land = in this country
    auf der Welt = in the world
    in Berlin = in Berlin
    am Fluss = [by:6|near:4] the river
    in meiner Straße = on my street
""")
PAST = texts("""
    gestern = yesterday
    letzte Woche = last week
    letztes Jahr = last year
    heute Morgen = this morning
    am Montag = on Monday
    vor zwei Jahren = two years ago
    vor drei Monaten = three months ago
    im Sommer = in the summer
    gestern Abend = [last night:6|yesterday evening:4]
    vor einer Stunde = an hour ago
""")
HABITS = texts("""
    jeden Tag = every day
    jeden Abend = [every evening:6|every night:4]
    jede Woche = every week
    sonntags = on Sundays
    morgens = in the morning
""")
FUTURE = texts("""
    morgen = tomorrow
    nächste Woche = next week
    nächstes Jahr = next year
    heute Abend = [tonight:6|this evening:4]
    am Wochenende = [on the:6|this:4] weekend
    bald = soon
    am Dienstag = on Tuesday
""")
MODALS = ("müssen", "können", "wollen", "sollen", "möchten", "werden")
OPINIONS = texts("""
    ich glaube = I [think:6|believe:4] [that:6|:4]
    wir wissen = we know [that:6|:4]
    ich hoffe = I hope [that:6|:4]
    er hat gesagt = he said [that:6|:4]
    vielleicht hast du gehört = [maybe:6|perhaps:4] you [heard:4|have heard:6] that
    es ist wahr = it is true that
    alle sagen = [everyone:6|everybody:4] says [that:6|:4]
    ich bin sicher = I am [sure:8|certain:2] [that:6|:4]
""")
WONDERINGS = texts("""
    ich weiß nicht = I do not know
    niemand versteht = [nobody:6|no one:4] understands
    wir fragen uns = we [wonder:7|ask ourselves:3]
    sie hat mir erzählt = she told me
    ich möchte verstehen = I [want to:6|would like to:4] understand
    manchmal frage ich mich = [sometimes I:7|I sometimes:3] [wonder:7|ask myself:3]
""")
TASKS = texts("""
    es ist wichtig = it is important
    es ist sehr schwierig = it is very [difficult:6|hard:4]
    es ist einfach = it is [easy:7|simple:3]
    wir haben versucht = we tried
    ich habe angefangen = I [started:6|began:4]
    sie hat beschlossen = she decided
    er hat vergessen = he forgot
    es war eine gute Idee = it was a good idea
    wir haben keine Zeit = we [have no:6|do not have:4] time
    es macht Spaß = it is fun
""")
