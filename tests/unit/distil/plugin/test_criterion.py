"""The plugin: each sentence gets its own rows whatever the batch, and the teacher survives half precision."""

import json

import numpy as np
import pytest
import torch
from fairseq import utils
from fairseq.data import Dictionary, LanguagePairDataset

from knnkd.core.arrays import save_array, write_meta
from knnkd.core.errors import KnnKdError
from knnkd.distil.plugin import criterion as plugin
from knnkd.distil.plugin.criterion import DistillationCriterion
from knnkd.distil.plugin.dataset import CandidateDataset, CorpusOrderDataset
from knnkd.knn.candidates import Candidates
from knnkd.objective.losses import cross_entropy

K = 3


class Task:
    """The one thing that a criterion asks of its task."""

    def __init__(self, dictionary):
        self.target_dictionary = dictionary


class FixedModel(torch.nn.Module):
    """Gives the same logits for every batch of a shape, and lets a test see their gradient."""

    def __init__(self, types, seed=0):
        super().__init__()
        self.types = types
        self.seed = seed
        self.weight = torch.nn.Parameter(torch.zeros(1))  # a model has a device and a precision

    def forward(self, prev_output_tokens, **_):
        torch.manual_seed(self.seed)
        self.logits = torch.randn(*prev_output_tokens.shape, self.types, requires_grad=True)
        return self.logits, None

    def get_normalized_probs(self, net_output, log_probs):
        assert log_probs
        return torch.log_softmax(net_output[0].float(), -1)


@pytest.fixture
def dictionary():
    words = Dictionary()
    for word in "abcdefgh":
        words.add_symbol(word)
    return words


@pytest.fixture
def dataset(tmp_path, dictionary):
    """Five sentences of lengths 1 to 5; the row of position t in sentence i has the scores -(1000 i + 10 t + j)."""
    lengths = [3, 1, 5, 2, 4]
    target = [torch.tensor([4 + i] * (n - 1) + [dictionary.eos()]) for i, n in enumerate(lengths)]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    place = [(i, t) for i, n in enumerate(lengths) for t in range(n)]
    scores = [[-(1000.0 * i + 10 * t + j) * 100 for j in range(K + 2)] for i, t in place]
    tokens = [[4 + (i + t + j) % 8 for j in range(K + 2)] for i, t in place]
    save_array(tmp_path / "scores.npy", np.array(scores, dtype=np.float32))
    save_array(tmp_path / "tokens.npy", np.array(tokens, dtype=np.int32))
    save_array(tmp_path / "offsets.npy", offsets)
    meta = {"rows": len(place), "k": K + 2, "sentences": 5, "tokens": "int32", "data": "d", "teacher": {}}
    write_meta(tmp_path, meta)
    pairs = LanguagePairDataset(target, lengths, dictionary, target, lengths, dictionary, shuffle=False)
    made = CandidateDataset(pairs, Candidates.open(tmp_path), K)
    made.folder = tmp_path
    return made


@pytest.mark.parametrize("chosen", [[0, 1, 2, 3, 4], [4, 2], [1], [3, 0, 1]])
def test_each_sentence_brings_its_own_rows(dataset, dictionary, chosen):
    batch = dataset.collater([dataset[i] for i in chosen])
    tokens = batch["candidates"]["tokens"]
    scores = batch["candidates"]["score_bits"].view(torch.float32)
    assert tokens.shape == (*batch["target"].shape, K)
    assert sorted(batch["id"].tolist()) == sorted(chosen)
    for b, i in enumerate(batch["id"].tolist()):
        for t, gold in enumerate(batch["target"][b].tolist()):
            if gold == dictionary.pad():
                assert tokens[b, t].eq(0).all()
                assert scores[b, t].eq(0).all()
            else:
                assert tokens[b, t].tolist() == [4 + (i + t + j) % 8 for j in range(K)]
                assert scores[b, t].tolist() == [-(1000.0 * i + 10 * t + j) * 100 for j in range(K)]


def criterion(dictionary, **settings):
    chosen = {"term": "sparse", "alpha": 0.5, "teacher_tau": 50.0, "label_smoothing": 0.0, "sentence_avg": False}
    return DistillationCriterion(Task(dictionary), **(chosen | settings)).train()


def half(batch):
    """What fairseq's trainer does to a batch under --fp16."""
    return utils.apply_to_sample(lambda tensor: tensor.half() if tensor.dtype == torch.float32 else tensor, batch)


def test_half_precision_does_not_touch_the_teacher(dataset, dictionary):
    batch = dataset.collater([dataset[i] for i in range(5)])
    assert dataset.scores.min() < -65504, "the example must overflow float16"
    model = FixedModel(len(dictionary))
    loss, _, _ = criterion(dictionary)(model, batch)
    halved, _, _ = criterion(dictionary)(model, half(batch))
    assert torch.isfinite(loss)
    assert torch.equal(loss, halved)


def test_alpha_0_is_the_transformer(dataset, dictionary):
    batch = dataset.collater([dataset[i] for i in range(5)])
    model = FixedModel(len(dictionary))
    for smoothing in (0.0, 0.1):
        loss, size, _ = criterion(dictionary, alpha=0.0, label_smoothing=smoothing)(model, batch)
        loss.backward()
        gradient = model.logits.grad
        plain, plain_size, _ = criterion(dictionary, term="none", label_smoothing=smoothing)(model, batch)
        plain.backward()
        assert torch.equal(loss, plain)
        assert torch.allclose(gradient, model.logits.grad, atol=1e-7)
        assert size == plain_size == batch["ntokens"]


def test_validation_is_cross_entropy_alone(dataset, dictionary):
    batch = dataset.collater([dataset[i] for i in range(5)])
    model = FixedModel(len(dictionary))
    distilled, _, logged = criterion(dictionary).eval()(model, batch)
    plain, _, _ = criterion(dictionary, term="none").eval()(model, batch)
    assert torch.equal(distilled, plain)
    assert "kd_loss" not in logged


@pytest.mark.parametrize(("alpha", "tau", "smoothing"), [(0.3, 7.0, 0.0), (0.5, 900.0, 0.1), (1.0, 40.0, 0.0)])
def test_the_loss_is_equation_12_of_a_dense_teacher(dataset, dictionary, alpha, tau, smoothing):
    """In float64, position by position: (1 - alpha) * smoothed CE + alpha * cross-entropy with p_kNN of Eq. 10."""
    stored = Candidates.open(dataset.folder)
    dataset = CandidateDataset(dataset.dataset, stored, 2)
    batch = dataset.collater([dataset[i] for i in range(5)])
    model = FixedModel(len(dictionary))
    settings = {"alpha": alpha, "teacher_tau": tau, "label_smoothing": smoothing}
    loss, size, logged = criterion(dictionary, **settings)(model, batch)
    log_p = torch.log_softmax(model.logits.detach().double(), -1)
    expected_ce = expected_kd = 0.0
    for b, i in enumerate(batch["id"].tolist()):
        for t in range(dataset.dataset.tgt_sizes[i]):
            row = stored.offsets[i] + t
            gold = batch["target"][b, t].item()
            share = smoothing / (len(dictionary) - 1)
            others = log_p[b, t].sum().item() - log_p[b, t, gold].item()
            expected_ce -= (1 - smoothing) * log_p[b, t, gold].item() + share * others
            scores = stored.scores[row, :2].astype(np.float64)
            mass = np.exp((scores - scores[0]) / tau)
            for token, weight in zip(stored.tokens[row, :2], mass / mass.sum(), strict=True):
                expected_kd -= weight * log_p[b, t, token].item()
    assert loss.item() == pytest.approx((1 - alpha) * expected_ce + alpha * expected_kd, rel=1e-5)
    assert logged["kd_loss"].item() == pytest.approx(expected_kd, rel=1e-5)
    assert size == 15


def test_without_the_self_neighbour_each_row_starts_one_later(dataset, dictionary):
    dropped = CandidateDataset(dataset.dataset, Candidates.open(dataset.folder), K, first=1)
    batch = dropped.collater([dropped[i] for i in range(5)])
    for b, i in enumerate(batch["id"].tolist()):
        for t in range(dataset.dataset.tgt_sizes[i]):
            scores = batch["candidates"]["score_bits"][b, t].view(torch.float32).tolist()
            assert scores == [-(1000.0 * i + 10 * t + j + 1) * 100 for j in range(K)]


def test_dropping_the_self_neighbour_is_refused_where_it_is_not_known_to_come_first(dataset):
    lengths = dataset.dataset.tgt_sizes
    stored = Candidates.open(dataset.folder)
    with pytest.raises(KnnKdError, match="no exact search made it"):
        stored.require("d", lengths, K, drop_self=True)
    exact = {"search": {"index": "exact"}}
    write_meta(dataset.folder, stored.meta | {"teacher": exact})
    stored = Candidates.open(dataset.folder)
    stored.require("d", lengths, K + 1, drop_self=True)
    stored.require("d", lengths, K + 2)
    with pytest.raises(KnnKdError, match="and its own, which is dropped, but 5 are stored"):
        stored.require("d", lengths, K + 2, drop_self=True)


def test_corpus_order_keeps_neighbours_together(dataset):
    ordered = CorpusOrderDataset(dataset)
    assert ordered.ordered_indices().tolist() == [0, 1, 2, 3, 4]
    assert dataset.ordered_indices().tolist() == [1, 3, 0, 4, 2], "by length"
    batch = ordered.collater([ordered[i] for i in (2, 3)])
    assert "candidates" in batch


@pytest.fixture
def teacher(dictionary, monkeypatch):
    """A teacher with other logits than the student's, in the place of a checkpoint."""
    model = FixedModel(len(dictionary), seed=1).eval()
    monkeypatch.setattr(plugin, "_load_teacher", lambda checkpoint, task: model)
    return model


@pytest.mark.parametrize("level", ["batch", "global"])
def test_selective_distils_the_hard_tokens_alone(dataset, dictionary, teacher, level):
    """Two updates, so that the queue counts, against a loop over positions."""
    options = json.dumps({"selection": level, "share": 0.5, "queue": 20})
    loss_of = criterion(dictionary, term="selective", teacher_tau=1.0, term_options=options)
    model, seen = FixedModel(len(dictionary)), []
    for chosen in ([0, 1, 2, 3, 4], [4, 2, 0]):
        batch = dataset.collater([dataset[i] for i in chosen])
        loss, _, logged = loss_of(model, batch)
        student = torch.log_softmax(model.logits.detach().double(), -1)
        teacher(**batch["net_input"])
        taught = torch.softmax(teacher.logits.detach().double(), -1)
        places = [(b, t) for b, i in enumerate(batch["id"].tolist()) for t in range(dataset.dataset.tgt_sizes[i])]
        nll = {(b, t): -student[b, t, batch["target"][b, t]].item() for b, t in places}
        seen = (seen + list(nll.values()))[-20:] if level == "global" else list(nll.values())
        least = sorted(seen, reverse=True)[: len(seen) // 2][-1]
        hard = [place for place in places if nll[place] >= least - 1e-6]
        assert 0 < len(hard) < len(places)
        kd = sum(-(taught[place] * student[place]).sum().item() for place in hard)
        assert logged["kd_loss"].item() == pytest.approx(kd, rel=1e-5)
        assert loss.item() == pytest.approx(0.5 * sum(nll.values()) + 0.5 * kd, rel=1e-5)


def test_dense_is_the_teachers_whole_distribution(dataset, dictionary, teacher):
    batch = dataset.collater([dataset[i] for i in range(5)])
    model = FixedModel(len(dictionary))
    loss, _, _ = criterion(dictionary, term="dense", teacher_tau=2.0, alpha=0.3)(model, batch)
    log_p = torch.log_softmax(model.logits.detach(), -1)
    ce, _ = cross_entropy(log_p, batch["target"], dictionary.pad(), 0.0)
    taught = torch.softmax(teacher.logits.detach() / 2.0, -1)
    kd = -(taught * log_p).sum(-1)[batch["target"].ne(dictionary.pad())]
    assert loss.item() == pytest.approx(0.7 * ce.sum().item() + 0.3 * kd.sum().item(), rel=1e-5)
    assert teacher.weight.grad is None


def test_the_teacher_is_no_part_of_what_is_trained_or_saved(dictionary, teacher):
    loss_of = criterion(dictionary, term="dense")
    assert list(loss_of.parameters()) == []
    assert loss_of.state_dict() == {}
    loss_of.train()
    assert not teacher.training


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"alpha": 1.1}, "alpha = 1.1"),
        ({"teacher_tau": 0.0}, "tau = 0.0"),
        ({"term": "selective", "term_options": '{"selection": "global", "share": 0.5, "queue": 0}'}, "queue = 0"),
        ({"term": "dense"}, "needs its checkpoint"),
    ],
)
def test_impossible_settings_are_refused(dictionary, settings, words):
    with pytest.raises(KnnKdError, match=words):
        criterion(dictionary, **settings)
