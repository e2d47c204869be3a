"""The export: the same network in CTranslate2's form, whole in one folder, and refused where it would not be."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from fairseq import options, tasks
from fairseq.dataclass.utils import convert_namespace_to_omegaconf
from support.workflow import one_error, run_script

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, read_lines, write_json, write_lines
from knnkd.corpus.bpe import Segmenter
from knnkd.corpus.clean import TextSettings
from knnkd.distil.plugin.checkpoints import TrainedModel, hash_tensors
from knnkd.inference.beam import Beam
from knnkd.serving import export as exporting
from knnkd.serving.bundle import Exported, RawText, made_from, open_export
from knnkd.serving.ctranslate2_engine import CTranslate2Engine, choose_compute_type, choose_serving_device
from knnkd.serving.export import Measure, build_spec, export, largest_difference, require_exportable, write_weights
from knnkd.serving.fairseq_engine import FairseqEngine, compare_hypotheses, source_sentences

pytest_plugins = ["support.small_model", "support.small_export"]
SMALL = ["--encoder-layers", "2", "--encoder-embed-dim", "16", "--encoder-ffn-embed-dim", "32", "--decoder-layers", "1"]
HEADS = ["--encoder-attention-heads", "2", "--decoder-attention-heads", "2"]


def built(data_bin, *flags):
    """A model with random weights and the given flags of fairseq."""
    arguments = [str(data_bin), "--task", "distillation_translation", "-s", "de", "-t", "en", "--arch", "transformer"]
    arguments += [*SMALL, *HEADS, *flags]
    config = convert_namespace_to_omegaconf(options.parse_args_and_arch(options.get_training_parser(), arguments))
    task = tasks.setup_task(config.task)
    torch.manual_seed(1)
    model = task.build_model(config.model).eval().requires_grad_(False)
    for parameter in model.parameters():  # norms and biases start at 1 and 0, where a mix-up would not show
        parameter.add_(0.1 * torch.randn_like(parameter))
    if isinstance(projection := getattr(model.decoder, "output_projection", None), torch.nn.Linear):
        projection.weight[task.target_dictionary.pad()] = 0  # no model that was trained would take it
    return TrainedModel(model, task, torch.device("cpu"), hash_tensors(model.state_dict()))


def exported_of(trained, **changes):
    about = Exported(
        languages=("de", "en"),
        weights=trained.weights,
        text=TextSettings(),
        subwords="bpe",
        limited=False,
        positions=trained.model.max_positions(),
        decode=Beam(beam=4, max_len_b=40),
        max_tokens=128,
        compute_type="float32",
        device="cpu",
        made_from={"checkpoint": "../run.pt", "data_bin": "../bin"},
        files={},
    )
    return replace(about, **changes)


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--encoder-normalize-before", "--decoder-normalize-before"],
        ["--encoder-learned-pos", "--decoder-learned-pos", "--activation-fn", "gelu"],
        ["--share-decoder-input-output-embed", "--no-scale-embedding", "--layernorm-embedding"],
        ["--activation-fn", "gelu_accurate", "--encoder-learned-pos"],
    ],
    ids=" ".join,
)
def test_the_network_is_the_same(data_bin, tmp_path, flags):
    """To the last bits of a log-probability, and so is what is most probable, token by token."""
    trained = built(data_bin, *flags)
    write_weights(trained, tmp_path)
    exported = exported_of(trained, decode=Beam(beam=1))
    assert largest_difference(trained, tmp_path, exported) < 1e-4
    engines = {
        "fairseq": FairseqEngine(trained, exported.decode),
        "ctranslate2": CTranslate2Engine(tmp_path, exported, exported.decode, "float32"),
    }
    _, agreement = compare_hypotheses(engines, source_sentences(trained, "test"), exported.max_tokens)
    assert agreement == {"ctranslate2": {"same": 11, "sentences": 11, "share": 1.0}}


def test_the_model_that_is_exported_stays_as_it_was(trained, tmp_path):
    """CTranslate2 quantises arrays where they lie."""
    before = hash_tensors(trained.model.state_dict())
    write_weights(trained, tmp_path)
    assert hash_tensors(trained.model.state_dict()) == before == trained.weights


def test_shared_weights_are_stored_once(data_bin, tmp_path):
    sizes = []
    for name, flags in (("own", []), ("shared", ["--share-decoder-input-output-embed"])):
        trained = built(data_bin, *flags)
        write_weights(trained, tmp_path / name)
        sizes.append((tmp_path / name / "float32" / "model.bin").stat().st_size)
    table = trained.model.decoder.embed_tokens.weight
    assert sizes[0] - sizes[1] == pytest.approx(table.numel() * table.element_size(), abs=100)


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--encoder-normalize-before"], "normalize_before in one of encoder and decoder"),
        (["--no-token-positional-embeddings"], "no_token_positional_embeddings"),
        (["--activation-fn", "tanh"], "activation_fn tanh"),
        (["--adaptive-softmax-cutoff", "10,20"], "adaptive_softmax_cutoff"),
        (["--no-cross-attention"], "no_cross_attention"),
        (["--decoder-output-dim", "8"], "decoder input or output of another width"),
    ],
)
def test_what_ctranslate2_lacks_is_refused(data_bin, flags, named):
    model = built(data_bin, *flags).model
    with pytest.raises(KnnKdError, match=f"run.pt: has {named}, which CTranslate2 lacks; decode it with fairseq"):
        require_exportable(model, Path("run.pt"))


def export_small(trained, folder, output):
    write_lines(folder / "codes" / "de.bpe", ["#version: 0.2", "w 1"])
    how = Measure(sentences=5, rounds=2, device=torch.device("cpu"), threads=1)
    export(trained, exported_of(trained), folder / "codes", None, how, output, {"dataset": "d"})


def test_another_network_is_no_export(trained, tmp_path, monkeypatch):
    """What stood there before stays, and nothing half-written beside it."""
    write_lines(tmp_path / "exported" / "export.json", ["{}"])

    def wrong(trained):
        spec = build_spec(trained)
        spec.decoder.layer[0].ffn.linear_0.weight *= -1
        return spec

    monkeypatch.setattr(exporting, "build_spec", wrong)
    with pytest.raises(KnnKdError, match=r"exported: float32 differs from fairseq by .* nats; it is no export"):
        export_small(trained, tmp_path, tmp_path / "exported")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["codes", "exported"]
    assert read_lines(tmp_path / "exported" / "export.json") == ["{}"]


def test_an_export_replaces_the_one_before(trained, tmp_path):
    output = tmp_path / "exported"
    write_lines(output / "old", [""])
    export_small(trained, tmp_path, output)
    assert sorted(path.name for path in output.iterdir()) == ["export.json", "float32", "int8", "subwords"]
    about = read_json(output / "export.json")
    assert about["dataset"] == "d"
    medians = about["measured"]["medians"]
    assert about["compute_type"] == max(medians, key=medians.get)
    assert set(about["measured"]["rates"]) == {"float32", "int8"}
    assert all(len(rates) == 2 for rates in about["measured"]["rates"].values())
    files = {path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file()}
    assert set(about["files"]) == files - {"export.json"}
    assert open_export(output).decode == Beam(beam=4, max_len_b=40)


def test_the_script_says_what_raw_text_needs(served):
    about, model = read_json(served.exported / "export.json"), open_export(served.exported)
    assert about["text"] == {"tokenise": True, "escape": True, "aggressive": False, "lowercase": False}
    assert about["languages"] == ["de", "en"]
    assert about["positions"] == [64, 64]
    assert about["weights"] == read_json(served.run / "train.json")["weights"]
    assert about["agreement"]["float32"]["sentences"] == 20
    assert about["agreement"]["float32"]["same"] >= 19
    assert about["largest_difference"] < 1e-4
    assert made_from(served.exported, model, "checkpoint") == served.checkpoint
    assert made_from(served.exported, model, "data_bin") == served.bin


def test_raw_text_is_cut_as_the_corpus_was(served):
    text = RawText(served.exported, open_export(served.exported))
    cut = text.cut([*read_lines(served.raw / "test.de"), "", " \u00a0 "])
    assert [" ".join(subwords) for subwords in cut] == [*read_lines(served.bpe / "test.de"), "", ""]


def test_text_of_a_domain_is_cut_into_subwords_that_the_model_knows(served, tmp_path):
    """A pre-trained model's dictionary goes with the codes, and limits them."""
    types = [line.split(" ")[0] for line in read_lines(served.bin / "dict.de.txt")]
    word = next(each for each in types if len(each) > 3 and each.isalpha())
    write_lines(tmp_path / "known" / "dict.de.txt", [f"{each} 1" for each in types if each != word])
    command = served.export(tmp_path / "exported")
    command.files["dictionaries"] = tmp_path / "known"
    process = command.run()
    assert process.returncode == 0, process.stderr
    text = RawText(tmp_path / "exported", open_export(tmp_path / "exported"))
    assert Segmenter(served.codes / "de.bpe").segment(word) == word
    known = Segmenter(served.codes / "de.bpe", tmp_path / "known").segment(word)
    assert known != word
    assert text.cut([word]) == [known.split()]


@pytest.fixture
def copied(served, tmp_path):
    return shutil.copytree(served.exported, tmp_path / "copied")


def translate(folder, *flags):
    return run_script("translate.py", "--model", folder, *flags, input="Hallo\n")


def test_a_broken_export_is_one_line(copied, tmp_path):
    process = translate(tmp_path / "none")
    assert one_error(process).endswith("is no finished export; make one with the rule export_model")
    with open(copied / "float32" / "model.bin", "rb+") as file:
        file.truncate(1000)
    error = one_error(translate(copied, "--compute-type", "float32"))
    assert "float32/model.bin: not the file that was exported; copy the folder again" in error
    assert translate(copied, "--compute-type", "int8").returncode == 0, "what is not needed may be broken"
    shutil.rmtree(copied / "int8")
    assert "int8/config.json: no such file" in one_error(translate(copied, "--compute-type", "int8"))
    (copied / "subwords" / "de.bpe").unlink()
    assert "subwords/de.bpe: no such file" in one_error(translate(copied))
    (copied / "export.json").write_text("{", encoding="utf-8")
    assert "export.json: line 1: not JSON" in one_error(translate(copied))


@pytest.mark.parametrize("key", ["decode", "languages", "files"])
def test_an_export_of_another_version_is_refused(copied, key):
    about = read_json(copied / "export.json")
    write_json(copied / "export.json", {name: value for name, value in about.items() if name != key})
    with pytest.raises(KnnKdError, match=rf"export.json: not an export of this version \('{key}'\)"):
        open_export(copied)
    about["decode"] = {"beem": 5}
    (copied / "export.json").write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(KnnKdError, match="not an export of this version .*beem"):
        open_export(copied)


def test_a_gpu_is_taken_where_it_can_be_used(monkeypatch):
    """CTranslate2 looks for cuBLAS in the middle of its first translation, which is too late."""
    monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: 0)
    assert choose_serving_device("auto") == "cpu"
    with pytest.raises(KnnKdError, match="device: cuda, but CTranslate2 sees no GPU; take --device auto or cpu"):
        choose_serving_device("cuda")
    monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: 1)
    monkeypatch.setattr("knnkd.serving.ctranslate2_engine.CUBLAS", "libnone.so.12")
    assert [choose_serving_device(wanted) for wanted in ("auto", "cpu")] == ["cpu", "cpu"]
    with pytest.raises(KnnKdError, match="device: cuda, but CTranslate2 finds no libnone.so.12"):
        choose_serving_device("cuda")
    monkeypatch.setattr("knnkd.serving.ctranslate2_engine.CUBLAS", None)  # what is loaded already
    assert [choose_serving_device(wanted) for wanted in ("auto", "cuda", "cpu")] == ["cuda", "cuda", "cpu"]


def test_auto_is_what_was_measured_on_such_a_device(trained):
    exported = exported_of(trained, compute_type="int8")
    assert choose_compute_type(exported, "auto", "cpu") == "int8"
    assert choose_compute_type(exported, "auto", "cuda") == "auto"
    assert choose_compute_type(exported, "float32", "cpu") == "float32"
