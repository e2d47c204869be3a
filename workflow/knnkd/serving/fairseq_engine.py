"""fairseq and CTranslate2 side by side: the same batches through both, their hypotheses and their speed."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from knnkd.bench.settings import ServingBench
from knnkd.bench.systems import Turn, run_turns
from knnkd.core.errors import KnnKdError
from knnkd.core.gpus import choose_device
from knnkd.corpus.subwords import join_subwords
from knnkd.distil.plugin.checkpoints import TrainedModel
from knnkd.evaluation.judge import Judge
from knnkd.inference.beam import Beam
from knnkd.inference.decode import best_hypotheses, build_generator
from knnkd.serving.bundle import Exported, open_export
from knnkd.serving.ctranslate2_engine import CTranslate2Engine, Engine, choose_serving_device, measured_types
from knnkd.serving.translate import in_batches, translate_sentences


class FairseqEngine:
    """fairseq's beam search on the checkpoint that an export was made from."""

    def __init__(self, trained: TrainedModel, beam: Beam) -> None:
        """Take a loaded model."""
        self._trained = trained
        self._generator = build_generator(trained, beam)

    def collate(self, sentences: Sequence[Sequence[str]]) -> dict:
        """Return the sentences as a fairseq batch on the model's device."""
        task = self._trained.task
        encode = task.source_dictionary.encode_line
        sources = [encode(" ".join(sentence), add_if_not_exist=False).long() for sentence in sentences]
        dataset = task.build_dataset_for_inference(sources, [len(source) for source in sources])
        batch = dataset.collater([dataset[i] for i in range(len(dataset))])
        inputs = {name: tensor for name, tensor in batch["net_input"].items() if tensor is not None}
        return batch | {"net_input": {name: tensor.to(self._trained.device) for name, tensor in inputs.items()}}

    @torch.inference_mode()
    def search(self, batch: dict) -> list[Tensor]:
        """Return the best hypothesis of each sentence: int32 [T], EOS in."""
        found = best_hypotheses(self._trained, self._generator, batch)
        # fairseq sorts a batch by length.
        return [found[place] for place in batch["id"].argsort().tolist()]

    def spell(self, found: list[Tensor]) -> list[str]:
        """Return the subwords joined by spaces."""
        return [self._trained.task.target_dictionary.string(hypothesis) for hypothesis in found]


def choose_common_device(wanted: str) -> torch.device:
    """Return the device for `auto`, `cpu` or `cuda`: a GPU where both torch and CTranslate2 can use it.

    Raises KnnKdError where cuda is asked for and one of them cannot.
    """
    device = choose_device(wanted)
    return torch.device(choose_serving_device(wanted)) if device.type == "cuda" else device


def require_same_model(trained: TrainedModel, exported: Exported, checkpoint: Path) -> None:
    """Raise KnnKdError where an export was not made from the checkpoint that `trained` was loaded from."""
    if trained.weights != exported.weights:
        raise KnnKdError(f"{checkpoint}: the export was made from another checkpoint; take that one, or export again")


def source_sentences(trained: TrainedModel, split: str) -> list[list[str]]:
    """Return the source side of a split in subwords, as it was binarised."""
    trained.task.load_dataset(split)
    dictionary, sources = trained.task.source_dictionary, trained.task.dataset(split).src
    return [[dictionary[token] for token in sources[i].tolist()[:-1]] for i in range(len(sources))]


def exported_engines(folder: Path, exported: Exported, device: str, threads: int) -> dict[str, CTranslate2Engine]:
    """Return {compute type: engine} of all that an export is measured in on a device."""
    names = measured_types(device)
    return {name: CTranslate2Engine(folder, exported, exported.decode, name, device, threads) for name in names}


def bench_engines(
    engines: Mapping[str, Engine],
    sentences: Sequence[Sequence[str]],
    max_tokens: int,
    rounds: int,
    device: torch.device,
    threads: int,
) -> dict:
    """Return generated tokens (subwords, EOS in) a second of each engine, as knnkd.bench.systems gives them.

    A turn is the search over all sentences, in the same batches for every engine; loading and collating are not timed.
    """
    torch.set_num_threads(threads)
    kept = [sentence for sentence in sentences if sentence]
    batches = [[kept[i] for i in batch] for batch in in_batches([len(each) + 1 for each in kept], max_tokens)]
    turns = {name: _turn(engine, batches) for name, engine in engines.items()}
    about = {"metric": "tokens_per_second", "turn": f"{len(kept)} sentences"}
    return about | run_turns(turns, rounds, device, threads)


def _turn(engine: Engine, batches: Sequence[Sequence[Sequence[str]]]) -> Turn:
    collated = [engine.collate(batch) for batch in batches]

    def turn() -> tuple[float, float]:
        tokens, seconds = 0, 0.0
        for batch in collated:
            start = time.perf_counter()
            found = engine.search(batch)
            seconds += time.perf_counter() - start
            tokens += sum(len(hypothesis.split()) + 1 for hypothesis in engine.spell(found))
        return tokens, seconds

    return turn


def compare_hypotheses(
    engines: Mapping[str, Engine], sentences: Sequence[Sequence[str]], max_tokens: int
) -> tuple[dict[str, list[str]], dict[str, dict[str, float]]]:
    """Return {engine: its hypotheses in subwords}, and for all but the first how many equal the first one's.

    The latter is {engine: {"same": sentences, "sentences": of all, "share": 0..1}}.
    """
    hypotheses = {name: translate_sentences(engine, sentences, max_tokens) for name, engine in engines.items()}
    first, *others = hypotheses
    agreement = {}
    for name in others:
        same = sum(a == b for a, b in zip(hypotheses[first], hypotheses[name], strict=True))
        agreement[name] = {"same": same, "sentences": len(sentences), "share": same / len(sentences)}
    return hypotheses, agreement


def bench_serving(
    settings: ServingBench, trained: TrainedModel, model: Path, checkpoint: Path, judge: Judge
) -> dict[str, Any]:
    """Return what serving.json has: rates of all engines, how far their hypotheses agree, and their scores.

    model: folder of the export; checkpoint: what it must be made from; judge: of the test set.
    """
    exported = open_export(model)
    require_same_model(trained, exported, checkpoint)
    sentences = source_sentences(trained, "test")
    # The others are compared with the first one.
    engines: dict[str, Engine] = {"fairseq": FairseqEngine(trained, exported.decode)}
    for name, engine in exported_engines(model, exported, trained.device.type, settings.threads).items():
        engines[f"ctranslate2_{name}"] = engine
    some = sentences[: settings.sentences]
    rates = bench_engines(engines, some, exported.max_tokens, settings.rounds, trained.device, settings.threads)
    hypotheses, agreement = compare_hypotheses(engines, sentences, exported.max_tokens)
    scores = {
        name: judge([join_subwords(line, exported.subwords) for line in lines]) for name, lines in hypotheses.items()
    }
    about = {"dataset": settings.dataset, "system": settings.system, "beam": exported.decode.beam}
    return about | rates | {"agreement": agreement, "judged_by": judge.name, judge.column: scores}
