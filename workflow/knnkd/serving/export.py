"""A trained model of ours as CTranslate2's: the same network in float32 and in int8, checked and measured."""

import copy
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import torch
from ctranslate2 import Translator
from ctranslate2.converters.fairseq import set_transformer_decoder, set_transformer_encoder
from ctranslate2.specs import TransformerSpec
from ctranslate2.specs.common_spec import Activation
from fairseq.models.transformer import TransformerModel
from torch import Tensor

from knnkd.core.errors import KnnKdError
from knnkd.core.files import temporary_beside, write_json
from knnkd.distil.plugin.checkpoints import TrainedModel, load_model
from knnkd.inference.decode import subwords_of, teacher_forced
from knnkd.inference.forward import batches
from knnkd.serving.bundle import EXPORT_FILE, QUANTISATIONS, SUBWORDS, Exported, hash_files
from knnkd.serving.fairseq_engine import (
    FairseqEngine,
    bench_engines,
    choose_common_device,
    compare_hypotheses,
    exported_engines,
    source_sentences,
)
from knnkd.serving.settings import Exporting

ACTIVATIONS = {
    "relu": Activation.RELU,
    "gelu": Activation.GELU,
    "gelu_accurate": Activation.GELUTanh,
    "gelu_fast": Activation.GELUTanh,
    "swish": Activation.SWISH,
}
# Nats by which a token's log-probability may differ: rounding is below 1e-4, another network is above 0.1.
TOLERANCE = 0.01


@dataclass(frozen=True)
class Measure:
    """How an export is measured: sentences of the validation set a turn, turns that count, and where."""

    sentences: int
    rounds: int
    device: torch.device
    threads: int


def obstacles(model: torch.nn.Module) -> list[str]:
    """Return what of a model CTranslate2 has no place for, in fairseq's words; nothing where it can be exported."""
    if not isinstance(model, TransformerModel):
        return [type(model).__name__]
    cfg = model.cfg
    encoder, decoder = cfg.encoder, cfg.decoder
    found = {
        f"activation_fn {cfg.activation_fn}": cfg.activation_fn not in ACTIVATIONS,
        "other attention heads in encoder and decoder": encoder.attention_heads != decoder.attention_heads,
        "normalize_before in one of encoder and decoder": encoder.normalize_before != decoder.normalize_before,
        "decoder input or output of another width": {decoder.input_dim, decoder.output_dim} != {decoder.embed_dim},
        "adaptive_input": cfg.adaptive_input,
        "adaptive_softmax_cutoff": cfg.adaptive_softmax_cutoff is not None,
        "no_token_positional_embeddings": cfg.no_token_positional_embeddings,
        "no_cross_attention": cfg.no_cross_attention,
        "cross_self_attention": cfg.cross_self_attention,
        "no_decoder_final_norm": decoder.normalize_before and cfg.no_decoder_final_norm,
        "base_layers": cfg.base_layers,
    }
    return [name for name, holds in found.items() if holds]


def require_exportable(model: torch.nn.Module, checkpoint: Path) -> None:
    """Raise KnnKdError where CTranslate2 has no place for a part of the model that `checkpoint` holds."""
    if found := obstacles(model):
        raise KnnKdError(f"{checkpoint}: has {', '.join(found)}, which CTranslate2 lacks; decode it with fairseq")


def build_spec(trained: TrainedModel) -> TransformerSpec:
    """Return the model's network, weights and dictionaries as CTranslate2 describes them, to be saved once.

    Weights that the model shares are shared in the file too.
    """
    task = trained.task
    # A copy, because CTranslate2 keeps the arrays that it is given, and quantises them where they lie.
    model = copy.deepcopy(trained.model).cpu()
    cfg = model.cfg
    spec = TransformerSpec.from_config(
        (len(model.encoder.layers), len(model.decoder.layers)),
        cfg.encoder.attention_heads,
        pre_norm=cfg.encoder.normalize_before,
        activation=ACTIVATIONS[cfg.activation_fn],
        layernorm_embedding=cfg.layernorm_embedding,
    )
    set_transformer_encoder(spec.encoder, model.encoder)
    set_transformer_decoder(spec.decoder, model.decoder)
    spec.register_source_vocabulary(list(task.source_dictionary.symbols))
    spec.register_target_vocabulary(list(task.target_dictionary.symbols))
    # As fairseq does: EOS ends a source, and begins a hypothesis.
    spec.config.decoder_start_token = spec.config.eos_token
    spec.config.add_source_eos = True
    return spec


def write_weights(trained: TrainedModel, folder: Path) -> None:
    """Write CTranslate2's models, each into its folder in `folder`."""
    for quantisation in QUANTISATIONS:
        spec = build_spec(trained)
        spec.validate()
        spec.optimize(quantization=quantisation)
        (folder / quantisation).mkdir(parents=True)
        spec.save(str(folder / quantisation))


def copy_subwords(segmentation: Path, dictionaries: Path | None, exported: Exported, output: Path) -> None:
    """Copy what cuts raw text of the source language: BERT's files, or BPE codes and the dictionary that limits them.

    Raises KnnKdError where a file is missing.
    """
    language = exported.languages[0]
    bert = ("vocab.txt", "tokenizer_config.json")
    paths = [segmentation / name for name in ((f"{language}.bpe",) if exported.subwords == "bpe" else bert)]
    if dictionaries:
        paths.append(dictionaries / f"dict.{language}.txt")
    output.mkdir(parents=True)
    for path in paths:
        try:
            shutil.copyfile(path, output / path.name)
        except OSError as error:
            raise KnnKdError(f"{path}: cannot be read ({error.strerror}); run the rule that makes it again") from error


@torch.inference_mode()
def largest_difference(trained: TrainedModel, folder: Path, exported: Exported) -> float:
    """Return the largest difference of a log-probability, fairseq's against float32's, over some validation references.

    In nats; both are teacher-forced over one batch.
    """
    task = trained.task
    task.load_dataset("valid")
    batch = next(batches(trained, "valid", exported.max_tokens))
    references = batch["target"]
    log_probs = teacher_forced(trained, batch).cpu().gather(2, references[..., None])[..., 0]
    source = [_symbols(row, task.source_dictionary) for row in batch["net_input"]["src_tokens"]]
    target = [_symbols(row, task.target_dictionary) for row in references]
    translator = Translator(str(folder / "float32"), compute_type="float32", intra_threads=1)
    found = translator.score_batch(source, target, max_input_length=0)
    theirs = torch.tensor([p for each in found for p in each.log_probs])
    return float((log_probs[references.ne(trained.padding)] - theirs).abs().max())


def _symbols(row: Tensor, dictionary: Any) -> list[str]:
    """Return the symbols of one row int64 [T] of a batch, without padding and EOS."""
    return [dictionary[token] for token in row.tolist() if token not in (dictionary.pad(), dictionary.eos())]


def measure(trained: TrainedModel, folder: Path, exported: Exported, how: Measure) -> dict[str, Any]:
    """Return the fastest compute type, the rates of all, and how many hypotheses equal fairseq's, for export.json."""
    sentences = source_sentences(trained, "valid")[: how.sentences]
    engines = exported_engines(folder, exported, how.device.type, how.threads)
    rates = bench_engines(engines, sentences, exported.max_tokens, how.rounds, how.device, how.threads)
    medians = {name: median(each) for name, each in rates["rates"].items()}
    both = {"fairseq": FairseqEngine(trained, exported.decode)} | engines
    _, agreement = compare_hypotheses(both, sentences, exported.max_tokens)
    return {
        "compute_type": max(medians, key=medians.__getitem__),
        "device": how.device.type,
        "measured": rates | {"medians": medians},
        "agreement": agreement,
    }


def export(
    trained: TrainedModel,
    exported: Exported,
    segmentation: Path,
    dictionaries: Path | None,
    how: Measure,
    output: Path,
    about: dict[str, Any],
) -> None:
    """Write the folder `output` beside and rename it; export.json comes last, `about` first in it.

    exported: what is known before anything is written. Raises KnnKdError where what was written gives other
    probabilities than the checkpoint.
    """
    with temporary_beside(output) as work:
        write_weights(trained, work)
        copy_subwords(segmentation, dictionaries, exported, work / SUBWORDS)
        exported = replace(exported, files=hash_files(work))
        difference = largest_difference(trained, work, exported)
        if not difference <= TOLERANCE:
            raise KnnKdError(f"{output}: float32 differs from fairseq by {difference:.3g} nats; it is no export")
        found = measure(trained, work, exported, how)
        content = about | exported.as_json() | found | {"largest_difference": difference}
        write_json(work / EXPORT_FILE, content)
        if output.exists():
            shutil.rmtree(output)
        work.rename(output)


def export_run(
    settings: Exporting, checkpoint: Path, data_bin: Path, segmentation: Path, dictionaries: Path | None, output: Path
) -> None:
    """Export a run's model; see `export`. segmentation: folder of BPE codes, or of BERT."""
    subwords = subwords_of(data_bin)
    torch.set_num_threads(settings.threads)
    device = choose_common_device(settings.device)
    trained = load_model(checkpoint, data_bin, device)
    require_exportable(trained.model, checkpoint)
    task = trained.task
    exported = Exported(
        languages=(task.cfg.source_lang, task.cfg.target_lang),
        weights=trained.weights,
        text=settings.text,
        subwords=subwords,
        limited=dictionaries is not None,
        positions=trained.model.max_positions(),
        decode=settings.beam,
        max_tokens=settings.max_tokens,
        compute_type="float32",
        device=device.type,
        made_from={"checkpoint": os.path.relpath(checkpoint, output), "data_bin": os.path.relpath(data_bin, output)},
        files={},
    )
    how = Measure(settings.sentences, settings.rounds, device, settings.threads)
    about = {name: getattr(settings.run, name) for name in ("dataset", "system", "seed")}
    export(trained, exported, segmentation, dictionaries, how, output, about)
