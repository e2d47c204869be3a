"""Engines of beam search, and CTranslate2's; torch and fairseq are not needed."""

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from knnkd.core.errors import KnnKdError
from knnkd.inference.beam import Beam
from knnkd.serving.bundle import QUANTISATIONS, Exported, check_files

CUBLAS = "libcublas.so.12"  # the one that CTranslate2 4 is built for
EOS = "</s>"
SPECIAL = ("<s>", "<pad>", EOS)  # as fairseq names them in its dictionaries
COMPUTE_TYPES = (
    *("float32", "float16", "bfloat16", "int16"),
    *("int8", "int8_float32", "int8_float16", "int8_bfloat16"),
)


class Engine(Protocol):
    """Beam search over one batch, in three steps, so that the search can be timed alone."""

    def collate(self, sentences: Sequence[Sequence[str]]) -> Any:
        """Return sentences in subwords as a batch of the engine's own form."""

    def search(self, batch: Any) -> list[Any]:
        """Return the best hypothesis of each sentence, in the engine's own form."""

    def spell(self, found: list[Any]) -> list[str]:
        """Return these as subwords joined by spaces, without EOS."""


def run_engine(engine: Engine, sentences: Sequence[Sequence[str]]) -> list[str]:
    """Return the best hypothesis of each sentence of one batch: subwords joined by spaces."""
    return engine.spell(engine.search(engine.collate(sentences)))


class CTranslate2Engine:
    """CTranslate2 on an exported model; at float32 its search is fairseq's, step by step."""

    def __init__(
        self, folder: Path, exported: Exported, beam: Beam, compute_type: str, device: str = "cpu", threads: int = 1
    ) -> None:
        """Load the weights for one of COMPUTE_TYPES, or "auto": CTranslate2's own choice. threads: of the CPU.

        Raises KnnKdError where they are missing, not those exported, or where the machine cannot run them.
        """
        import ctranslate2

        # A part of the batch for each thread: several threads in one product gain little at these sizes, or lose.
        self._parts = threads if device == "cpu" else 1
        part = "int8" if compute_type.startswith("int8") else "float32"
        check_files(folder, exported, part)
        try:
            self._translator = ctranslate2.Translator(
                str(folder / part), device=device, compute_type=compute_type, inter_threads=self._parts, intra_threads=1
            )
        except (RuntimeError, ValueError) as error:
            reason = " ".join(str(error).split())
            what = f"CTranslate2 cannot run it as {compute_type} on {device} ({reason})"
            raise KnnKdError(f"{folder / part}: {what}; take another --compute-type or --device") from error
        self._positions = exported.positions[1]
        self._beam = beam

    def collate(self, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
        """Return the sentences as they are: CTranslate2 takes subwords."""
        return [list(sentence) for sentence in sentences]

    def search(self, batch: list[list[str]]) -> list[list[str]]:
        """Return the subwords of each best hypothesis, EOS in; all may be as long as the longest sentence allows."""
        longest = self._beam.longest(max(map(len, batch)) + 1, self._positions)
        found = [hypotheses[0] for hypotheses in self._translate(batch, longest)]
        endless = [place for place, tokens in enumerate(found) if tokens[-1] != EOS]
        if endless and self._beam.beam > 1:
            for place, tokens in zip(endless, self._end([batch[place] for place in endless], longest), strict=True):
                found[place] = tokens
        return found

    def _translate(self, batch: list[list[str]], longest: int, times: int = 1) -> list[list[list[str]]]:
        """Return the hypotheses of each sentence, best first: the one, or with `times` > 1 so many times the beam."""
        results = self._translator.translate_batch(
            batch,
            max_batch_size=-(-len(batch) // self._parts) if self._parts > 1 else 0,
            beam_size=self._beam.beam,
            patience=times,
            num_hypotheses=1 if times == 1 else times * self._beam.beam,
            # At 0 it would stop at the first hypothesis that ends, where fairseq waits for as many as the beam has.
            length_penalty=self._beam.lenpen or 1e-9,
            max_input_length=0,
            max_decoding_length=longest,
            return_end_token=True,
        )
        return [result.hypotheses for result in results]

    def _end(self, batch: list[list[str]], longest: int) -> list[list[str]]:
        """Return the best hypotheses of sentences whose search ran to its longest length, ended as by fairseq.

        fairseq ends there by EOS what has not ended, and counts its probability. CTranslate2 leaves it as it is, so
        that it comes before hypotheses that did end. Which these are, twice the beam shows: it holds both kinds.
        """
        beams = self._translate(batch, longest, times=2)
        pairs = [(source, tokens) for source, beam in zip(batch, beams, strict=True) for tokens in beam]
        sources, targets = [source for source, _ in pairs], [[t for t in tokens if t != EOS] for _, tokens in pairs]
        scored = iter(self._translator.score_batch(sources, targets, max_input_length=0))
        best = []
        for beam in beams:
            sums = [(sum(next(scored).log_probs), tokens) for tokens in beam]
            ended = [pair for pair in sums if pair[1][-1] == EOS]
            others = sorted((pair for pair in sums if pair[1][-1] != EOS), reverse=True)
            kept = ended + others[: max(0, self._beam.beam - len(ended))]
            best.append(max(kept, key=self._score)[1])
        return best

    def _score(self, pair: tuple[float, list[str]]) -> float:
        """Return what hypotheses are ranked by, of the sum of log-probabilities and the subwords."""
        total, tokens = pair
        return total / (len(tokens) + (tokens[-1] != EOS)) ** self._beam.lenpen

    def spell(self, found: list[list[str]]) -> list[str]:
        """Return the subwords joined by spaces; fairseq leaves BOS out too.

        It never takes PAD either, which a trained model does not. CTranslate2 could be told not to, but would then give
        its share of the probability to the others at every step.
        """
        return [" ".join(token for token in tokens if token not in SPECIAL) for tokens in found]


def choose_serving_device(wanted: str) -> str:
    """Return the device for `auto`, `cpu` or `cuda`; KnnKdError where CTranslate2 cannot use the cuda asked for."""
    lacking = "" if wanted == "cpu" else lacking_for_cuda()
    if wanted == "cuda" and lacking:
        raise KnnKdError(f"device: cuda, but {lacking}; take --device auto or cpu, or install what is missing")
    return "cpu" if wanted == "cpu" or lacking else "cuda"


def lacking_for_cuda() -> str:
    """Return what CTranslate2 lacks to run on a GPU, "" where nothing is missing."""
    import ctranslate2

    if not ctranslate2.get_cuda_device_count():
        return "CTranslate2 sees no GPU"
    try:
        ctypes.CDLL(CUBLAS)  # CTranslate2 itself looks for it at its first product, in the middle of a translation
    except OSError:
        return f"CTranslate2 finds no {CUBLAS}"
    return ""


def choose_compute_type(exported: Exported, wanted: str, device: str) -> str:
    """Return `wanted`; for "auto" what the export found fastest, and on another kind of device CTranslate2's choice."""
    if wanted != "auto":
        return wanted
    return exported.compute_type if exported.device == device else "auto"


def measured_types(device: str) -> list[str]:
    """Return the compute types that an export is measured in on a device: those of its folders, float16 on a GPU."""
    import ctranslate2

    supported = ctranslate2.get_supported_compute_types(device)
    names = [*QUANTISATIONS, *(["float16"] if device == "cuda" else [])]
    return [name for name in names if name in supported]
