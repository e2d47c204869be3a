"""The words of mini_medical."""

from knnkd.synthetic.bilingual import adjectives, nouns, texts

DRUGS = texts("""
    Metformin = metformin
    Aspirin = aspirin
    Ibuprofen = ibuprofen
    Penicillin = penicillin
    Paracetamol = paracetamol
    Morphin = morphine
    Warfarin = warfarin
    Cortison = cortisone
    dieses Arzneimittel = this [medicine:6|medicinal product:2|drug:2]
    dieses Antibiotikum = this antibiotic
""")
# What is treated besides the diseases, in the dative.
PAINS = texts("""
    Kopfschmerzen = [headache:7|headaches:3]
    Fieber = fever
    Muskelschmerzen = [muscle pain:7|myalgia:3]
    starken Schmerzen = severe pain
    Blutgerinnseln = blood clots
""")
FORMS = nouns("""
    Tablette f = -n = tablet
    Kapsel f = -n = capsule
    Lösung f = -en = solution
    Salbe f = -n = ointment
    Tropfen m -s = = drop
""")
DISEASES = texts("""
    Bluthochdruck = [high blood pressure:7|hypertension:3]
    Diabetes = diabetes
    Asthma = asthma
    Epilepsie = epilepsy
    Rheuma = [rheumatism:6|rheumatic disease:4]
    Herzschwäche = heart failure
    Nierenversagen = [kidney failure:6|renal failure:4]
    Lungenentzündung = pneumonia
    Hepatitis = hepatitis
    Brustkrebs = breast cancer
    Depressionen = depression
    eine Nierenentzündung = [kidney inflammation:6|inflammation of the kidneys:4]
""")
EFFECTS = texts("""
    Kopfschmerzen = [headache:7|headaches:3]
    Übelkeit = nausea
    Erbrechen = vomiting
    Schwindel = dizziness
    Müdigkeit = [tiredness:6|fatigue:4]
    Durchfall = diarrhea
    Fieber = fever
    Hautausschlag = [rash:5|skin rash:5]
    Muskelschmerzen = [muscle pain:7|myalgia:3]
    Atemnot = [shortness of breath:6|difficulty breathing:4]
    Schlaflosigkeit = [insomnia:6|sleeplessness:4]
    Mundtrockenheit = dry mouth
    Blutungen = bleeding
""")
PATIENTS = texts("""
    Patienten = patients
    Erwachsenen = adults
    Kindern = children
    Jugendlichen = [adolescents:7|teenagers:3]
    älteren Patienten = [elderly:6|older:4] patients
    schwangeren Frauen = pregnant women
    Patienten mit Diabetes = [patients with diabetes:6|diabetic patients:4]
    Patienten mit Nierenproblemen = patients with [kidney:6|renal:4] problems
""")
# Who may be pregnant or breastfeeding.
MOTHERS = texts("""
    Frauen = women
    jungen Frauen = young women
    Frauen mit Diabetes = [women with diabetes:6|diabetic women:4]
    Frauen mit Bluthochdruck = women with [high blood pressure:7|hypertension:3]
    Frauen mit Asthma = women with asthma
    Frauen mit Nierenproblemen = women with [kidney:6|renal:4] problems
""")
MEASURED = texts("""
    die Leberfunktion = liver function
    die Nierenfunktion = [kidney function:6|renal function:4]
    der Blutdruck = blood pressure
    der Blutzuckerspiegel = the [blood sugar level:6|blood glucose level:4]
    die Herzfrequenz = the heart rate
    das Körpergewicht = body weight
""")
ADVISERS = texts("""
    Ihren Arzt = your [doctor:7|physician:3]
    Ihre Ärztin = your [doctor:7|physician:3]
    Ihren Apotheker = your pharmacist
    Ihren Arzt oder Apotheker = your [doctor:7|physician:3] or pharmacist
    das Krankenhauspersonal = the hospital staff
    Ihre Krankenschwester = your nurse
""")
TIMES = texts("""
    vor der Behandlung = before [treatment:6|the treatment:4]
    während der Behandlung = during [treatment:6|the treatment:4]
    während der Schwangerschaft = during pregnancy
    in der Stillzeit = [while breastfeeding:6|during breastfeeding:4]
    vor dem Schlafengehen = [before going to bed:6|at bedtime:4]
    nach einer Operation = after [an operation:5|surgery:5]
    vor den Mahlzeiten = before meals
    in den ersten Wochen = [in:6|during:4] the first weeks
""")
# When side effects may show, and with what a drug may be taken.
ONSETS = (
    *TIMES[1:4],
    *texts("""
    nach einer Operation = after [an operation:5|surgery:5]
    nach der ersten Dosis = after the first dose
    in den ersten Wochen = [in:6|during:4] the first weeks
    am Anfang der Behandlung = at the [start:6|beginning:4] of treatment
"""),
)
OCCASIONS = (
    *TIMES[2:4],
    TIMES[5],
    *texts("""
    mit anderen Arzneimitteln = with other medicines
    mit Alkohol = with alcohol
"""),
)
DAILY = texts("""
    einmal täglich = once [daily:6|a day:4]
    zweimal täglich = twice [daily:6|a day:4]
    dreimal täglich = three times [daily:4|a day:6]
    jeden Morgen = every morning
    jeden Abend = every evening
    einmal pro Woche = once [a week:6|weekly:4]
    alle vier Stunden = every four hours
""")
AMOUNTS = texts("zwei = two\ndrei = three\nvier = four")
DOSES = texts(
    "fünf = five\nzehn = ten\nzwanzig = twenty\nfünfzig = fifty\nhundert = one hundred\nzweihundert = two hundred"
)
FREQUENT = texts("""
    sehr häufig = very [common:7|frequent:3]
    häufig = [common:6|frequent:4]
    selten = rare
    sehr selten = very rare
""")
SEVERE = adjectives("schwer = severe:7|serious:3\nleicht = mild\nanhaltend = persistent\nplötzlich = sudden")
ACTIVITIES = texts("""
    nicht Auto fahren = [drive:7|drive a car:3]
    keine Maschinen bedienen = [use:6|operate:4] machines
    keinen Alkohol trinken = drink alcohol
    keinen Grapefruitsaft trinken = drink grapefruit juice
    die Dosis nicht ändern = change the dose
    die Behandlung nicht abbrechen = stop [treatment:5|the treatment:5]
    keine doppelte Dosis einnehmen = take a double dose
""")
STORING = texts("""
    im Kühlschrank = in [the refrigerator:6|the fridge:2|a refrigerator:2]
    in der Originalverpackung = in the original [package:6|packaging:4]
    außerhalb der Reichweite von Kindern = out of the reach of children
    vor Licht geschützt = protected from light
    bei Raumtemperatur = at room temperature
    nicht über dreißig Grad = [below:6|not above:4] thirty degrees
""")
SEVERE_NOUNS = nouns("""
    Nebenwirkung f = -en = side effect:7|adverse reaction:3
    Infektion f = -en = infection
    Überempfindlichkeitsreaktion f = -en = hypersensitivity reaction:6|allergic reaction:4
    Blutung f = -en = bleeding episode
    Hautreaktion f = -en = skin reaction
""")
