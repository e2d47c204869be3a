"""mini_medical: German to English in the style of patient leaflets and drug information."""

import random

from knnkd.synthetic.bilingual import phrase
from knnkd.synthetic.corpus import Corpus, Sentence
from knnkd.synthetic.english import plural
from knnkd.synthetic.entries import EMPTY, KINDS, Adjective, Noun, Pairing, Text
from knnkd.synthetic.frames import either_end, opened
from knnkd.synthetic.words import Words

_WORDS = Words(__file__, KINDS)
texts, nouns = _WORDS.of(Text), _WORDS.of(Noun)
adjectives, pairings = _WORDS.of(Adjective), _WORDS.of(Pairing)

_TREATS = dict(pairings.drugs)
_DRUGS = tuple(_TREATS)
_NAMED = tuple(drug for drug, _ in pairings.named_drugs)
((_ANY_DRUG, _),) = pairings.any_drug


def _when_and_whom(rng: random.Random, times: tuple[Text, ...], general: tuple[Text, ...]) -> tuple[Text, Text]:
    """A time and a group of patients; only women are pregnant or breastfeed."""
    time = rng.choice(times)
    return time, rng.choice(texts.mothers if time in texts.motherhood else general)


def _condition(rng: random.Random, drug_taken: Text = EMPTY) -> Text:
    """What a leaflet warns of; `drug_taken` is the drug it is about."""
    kind = rng.random()
    # "Dieses Arzneimittel" is for one of them; we are not told which.
    own = _TREATS[drug_taken] if drug_taken not in (EMPTY, _ANY_DRUG) else ()
    diseases = [disease for disease in texts.diseases if disease not in own]
    disease, effect = rng.choice(diseases), rng.choice(texts.effects)
    drug = rng.choice([drug for drug in _DRUGS if 0.45 <= kind < 0.6 or drug != drug_taken])
    if kind < 0.25:
        return Text(f"wenn Sie {disease.de} haben", f"if you [have:6|suffer from:4] {disease.en}")
    if kind < 0.45:
        one, two = rng.sample(diseases, 2)
        return Text(f"wenn Sie {one.de} oder {two.de} haben", f"if you [have:6|suffer from:4] {one.en} or {two.en}")
    if kind < 0.6:
        return Text(
            f"wenn Sie allergisch gegen {drug.de} sind", f"if you are [allergic:7|hypersensitive:3] to {drug.en}"
        )
    if kind < 0.9:
        when = Text(f"nach der Einnahme von {_dative(drug.de)}", f"after [taking:8|using:2] {drug.en}")
        return Text(f"wenn Sie {when.de} {effect.de} bemerken", f"if you [notice:6|experience:4] {effect.en} {when.en}")
    return Text(f"wenn Sie {drug.de} einnehmen", f"if you [take:5|are taking:5] {drug.en}")


def do_not_take(rng: random.Random) -> Sentence:
    drug = rng.choice(_DRUGS)
    return opened(Text(f"nehmen Sie {drug.de} nicht ein,", f"do not [take:8|use:2] {drug.en}"), _condition(rng, drug))


def tell_doctor(rng: random.Random) -> Sentence:
    adviser, condition = rng.choice(texts.advisers), _condition(rng)
    soon = rng.choice((EMPTY, *texts.soon))
    tell = f"[tell:6|inform:4] {adviser.en}"
    en = f"please {tell}" if soon.de == "bitte" else f"{tell} {soon.en}"
    command = Text(f"informieren Sie {soon.de} {adviser.de}", en)
    if rng.random() < 0.35:
        return Sentence(f"{condition.de}, {command.de}.", f"{condition.en}, {command.en}.")
    return Sentence(f"{command.de}, {condition.de}.", f"{command.en} {condition.en}.")


def is_used(rng: random.Random) -> Sentence:
    drug = rng.choice((*_DRUGS, *4 * (_ANY_DRUG,)))
    disease = rng.choice(_TREATS[drug])
    patients = rng.choice(texts.adults if disease in texts.adult_diseases else texts.treated_patients)
    de = f"{drug.de} wird zur Behandlung von {disease.de} bei {patients.de} angewendet."
    return Sentence(
        de, f"{drug.en} is [used:8|indicated:2] [to treat:4|for the treatment of:6] {disease.en} in {patients.en}."
    )


def how_to_take(rng: random.Random) -> Sentence:
    form, amount = rng.choice(nouns.swallowed), rng.choice(texts.amounts)
    daily, times = rng.choice(pairings.daily)
    time, who = rng.choice(times), rng.choice(texts.takers)
    last = time if rng.random() < 0.5 else Text("mit etwas Wasser", "with [some:6|a little:4] water")
    many = Text(form.de.form("a", True), plural(form.en))
    return Sentence(
        f"{who.de} {daily.de} {amount.de} {many.de} {last.de} ein.",
        f"{who.en} {amount.en} {many.en} {daily.en} {last.en}.",
    )


def dose(rng: random.Random) -> Sentence:
    amount, drug, patients = rng.choice(texts.doses), rng.choice(_NAMED), rng.choice(texts.patients)
    kind = rng.choice(texts.dose_kinds)
    return Sentence(
        f"die {kind.de} Dosis von {drug.de} beträgt bei {patients.de} {amount.de} Milligramm pro Tag.",
        f"the {kind.en} dose of {drug.en} in {patients.en} is {amount.en} milligrams [per day:6|a day:2|daily:2].",
    )


def side_effects(rng: random.Random) -> Sentence:
    first, second = rng.sample(texts.effects, 2)
    time, patients = _when_and_whom(rng, texts.onsets, (EMPTY, *texts.special_patients))
    among = Text(f"bei {patients.de}", f"in {patients.en}") if patients.de else patients
    en = f"side effects [such as:7|like:3] {first.en} and {second.en} [may:7|can:3] occur {among.en}"
    de = f"Nebenwirkungen wie {first.de} und {second.de}"
    if rng.random() < 0.4:
        return Sentence(f"{time.de} können {among.de} {de} auftreten.", f"{either_end(time.en, en, 5)}.")
    return Sentence(f"{de} können {among.de} {time.de} auftreten.", f"{either_end(time.en, en, 2)}.")


def trials(rng: random.Random) -> Sentence:
    one, two = rng.sample(texts.observed_effects, 2)
    patients, drug, wurden = rng.choice(texts.patients), rng.choice(_DRUGS), rng.choice(texts.found)
    events = f"{one.en} and {two.en} were {wurden.en} in {patients.en}"
    trial = Text("in klinischen Studien", "in clinical [trials:6|studies:4]")
    treatment = Text(f"unter {_dative(drug.de)}", f"[with:6|during treatment with:4] {drug.en}")
    study = rng.choice((trial, treatment))
    # "In patients with aspirin" would be something else.
    behind = f"during treatment with {drug.en}" if study == treatment else study.en
    return Sentence(
        f"{study.de} wurden {one.de} und {two.de} bei {patients.de} {wurden.de}.",
        f"[{study.en}, {events}:7|{events} {behind}:3].",
    )


def frequency(rng: random.Random) -> Sentence:
    reaction, quality = rng.choice(nouns.reactions), rng.choice(adjectives.severe)
    often, patients = rng.choice(texts.frequent), rng.choice(texts.patients)
    thing = phrase("", reaction, "n", True, quality)
    return Sentence(f"{thing.de} sind bei {patients.de} {often.de}.", f"{thing.en} are {often.en} in {patients.en}.")


def monitored(rng: random.Random) -> Sentence:
    thing = rng.choice(texts.measured)
    time, patients = _when_and_whom(rng, texts.measuring_times, texts.patients)
    modal, regular = rng.choice(texts.checking), rng.choice((EMPTY, *texts.carefully))
    en = f"{thing.en} {modal.en} be {regular.en} [monitored:6|checked:4] in {patients.en}"
    return Sentence(
        f"{thing.de} {modal.de} {time.de} bei {patients.de} {regular.de} überprüft werden.",
        f"[{en} {time.en}:8|{time.en}, {en}:2].",
    )


def store(rng: random.Random) -> Sentence:
    form, place = rng.choice(nouns.forms), rng.choice(texts.storing)
    thing = phrase(rng.choice(("der", "dies")), form, "a", form not in nouns.uncounted)
    return Sentence(f"bewahren Sie {thing.de} {place.de} auf.", f"[keep:5|store:5] {thing.en} {place.en}.")


def not_allowed(rng: random.Random) -> Sentence:
    activity, drug = rng.choice(texts.activities), rng.choice(_DRUGS)
    link, modal = rng.choice(texts.while_taking), rng.choice(texts.forbidding)
    return Sentence(
        f"Sie {modal.de} {activity.de}, {link.de} {drug.de} einnehmen.",
        f"you {modal.en} not {activity.en} {link.en} [take:5|are taking:5] {drug.en}.",
    )


def ask_before(rng: random.Random) -> Sentence:
    adviser, drug, time = rng.choice(texts.advisers), rng.choice(_DRUGS), rng.choice(texts.occasions)
    return Sentence(
        f"fragen Sie {adviser.de} um Rat, bevor Sie {drug.de} {time.de} einnehmen.",
        f"[ask:6|consult:4] {adviser.en} before [you take:4|taking:6] {drug.en} {time.en}.",
    )


def forgot(rng: random.Random) -> Sentence:
    drug, activity = rng.choice(_DRUGS), rng.choice(texts.intake)
    return Sentence(
        f"wenn Sie die Einnahme von {_dative(drug.de)} vergessen haben, dürfen Sie {activity.de}.",
        f"if you [forget:5|have forgotten:5] to take {drug.en}, you must not {activity.en}.",
    )


def _dative(drug: str) -> str:
    """The name of a drug in the dative, which shows only after dies-."""
    return drug.replace("dieses ", "diesem ")


def not_known(rng: random.Random) -> Sentence:
    drug, effect, patients = rng.choice(_DRUGS), rng.choice(texts.effects), rng.choice(texts.patients)
    what = rng.choice(
        (
            Text(f"{drug.de} in die Muttermilch übergeht", f"{drug.en} passes into [breast milk:7|human milk:3]"),
            Text(f"{drug.de} bei {patients.de} wirksam ist", f"{drug.en} [is effective:6|works:4] in {patients.en}"),
            Text(
                f"{drug.de} bei {patients.de} {effect.de} verursacht", f"{drug.en} causes {effect.en} in {patients.en}"
            ),
        )
    )
    start = rng.choice(texts.unknown)
    return Sentence(f"{start.de}, ob {what.de}.", f"{start.en} [whether:6|if:4] {what.en}.")


def interaction(rng: random.Random) -> Sentence:
    (first, second), effect = rng.sample(_NAMED, 2), rng.choice(texts.effects)
    less = Text("verringern", "[reduce:6|decrease:4]")
    if rng.random() < 0.5:
        what = Text(f"die Wirkung von {second.de}", f"the effect of {second.en}")
        change = rng.choice((Text("verstärken", "[increase:6|enhance:4]"), less))
    else:
        what = Text(f"das Risiko für {effect.de}", f"the risk of {effect.en}")
        change = rng.choice((Text("erhöhen", "[increase:7|raise:3]"), less))
    patients = rng.choice(texts.patients)
    return Sentence(
        f"{first.de} kann bei {patients.de} {what.de} {change.de}.",
        f"{first.en} [may:6|can:4] {change.en} {what.en} in {patients.en}.",
    )


CORPUS = Corpus("German to English in the style of patient leaflets", "de", "en", {
    do_not_take: 2, tell_doctor: 3, is_used: 1.5, how_to_take: 1.5, dose: 2, side_effects: 2, trials: 2.5,
    frequency: 1.5, monitored: 2, store: 0.4, not_allowed: 1, ask_before: 1, forgot: 0.3, not_known: 2,
    interaction: 2,
})  # fmt: skip
