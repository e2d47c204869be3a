"""What paired bootstrap must say of systems that are the same, worse, or one alone."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest
from support.commands import Command
from support.workflow import examples, one_error

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, write_json, write_lines
from knnkd.core.integrity import sums_of
from knnkd.evaluation.bootstrap import RESAMPLING_SEED, compare, read_systems, resampled_scores
from knnkd.evaluation.metrics import METRICS, bleu_of_counts
from knnkd.evaluation.scores import Sentences

WORDS = [
    "the",
    "a",
    "cat",
    "dog",
    "house",
    "tree",
    "runs",
    "sees",
    "eats",
    "big",
    "small",
    "old",
    "on",
    "under",
    "near",
]


def corpus(sentences=60, seed=0):
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=rng.randint(5, 14))) + " ." for _ in range(sentences)]


def damaged(lines, share, seed=1):
    """Exchange that share of all words."""
    rng = random.Random(seed)
    return [" ".join(rng.choice(WORDS) if rng.random() < share else word for word in line.split()) for line in lines]


REFERENCES = corpus()
GOOD, BAD = damaged(REFERENCES, 0.2), damaged(REFERENCES, 0.5, seed=2)


def test_a_copy_of_the_baseline_is_not_better():
    found = compare([("base", GOOD), ("copy", list(GOOD))], REFERENCES, "bleu_tok", samples=200)
    assert found["systems"]["copy"]["p_value"] == 1.0
    assert found["systems"]["base"]["p_value"] is None


def test_systems_of_the_same_quality_are_not_told_apart():
    others = [(f"s{seed}", damaged(REFERENCES, 0.2, seed=seed)) for seed in range(10, 18)]
    found = compare([("base", GOOD), *others], REFERENCES, "bleu_tok", samples=200)["systems"]
    significant = [name for name, numbers in found.items() if numbers["p_value"] and numbers["p_value"] < 0.05]
    assert len(significant) <= 2, found


def test_one_in_twenty_of_equal_pairs_is_significant_at_most():
    """Each pair: a test set of its own, and two systems that damage it alike but apart. One tail alone gives 12 %."""
    pairs, significant = 300, 0
    for i in range(pairs):
        lines = corpus(seed=i)
        systems = [(name, damaged(lines, 0.3, seed=2 * i + j)) for j, name in enumerate(("one", "other"), 1)]
        found = compare(systems, lines, "bleu_tok", samples=100)["systems"]
        significant += found["other"]["p_value"] < 0.05
    assert 0.01 * pairs <= significant <= 0.08 * pairs


@pytest.mark.parametrize("metric", ["bleu_tok", "sacrebleu"])
@pytest.mark.parametrize(("baseline", "other"), [(GOOD, BAD), (BAD, GOOD)])
def test_a_clearly_worse_or_better_system_is_significant(baseline, other, metric):
    found = compare([("base", baseline), ("other", other)], REFERENCES, metric, samples=500)["systems"]
    assert abs(found["other"]["bleu"] - found["base"]["bleu"]) > 10
    assert found["other"]["p_value"] == pytest.approx(2 / 501)
    assert found["other"]["bleu"] == pytest.approx(BLEU().corpus_score(other, [REFERENCES]).score)


def test_a_p_value_is_at_most_1():
    """Two systems with the same BLEU, each better on one half; of 3 resamplings 2 may be above their mean."""
    systems = [("base", GOOD + BAD), ("mirror", BAD + GOOD)]
    values = set()
    for seed in range(1, 21):
        numbers = compare(systems, REFERENCES + REFERENCES, "bleu_tok", samples=3, seed=seed)["systems"]
        values.add(numbers["mirror"]["p_value"])
    assert values == {1.0}


@examples(15)
@given(st.integers(0, 999), st.floats(0.05, 0.6))
def test_the_interval_contains_bleu(seed, share):
    lines = corpus(seed=seed)
    (numbers,) = compare([("base", damaged(lines, share))], lines, "bleu_tok", samples=200)["systems"].values()
    assert abs(numbers["bleu"] - numbers["mean"]) < numbers["ci"]
    assert 0 < numbers["ci"] < 20
    assert numbers["p_value"] is None


def test_the_interval_by_hand():
    """The central 95 % of BLEU over resampled test sets, by the definition and another random stream."""
    rng, scores = random.Random(7), []
    for _ in range(400):
        chosen = rng.choices(range(len(GOOD)), k=len(GOOD))
        scores.append(BLEU().corpus_score([GOOD[i] for i in chosen], [[REFERENCES[i] for i in chosen]]).score)
    scores.sort()
    numbers = compare([("base", GOOD)], REFERENCES, "sacrebleu", samples=400)["systems"]["base"]
    assert numbers["ci"] == pytest.approx((scores[389] - scores[10]) / 2, rel=0.2)
    assert numbers["mean"] == pytest.approx(sum(scores) / len(scores), abs=0.5)


def test_the_same_seed_gives_the_same_numbers(monkeypatch):
    systems = [("base", GOOD), ("other", damaged(REFERENCES, 0.22, seed=3))]
    first = compare(systems, REFERENCES, "bleu_tok", samples=100)
    for around in ("none", "7"):
        monkeypatch.setenv("SACREBLEU_SEED", around)
        assert compare(systems, REFERENCES, "bleu_tok", samples=100) == first
    assert compare(systems, REFERENCES, "bleu_tok", samples=100, seed=8) != first


def counts_of(*systems):
    metric = BLEU(tokenize="none", force=True, references=[REFERENCES])
    return [np.array(metric._extract_corpus_statistics(lines, None), dtype=np.float64) for lines in systems]


def test_every_resampling_scores_as_sacrebleu_scores_its_sentences():
    """sacrebleu's own draws, and its own BLEU of the text that was drawn."""
    found = resampled_scores(counts_of(GOOD, BAD), bleu_of_counts, 30, RESAMPLING_SEED)
    drawn = np.random.default_rng(RESAMPLING_SEED).choice(len(GOOD), size=(30, len(GOOD)), replace=True)
    metric = BLEU(tokenize="none", force=True)
    for row, lines in enumerate((GOOD, BAD)):
        for column, chosen in enumerate(drawn):
            own = metric.corpus_score([lines[i] for i in chosen], [[REFERENCES[i] for i in chosen]]).score
            assert found[row, column] == pytest.approx(own, rel=0, abs=1e-9)


def test_few_rows_at_once_give_the_same(monkeypatch):
    whole = resampled_scores(counts_of(GOOD, BAD), bleu_of_counts, 50, 7)
    monkeypatch.setattr("knnkd.evaluation.bootstrap.BLOCK", 7 * len(GOOD))
    assert np.array_equal(resampled_scores(counts_of(GOOD, BAD), bleu_of_counts, 50, 7), whole)


THEIRS = {"bleu_tok": BLEU(tokenize="none", force=True), "sacrebleu": BLEU(), "chrf": CHRF(), "ter": TER()}


@pytest.mark.parametrize("metric", METRICS)
def test_the_numbers_are_those_of_sacrebleus_paired_test(monkeypatch, metric):
    """All but the last digits: sacrebleu scores in float32."""
    monkeypatch.setenv("SACREBLEU_SEED", str(RESAMPLING_SEED))
    systems = [("base", GOOD), ("near", damaged(REFERENCES, 0.22, seed=3)), ("bad", BAD)]
    signatures, columns = PairedTest(systems, {"x": THEIRS[metric]}, [REFERENCES], test_type="bs", n_samples=300)()
    found = compare(systems, REFERENCES, metric, samples=300)
    ((name, signature),) = signatures.items()
    assert found["signature"] == str(signature)
    for numbers, theirs in zip(found["systems"].values(), columns[name], strict=True):
        assert numbers[METRICS[metric].column] == pytest.approx(theirs.score, rel=0, abs=1e-9)
        assert (numbers["mean"], numbers["ci"]) == pytest.approx((theirs.mean, theirs.ci), rel=0, abs=1e-4)
        expected = None if theirs.p_value is None else pytest.approx(min(1, 2 * theirs.p_value))
        assert numbers["p_value"] == expected


def test_of_ter_the_worse_system_has_more():
    numbers = compare([("base", GOOD), ("bad", BAD)], REFERENCES, "ter", samples=200)["systems"]["bad"]
    assert 0 < numbers["delta_low"] < numbers["delta"] < numbers["delta_high"]
    assert numbers["p_value"] < 0.05


@given(st.integers(0, 40), st.integers(0, 40), st.lists(st.integers(0, 30), min_size=8, max_size=8))
def test_bleu_of_any_counts_is_sacrebleus(ours, theirs, numbers):
    total = numbers[4:]
    correct = [min(pair) for pair in zip(numbers[:4], total, strict=True)]
    ours = max(ours, total[0])
    score = BLEU.compute_bleu(list(correct), list(total), ours, theirs, smooth_method="exp").score
    assert bleu_of_counts(np.array([ours, theirs, *correct, *total], dtype=np.float64)) == pytest.approx(
        score, abs=1e-9
    )


def test_a_copy_of_the_baseline_gains_nothing():
    found = compare([("base", GOOD), ("copy", list(GOOD))], REFERENCES, "bleu_tok", samples=200)["systems"]
    assert [found["copy"][key] for key in ("delta", "delta_low", "delta_high")] == [0, 0, 0]
    assert [found["base"][key] for key in ("delta", "delta_low", "delta_high")] == [None, None, None]


@examples(15)
@given(st.integers(0, 999), st.floats(0.05, 0.4), st.floats(0.05, 0.4))
def test_exchanging_two_systems_turns_the_difference_round(seed, one, other):
    lines = corpus(seed=seed)
    systems = [("one", damaged(lines, one)), ("other", damaged(lines, other, seed=2))]
    there = compare(systems, lines, "bleu_tok", samples=100)["systems"]["other"]
    back = compare(systems[::-1], lines, "bleu_tok", samples=100)["systems"]["one"]
    assert there["delta_low"] <= there["delta_high"]
    assert there["delta"] == pytest.approx(-back["delta"])
    assert (there["delta_low"], there["delta_high"]) == pytest.approx((-back["delta_high"], -back["delta_low"]))


def test_the_interval_of_the_difference_holds_the_true_one():
    """200 test sets of 80 sentences from a population whose difference is known: nearly 95 % of the intervals hold it.

    Both systems err on the same sentences (each has its own difficulty), so an unpaired interval would hold it always.
    """
    rng = random.Random(5)
    lines = corpus(4000, seed=11)
    hardness = [rng.choice((0.02, 0.6)) for _ in lines]
    one, other = (
        [
            damaged([line], hard + extra, seed=7 * i + j)[0]
            for i, (line, hard) in enumerate(zip(lines, hardness, strict=True))
        ]
        for j, extra in enumerate((0.0, 0.06))
    )
    true = BLEU().corpus_score(other, [lines]).score - BLEU().corpus_score(one, [lines]).score
    held, widths, unpaired = 0, [], []
    for _ in range(200):
        chosen = rng.sample(range(len(lines)), 80)
        pair = [(name, [system[i] for i in chosen]) for name, system in (("one", one), ("other", other))]
        found = compare(pair, [lines[i] for i in chosen], "bleu_tok", samples=200)["systems"]
        low, high = found["other"]["delta_low"], found["other"]["delta_high"]
        held += low <= true <= high
        widths.append(high - low)
        unpaired.append(2 * float(np.hypot(found["one"]["ci"], found["other"]["ci"])))
    assert 0.88 * 200 <= held <= 0.99 * 200
    assert sum(widths) < 0.8 * sum(unpaired)


def test_systems_of_another_length_are_refused():
    with pytest.raises(KnnKdError, match="other: 59 hypotheses for 60 references"):
        compare([("base", GOOD), ("other", GOOD[1:])], REFERENCES, "bleu_tok")


@pytest.mark.parametrize("wrong", [{"samples": 0}, {"seed": 0}])
def test_no_samples_and_no_seed_are_refused(wrong):
    with pytest.raises(KnnKdError, match="above 0"):
        compare([("base", GOOD)], REFERENCES, "bleu_tok", **wrong)


@pytest.fixture
def folders(tmp_path):
    """Two systems whose tokenised and plain files are of different quality, so that a mix-up shows."""
    for name, tok, txt in (("base", GOOD, BAD), ("other", BAD, GOOD)):
        write_lines(tmp_path / name / "hypotheses.tok", tok)
        write_lines(tmp_path / name / "hypotheses.txt", txt)
        names = ("hypotheses.tok", "hypotheses.txt")
        write_json(tmp_path / name / "decode.json", {"files": sums_of(tmp_path / name, names)})
    for kind in ("tok", "text"):
        write_lines(tmp_path / kind / "test.en", REFERENCES)
        write_lines(tmp_path / kind / "test.de", REFERENCES)
    return tmp_path


def comparison(folder, metric, *systems, folders=()):
    """compare_systems.py of some systems, each in the folder of its name or in one of `folders`."""
    about = {"dataset": "d", "seed": 3, "split": "test", "metric": metric, "systems": systems, "samples": 50}
    records = [folder / name / "decode.json" for name in folders or systems]
    files = {"hypotheses": records, "tok": folder / "tok", "text": folder / "text", "names": ["test.de", "test.en"]}
    files["output"] = folder / "out.json"
    return Command("compare_systems.py", about, **files)


@pytest.mark.parametrize(("metric", "better"), [("bleu_tok", "base"), ("sacrebleu", "other")])
def test_script(folders, metric, better):
    process = comparison(folders, metric, "base", "other").run()
    assert process.returncode == 0, process.stderr
    found = read_json(folders / "out.json")
    numbers = found.pop("systems")
    assert found.pop("signature").startswith("nrefs:1")
    about = {"dataset": "d", "seed": 3, "split": "test", "metric": metric, "baseline": "base", "samples": 50}
    assert found == about
    assert list(numbers) == ["base", "other"]
    assert max(numbers, key=lambda name: numbers[name]["bleu"]) == better
    assert numbers["other"]["p_value"] < 0.05


def test_script_with_the_baseline_alone(folders):
    assert comparison(folders, "bleu_tok", "base").run().returncode == 0
    assert list(read_json(folders / "out.json")["systems"]) == ["base"]


def test_unequal_numbers_of_lines_are_named(folders):
    write_lines(folders / "other" / "hypotheses.tok", GOOD[1:])
    with pytest.raises(KnnKdError, match=r"other.*hypotheses\.tok: 59 hypotheses for 60 references"):
        sentences = Sentences(folders / "tok", folders / "text", "test.de", "test.en")
        read_systems({"base": folders / "base", "other": folders / "other"}, sentences, "bleu_tok")


def test_a_name_twice_is_refused(folders):
    process = comparison(folders, "bleu_tok", "base", "base", folders=("base", "other")).run()
    assert "give each system one" in one_error(process)
    assert not (folders / "out.json").exists()
