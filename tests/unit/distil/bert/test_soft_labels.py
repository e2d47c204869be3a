"""BERT-KD's teacher, each part against a plain slow reference."""

import json
import runpy
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from support.corpus import settings
from support.small_bert import CPU, ENGLISH, GERMAN, IDS, PAIRS, PIECES, VOCABULARY, alone, untrained
from support.workflow import ROOT
from transformers import BertForMaskedLM, BertModel, DistilBertConfig, DistilBertForMaskedLM

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, read_lines, write_json, write_lines
from knnkd.core.integrity import sums_of
from knnkd.distil.bert import soft_labels
from knnkd.distil.bert.masking import mask_every, mask_targets, mask_tokens
from knnkd.distil.bert.model import fetch_teacher, open_teacher, save_teacher
from knnkd.distil.bert.pairs import Examples, collate, make_batches, pack_pairs
from knnkd.distil.bert.pretraining import new_model, pack_sentences
from knnkd.distil.bert.wordpiece import Vocabulary
from knnkd.experiment import bert_settings, corpus_settings
from knnkd.knn.candidates import Candidates


@pytest.fixture(scope="module")
def model():
    return untrained()


def test_packing():
    pieces = [piece for line in (GERMAN[0], ENGLISH[0]) for piece in ["|", *PIECES.segment(line).split(" ")]][1:]
    expected = ["[CLS]", *" ".join(pieces).replace("|", "[SEP]").split(" "), "[SEP]"]
    assert [VOCABULARY.pieces[i] for i in PAIRS.sequences[0]] == expected
    assert PAIRS.starts[0] == expected.index("[SEP]") + 1
    assert [VOCABULARY.pieces[i] for i in PAIRS.sequences[4][:3]] == ["[CLS]", "[SEP]", PIECES.segment("n")]


def test_long_pairs_are_left_out_and_counted():
    pairs = pack_pairs(["a d e h", "a d"], ["a d e", "a d e"], VOCABULARY, 8, "text")
    assert pairs.left_out == 1
    assert [" ".join(VOCABULARY.pieces[i] for i in each) for each in pairs.sequences] == ["[CLS] a d [SEP] a d e [SEP]"]
    with pytest.raises(KnnKdError, match="text: every pair is longer than the 5 positions"):
        pack_pairs(["a", "a d e"], ["a d", "a"], VOCABULARY, 5, "text")
    with pytest.raises(KnnKdError, match="text: line 1: 'Ω' is no piece"):
        pack_pairs(["a Ω"], ["a"], VOCABULARY, 9, "text")


def test_sentences_for_pretraining():
    packed = pack_sentences(["a d", "", "a d e"], ["e", "a", "a d e"], VOCABULARY, 8)
    lines = [" ".join(VOCABULARY.pieces[i] for i in sequence) for sequence in packed.sequences]
    pair = "[CLS] a d [SEP] e [SEP]"
    assert lines == ["[CLS] a d [SEP]", "[CLS] e [SEP]", pair, "[CLS] a [SEP]", *["[CLS] a d e [SEP]"] * 2]
    assert packed.starts.tolist() == [4, 3, 4, 3, 5, 5]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=50), st.integers(1, 100), st.integers(0, 3))
def test_batches_hold_everything_once(lengths, max_tokens, seed):
    lengths = np.array(lengths)
    batches = make_batches(lengths, max_tokens, seed)
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * lengths[batch].max() <= max_tokens for batch in batches)
    # No two neighbours would have gone together.
    tops = [lengths[batch].max() for batch in batches]
    assert tops == sorted(tops)
    joined = [(len(a) + 1) * lengths[b].min() for a, b in zip(batches, batches[1:], strict=False)]
    assert all(tokens > max_tokens for tokens in joined)


shapes = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 20)), min_size=1, max_size=5)


def batch_of(shapes):
    """A batch of sequences of ordinary pieces with sources and targets ([SEP] in) of the given lengths."""
    sequences = [
        np.array([IDS["[CLS]"], *[9] * (x - 1), IDS["[SEP]"], *[9] * (y - 1), IDS["[SEP]"]]) for x, y in shapes
    ]
    examples = Examples(sequences, np.array([x + 1 for x, _ in shapes]))
    return collate(examples, np.arange(len(shapes)), IDS["[PAD]"])


@given(shapes, st.integers(1, 9))
def test_circular_masks_cover_each_target_position_once(shapes, masks):
    batch = batch_of(shapes)
    total = np.zeros(batch.ids.shape, dtype=int)
    for turn in range(masks):
        inputs, chosen = mask_every(batch, masks, turn, IDS["[MASK]"])
        total += chosen
        assert (inputs[chosen] == IDS["[MASK]"]).all()
        assert (inputs[~chosen] == batch.ids[~chosen]).all()
        for row, (x, y) in enumerate(shapes):
            assert np.flatnonzero(chosen[row]).tolist() == [x + 1 + t for t in range(y) if t % masks == turn]
    assert (total == batch.target).all()


@given(shapes, st.integers(0, 99))
def test_only_targets_are_masked(shapes, seed):
    batch = batch_of(shapes)
    inputs, chosen = mask_targets(VOCABULARY)(batch, np.random.default_rng(seed))
    assert not (chosen & ~batch.target).any()
    assert chosen.any(axis=1).all()
    assert (inputs == np.where(chosen, IDS["[MASK]"], batch.ids)).all()


def test_the_share_of_masks():
    """15 % of the positions, [SEP] as often as any; of pieces in pre-training 80 % masked, 10 % other, 10 % kept."""
    batch = batch_of([(50, 51)] * 4000)
    _, chosen = mask_targets(VOCABULARY)(batch, np.random.default_rng(1))
    assert np.abs(chosen[:, 51:].mean(axis=0) - 0.15).max() < 0.03
    assert abs(chosen[:, 51:].mean() - 0.15) < 0.003
    inputs, chosen = mask_tokens(VOCABULARY)(batch, np.random.default_rng(1))
    special = np.isin(batch.ids, [IDS["[CLS]"], IDS["[SEP]"]])
    assert not chosen[special].any()
    assert abs(chosen[~special].mean() - 0.15) < 0.003
    assert (inputs[~chosen] == batch.ids[~chosen]).all()
    changed = inputs[chosen]
    assert abs((changed == IDS["[MASK]"]).mean() - 0.8) < 0.01
    assert abs((changed == 9).mean() - 0.1 - 0.1 / (len(IDS) - 5)) < 0.01
    assert not np.isin(changed, [IDS[piece] for piece in ("[PAD]", "[UNK]", "[CLS]", "[SEP]")]).any()


def dictionary(folder):
    """fairseq's dictionary of the English pieces, most frequent first, and its filling entries."""
    pieces = sorted({piece for line in PIECES.segment_lines(ENGLISH) for piece in line.split(" ") if piece})
    write_lines(folder / "dict.en.txt", [*(f"{piece} 1" for piece in pieces), "madeupword0000 0", "madeupword0001 0"])
    return ["<s>", "<pad>", "</s>", "<unk>", *pieces]


def best_of_each(model, symbols, stored):
    """Candidates by a loop over sentences, positions and the student's symbols."""
    rows = []
    for sequence, start in zip(PAIRS.sequences, PAIRS.starts, strict=True):
        for t in range(len(sequence) - start):
            masked = [start + other for other in range(len(sequence) - start) if other % 7 == t % 7]
            logits = alone(model, sequence, start, masked)[start + t]
            scores = {2: logits[IDS["[SEP]"]].item()}
            scores |= {index: logits[IDS[symbol]].item() for index, symbol in enumerate(symbols) if index >= 4}
            rows.append(sorted(scores.items(), key=lambda item: -item[1])[:stored])
    return rows


@pytest.fixture
def call(monkeypatch, capsys):
    """Call a script in this process (transformers takes seconds to import); return its status and stderr."""

    def called(name, *flags):
        monkeypatch.setattr(sys, "argv", [name, *map(str, flags)])
        try:
            runpy.run_path(str(ROOT / "workflow" / "scripts" / name), run_name="__main__")
        except SystemExit as end:
            return end.code, capsys.readouterr().err
        return 0, capsys.readouterr().err

    return called


def test_from_text_to_candidates(tmp_path, call):
    for split in ("train", "valid", "test"):
        write_lines(tmp_path / "tok" / f"{split}.de", GERMAN)
        write_lines(tmp_path / "tok" / f"{split}.en", ENGLISH)
    schedule = {"updates": 4, "save_interval": 3, "max_tokens": 60}
    shape = {"layers": 1, "hidden": 16, "heads": 2, "ffn": 32, "max_positions": 64}
    bert, text, tuned, data = (tmp_path / name for name in ("bert", "wordpiece", "tuned", "data"))
    chosen = settings(bert_settings.pretraining, vocabulary=90, shape=shape, schedule=schedule | {"lr": 2e-3})
    files = ["--text", tmp_path / "tok", "--work", tmp_path / "work", "--output", bert]
    assert call("pretrain_bert.py", *chosen, *files) == (0, "")
    assert tuple(read_lines(bert / "vocab.txt")) == VOCABULARY.pieces
    assert not (tmp_path / "work").exists()
    chosen, files = settings(corpus_settings.segmentation), ["--bert", bert, "--text", tmp_path / "tok"]
    assert call("segment_wordpiece.py", *chosen, *files, "--output", text)[0] == 0
    assert read_lines(text / "train.en") == PIECES.segment_lines(ENGLISH)
    finetune = settings(bert_settings.finetuning, schedule=schedule | {"lr": 0.01})
    finetune += ["--bert", bert, "--text", text, "--work", tmp_path / "work", "--output", tuned]
    assert call("finetune_bert.py", *finetune) == (0, "")
    report = read_json(tuned / "finetune.json")
    assert [record["updates"] for record in report["history"]] == [3, 4]
    assert report["bert"] == read_json(bert / "pretrain.json")["weights"] != report["weights"]
    symbols = dictionary(data)
    rows = sum(len(sequence) for sequence in PAIRS.sequences) - int(PAIRS.starts.sum())
    about = {"hash": "h", "files": {}, "splits": {"train": {"sentences": len(ENGLISH), "target_tokens": rows}}}
    write_json(data / "data.json", about)
    files = ["--bert", tuned, "--text", text, "--data-bin", data]

    def label(stored, output):
        chosen = settings(bert_settings.labelling, max_tokens=60, stored=stored)
        return call("bert_candidates.py", *chosen, *files, "--output", output)

    assert label(5, tmp_path / "out") == (0, "")
    candidates = Candidates.open(tmp_path / "out")
    expected = best_of_each(open_teacher(tuned, CPU)[0], symbols, 5)
    np.testing.assert_allclose(candidates.scores, [[score for _, score in row] for row in expected], atol=1e-4)
    assert candidates.tokens.tolist() == [[index for index, _ in row] for row in expected]
    lengths = [len(PIECES.segment(line).split(" ")) + 1 if line else 1 for line in ENGLISH]
    candidates.require("h", np.array(lengths), 5)
    assert candidates.meta["teacher"]["weights"] == report["weights"]
    code, error = label(len(symbols), tmp_path / "few")
    assert (code, error.count("\n")) == (1, 1)
    assert f"the student has {len(symbols) - 3} pieces" in error
    write_json(data / "data.json", about | {"splits": {"train": {"sentences": 6, "target_tokens": rows + 1}}})
    code, error = label(5, tmp_path / "other")
    assert (code, "binarise this text" in error) == (1, True)
    write_lines(bert / "vocab.txt", [*VOCABULARY.pieces[:-1], "other"])
    made = read_json(bert / "pretrain.json")
    write_json(bert / "pretrain.json", made | {"files": sums_of(bert, made["files"])})
    code, error = call("finetune_bert.py", *finetune)
    assert (code, "cut into other pieces" in error) == (1, True)


def test_rows_come_once_and_best_first(model):
    """Whatever the size of a batch, the same logits at the same rows."""
    pieces = np.array([IDS["[SEP]"], *range(5, 30)])
    found = []
    for max_tokens in (1, 60, 10_000):
        logits = torch.full((int(soft_labels.row_offsets(PAIRS)[-1]), len(pieces)), float("nan"))
        for rows, values in soft_labels.soft_labels(model, VOCABULARY, PAIRS, pieces, 7, max_tokens):
            assert logits[rows].isnan().all()
            logits[rows] = values
        found.append(logits)
    for logits in found[1:]:
        torch.testing.assert_close(logits, found[0], atol=1e-4, rtol=0)
    indices = np.arange(len(pieces), dtype=np.int32) * 3
    tokens, scores = np.zeros((len(found[0]), 4), dtype=np.int32), np.zeros((len(found[0]), 4), dtype=np.float32)
    soft_labels.write_best(iter([(np.arange(len(found[0])), found[0])]), indices, tokens, scores)
    order = np.argsort(-found[0].numpy(), axis=1)[:, :4]
    assert (tokens == order * 3).all()
    assert (np.diff(scores, axis=1) <= 0).all()


def test_a_dictionary_of_other_pieces_is_refused(tmp_path):
    write_lines(tmp_path / "dict.en.txt", ["a 3", "unheardof 1"])
    with pytest.raises(KnnKdError, match="line 2: 'unheardof' is no piece"):
        soft_labels.student_pieces(tmp_path / "dict.en.txt", VOCABULARY)


def fetch(call, folder, teacher, **where):
    chosen = ["--settings", json.dumps({"teacher": str(teacher)}), "--where", json.dumps(where)]
    return call("fetch_bert.py", *chosen, "--output", folder / "bert")


@pytest.mark.parametrize("lower_case", [False, True])
def test_a_local_teacher_is_fetched(tmp_path, call, model, lower_case):
    save_teacher(tmp_path / "local", model, Vocabulary(VOCABULARY.pieces, lower_case), ("made.json", {}))
    assert fetch(call, tmp_path, tmp_path / "local") == (0, "")
    fetched, vocabulary = open_teacher(tmp_path / "bert", CPU)
    assert vocabulary == Vocabulary(VOCABULARY.pieces, lower_case)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, fetched.state_dict()[name]), name
    assert str(tmp_path) not in "".join(
        (tmp_path / "bert" / name).read_text() for name in ("config.json", "fetch.json")
    )


def test_a_teacher_fetched_beforehand_is_taken(tmp_path, call, model):
    save_teacher(tmp_path / "files" / "some-bert", model, VOCABULARY, ("made.json", {}))
    assert fetch(call, tmp_path, "google/some-bert", data_dir=str(tmp_path / "files")) == (0, "")
    assert open_teacher(tmp_path / "bert", CPU)[1] == VOCABULARY


def without_head(folder):
    BertModel.from_pretrained(folder, add_pooling_layer=False).save_pretrained(folder)


def as_pickle(folder):
    torch.save(BertForMaskedLM.from_pretrained(folder).state_dict(), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def other_model(folder):
    config = DistilBertConfig(vocab_size=len(VOCABULARY.pieces), dim=16, n_heads=2, n_layers=1, hidden_dim=32)
    DistilBertForMaskedLM(config).save_pretrained(folder)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (without_head, "it lacks cls"),
        (as_pickle, "model.safetensors"),
        (other_model, "is a distilbert model"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"cut short"), "cannot be had"),
        (lambda folder: (folder / "config.json").unlink(), "cannot be had"),
    ],
)
def test_what_is_no_teacher_is_refused(tmp_path, model, damage, words):
    folder = tmp_path / "local"
    save_teacher(folder, model, VOCABULARY, ("made.json", {}))
    damage(folder)
    with pytest.raises(KnnKdError, match=words):
        fetch_teacher(str(folder))


def test_positions_start_as_sinusoids():
    """PE(t, i) = sin(t / 10000^(2i/d)) and cos, at the size of the other embeddings (root mean square)."""
    size = 0.02 * np.sqrt(768 / 8)
    table = new_model(VOCABULARY, 1, 8, 2, 32, 64, 0.1, 1).bert.embeddings.position_embeddings.weight
    for t in (0, 1, 63):
        angles = [t / 10000 ** (2 * i / 8) for i in range(4)]
        expected = [np.sin(angle) for angle in angles] + [np.cos(angle) for angle in angles]
        np.testing.assert_allclose(table[t].detach(), size * np.sqrt(2) * np.array(expected), atol=1e-6)


def test_heads_must_divide_the_width():
    with pytest.raises(KnnKdError, match="no multiple of 3 heads"):
        new_model(VOCABULARY, 1, 16, 3, 32, 64, 0.1, 1)


def test_nothing_of_fairseq_is_needed():
    """These stages have an environment of their own."""
    code = (
        "import sys\n"
        "sys.modules |= dict.fromkeys(['fairseq', 'sacremoses', 'subword_nmt', 'sacrebleu', 'pandas', 'matplotlib'])\n"
        "from knnkd.distil.bert import pretraining, settings, soft_labels, training\n"
        "import knnkd.knn.candidates, knnkd.core.gpus, knnkd.corpus.length_limits\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "workflow", capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr


@pytest.mark.parametrize("name", ["model.safetensors", "vocab.txt"])
def test_a_changed_teacher_is_named(tmp_path, model, name):
    folder = tmp_path / "bert"
    save_teacher(folder, model, VOCABULARY, ("finetune.json", {}))
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(KnnKdError, match=f"{name}: changed since it was written"):
        open_teacher(folder, torch.device("cpu"))
