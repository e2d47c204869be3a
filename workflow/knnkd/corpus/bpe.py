"""Subwords by byte-pair encoding (subword-nmt); the way back is `subwords.join_subwords`."""

import io
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass
from pathlib import Path

from subword_nmt.apply_bpe import BPE
from subword_nmt.learn_bpe import learn_bpe

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_lines, replacing
from knnkd.core.integrity import read_listed
from knnkd.corpus.subwords import JOINER, SPECIAL, UNKNOWN, join_subwords


@dataclass(frozen=True)
class Learning:
    """What is learned: at most `merges` merges, from both languages together (joint) or from each by itself."""

    languages: tuple[str, str]
    merges: int
    joint: bool


def learn_codes(text: Path, languages: Sequence[str], merges: int, joint: bool, output: Path) -> None:
    """Learn `merges` merge operations from `text`/train.{language} and write `output`/{language}.bpe for each.

    joint: learned from both languages together, and so the same for both. The files are in subword-nmt's form.
    Raises KnnKdError where the text is too small to give a single merge.
    """
    for group in [list(languages)] if joint else [[language] for language in languages]:
        paths = [text / f"train.{language}" for language in group]
        lines = "\n".join(line for path in paths for line in read_listed(path)) + "\n"
        codes = io.StringIO()
        # A pair must occur twice to be merged, so a small text may give fewer merges than were asked for.
        # subword-nmt fails on a text of single characters; its progress bar is made for a terminal and fills a log.
        with suppress(ValueError), redirect_stderr(io.StringIO()):
            learn_bpe(io.StringIO(lines), codes, merges, min_frequency=2, num_workers=1)
        if codes.getvalue().count("\n") < 2:
            names = ", ".join(map(str, paths))
            raise KnnKdError(
                f"{names}: no pair of characters occurs twice, so there is no BPE to learn; bring more text"
            )
        for language in group:
            with replacing(output / f"{language}.bpe") as temporary:
                temporary.write_text(codes.getvalue(), encoding="utf-8")


class Segmenter:
    """Cuts tokenised text into subwords with learned codes."""

    def __init__(self, codes: Path, dictionaries: Path | None = None, unknown: bool = False):
        """codes: {language}.bpe; dictionaries: folder of dict.{language}.txt, where the codes are another corpus' own;
        unknown: whether a token `<unk>` is an unknown word (text read from fairseq's binary data) and stays one.

        With the dictionary of a pre-trained model, merges that lead to subwords it does not hold are undone: a word of
        a new domain comes to the model in smaller pieces that it knows, and not as <unk>. Raises KnnKdError where a
        file is missing or not in its form.
        """
        vocabulary = None
        if dictionaries is not None:
            vocabulary = {line.split(" ")[0] for line in read_lines(dictionaries / f"dict.{codes.stem}.txt")}
        try:
            with open(codes, encoding="utf-8") as stream:
                self._bpe = BPE(stream, separator=JOINER, vocab=vocabulary)
        except OSError as error:
            raise KnnKdError(f"{codes}: cannot be read ({error.strerror}); run the rule learn_bpe") from error
        except (SystemExit, ValueError, IndexError) as error:  # subword-nmt leaves the process on a bad line
            raise KnnKdError(f"{codes}: not BPE codes in subword-nmt's form") from error
        self._whole = {UNKNOWN} if unknown else set()

    def segment(self, tokens: str) -> str:
        """Return the subwords of one tokenised sentence or phrase, joined by spaces.

        No subword is one of fairseq's own symbols: where text says "<s>", it is cut into characters.
        """
        if not any(symbol in tokens for symbol in SPECIAL):
            return str(self._bpe.process_line(tokens))
        return " ".join(token if token in self._whole else self._apart(token) for token in tokens.split(" "))

    def _apart(self, token: str) -> str:
        subwords = self._bpe.process_line(token).split(" ")
        return " ".join(f"{JOINER} ".join(each) if each in SPECIAL else each for each in subwords)

    def segment_lines(self, lines: Iterable[str]) -> list[str]:
        """Return each line's subwords. An empty line stays empty."""
        return [self.segment(line) for line in lines]


def require_reversible(lines: Sequence[str], segmented: Sequence[str], name: Path) -> None:
    """Raise KnnKdError for the first line whose subwords do not join to it again."""
    for number, (line, subwords) in enumerate(zip(lines, segmented, strict=True), 1):
        if join_subwords(subwords) != line:
            raise KnnKdError(f"{name}: line {number} does not come back from its subwords; clean the corpus again")
