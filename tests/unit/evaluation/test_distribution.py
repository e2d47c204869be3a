"""Calibration against a plain loop, and overcorrection against p* written out over the whole vocabulary."""

import math
import random

import pytest
import torch
from fairseq.data import Dictionary
from hypothesis import assume, given
from hypothesis import strategies as st
from support.commands import Command
from support.small_lattices import SEGMENTERS, characters, small_lattices, words
from support.workflow import one_error

from knnkd.core.errors import KnnKdError
from knnkd.core.files import write_lines
from knnkd.evaluation.distribution import (
    BINS,
    Calibration,
    Overcorrection,
    accepted,
    automaton_of,
    cleaned_lattices,
    measure,
    true_distributions,
    true_distributions_of_split,
)
from knnkd.synthetic.generate import generate
from knnkd.synthetic.lattice import EOS, Automaton, write_lattices
from knnkd.synthetic.notation import compile_lattice


def dictionary_of(symbols):
    dictionary = Dictionary()
    for symbol in symbols:
        dictionary.add_symbol(symbol)
    return dictionary


LETTERS = dictionary_of(["x", "a", "b", "ab", "a@@"])


def encoded(dictionary, tokens):
    return torch.tensor([dictionary.index(token) for token in [*tokens, EOS]])


def random_log_probs(seed, positions, types, sharpness=1.0):
    logits = torch.randn(positions, types, generator=torch.Generator().manual_seed(seed))
    return torch.log_softmax(sharpness * logits, -1)


def calibration_by_loop(log_probs, targets):
    """The definition, position by position and bin by bin."""
    tops = []
    entropy = 0.0
    for row, target in zip(log_probs.double().tolist(), targets.tolist(), strict=True):
        best = max(range(len(row)), key=row.__getitem__)
        tops.append((math.exp(row[best]), best == target))
        entropy -= sum(math.exp(value) * value for value in row)
    error = 0.0
    for b in range(BINS):
        inside = [(p, right) for p, right in tops if b / BINS < p <= (b + 1) / BINS]
        if inside:
            accuracy = sum(right for _, right in inside) / len(inside)
            confidence = sum(p for p, _ in inside) / len(inside)
            error += len(inside) / len(tops) * abs(accuracy - confidence)
    return {"ece": error, "entropy": entropy / len(tops)}


@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(2, 9), st.floats(0.1, 6), st.integers(1, 60))
def test_calibration_is_the_plain_loop(seed, positions, types, sharpness, cut):
    log_probs = random_log_probs(seed, positions, types, sharpness)
    targets = torch.randint(types, (positions,), generator=torch.Generator().manual_seed(seed + 1))
    calibration = Calibration()
    for rows in (slice(0, cut), slice(cut, None)):
        if len(targets[rows]):
            calibration.add(log_probs[rows], targets[rows])
    assert calibration.positions == positions
    assert calibration.means() == pytest.approx(calibration_by_loop(log_probs, targets), abs=1e-5)


def test_calibration_by_hand():
    """Three positions at 0.9, one wrong: |2/3 - 0.9|, weight 3/4; one at 0.6, right: 0.4, weight 1/4."""
    probabilities = torch.tensor([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.4, 0.6]])
    calibration = Calibration()
    calibration.add(probabilities.log(), torch.tensor([0, 1, 1, 1]))
    assert calibration.means()["ece"] == pytest.approx(0.75 * (0.9 - 2 / 3) + 0.25 * 0.4, abs=1e-6)


def test_certain_and_impossible_tokens_count_as_what_they_are():
    calibration = Calibration()
    calibration.add(torch.tensor([[0.0, -math.inf], [-math.inf, 0.0]]), torch.tensor([0, 0]))
    assert calibration.means() == {"ece": 0.5, "entropy": 0.0}


def dense_truth(lattice, segment, dictionary, target):
    """p* [T, V] from the list of all acceptable translations, read as the dictionary reads them."""
    rows = torch.zeros(len(target), len(dictionary), dtype=torch.float64)
    for text, probability in lattice.strings():
        ids = encoded(dictionary, segment(text))
        for t in range(min(len(ids), len(target))):
            if torch.equal(ids[:t], target[:t]):
                rows[t, ids[t]] += probability
    return rows / rows.sum(-1, keepdim=True)


def overcorrection_by_loop(log_probs, target, truth):
    sums = dict.fromkeys(("kl_true", "mass_acceptable", "mass_above", "true_entropy", "true_mass_acceptable"), 0.0)
    for row, gold, p_row in zip(log_probs.double().exp().tolist(), target.tolist(), truth.tolist(), strict=True):
        for token, (q, p) in enumerate(zip(row, p_row, strict=True)):
            if p > 0:
                sums["kl_true"] += p * math.log(p / q)
                sums["true_entropy"] -= p * math.log(p)
                if token != gold:
                    sums["mass_acceptable"] += q
                    sums["true_mass_acceptable"] += p
        sums["mass_above"] += max(0.0, row[gold] - p_row[gold])
    return sums


@given(st.lists(small_lattices(), min_size=1, max_size=3), st.sampled_from(SEGMENTERS), st.integers(0, 999))
def test_overcorrection_is_the_dense_sum(lattices, segment, seed):
    """With "b@@" and the like unknown, so that several tokens of p* may share <unk>, in the prefix too."""
    rng = random.Random(seed)
    references = [encoded(LETTERS, segment(lattice.sample(rng))) for lattice in lattices]
    truths = [
        true_distributions(automaton_of(lattice, segment, LETTERS), LETTERS, target)
        for lattice, target in zip(lattices, references, strict=True)
    ]
    targets = torch.cat(references)
    log_probs = random_log_probs(seed, len(targets), len(LETTERS), 2.0)
    overcorrection = Overcorrection()
    overcorrection.add(log_probs, targets, truths)
    rows = log_probs.split([len(target) for target in references])
    parts = [
        overcorrection_by_loop(row, target, dense_truth(lattice, segment, LETTERS, target))
        for row, target, lattice in zip(rows, references, lattices, strict=True)
    ]
    expected = {metric: sum(part[metric] for part in parts) / len(targets) for metric in parts[0]}
    assert overcorrection.means() == pytest.approx(expected, abs=1e-5)


@given(small_lattices(), st.sampled_from(SEGMENTERS), st.integers(0, 999))
def test_a_model_that_is_the_truth_is_not_overcorrected(lattice, segment, seed):
    target = encoded(LETTERS, segment(lattice.sample(random.Random(seed))))
    truth = true_distributions(automaton_of(lattice, segment, LETTERS), LETTERS, target)
    overcorrection = Overcorrection()
    overcorrection.add(dense_truth(lattice, segment, LETTERS, target).log(), target, [truth])
    means = overcorrection.means()
    assert means["kl_true"] == pytest.approx(0, abs=1e-12)
    assert means["mass_above"] == pytest.approx(0, abs=1e-12)
    assert means["mass_acceptable"] == pytest.approx(means["true_mass_acceptable"])


def test_overcorrection_of_the_papers_example():
    """After "There are", p* has 0.7 on "a" and 0.3 on "many"; the model has 0.9 and 0.04."""
    lattice = compile_lattice("there are [a lot of:5|a few:2|many:3] stories.")
    dictionary = dictionary_of(["There", "are", "a", "lot", "of", "few", "many", "stories", "."])
    target = encoded(dictionary, words("There are a lot of stories ."))
    truth = true_distributions(automaton_of(lattice, words, dictionary), dictionary, target)
    model = torch.full((len(target), len(dictionary)), 1e-9)
    model[torch.arange(len(target)), target] = 1.0
    model[2] = 0.06 / (len(dictionary) - 2)
    model[2, dictionary.index("a")], model[2, dictionary.index("many")] = 0.9, 0.04
    overcorrection = Overcorrection()
    overcorrection.add(model.log(), target, [truth])
    means = {metric: value * len(target) for metric, value in overcorrection.means().items()}
    # At the next position the model is sure of "lot", to which p* gives 5/7, and misses "few".
    entropy = -(0.7 * math.log(0.7) + 0.3 * math.log(0.3))
    entropy_next = -(5 / 7 * math.log(5 / 7) + 2 / 7 * math.log(2 / 7))
    cross = -(0.7 * math.log(0.9) + 0.3 * math.log(0.04)) - 2 / 7 * math.log(1e-9)
    assert means["mass_above"] == pytest.approx(0.2 + 2 / 7, abs=1e-6)
    assert means["mass_acceptable"] == pytest.approx(0.04, abs=1e-6)
    assert means["true_mass_acceptable"] == pytest.approx(0.3 + 2 / 7)
    assert means["true_entropy"] == pytest.approx(entropy + entropy_next)
    assert means["kl_true"] == pytest.approx(cross - entropy - entropy_next, abs=1e-5)


@pytest.fixture(scope="module")
def corpus():
    """Lattices and references of a real split, in characters; two of the characters are unknown to the dictionary."""
    lattices = [pair.lattice for pair in generate("mini_de_en", {"test": 24}, seed=5)["test"]]
    texts = [characters(lattice.sample(random.Random(i))) for i, lattice in enumerate(lattices)]
    dictionary = dictionary_of(sorted({token for text in texts for token in text} - {"e@@", "i@@"}))
    return lattices, [encoded(dictionary, text) for text in texts], dictionary


def padded(targets, log_probs, order, dictionary):
    """One batch as fairseq makes it; at padding the model says nonsense."""
    length = max(len(targets[i]) for i in order)
    gold = torch.full((len(order), length), dictionary.pad())
    model = torch.full((len(order), length, len(dictionary)), math.nan)
    for row, i in enumerate(order):
        gold[row, : len(targets[i])] = targets[i]
        model[row, : len(targets[i])] = log_probs[i]
    return model, gold, torch.tensor(order)


def test_batches_in_any_order_and_padding_change_nothing(corpus, tmp_path):
    lattices, targets, dictionary = corpus
    log_probs = [random_log_probs(i, len(target), len(dictionary)) for i, target in enumerate(targets)]
    truths = true_distributions_of_split(lattices, characters, dictionary, targets, tmp_path)
    order = sorted(range(len(targets)), key=lambda i: -len(targets[i]))
    assert order != sorted(order)
    batches = [padded(targets, log_probs, order[i : i + 5], dictionary) for i in range(0, len(order), 5)]
    values, positions, sentences = measure(batches, dictionary.pad(), truths)
    assert positions == sum(map(len, targets))
    expected = calibration_by_loop(torch.cat(log_probs), torch.cat(targets))
    overcorrection = Overcorrection()
    for i, target in enumerate(targets):
        overcorrection.add(log_probs[i], target, [truths[i]])
    assert values == pytest.approx(expected | overcorrection.means(), abs=1e-5)
    without, _, none = measure(batches, dictionary.pad())
    assert without == {metric: values[metric] for metric in ("ece", "entropy")}
    assert none == {}
    assert sentences["positions"] == [len(target) for target in targets], "in the order of the corpus"
    for i in (0, 7, 23):
        alone = Overcorrection()
        alone.add(log_probs[i], targets[i], [truths[i]])
        for metric, value in alone.means().items():
            assert sentences[metric][i] == pytest.approx(value * len(targets[i]))


def test_truths_of_other_sentences_are_refused(corpus, tmp_path):
    lattices, targets, dictionary = corpus
    truths = true_distributions_of_split(lattices[:2], characters, dictionary, targets[:2], tmp_path)
    log_probs = random_log_probs(0, len(targets[0]), len(dictionary))
    with pytest.raises(ValueError, match="not those of these references"):
        Overcorrection().add(log_probs, targets[0], [truths[1]])


def test_a_reference_that_the_lattice_refuses_is_named(corpus):
    lattices, targets, dictionary = corpus
    swapped = [lattices[1], lattices[0], *lattices[2:]]
    with pytest.raises(KnnKdError, match=r"test\.lines: line 1: .*does not accept"):
        true_distributions_of_split(swapped, characters, dictionary, targets, "test.lines")
    with pytest.raises(KnnKdError, match=r"test\.lines: 23 lines for 24"):
        true_distributions_of_split(lattices[1:], characters, dictionary, targets, "test.lines")


@given(small_lattices(), st.sampled_from(SEGMENTERS), st.lists(st.sampled_from(["a", "b", "ab"]), max_size=5))
def test_only_whole_acceptable_references_have_a_truth(lattice, segment, tokens):
    tokens = segment(" ".join(tokens)) if tokens else []
    dictionary = dictionary_of(["a", "b", "ab", "a@@", "b@@"])
    assume(not Automaton(lattice, segment).accepts(tokens))
    with pytest.raises(ValueError, match="does not accept"):
        true_distributions(automaton_of(lattice, segment, dictionary), dictionary, encoded(dictionary, tokens))


def test_lattices_follow_cleaning(corpus, tmp_path):
    lattices, _, _ = corpus
    write_lattices(tmp_path / "test.lattice.jsonl.gz", lattices)
    write_lines(tmp_path / "test.lines", ["3", "0", "23"])
    found = cleaned_lattices(tmp_path / "test.lattice.jsonl.gz", tmp_path / "test.lines")
    assert found == [lattices[3], lattices[0], lattices[23]]
    for bad in ("24", "-1", "x", ""):
        write_lines(tmp_path / "bad.lines", ["3", bad])
        with pytest.raises(KnnKdError, match=r"bad\.lines: line 2: .*24 lattices"):
            cleaned_lattices(tmp_path / "test.lattice.jsonl.gz", tmp_path / "bad.lines")


@given(st.lists(small_lattices(), min_size=1, max_size=4), st.lists(st.sampled_from("ab"), max_size=4))
def test_accepted_is_the_share_of_listed_strings(lattices, tokens):
    automata = [Automaton(lattice, words) for lattice in lattices]
    listed = [" ".join(tokens) in dict(lattice.strings()) for lattice in lattices]
    assert accepted([tokens] * len(lattices), automata) == pytest.approx(sum(listed) / len(listed))


def test_accepted_of_samples_and_of_another_number():
    lattice = compile_lattice("[yes:1|no:1].")
    automata = [Automaton(lattice, words)] * 4
    hypotheses = [["Yes", "."], ["No", "."], ["Yes"], []]
    assert accepted(hypotheses, automata) == 0.5
    with pytest.raises(ValueError, match="zip"):
        accepted(hypotheses[:3], automata)


@pytest.mark.parametrize("files", [{"lattices": ["raw"]}, {"lattices": ["raw", "test.lines"]}])
def test_lattices_need_their_lines_and_the_segmentation(tmp_path, files):
    settings = {"run": {"dataset": "d", "system": "s", "seed": 1}, "max_tokens": 100}
    needed = {"checkpoint": "c", "data_bin": "d", "hypotheses": "h/decode.json", "output": tmp_path / "out.json"}
    process = Command("measure.py", settings, **needed, **files).run()
    assert "--lattices: give the folder, the file of lines, and --segmentation" in one_error(process)
