"""Engines of beam search, and CTranslate2's; torch and fairseq are not needed."""

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from knnkd.beam import Beam
from knnkd.errors import KnnKdError
from knnkd.exported import QUANTISATIONS, Exported, check_files

CUBLAS = "libcublas.so.12"  # the one that CTranslate2 4 is built for
BOS, PAD = "<s>", "<pad>"  # as fairseq's dictionaries name them
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

        part = "int8" if compute_type.startswith("int8") else "float32"
        check_files(folder, exported, part)
        try:
            self._translator = ctranslate2.Translator(
                str(folder / part), device=device, compute_type=compute_type, inter_threads=1, intra_threads=threads
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
        """Return the subwords of each best hypothesis. All sentences are one batch of CTranslate2's."""
        results = self._translator.translate_batch(
            batch,
            max_batch_size=0,
            beam_size=self._beam.beam,
            # At 0 it would stop at the first hypothesis that ends, where fairseq waits for as many as the beam has.
            length_penalty=self._beam.lenpen or 1e-9,
            max_input_length=0,
            max_decoding_length=self._beam.longest(max(map(len, batch)) + 1, self._positions),
            suppress_sequences=[[PAD]],  # fairseq never takes it
        )
        return [result.hypotheses[0] for result in results]

    def spell(self, found: list[list[str]]) -> list[str]:
        """Return the subwords joined by spaces; fairseq leaves BOS out too."""
        return [" ".join(token for token in tokens if token != BOS) for tokens in found]


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
