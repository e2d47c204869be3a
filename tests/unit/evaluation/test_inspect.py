"""Single positions looked at: against the teacher-forced pass, Eq. 10 by hand, and the lattice."""

import numpy as np
import pandas as pd
import pytest
import torch

from knnkd.core.errors import KnnKdError
from knnkd.evaluation.inspect import Sentence, Sizes, Teacher, inspect, readable, true_expectations
from knnkd.inference.decode import teacher_forced
from knnkd.inference.forward import batches, hidden_states
from knnkd.inference.knn_mt import NearestNeighbours
from knnkd.reporting.figures.case_study import TEACHER, TRUE, case_study, heading, plot_case_study
from knnkd.reporting.plot_style import save_figure
from knnkd.synthetic.lattice import EOS, Arc, Automaton, Lattice

pytest_plugins = ["support.small_model"]
SIZES = Sizes(tokens=4, neighbours=3)


@pytest.fixture(scope="module")
def teacher(trained, store, index):
    return Teacher(trained, store, index, k=6, tau=2.0)


@pytest.fixture(scope="module")
def sentences(trained):
    trained.task.load_dataset("test")
    pairs = trained.task.dataset("test")
    return [Sentence(pairs.src[i].long(), pairs.tgt[i].long(), reference="r") for i in range(3)]


@pytest.fixture(scope="module")
def content(trained, store, index, teacher, sentences):
    knn_mt = NearestNeighbours(index, store.values, 5, 3.0, 0.4)
    systems = {"base": (trained, None), "knn_mt": (trained, knn_mt)}
    return inspect(sentences, systems, teacher, str.split, SIZES)


def forced(trained, interpolate=None):
    """Return {sentence: log p float [T, V]} of the test set in fairseq's own batches."""
    rows = {}
    for batch in batches(trained, "test", 128):
        log_probs = teacher_forced(trained, batch, interpolate)
        for i, number in enumerate(batch["id"].tolist()):
            rows[number] = log_probs[i][batch["target"][i].ne(trained.padding)]
    return rows


def test_distributions_are_those_of_the_teacher_forced_pass(trained, store, index, content):
    dictionary = trained.task.target_dictionary
    knn_mt = NearestNeighbours(index, store.values, 5, 3.0, 0.4)
    for name, rows in {"base": forced(trained), "knn_mt": forced(trained, knn_mt)}.items():
        for number, page in enumerate(content["sentences"]):
            assert len(page["positions"]) == len(rows[number])
            for place, log_probs in zip(page["positions"], rows[number], strict=True):
                shown = place["systems"][name]
                assert len(shown) == SIZES.tokens
                for token, p in shown:
                    assert p == pytest.approx(log_probs[dictionary.index(token)].exp().item(), abs=1e-4)
                assert shown[0][1] == pytest.approx(log_probs.exp().max().item(), abs=1e-4)
                assert [p for _, p in shown] == sorted((p for _, p in shown), reverse=True)


def test_neighbours_and_teacher_are_a_search_by_hand(trained, store, content, sentences):
    """Keys against the fresh hidden state, sorted; Eq. 10 over the first k of them, in float64."""
    dictionary, keys = trained.task.target_dictionary, store.keys.astype(np.float64)
    batch = trained.task.dataset("test").collater([trained.task.dataset("test")[0]])
    hidden = hidden_states(trained, batch)[0].double().numpy()
    for query, place in zip(hidden, content["sentences"][0]["positions"], strict=True):
        distances = np.square(keys - query).sum(1)
        nearest = np.argsort(distances, kind="stable")
        assert [near["distance"] for near in place["neighbours"]] == pytest.approx(distances[nearest[:3]], abs=2e-3)
        for near in place["neighbours"]:
            row = store.offsets[near["sentence"]] + near["position"]
            assert near["distance"] == pytest.approx(distances[row], abs=2e-3)
            assert near["token"] == dictionary[int(store.values[row])]
            assert content["training"][str(near["sentence"])]["target"][near["position"]] == near["token"]
        mass = np.exp(-(distances[nearest[:6]] - distances[nearest[0]]) / 2.0)
        shares = np.bincount(store.values[nearest[:6]], mass / mass.sum(), len(dictionary))
        for token, p in place["teacher"]:
            assert p == pytest.approx(shares[dictionary.index(token)], abs=1e-3)
        assert sum(p for _, p in place["teacher"]) <= 1 + 1e-5


def test_a_prefix_of_ones_own_is_one_position(trained, teacher, sentences, content):
    """The position after a prefix is what the whole reference has there."""
    whole = sentences[1]
    target = torch.cat([whole.target[:3], torch.tensor([trained.task.target_dictionary.eos()])])
    own = Sentence(whole.source, target, first=3)
    page = inspect([own], {"base": (trained, None)}, teacher, str.split, SIZES)["sentences"][0]
    (place,) = page["positions"]
    expected = content["sentences"][1]["positions"][3]
    assert place["prefix"] == expected["prefix"]
    assert place["gold"] is None
    for (token, p), (other, q) in zip(place["systems"]["base"], expected["systems"]["base"], strict=True):
        assert (token, p) == (other, pytest.approx(q, abs=1e-4))


def test_another_dictionary_is_refused(trained, teacher, sentences):
    class Task:
        target_dictionary = type(trained.task.target_dictionary)()

    class Other:
        task = Task()

    with pytest.raises(KnnKdError, match="other: has another dictionary"):
        inspect(sentences, {"other": (Other(), None)}, teacher, str.split, SIZES)


ARCS = (Arc(0, 1, "there are", 1.0), Arc(1, 2, "many", 0.3), Arc(1, 2, "a lot of", 0.7), Arc(2, 3, "stories", 1.0))


def test_the_true_distribution_ends_where_the_prefix_leaves_the_lattice():
    automaton = Automaton(Lattice(4, ARCS), str.split)
    rows = true_expectations(automaton, ["there", "are", "many", "cats", EOS], 8)
    assert rows == [[("there", 1.0)], [("are", 1.0)], [("a", 0.7), ("many", 0.3)], [("stories", 1.0)], None]
    assert true_expectations(automaton, ["there", "are", "x"], 1)[2] == [("a", 0.7)]


def test_a_prefix_within_a_word_keeps_its_sign():
    assert readable(["a", "lo@@"]) == "a lo@@"
    assert readable(["lo@@", "ts"]) == "lots"
    assert readable([]) == ""


def study(true=None, **systems):
    place = {"prefix": "there are", "gold": None, "systems": systems, "true": true, "neighbours": []}
    place["teacher"] = [["a", 0.6], ["many", 0.4]]
    return {"sentences": [{"source": "es gibt", "reference": None, "positions": [place]}]}


def test_case_study_rows_and_figure():
    content = study([["a", 0.7], ["many", 0.3]], base=[["a", 0.95], ["the", 0.005]], kd=[["many", 0.5], ["a", 0.4]])
    rows = case_study(content, {"base": "Base", "kd": "KD"})
    assert list(rows["series"].unique()) == [TRUE, TEACHER, "Base", "KD"]
    assert list(rows["token"].unique()) == ["a", "many"], "nothing gives `the` one in a hundred"
    table = rows.pivot(index="token", columns="series", values="probability")
    assert table.loc["many", "KD"] == 0.5
    assert pd.isna(table.loc["many", "Base"]), "not kept is not zero"
    figure = plot_case_study(rows, heading(content))
    (axis,) = figure.axes
    assert axis.get_title() == "es gibt ‖ there are"
    assert axis.get_xlabel() == "probability of the next token"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [TRUE, TEACHER, "Base", "KD"]


@pytest.mark.parametrize("text", ["5 $ oder 6 % von 7 $ .", "100 $ {, 200 $", "$k_{a$", "\\frac $x^$ _"])
def test_dollars_are_dollars_in_a_figure(tmp_path, text):
    """Not mathematics, which ends with a traceback where it is none."""
    content = study([[text, 0.7]], base=[[text, 0.9]])
    content["sentences"][0]["source"] = f"{text} " * 9
    rows = case_study(content, {"base": text})
    save_figure(plot_case_study(rows, heading(content)), rows, tmp_path, "figure")
    assert (tmp_path / "figure.pdf").exists()


def test_case_study_without_a_lattice_and_with_mistakes():
    rows = case_study(study(base=[["a", 0.95]]), {"base": "Base"})
    assert list(rows["series"].unique()) == [TEACHER, "Base"]
    rows = case_study(study(base=[["a", 0.95]]), {"base": "Base", "kd": "KD"})
    assert rows.loc[rows["series"] == "KD", "probability"].isna().all()
    figure = plot_case_study(rows, "")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [TEACHER, "Base", "KD (not run)"]
    many = study(base=[])
    many["sentences"] *= 2
    with pytest.raises(KnnKdError, match="has 2 positions"):
        case_study(many, {"base": "Base"})
