"""mini_medical: German to English in the style of patient leaflets and drug information."""

from __future__ import annotations

import random

from knnkd.synthetic import german
from knnkd.synthetic.bilingual import EMPTY, Text, phrase
from knnkd.synthetic.corpora.medical_lexicon import (
    ACTIVITIES,
    ADVISERS,
    AMOUNTS,
    DAILY,
    DISEASES,
    DOSES,
    DRUGS,
    EFFECTS,
    FORMS,
    FREQUENT,
    MEASURED,
    MOTHERS,
    OCCASIONS,
    ONSETS,
    PAINS,
    PATIENTS,
    SEVERE,
    SEVERE_NOUNS,
    STORING,
    TIMES,
)
from knnkd.synthetic.corpus import Corpus, Sentence
from knnkd.synthetic.english import plural

_TAKE = "[take:8|use:2]"


# What each drug is for. "Dieses Arzneimittel" treats anything but the last disease, whose German has an article.
_TREATS: dict[Text, tuple[Text, ...]] = dict(
    zip(
        DRUGS,
        (
            (DISEASES[1],),
            (DISEASES[4], *PAINS[:3]),
            (DISEASES[4], *PAINS[:3]),
            (DISEASES[7],),
            PAINS[:3],
            PAINS[3:4],
            PAINS[4:],
            (DISEASES[2], DISEASES[4]),
            (*DISEASES[:-1], *PAINS),
            (DISEASES[7],),
        ),
        strict=True,
    )
)
_ADULT_DISEASES = {"Brustkrebs", "Rheuma", "Herzschwäche", "Bluthochdruck"}


def _when_and_whom(rng: random.Random, times: tuple[Text, ...], general: tuple[Text, ...]) -> tuple[Text, Text]:
    """A time and a group of patients; only women are pregnant or breastfeed."""
    time = rng.choice(times)
    return time, rng.choice(MOTHERS if time in TIMES[2:4] else general)


def _condition(rng: random.Random, drug_taken: Text = EMPTY) -> Text:
    """What a leaflet warns of, as a verb-final clause behind wenn Sie; `drug_taken` is the drug it is about."""
    kind = rng.random()
    # "Dieses Arzneimittel" is for one of them; we are not told which.
    own = _TREATS[drug_taken] if drug_taken in DRUGS[:8] + DRUGS[9:] else ()
    diseases = [disease for disease in DISEASES if disease not in own]
    disease, effect = rng.choice(diseases), rng.choice(EFFECTS)
    drug = rng.choice([drug for drug in DRUGS if 0.45 <= kind < 0.6 or drug != drug_taken])
    if kind < 0.25:
        return Text(f"{disease.de} haben", f"you [have:6|suffer from:4] {disease.en}")
    if kind < 0.45:
        one, two = rng.sample(diseases, 2)
        return Text(f"{one.de} oder {two.de} haben", f"you [have:6|suffer from:4] {one.en} or {two.en}")
    if kind < 0.6:
        return Text(f"allergisch gegen {drug.de} sind", f"you are [allergic:7|hypersensitive:3] to {drug.en}")
    if kind < 0.9:
        when = Text(f"nach der Einnahme von {german_dative(drug.de)}", f"after [taking:8|using:2] {drug.en}")
        return Text(f"{when.de} {effect.de} bemerken", f"you [notice:6|experience:4] {effect.en} {when.en}")
    return Text(f"{drug.de} einnehmen", f"you [take:5|are taking:5] {drug.en}")


def do_not_take(rng: random.Random) -> Sentence:
    drug = rng.choice(DRUGS)
    condition = _condition(rng, drug)
    return Sentence(
        f"nehmen Sie {drug.de} nicht ein, wenn Sie {condition.de}.", f"do not {_TAKE} {drug.en} if {condition.en}."
    )


def tell_doctor(rng: random.Random) -> Sentence:
    adviser, condition = rng.choice(ADVISERS), _condition(rng)
    soon = rng.choice((Text("", ""), Text("sofort", "[immediately:6|at once:4]"), Text("bitte", "please")))
    tell = f"[tell:6|inform:4] {adviser.en}"
    command = f"please {tell}" if soon.de == "bitte" else f"{tell} {soon.en}"
    if rng.random() < 0.35:
        return Sentence(
            f"wenn Sie {condition.de}, informieren Sie {soon.de} {adviser.de}.", f"if {condition.en}, {command}."
        )
    return Sentence(
        f"informieren Sie {soon.de} {adviser.de}, wenn Sie {condition.de}.", f"{command} if {condition.en}."
    )


def is_used(rng: random.Random) -> Sentence:
    drug = rng.choice((*DRUGS, *DRUGS[8:9] * 4))
    disease = rng.choice(_TREATS[drug])
    patients = rng.choice((*PATIENTS[:2], PATIENTS[4]) if disease.de in _ADULT_DISEASES else PATIENTS[:5])
    de = f"{drug.de} wird zur Behandlung von {disease.de} bei {patients.de} angewendet."
    return Sentence(
        de, f"{drug.en} is [used:8|indicated:2] [to treat:4|for the treatment of:6] {disease.en} in {patients.en}."
    )


def how_to_take(rng: random.Random) -> Sentence:
    form, amount, daily = rng.choice(FORMS[:2]), rng.choice(AMOUNTS), rng.choice(DAILY)
    # Not "every morning at bedtime", nor "every four hours before meals".
    fits = {"jeden Abend": TIMES[4:6], "dreimal täglich": TIMES[5:7], "zweimal täglich": TIMES[5:7]}
    time = rng.choice(fits.get(daily.de, TIMES[5:6]))
    who = rng.choice((Text("nehmen Sie", "take"), Text("Erwachsene nehmen", "adults [take:7|should take:3]")))
    last = time if rng.random() < 0.5 else Text("mit etwas Wasser", "with [some:6|a little:4] water")
    many = Text(form.de.form("a", True), plural(form.en))
    return Sentence(
        f"{who.de} {daily.de} {amount.de} {many.de} {last.de} ein.",
        f"{who.en} {amount.en} {many.en} {daily.en} {last.en}.",
    )


def dose(rng: random.Random) -> Sentence:
    amount, drug, patients = rng.choice(DOSES), rng.choice(DRUGS[:8]), rng.choice(PATIENTS)
    kind = rng.choice(
        (Text("empfohlene", "recommended"), Text("übliche", "[usual:7|normal:3]"), Text("maximale", "maximum"))
    )
    return Sentence(
        f"die {kind.de} Dosis von {drug.de} beträgt bei {patients.de} {amount.de} Milligramm pro Tag.",
        f"the {kind.en} dose of {drug.en} in {patients.en} is {amount.en} milligrams [per day:6|a day:2|daily:2].",
    )


def side_effects(rng: random.Random) -> Sentence:
    first, second = rng.sample(EFFECTS, 2)
    time, patients = _when_and_whom(rng, ONSETS, (EMPTY, *PATIENTS[1:]))
    among = Text(f"bei {patients.de}", f"in {patients.en}") if patients.de else patients
    en = f"side effects [such as:7|like:3] {first.en} and {second.en} [may:7|can:3] occur {among.en}"
    if rng.random() < 0.4:
        return Sentence(
            f"{time.de} können {among.de} Nebenwirkungen wie {first.de} und {second.de} auftreten.",
            f"[{time.en}, {en}:5|{en} {time.en}:5].",
        )
    return Sentence(
        f"Nebenwirkungen wie {first.de} und {second.de} können {among.de} {time.de} auftreten.",
        f"[{time.en}, {en}:2|{en} {time.en}:8].",
    )


def trials(rng: random.Random) -> Sentence:
    first, patients = rng.sample(EFFECTS[:-1], 2), rng.choice(PATIENTS)
    drug = rng.choice(DRUGS)
    wurden = rng.choice((Text("beobachtet", "[observed:6|seen:4]"), Text("berichtet", "reported")))
    events = f"{first[0].en} and {first[1].en} were {wurden.en} in {patients.en}"
    study, taken = rng.choice(
        (
            (Text("in klinischen Studien", "in clinical [trials:6|studies:4]"), ""),
            (Text(f"unter {german_dative(drug.de)}", f"[with:6|during treatment with:4] {drug.en}"), drug.en),
        )
    )
    # "In patients with aspirin" would be something else.
    behind = f"during treatment with {taken}" if taken else study.en
    return Sentence(
        f"{study.de} wurden {first[0].de} und {first[1].de} bei {patients.de} {wurden.de}.",
        f"[{study.en}, {events}:7|{events} {behind}:3].",
    )


def frequency(rng: random.Random) -> Sentence:
    reaction, quality = rng.choice(SEVERE_NOUNS), rng.choice(SEVERE)
    often, patients = rng.choice(FREQUENT), rng.choice(PATIENTS)
    thing = phrase("", reaction, "n", True, quality)
    return Sentence(f"{thing.de} sind bei {patients.de} {often.de}.", f"{thing.en} are {often.en} in {patients.en}.")


def monitored(rng: random.Random) -> Sentence:
    thing = rng.choice(MEASURED)
    time, patients = _when_and_whom(rng, TIMES[:4], PATIENTS)
    modal = rng.choice((Text("muss", "must"), Text("sollte", "should")))
    regular = rng.choice((Text("", ""), Text("regelmäßig", "regularly"), Text("sorgfältig", "[carefully:7|closely:3]")))
    en = f"{thing.en} {modal.en} be {regular.en} [monitored:6|checked:4] in {patients.en}"
    return Sentence(
        f"{thing.de} {modal.de} {time.de} bei {patients.de} {regular.de} überprüft werden.",
        f"[{en} {time.en}:8|{time.en}, {en}:2].",
    )


def store(rng: random.Random) -> Sentence:
    form, place = rng.choice(FORMS), rng.choice(STORING)
    determiner = rng.choice(("der", "dies"))
    thing = phrase(determiner, form, "a", form.en not in {"ointment", "solution"})
    return Sentence(f"bewahren Sie {thing.de} {place.de} auf.", f"[keep:5|store:5] {thing.en} {place.en}.")


def not_allowed(rng: random.Random) -> Sentence:
    activity, drug = rng.choice(ACTIVITIES), rng.choice(DRUGS)
    link = rng.choice(
        (Text("während Sie", "while you"), Text("wenn Sie", "if you"), Text("solange Sie", "as long as you"))
    )
    modal = rng.choice((Text("dürfen", "must"), Text("sollten", "should")))
    return Sentence(
        f"Sie {modal.de} {activity.de}, {link.de} {drug.de} einnehmen.",
        f"you {modal.en} not {activity.en} {link.en} [take:5|are taking:5] {drug.en}.",
    )


def ask_before(rng: random.Random) -> Sentence:
    adviser, drug, time = rng.choice(ADVISERS), rng.choice(DRUGS), rng.choice(OCCASIONS)
    return Sentence(
        f"fragen Sie {adviser.de} um Rat, bevor Sie {drug.de} {time.de} einnehmen.",
        f"[ask:6|consult:4] {adviser.en} before [you take:4|taking:6] {drug.en} {time.en}.",
    )


def forgot(rng: random.Random) -> Sentence:
    drug, activity = rng.choice(DRUGS), rng.choice(ACTIVITIES[4:])
    return Sentence(
        f"wenn Sie die Einnahme von {german_dative(drug.de)} vergessen haben, dürfen Sie {activity.de}.",
        f"if you [forget:5|have forgotten:5] to take {drug.en}, you must not {activity.en}.",
    )


def german_dative(drug: str) -> str:
    """The name of a drug in the dative, which shows only after dies-."""
    return drug.replace("dieses ", german.noun_phrase("dies", _FORM_NEUTER, "d").split()[0] + " ")


_FORM_NEUTER = german.Noun.parse("Mittel n -s =")


def not_known(rng: random.Random) -> Sentence:
    drug, effect, patients = rng.choice(DRUGS), rng.choice(EFFECTS), rng.choice(PATIENTS)
    what = rng.choice(
        (
            Text(f"{drug.de} in die Muttermilch übergeht", f"{drug.en} passes into [breast milk:7|human milk:3]"),
            Text(f"{drug.de} bei {patients.de} wirksam ist", f"{drug.en} [is effective:6|works:4] in {patients.en}"),
            Text(
                f"{drug.de} bei {patients.de} {effect.de} verursacht", f"{drug.en} causes {effect.en} in {patients.en}"
            ),
        )
    )
    start = rng.choice(
        (
            Text("es ist nicht bekannt", "it is not known"),
            Text("Ihr Arzt wird prüfen", "your [doctor:7|physician:3] will check"),
        )
    )
    return Sentence(f"{start.de}, ob {what.de}.", f"{start.en} [whether:6|if:4] {what.en}.")


def interaction(rng: random.Random) -> Sentence:
    first, second = rng.sample(DRUGS[:8], 2)
    effect = rng.choice(EFFECTS)
    less = Text("verringern", "[reduce:6|decrease:4]")
    if rng.random() < 0.5:
        what = Text(f"die Wirkung von {second.de}", f"the effect of {second.en}")
        change = rng.choice((Text("verstärken", "[increase:6|enhance:4]"), less))
    else:
        what = Text(f"das Risiko für {effect.de}", f"the risk of {effect.en}")
        change = rng.choice((Text("erhöhen", "[increase:7|raise:3]"), less))
    patients = rng.choice(PATIENTS)
    return Sentence(
        f"{first.de} kann bei {patients.de} {what.de} {change.de}.",
        f"{first.en} [may:6|can:4] {change.en} {what.en} in {patients.en}.",
    )


CORPUS = Corpus(
    "German to English in the style of patient leaflets",
    "de",
    "en",
    {
        do_not_take: 2,
        tell_doctor: 3,
        is_used: 1.5,
        how_to_take: 1.5,
        dose: 2,
        side_effects: 2,
        trials: 2.5,
        frequency: 1.5,
        monitored: 2,
        store: 0.4,
        not_allowed: 1,
        ask_before: 1,
        forgot: 0.3,
        not_known: 2,
        interaction: 2,
    },
)
