"""p* against enumeration, and what a lattice refuses."""

import json
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.small_lattices import SEGMENTERS, small_lattices, words
from support.workflow import examples

from knnkd.core.errors import KnnKdError
from knnkd.synthetic.generate import CORPORA, generate
from knnkd.synthetic.lattice import EOS, Automaton, Lattice, read_lattices, write_lattices
from knnkd.synthetic.notation import compile_lattice


def enumerated_next(lattice, segment, prefix):
    """p*(. | prefix) from the list of all strings."""
    mass = {}
    for text, probability in lattice.strings():
        tokens = [*segment(text), EOS]
        if tokens[: len(prefix)] == list(prefix):
            token = tokens[len(prefix)]
            mass[token] = mass.get(token, 0.0) + probability
    return {token: value / sum(mass.values()) for token, value in mass.items()}


def assert_exact(lattice, segment, tokens):
    """Along `tokens`, p* equals enumeration, and its product equals the probability of the whole."""
    automaton = Automaton(lattice, segment)
    belief, product = automaton.start(), 1.0
    for position, token in enumerate([*tokens, EOS]):
        distribution = automaton.next_token(belief)
        assert distribution == pytest.approx(enumerated_next(lattice, segment, tokens[:position]))
        product *= distribution[token]
        belief = automaton.advance(belief, token)
    assert belief == {}
    assert automaton.probability(tokens) == pytest.approx(product)


@examples(60)
@given(small_lattices(), st.sampled_from(SEGMENTERS), st.integers(0, 99))
def test_next_token_is_exact_on_small_lattices(lattice, segment, seed):
    assert_exact(lattice, segment, segment(lattice.sample(random.Random(seed))))


@pytest.mark.parametrize("segment", SEGMENTERS)
@pytest.mark.parametrize("corpus", CORPORA)
def test_next_token_is_exact_on_real_sentences(corpus, segment):
    pairs = generate(corpus, {"test": 30}, seed=3)["test"]
    enumerable = [pair for pair in pairs if pair.lattice.entropy() < 3][:5]
    assert enumerable
    for pair in enumerable:
        assert_exact(pair.lattice, segment, segment(pair.lattice.sample(random.Random(0))))


@examples(60)
@given(small_lattices(), st.sampled_from(SEGMENTERS))
def test_probabilities_of_all_strings(lattice, segment):
    automaton = Automaton(lattice, segment)
    strings = list(lattice.strings())
    assert len({text for text, _ in strings}) == len(strings)
    assert math.fsum(probability for _, probability in strings) == pytest.approx(1.0)
    for text, probability in strings:
        assert automaton.probability(segment(text)) == pytest.approx(probability)


def test_shared_prefixes_keep_both_arcs():
    lattice = compile_lattice("there are [a lot of:5|a few:2|many:3] stories.")
    automaton = Automaton(lattice, words)
    belief = automaton.start()
    for token in ("There", "are"):
        belief = automaton.advance(belief, token)
    assert automaton.next_token(belief) == pytest.approx({"a": 0.7, "many": 0.3})
    belief = automaton.advance(belief, "a")
    assert automaton.next_token(belief) == pytest.approx({"lot": 5 / 7, "few": 2 / 7})


def test_what_is_not_accepted():
    automaton = Automaton(compile_lattice("[yes:1|no:1]."), words)
    assert automaton.accepts(["Yes", "."])
    assert not automaton.accepts(["Yes"])
    assert not automaton.accepts(["Yes", ".", "."])
    assert not automaton.accepts([])
    assert automaton.probability(["Perhaps", "."]) == 0.0
    assert automaton.next_token(automaton.advance(automaton.start(), "Perhaps")) == {}


def test_a_phrase_without_subwords_is_refused():
    with pytest.raises(ValueError, match="no subwords"):
        Automaton(compile_lattice("yes."), lambda phrase: [])


@given(small_lattices())
def test_json_round_trip(lattice):
    assert Lattice.from_json(lattice.to_json()) == lattice


def test_sampling_frequencies():
    lattice = compile_lattice("[[big:6|large:4] house:3|hut:7] [today:2|:8].")
    rng, draws = random.Random(1), 20_000
    counts = {}
    for _ in range(draws):
        text = lattice.sample(rng)
        counts[text] = counts.get(text, 0) + 1
    expected = dict(lattice.strings())
    assert set(counts) == set(expected)
    for text, probability in expected.items():
        # Five standard deviations: a wrong sampler fails, the fixed seed does not.
        assert abs(counts[text] / draws - probability) < 5 * math.sqrt(probability / draws)


def test_mode_and_entropy():
    lattice = compile_lattice("[[big:6|large:4] house:6|hut:4].")
    assert lattice.mode() == "Hut ."
    assert lattice.entropy() == pytest.approx(-sum(p * math.log(p) for p in (0.36, 0.24, 0.4)))


GOOD = [[0, 1, "yes", 0.5], [0, 1, "no", 0.5], [1, 2, ".", 1.0]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"arcs": GOOD[1:]}, "sum to 0.5"),
        ({"arcs": [*GOOD[:2], [1, 1, ".", 1.0]]}, "lower to a higher"),
        ({"arcs": [*GOOD[:2], [1, 3, ".", 1.0]]}, "lower to a higher"),
        ({"arcs": [*GOOD[:2], [1, 2, "", 1.0]]}, "empty phrase"),
        ({"arcs": [*GOOD[:2], [1, 2, "a  b", 1.0]]}, "stray spaces"),
        ({"arcs": [*GOOD[:2], [1, 2, EOS, 1.0]]}, "end of sentence"),
        ({"arcs": [*GOOD, [1, 2, "!", 0.0]]}, "outside"),
        ({"arcs": [*GOOD[:2], [1, 2, ".", float("nan")]]}, "outside"),
        ({"arcs": [*GOOD[:2], [1, 2, ".", "1"]]}, "not a number"),
        ({"arcs": [*GOOD[:2], [1, 2, "."]]}, "an arc is"),
        ({"arcs": [*GOOD[:2], [True, 2, ".", 1.0]]}, "an arc is"),
        ({"arcs": [[0, 2, "yes", 1.0], [1, 2, ".", 1.0]]}, "cannot be reached"),
        ({"states": 1}, "at least 2"),
        ({"states": "3"}, "integer"),
        ({"more": 1}, "exactly the keys"),
    ],
)
def test_broken_lattices_are_refused(change, message):
    assert Lattice.from_json(json.dumps({"states": 3, "arcs": GOOD}))
    with pytest.raises(ValueError, match=message):
        Lattice.from_json(json.dumps({"states": 3, "arcs": GOOD} | change))


def test_not_json_is_refused():
    with pytest.raises(ValueError, match="not JSON"):
        Lattice.from_json("{")


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_files_round_trip_and_are_reproducible(tmp_path, name):
    lattices = [compile_lattice("[yes:1|no:2] ."), compile_lattice("chào [bạn:1|em:2].")]
    write_lattices(tmp_path / name, lattices)
    written = (tmp_path / name).read_bytes()
    assert read_lattices(tmp_path / name) == lattices
    write_lattices(tmp_path / name, lattices)
    assert (tmp_path / name).read_bytes() == written
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_broken_line_is_named(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(compile_lattice("yes.").to_json() + '\n{"states": 2}\n')
    with pytest.raises(KnnKdError, match=r"a\.jsonl, line 2: .*exactly the keys"):
        read_lattices(path)


def test_a_file_cut_short_is_named(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    write_lattices(path, [compile_lattice("yes.")])
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(KnnKdError, match=r"a\.jsonl\.gz"):
        read_lattices(path)
