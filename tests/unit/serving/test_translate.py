"""Raw text to plain text: the same as decode.py's with either engine, a line for each line, without torch."""

import os
import shutil
import subprocess
import sys
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.commands import Command
from support.imports import make_env, packages_of
from support.small_export import POSITIONS, RUN
from support.workflow import ROOT, one_error, run_script

from knnkd.core.files import read_json, read_lines, write_json, write_lines
from knnkd.corpus.clean import TextSettings
from knnkd.corpus.subwords import join_subwords
from knnkd.distil.bert.wordpiece import SPECIAL
from knnkd.inference.beam import Beam
from knnkd.serving.bundle import Exported, RawText
from knnkd.serving.translate import in_batches, in_parts, translate_lines, translate_sentences

pytest_plugins = ["support.small_export"]


def translated(folder, lines, *flags, **options):
    """What translate.py prints for some lines."""
    text = "".join(f"{line}\n" for line in lines)
    process = run_script("translate.py", "--model", folder, "--threads", 1, *flags, input=text, **options)
    assert process.returncode == 0, process.stderr
    assert process.stdout.endswith("\n")
    return process.stdout.removesuffix("\n").split("\n")


def require_decoded(served, lines, folder=None):
    """Assert that translations of the test set are decode.py's.

    Where a hypothesis does not end by itself, the longest source of its batch ends it, and decode.py's batches are
    others. So those may differ.
    """
    folder = folder or served.decoded
    names = folder / "hypotheses.txt", folder / "hypotheses.bpe", served.bpe / "test.de"
    columns = (read_lines(name) for name in names)
    ran_on = 0
    for line, (expected, hypothesis, source) in zip(lines, zip(*columns, strict=True), strict=True):
        longest = Beam().longest(source.count(" ") + 2, POSITIONS)
        ran_on += hypothesis.count(" ") + 1 >= longest
        assert line == expected or hypothesis.count(" ") + 1 >= longest
    assert ran_on <= 3


@pytest.mark.parametrize("engine", [["--compute-type", "float32"], ["--engine", "fairseq", "--device", "cpu"]])
def test_raw_text_becomes_what_decode_wrote(served, engine):
    """Through cleaning, Moses and BPE, the search, and all the way back; entities are characters again."""
    lines = translated(served.exported, read_lines(served.raw / "test.de"), *engine)
    require_decoded(served, lines)
    assert sum('"' in line for line in lines) > 10
    assert not any("&quot;" in line for line in lines)


def test_int8_translates(served):
    lines = translated(served.exported, read_lines(served.raw / "test.de"), "--compute-type", "int8")
    expected = read_lines(served.decoded / "hypotheses.txt")
    assert len(lines) == len(expected)
    # How many are the same depends on the processor's own 8-bit arithmetic: from a third to nearly all.
    assert sum(a == b for a, b in zip(lines, expected, strict=True)) > len(expected) / 5


def test_an_empty_line_stays_empty_and_order_is_kept(served):
    raw = read_lines(served.raw / "test.de")[:6]
    expected = translated(served.exported, raw, "--compute-type", "float32")
    lines = ["", *chain.from_iterable((line, " \t\u00a0") for line in raw), "\u2028"]
    found = translated(served.exported, lines, "--compute-type", "float32", "--buffer", 4)
    assert found == ["", *chain.from_iterable((line, "") for line in expected), ""]


def test_a_file_to_a_file(served, tmp_path):
    """As Windows writes it: a byte order mark, carriage returns, no last line end."""
    raw = read_lines(served.raw / "test.de")[:3]
    (tmp_path / "in.de").write_bytes("\ufeff".encode() + "\r\n".join(raw).encode())
    files = ["--input", tmp_path / "in.de", "--output", tmp_path / "out.en"]
    process = run_script("translate.py", "--model", served.exported, *files, "--compute-type", "float32")
    assert (process.returncode, process.stdout) == (0, "")
    assert read_lines(tmp_path / "out.en") == read_lines(served.decoded / "hypotheses.txt")[:3]


def test_no_lines_are_no_translations(served, tmp_path):
    (tmp_path / "in.de").touch()
    process = run_script("translate.py", "--model", served.exported, "--input", tmp_path / "in.de")
    assert (process.returncode, process.stdout) == (0, "")


def test_broken_text_is_one_line_and_leaves_no_file(served, tmp_path):
    (tmp_path / "in.de").write_bytes(b"ein\n\xff\n")
    files = ["--input", tmp_path / "in.de", "--output", tmp_path / "out.en"]
    error = one_error(run_script("translate.py", "--model", served.exported, *files))
    assert "in.de: line 2, byte offset 4: invalid UTF-8" in error
    assert [path.name for path in tmp_path.iterdir()] == ["in.de"]
    files = ["--input", tmp_path / "none"]
    assert "none: no such file" in one_error(run_script("translate.py", "--model", served.exported, *files))


def test_a_reader_that_has_enough_is_no_error(served, tmp_path):
    write_lines(tmp_path / "in.de", ["Hallo"] * 3000)
    command = f"{sys.executable} workflow/scripts/translate.py --model {served.exported} --input {tmp_path / 'in.de'}"
    shell = ["bash", "-c", f"set -o pipefail; {command} --buffer 10 | head -n 2"]
    process = subprocess.run(shell, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (process.returncode, process.stdout.count("\n"), process.stderr) == (0, 2, "")


def test_the_beam_is_the_exports_or_ones_own(served, tmp_path):
    raw, greedy = read_lines(served.raw / "test.de"), tmp_path / "greedy"
    assert served.decode(greedy, beam=1).run().returncode == 0
    assert read_lines(greedy / "hypotheses.txt") != read_lines(served.decoded / "hypotheses.txt")
    require_decoded(served, translated(served.exported, raw, "--compute-type", "float32", "--beam", 1), greedy)


def test_neither_torch_nor_fairseq_is_needed(served, tmp_path):
    """On another machine, that is: the folder alone, and modules that break where they are imported."""
    for name in ("torch", "fairseq", "sacrebleu", "pandas", "tokenizers", "omegaconf"):
        broken = f"raise ModuleNotFoundError('as on a machine without it', name='{name}')"
        write_lines(tmp_path / "broken" / f"{name}.py", [broken])
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "broken")}
    copied = shutil.copytree(served.exported, tmp_path / "far" / "away" / "model")
    raw = read_lines(served.raw / "test.de")
    lines = translated(copied, raw, "--compute-type", "float32", env=environment)
    require_decoded(served, lines)
    process = run_script("translate.py", "--model", copied, "--engine", "fairseq", input="", env=environment)
    assert one_error(process).endswith("torch is not installed; --engine fairseq needs it, see envs/serve.yaml")
    process = run_script("translate.py", "--model", copied, "--engine", "fairseq", input="Hallo\n")
    assert "checkpoint_best.pt: not there; --engine fairseq needs it; name it by --checkpoint" in one_error(process)
    own = ["--engine", "fairseq", "--device", "cpu", "--checkpoint", served.checkpoint, "--data-bin", served.bin]
    assert translated(copied, raw[:3], *own) == lines[:3]


def test_another_checkpoint_is_refused(served, tmp_path):
    copied = shutil.copytree(served.exported, tmp_path / "copied")
    write_json(copied / "export.json", read_json(copied / "export.json") | {"weights": "0" * 64})
    own = ["--engine", "fairseq", "--device", "cpu", "--checkpoint", served.checkpoint, "--data-bin", served.bin]
    process = run_script("translate.py", "--model", copied, *own, input="Hallo\n")
    assert "the export was made from another checkpoint" in one_error(process)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--beam", 0], "--beam starts at 1"),
        (["--engine", "fairseq", "--compute-type", "int8"], "--compute-type is of --engine ctranslate2"),
    ],
)
def test_flags_that_cannot_be(served, flags, message):
    process = run_script("translate.py", "--model", served.exported, *flags, input="")
    assert process.returncode == 2
    assert message in process.stderr


def test_what_a_machine_cannot_run_is_one_line(served):
    process = run_script(
        "translate.py", "--model", served.exported, "--compute-type", "float16", "--device", "cpu", input=""
    )
    assert "float32: CTranslate2 cannot run it as float16 on cpu" in one_error(process)


@given(st.lists(st.integers(1, 60), max_size=40), st.integers(1, 100))
def test_batches_hold_each_sentence_once_and_no_more_than_they_may(lengths, max_tokens):
    batches = in_batches(lengths, max_tokens)
    assert sorted(chain.from_iterable(batches)) == list(range(len(lengths)))
    for batch in batches:
        padded = len(batch) * max(lengths[number] for number in batch)
        assert padded <= max_tokens or len(batch) == 1


@given(st.lists(st.sampled_from(["a", "b@@", "c@@"]), max_size=30), st.integers(1, 6))
def test_parts_of_bpe_keep_words_whole(subwords, limit):
    parts = in_parts(subwords, limit, "bpe")
    assert list(chain.from_iterable(parts)) == subwords
    assert all(len(part) <= limit for part in parts)
    for part in parts[:-1]:
        assert len(part) == limit or not part[-1].endswith("@@")
        assert not part[-1].endswith("@@") or all(each.endswith("@@") for each in part), "a word longer than a part"
    assert parts[1:] == [] or len(subwords) > limit


def test_parts_of_wordpiece_keep_words_whole():
    assert in_parts(["a", "b", "##c", "d"], 2, "wordpiece") == [["a"], ["b", "##c"], ["d"]]
    assert in_parts(["a", "##b", "##c", "##d"], 3, "wordpiece") == [["a", "##b", "##c"], ["##d"]]
    assert in_parts([], 3, "wordpiece") == [[]]


class Shouting:
    """An engine that gives back what it is asked, in upper case, and remembers its batches."""

    def __init__(self):
        self.batches = []

    def collate(self, sentences):
        return list(sentences)

    def search(self, batch):
        self.batches.append(batch)
        return batch

    def spell(self, found):
        return [" ".join(sentence).upper() for sentence in found]


def about(subwords, positions=64):
    """An export with no more than raw text needs."""
    made = {"checkpoint": "", "data_bin": ""}
    settings = TextSettings(lowercase=True)
    return Exported(
        ("de", "en"), "", settings, subwords, False, (positions, positions), Beam(), 100, "float32", "cpu", made, {}
    )


def test_empty_sentences_are_not_asked_for():
    engine = Shouting()
    assert translate_sentences(engine, [["a", "b"], [], ["c"], []], 100) == ["A B", "", "C", ""]
    assert engine.batches == [[["c"], ["a", "b"]]]


def test_a_sentence_that_is_too_long_is_translated_in_parts(tmp_path, capsys):
    write_lines(tmp_path / "subwords" / "de.bpe", ["#version: 0.2", "x x"])
    text, engine = RawText(tmp_path, about("bpe", positions=5)), Shouting()
    lines = ["a b c", "", "a b c d e f g h i", "k"]
    assert list(translate_lines(lines, text, engine, 100, buffer=2)) == ["A B C", "", "A B C D E F G H I", "K"]
    assert [sorted(map(len, batch)) for batch in engine.batches] == [[3], [1, 1, 4, 4]]
    assert capsys.readouterr().err == "line 3: 9 subwords, the model takes 4: translated in 3 parts\n"


def test_a_model_over_berts_pieces(tmp_path):
    write_lines(tmp_path / "subwords" / "vocab.txt", [*SPECIAL, "hund", "##e", "läuft"])
    write_json(tmp_path / "subwords" / "tokenizer_config.json", {"do_lower_case": True})
    text = RawText(tmp_path, about("wordpiece"))
    assert text.cut(["Hunde  läuft", "Katze"]) == [["hund", "##e", "läuft"], ["[UNK]"]]
    assert text.join("hund ##e läuft") == "hunde läuft" == join_subwords("hund ##e läuft", "wordpiece")


def test_both_engines_are_measured_side_by_side(served, tmp_path):
    references = {name: served.corpus / name for name in ("tok", "text")} | {"names": ["test.de", "test.en"]}
    settings = {"dataset": "d", "system": "s", "rounds": 3, "sentences": 20, "metric": "bleu_tok", "device": "cpu"}
    files = served.files | references | {"model": served.exported / "export.json"}
    process = Command("bench_serving.py", settings, **files, output=tmp_path / "serving.json").run()
    assert process.returncode == 0, process.stderr
    bench = read_json(tmp_path / "serving.json")
    assert (bench["dataset"], bench["metric"], bench["turn"]) == ("d", "tokens_per_second", "20 sentences")
    assert (bench["beam"], bench["threads"], bench["rounds"]) == (5, 1, 3)
    names = ["fairseq", "ctranslate2_float32", "ctranslate2_int8"]
    assert list(bench["rates"]) == list(bench["bleu"]) == names
    assert all(len(rates) == 3 and min(rates) > 0 for rates in bench["rates"].values())
    found = bench["agreement"]["ctranslate2_float32"]
    assert found["sentences"] == 60
    assert found["same"] >= 58, "rounding decides where two hypotheses are as good"
    files = references | {"hypotheses": served.decoded / "decode.json", "output": tmp_path / "score.json"}
    assert Command("score.py", {"run": RUN, "metrics": ["bleu_tok"]}, **files).run().returncode == 0
    scores = {each["metric"]: each["value"] for each in read_json(tmp_path / "score.json")["scores"]}
    assert bench["bleu"]["fairseq"] == pytest.approx(scores["bleu_tok"], abs=2), (
        "batches, and so longest lengths, differ"
    )
    assert bench["bleu"]["ctranslate2_float32"] == pytest.approx(bench["bleu"]["fairseq"], abs=1)


def test_the_env_of_the_export_holds_what_translating_imports():
    """No rule runs translate.py, so that no other test sees what it needs."""
    pinned = set(make_env.read_pins(ROOT / "envs" / "serve.yaml")) | {"fairseq"}
    needed = packages_of(ROOT / "workflow" / "scripts" / "translate.py")
    assert {"ctranslate2", "fairseq", "torch"} <= needed <= pinned
