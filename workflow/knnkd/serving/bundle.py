"""An exported model as it lies on disk: one folder with all that raw text needs to become a translation.

    export.json             what the model is, how its text is prepared, the settings of its search, what was measured
    float32/, int8/         CTranslate2's models, with their vocabularies
    subwords/               BPE codes of the source language (and the dictionary that limits them), or BERT's pieces

Nothing here needs torch or fairseq: the folder serves on a machine that has neither.
"""

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, sha256
from knnkd.corpus.bpe import Segmenter
from knnkd.corpus.clean import TextSettings, prepare
from knnkd.corpus.subwords import OF_CHARACTERS, join_subwords, unescape
from knnkd.corpus.tokenise import detokenise
from knnkd.inference.beam import Beam

if TYPE_CHECKING:
    from knnkd.distil.bert.wordpiece import WordPiece

EXPORT_FILE, SUBWORDS = "export.json", "subwords"
QUANTISATIONS = ("float32", "int8")  # each has a folder of that name


@dataclass(frozen=True)
class Exported:
    """What export.json says that a translation depends on."""

    languages: tuple[str, str]  # source, target
    weights: str  # hash_tensors of the checkpoint
    text: TextSettings  # of the corpus that the model was trained on
    subwords: str  # one of subwords.SEPARATORS
    limited: bool  # whether source text is cut into such subwords alone as the model's dictionary holds
    positions: tuple[int, int]  # longest source and hypothesis in subwords, EOS in
    decode: Beam
    max_tokens: int  # padded source subwords a batch
    compute_type: str  # the fastest one
    device: str  # "cpu" or "cuda": where it is the fastest one
    made_from: dict[str, str]  # checkpoint and data_bin, relative to the folder
    files: dict[str, str]  # {path in the folder: SHA-256}

    def as_json(self) -> dict[str, Any]:
        """Return the same as it stands in export.json."""
        return asdict(self)


def open_export(folder: Path) -> Exported:
    """Read export.json; KnnKdError where it is not there or lacks something."""
    file = folder / EXPORT_FILE
    if not file.exists():
        raise KnnKdError(f"{file}: not there, so {folder} is no finished export; make one with the rule export_model")
    about = read_json(file)
    try:
        kept = {name: about[name] for name in Exported.__dataclass_fields__}
        kept["text"], kept["decode"] = TextSettings(**kept["text"]), Beam(**kept["decode"])
        source, target = kept["languages"]
        return Exported(**kept | {"languages": (source, target), "positions": tuple(kept["positions"])})
    except (KeyError, TypeError, ValueError) as error:
        raise KnnKdError(f"{file}: not an export of this version ({error}); run the rule export_model again") from error


def check_files(folder: Path, exported: Exported, part: str) -> None:
    """Raise KnnKdError where a file of one part (float32, int8 or subwords) is missing or not the one exported."""
    for name, expected in exported.files.items():
        if name.startswith(f"{part}/") and sha256(folder / name) != expected:
            raise KnnKdError(f"{folder / name}: not the file that was exported; copy the folder again, or export again")


def hash_files(folder: Path) -> dict[str, str]:
    """Return {path in the folder: SHA-256} of every file in it and below."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path) for path in paths}


def made_from(folder: Path, exported: Exported, what: str) -> Path:
    """Return where the export's checkpoint or data_bin lies, if it lies where it did; else KnnKdError."""
    path = Path(os.path.normpath(folder / exported.made_from[what]))
    if not path.exists():
        raise KnnKdError(f"{path}: not there; --engine fairseq needs it; name it by --{what.replace('_', '-')}")
    return path


class RawText:
    """From raw text to the model's subwords, as its corpus went, and back to plain text."""

    def __init__(self, folder: Path, exported: Exported) -> None:
        """Open what cuts the source language; KnnKdError where a file is missing or not the one exported."""
        check_files(folder, exported, SUBWORDS)
        self.exported = exported
        self._segmenter = _open_segmenter(folder / SUBWORDS, exported)

    def cut(self, lines: list[str]) -> list[list[str]]:
        """Return the subwords of each line of raw source text; none for a line that has no text."""
        tokenised = prepare(lines, self.exported.languages[0], self.exported.text).tokenised
        if self.exported.subwords == OF_CHARACTERS:
            tokenised = list(map(unescape, tokenised))
        return [subwords.split() for subwords in self._segmenter.segment_lines(tokenised)]

    def join(self, hypothesis: str) -> str:
        """Return the tokens of a hypothesis in subwords."""
        return join_subwords(hypothesis, self.exported.subwords)

    def plain(self, tokenised: Iterable[str]) -> list[str]:
        """Return each tokenised line of the target language as plain text."""
        return detokenise(tokenised, self.exported.languages[1], self.exported.text.escape)


def _open_segmenter(folder: Path, exported: Exported) -> "Segmenter | WordPiece":
    if exported.subwords != "bpe":
        from knnkd.distil.bert.wordpiece import Vocabulary, WordPiece  # tokenizers is needed for such models alone

        return WordPiece(Vocabulary.open(folder))
    return Segmenter(folder / f"{exported.languages[0]}.bpe", folder if exported.limited else None)
