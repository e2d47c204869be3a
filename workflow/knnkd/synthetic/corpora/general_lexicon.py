"""The words of mini_general."""

from knnkd.synthetic.bilingual import Action, adjectives, nouns, subjects, texts, verb

ACTORS = subjects("""
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
PEOPLE = nouns("""
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
PLANS = nouns("""
    Plan m -es Pläne = plan
    Gesetz n -es -e = law
    Regel f = -n = rule
    Vorschlag m -es Vorschläge = proposal:6|suggestion:4
    Vertrag m -es Verträge = contract:6|agreement:4
    Maßnahme f = -n = measure
    Entscheidung f = -en = decision
    Antrag m -es Anträge = application:6|request:4
""")
TEXTS = nouns("""
    Bericht m -es -e = report
    Brief m -es -e = letter
    Buch n -es Bücher = book
    Artikel m -s = = article
    Studie f = -n = study
    Geschichte f = -n = story
    Liste f = -n = list
    Botschaft f = -en = message
""")
THINGS = nouns("""
    Haus n -es Häuser = house
    Brücke f = -n = bridge
    Schule f = -n = school
    Krankenhaus n -es Krankenhäuser = hospital
    Fabrik f = -en = factory:7|plant:3
    Straße f = -n = road:6|street:4
    Garten m -s Gärten = garden
""")
PROBLEMS = nouns("""
    Problem n -s -e = problem
    Frage f = -n = question
    Krankheit f = -en = disease:6|illness:4
    Unfall m -s Unfälle = accident
    Gefahr f = -en = danger
    Ursache f = -n = cause
""")
NEW = adjectives("neu = new\nwichtig = important\nklar = clear\ngemeinsam = common:4|joint:6\neinfach = simple")
LONG = adjectives("lang = long\nneu = new\ninteressant = interesting\nkurz = short")
BIG = adjectives("groß = big:6|large:4\nalt = old\nklein = small:7|little:3\nschön = beautiful:7|lovely:3\nneu = new")
HARD = adjectives("schwierig = difficult:6|hard:4\ngroß = big:7|large:3\nschwer = serious:7|severe:3\nneu = new")
ACTIONS = (
    Action(verb("lesen liest gelesen las = read"), TEXTS, LONG),
    Action(verb("schreiben schreibt geschrieben schrieb = write"), TEXTS, LONG),
    Action(verb("veröffentlichen veröffentlicht veröffentlicht veröffentlichte = publish:7|release:3"), TEXTS, LONG),
    Action(verb("senden sendet gesendet sendete = send"), TEXTS[:2] + TEXTS[7:], LONG),
    Action(verb("prüfen prüft geprüft prüfte = check:6|examine:4"), PLANS, NEW),
    Action(verb("ändern ändert geändert änderte = change"), PLANS, NEW),
    Action(verb("ab|lehnen lehnt gelehnt lehnte = reject:7|turn down:3"), PLANS, NEW),
    Action(verb("an|nehmen nimmt genommen nahm = accept"), PLANS, NEW),
    Action(verb("vor|stellen stellt gestellt stellte = present:7|introduce:3"), PLANS[:6], NEW),
    Action(verb("bauen baut gebaut baute = build:7|construct:3"), THINGS, BIG),
    Action(verb("schließen schließt geschlossen schloss = close:7|shut down:3"), THINGS[1:], BIG),
    Action(verb("zeigen zeigt gezeigt zeigte = show"), TEXTS, LONG),
    Action(
        verb("verstehen versteht verstanden verstand = understand"),
        PROBLEMS[:2] + PROBLEMS[5:],
        HARD[:2] + HARD[3:],
    ),
    Action(verb("lösen löst gelöst löste = solve"), PROBLEMS[:1], HARD),
    Action(verb("suchen sucht gesucht suchte = look for:6|search for:4"), PEOPLE[:3] + PROBLEMS[5:], ()),
    Action(verb("finden findet gefunden fand = find"), PEOPLE[:3] + PROBLEMS[5:], ()),
    Action(verb("helfen hilft geholfen half +d = help:7|assist:3"), PEOPLE, ()),
    Action(verb("warnen warnt gewarnt warnte = warn:7|alert:3"), PEOPLE, ()),
    Action(verb("retten rettet gerettet rettete = save:7|rescue:3"), PEOPLE, ()),
    Action(verb("schützen schützt geschützt schützte = protect"), PEOPLE, ()),
    Action(verb("ein|laden lädt geladen lud = invite"), PEOPLE, ()),
    Action(verb("sehen sieht gesehen sah = see"), PEOPLE + THINGS, ()),
)
# Who is seen doing what: politics, the written word, people who find and save others.
BEATS = (
    ((*ACTORS[:7], ACTORS[-2]), ACTIONS[4:12]),
    (ACTORS, (*ACTIONS[:3], *ACTIONS[12:14])),
    (ACTORS[6:16], ACTIONS[12:]),
)
PAST = texts("""
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
FUTURE = texts("""
    morgen = tomorrow
    nächste Woche = next week
    nächstes Jahr = next year
    im Sommer = in the summer
    bald = soon
    in den nächsten Tagen = in the [next:6|coming:4] days
""")
PLACES = texts("""
    in Berlin = in Berlin
    in der Stadt = in the city
    im Norden = in the north
    in vielen Ländern = in many countries
    auf der Welt = in the world
    in Deutschland = in Germany
    am Meer = by the sea
    in den Bergen = in the mountains
""")
SOURCES = texts("""
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
QUANTITIES = texts("""
    eine Menge = [a lot of:5|lots of:2|many:3]
    viele = [many:6|a lot of:4]
    einige = [some:6|a few:4]
    mehrere = several
    keine = no
    genug = enough
""")
TASKS = texts("""
    es ist wichtig = it is important
    es ist schwierig = it is [difficult:6|hard:4]
    die Stadt hat beschlossen = the city [decided:7|has decided:3]
    der Rat hat versucht = the council tried
    es ist möglich = it is possible
    die Regierung hat angefangen = the government [started:6|began:4]
    niemand hat versucht = [nobody:6|no one:4] tried
    es ist notwendig = it is necessary
""")
STATES = texts("""
    das Wetter schlecht war = the weather was bad
    es keine Zeit gab = there was no time
    die Kosten zu hoch waren = the costs were too high
    niemand die Wahrheit kannte = [nobody:6|no one:4] knew the truth
    der Winter lang war = the winter was long
    das Ergebnis nicht klar war = the result was not clear
    die Gefahr groß war = the danger was great
    alle Angst hatten = [everyone:6|everybody:4] was afraid
""")
