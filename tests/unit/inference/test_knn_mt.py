"""kNN-MT in fairseq's beam search on a small model with random weights, and its grid."""

import copy
import csv
import math
import shutil
from dataclasses import replace

import faiss
import numpy as np
import pytest
import torch
from fairseq import tasks
from hypothesis import given
from hypothesis import strategies as st

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, read_lines, write_json, write_lines
from knnkd.core.shards import parse_shard, shard_range
from knnkd.corpus.binarise import binarise
from knnkd.evaluation.judge import Judge
from knnkd.evaluation.metrics import METRICS
from knnkd.evaluation.scores import Sentences, score
from knnkd.inference.beam import fixed_length
from knnkd.inference.decode import Beam, build_generator, decode, subwords_of, teacher_forced, write_hypotheses
from knnkd.inference.forward import batches, hidden_states
from knnkd.inference.knn_mt import open_nearest, require
from knnkd.inference.settings import Nearest, Search
from knnkd.inference.tuning import GridPoint, at_edge, decoded_tokens, grid_losses, sample_queries, tune, write_grid
from knnkd.knn.exact_index import ExactIndex
from knnkd.knn.faiss_index import FaissIndex, build_index
from knnkd.knn.faiss_settings import IndexSettings
from knnkd.knn.interpolation import NearestNeighbours, Point

pytest_plugins = ["support.small_model"]
BEAM = Beam(beam=3, max_len_a=0.0, max_len_b=12)
TOKENS = 128  # a batch: several batches a split


def test_another_models_datastore_is_refused(trained, store):
    require(store, trained)
    with pytest.raises(KnnKdError, match="another checkpoint"):
        require(store, replace(trained, weights="0"))
    with pytest.raises(KnnKdError, match="dimension 99"):
        require(replace(store, meta=store.meta | {"dimension": 99}), trained)
    with pytest.raises(KnnKdError, match="beyond the model's dictionary"):
        require(replace(store, values=np.array([10**4], dtype=np.int32)), trained)


def test_the_index_that_settings_name(trained, store, tmp_path):
    build_index(store, IndexSettings("flat"), tmp_path / "flat")
    exact = Nearest(store.folder)
    before = faiss.omp_get_max_threads()
    try:
        flat = Nearest(store.folder, index=tmp_path / "flat", search=Search("flat"))
        opened, index = open_nearest(flat, trained, threads=2)
        assert faiss.omp_get_max_threads() == 2
    finally:
        faiss.omp_set_num_threads(before)
    assert isinstance(index, FaissIndex)
    assert opened.meta == store.meta
    assert isinstance(open_nearest(exact, trained, threads=2)[1], ExactIndex)
    with pytest.raises(KnnKdError, match="another checkpoint"):
        open_nearest(exact, replace(trained, weights="0"), threads=2)


def test_the_model_s_own_rows_come_first(trained, store, index):
    """On the training set, teacher-forced, a tiny tau leaves the row of the position itself: its token is the gold."""
    trained.task.load_dataset("train")
    neighbours = NearestNeighbours(index, store.values, 4, 1e-4, 1.0)
    for batch in batches(trained, "train", TOKENS):
        real = batch["target"].ne(trained.padding)
        assert teacher_forced(trained, batch, neighbours).argmax(-1)[real].equal(batch["target"][real])


@pytest.mark.parametrize("beam", [1, 3])
def test_lambda_0_gives_the_model_s_hypotheses(beam, trained, store, index):
    beam = replace(BEAM, beam=beam)
    base = decode(trained, "test", beam, TOKENS)
    found = decode(trained, "test", beam, TOKENS, NearestNeighbours(index, store.values, 8, 10.0, 0.0))
    assert (found.hypotheses, found.tokens) == (base.hypotheses, base.tokens)
    other = decode(trained, "test", beam, TOKENS, NearestNeighbours(index, store.values, 8, 10.0, 0.7))
    assert other.hypotheses != base.hypotheses


def test_lambda_0_gives_the_model_s_scores(trained, store, index):
    trained.task.load_dataset("test")
    generators = [
        build_generator(trained, BEAM),
        build_generator(trained, BEAM, NearestNeighbours(index, store.values, 8, 10.0, 0.0)),
    ]
    for batch in batches(trained, "test", TOKENS):
        base, found = (each.generate([trained.model], batch) for each in generators)
        for one, other in zip(base, found, strict=True):
            assert [beam["tokens"].tolist() for beam in one] == [beam["tokens"].tolist() for beam in other]
            assert [float(beam["score"]) for beam in one] == [float(beam["score"]) for beam in other]


def test_any_index_that_finds_the_same_decodes_the_same(trained, store, index, tmp_path):
    build_index(store, IndexSettings("flat"), tmp_path / "flat")
    flat = FaissIndex.open(tmp_path / "flat", store, "cpu")
    found = [
        decode(trained, "test", BEAM, TOKENS, NearestNeighbours(each, store.values, 8, 10.0, 0.5)).hypotheses
        for each in (index, flat)
    ]
    assert found[0] == found[1]


def forced_loss(trained, neighbours):
    """The references as the only prefix that fairseq's beam search may take: the mean of what it scored them with."""
    generator = build_generator(trained, Beam(beam=1, max_len_a=0.0, max_len_b=40), neighbours)
    total = count = 0.0
    for batch in batches(trained, "valid", TOKENS):
        found = generator.generate([trained.model], batch, prefix_tokens=batch["target"])
        for gold, beams in zip(batch["target"], found, strict=True):
            assert beams[0]["tokens"].equal(gold[gold.ne(trained.padding)])
            total -= float(beams[0]["positional_scores"].double().sum())
            count += len(beams[0]["tokens"])
    return total / count


def teacher_forced_loss(trained, neighbours):
    """The mean of what the decoder's distributions give to the gold tokens."""
    losses = []
    for batch in batches(trained, "valid", TOKENS):
        gold = batch["target"]
        log_probs = teacher_forced(trained, batch, neighbours)
        losses.append(-log_probs.gather(-1, gold[..., None])[..., 0][gold.ne(trained.padding)].double())
    return float(torch.cat(losses).mean())


def test_the_grid_s_losses_are_the_decoder_s(trained, store, index):
    grid = [1, 4, 16], [1.0, 30.0], [0.0, 0.3, 0.9]
    base, points = grid_losses(trained, "valid", TOKENS, index, store.values, *grid)
    assert [each.point for each in points] == [
        Point(k, tau, lam) for k in grid[0] for tau in grid[1] for lam in grid[2] if lam
    ]
    assert base == pytest.approx(forced_loss(trained, None), abs=1e-4)
    for each in points:
        point = each.point
        neighbours = NearestNeighbours(index, store.values, point.k, point.tau, point.lam)
        assert each.loss == pytest.approx(forced_loss(trained, neighbours), abs=1e-4)
        assert each.loss == pytest.approx(teacher_forced_loss(trained, neighbours), abs=1e-5)
    assert len({round(each.loss, 4) for each in points}) > len(points) // 2


def test_the_grid_s_losses_are_the_decoder_s_at_lambda_1(trained, store, index):
    """Every row is a neighbour: at a large tau each gold token has some mass, at a small one not each."""
    k, taus = len(store), [1e-4, 1.0, 100.0]
    _, points = grid_losses(trained, "valid", TOKENS, index, store.values, [k], taus, [1.0])
    for each in points:
        neighbours = NearestNeighbours(index, store.values, k, each.point.tau, 1.0)
        assert each.loss == pytest.approx(teacher_forced_loss(trained, neighbours), abs=1e-5)
    assert [math.isfinite(each.loss) for each in points] == [False, True, True]


def test_teacher_forced_alone_is_fairseq_s(trained):
    trained.task.load_dataset("valid")
    for batch in batches(trained, "valid", TOKENS):
        expected = trained.model.get_normalized_probs(trained.model(**batch["net_input"]), log_probs=True)
        assert teacher_forced(trained, batch).equal(expected)


def test_an_empty_grid_is_refused(trained, store, index):
    with pytest.raises(KnnKdError, match="lambda above 0"):
        grid_losses(trained, "valid", TOKENS, index, store.values, [4], [10.0], [0.0])


def test_sampled_queries_are_positions_of_the_split(trained):
    trained.task.load_dataset("valid")
    every = [
        hidden_states(trained, batch)[batch["target"].ne(trained.padding)]
        for batch in batches(trained, "valid", TOKENS)
    ]
    every = torch.cat(every)
    sample = sample_queries(trained, "valid", TOKENS, 20, seed=3)
    assert sample.shape == (20, 16)
    assert len({int(torch.cdist(each[None], every).argmin()) for each in sample}) == 20
    assert torch.cdist(sample, every).amin(1).max() < 1e-2
    assert sample_queries(trained, "valid", TOKENS, 10**6, seed=3).equal(every)


def grid_of(*losses):
    return [GridPoint(Point(4, 10.0, (i + 1) / 10), loss) for i, loss in enumerate(losses)]


def test_the_winner_is_the_best_score_of_the_least_losses(tmp_path):
    grid = grid_of(3.0, 1.0, math.inf, 2.0, 2.5)
    bleus = {0.2: 20.0, 0.4: 21.0, 0.5: 21.0}
    rows, winner = tune(grid, 3, lambda point: bleus[round(point.lam, 1)])
    assert winner == replace(grid[3], score=21.0), "equal scores: the lower loss"
    assert [each.score for each in rows] == [None, 20.0, None, 21.0, 21.0]
    assert tune(grid, 3, lambda point: bleus[round(point.lam, 1)], -1)[1].score == 20.0, "of TER, less is better"
    write_grid(tmp_path / "grid.csv", 4.0, rows, winner.point)
    with open(tmp_path / "grid.csv", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert list(table[0]) == ["k", "tau", "lambda", "loss", "bleu", "chosen"]
    assert list(table[0].values()) == ["0", "0", "0", "4.0", "", "0"]
    assert [each["chosen"] for each in table] == ["0", "0", "0", "0", "1", "0"]
    assert [each["bleu"] for each in table] == ["", "", "20.0", "", "21.0", "21.0"]


def test_nothing_to_choose_from_is_refused():
    for grid, decoded, words in ((grid_of(1.0), 0, "at least one"), (grid_of(math.inf), 1, "lambda below 1")):
        with pytest.raises(KnnKdError, match=words):
            tune(grid, decoded, lambda point: 1.0)


@pytest.mark.parametrize(
    ("chosen", "edge"),
    [
        ((4, 10.0, 0.5), []),
        ((2, 10.0, 0.5), ["k"]),
        ((8, 1.0, 0.5), ["k", "tau"]),
        ((4, 100.0, 0.9), ["tau", "lambda"]),
        ((4, 10.0, 0.1), []),
    ],
)
def test_the_edges_of_the_grid(chosen, edge):
    point = Point(*chosen)
    assert at_edge(point, [8, 2, 4], [1.0, 100.0, 10.0], [0.5, 0.9, 0.1]) == edge
    # A grid of one value, even if it is named twice, was set and not searched.
    assert at_edge(point, [point.k], [point.tau, point.tau], [point.lam]) == []


def test_the_score_of_a_point_is_the_tables(trained, store, index, tmp_path):
    """As `score` finds it on the files that decode_knn_mt.py writes, where Moses' entities are characters again."""
    neighbours = NearestNeighbours(index, store.values, 8, 10.0, 0.5)
    decoded = decode(trained, "valid", BEAM, TOKENS, neighbours)
    assert any("@@" in line for line in decoded.hypotheses), "the example must have subwords to join"
    write_hypotheses(decoded, "en", True, tmp_path / "out", {})
    tokens = read_lines(tmp_path / "out" / "hypotheses.tok")
    references = [line.replace("w3", "w3.") for line in read_lines(tmp_path / "out" / "hypotheses.txt")]
    for folder, lines in (("tok", tokens), ("text", references)):
        write_lines(tmp_path / folder / "valid.en", lines)
        write_lines(tmp_path / folder / "valid.de", ["x"] * len(lines))
    sentences = Sentences(tmp_path / "tok", tmp_path / "text", "valid.de", "valid.en")
    scores = {each.metric: each.value for each in score(tmp_path / "out", sentences, METRICS)}
    found = decoded_tokens(trained, "valid", BEAM, TOKENS, neighbours)
    for name in METRICS:
        assert Judge(name, sentences, True)(found) == pytest.approx(scores[name])
    assert scores["sacrebleu"] < 99 < scores["bleu_tok"], "the example must tell the two apart"
    # One that sacrebleu's own tokenisation would not turn back.
    assert any("|" in line for line in references), "the example must have an entity"
    assert Judge("sacrebleu", sentences, False)(found) < scores["sacrebleu"]
    with pytest.raises(KnnKdError, match="name its own"):
        Judge("chrf", sentences, True)(found[1:])


@pytest.mark.parametrize("count", [1, 2, 3, 11])
@pytest.mark.parametrize("lam", [None, 0.5])
def test_shards_are_the_whole(count, lam, trained, store, index):
    neighbours = None if lam is None else NearestNeighbours(index, store.values, 8, 10.0, lam)
    # One sentence a batch: batches of other sentences pad, and so round, differently.
    whole = decode(trained, "test", BEAM, 12, neighbours)
    shards = [decode(trained, "test", BEAM, 12, neighbours, (i + 1, count)) for i in range(count)]
    assert [line for shard in shards for line in shard.hypotheses] == whole.hypotheses
    assert [shard.first_sentence for shard in shards] == [11 * i // count for i in range(count)]
    assert sum(shard.tokens for shard in shards) == whole.tokens


def test_impossible_shards_are_refused(trained):
    with pytest.raises(KnnKdError, match="take fewer shards"):
        decode(trained, "test", BEAM, TOKENS, shard=(1, 12))
    for text in ("0-of-3", "4-of-3", "1-of-", "-of-3", "1of3", "a-of-3", "1-of-3 ", "²-of-3"):
        with pytest.raises(KnnKdError, match="expected i-of-n"):
            parse_shard(text)


@given(st.integers(1, 500), st.integers(1, 40))
def test_shard_ranges_cover_every_row_once(total, count):
    if count > total:
        return
    ranges = [shard_range(total, parse_shard(f"{i + 1}-of-{count}")) for i in range(count)]
    assert [row for first, last in ranges for row in range(first, last)] == list(range(total))


def test_hypotheses_are_joined_as_the_text_was_cut(trained, data_bin, tmp_path):
    decoded = replace(decode(trained, "test", BEAM, TOKENS, shard=(2, 2)), hypotheses=["un ##der a@@ b"] * 6)
    for kind, joined in (("bpe", "un ##der ab"), ("wordpiece", "under a@@ b")):
        write_hypotheses(decoded, "en", False, tmp_path / kind, {"split": "test"}, kind)
        assert read_lines(tmp_path / kind / "hypotheses.tok") == [joined] * 6
        about = read_json(tmp_path / kind / "decode.json")
        assert (about["sentences"], about["first_sentence"], about["split"]) == (6, 5, "test")
    assert subwords_of(data_bin) == "bpe"
    write_json(tmp_path / "data.json", {"hash": "h", "files": {}})
    with pytest.raises(KnnKdError, match="subwords is None"):
        subwords_of(tmp_path)


def test_hypotheses_of_one_length(trained):
    """Both systems then do the same steps: `length` subwords and the end of sentence, in every hypothesis."""
    decoded = decode(trained, "test", fixed_length(BEAM, 7), 128)
    assert {len(line.split()) for line in decoded.hypotheses} == {7}
    assert decoded.tokens == 8 * len(decoded.hypotheses)


def test_a_blank_source_has_a_blank_hypothesis(trained, data_bin, tmp_path):
    """As in translate.py; the other sentences keep theirs."""
    shutil.copytree(data_bin.parent / "text", tmp_path / "text")
    lines = read_lines(tmp_path / "text" / "test.de")
    write_lines(tmp_path / "text" / "test.de", [*lines[:2], "", *lines[3:]])
    binarise(
        tmp_path / "text", ("de", "en"), ["train", "valid", "test"], tmp_path / "bin", False, dictionaries=data_bin
    )
    config = copy.copy(trained.task.cfg)
    config.data = str(tmp_path / "bin")
    other = replace(trained, task=tasks.setup_task(config))
    whole = decode(trained, "test", BEAM, 512).hypotheses
    assert decode(other, "test", BEAM, 512).hypotheses == [*whole[:2], "", *whole[3:]]
