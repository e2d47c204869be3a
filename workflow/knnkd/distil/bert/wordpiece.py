"""WordPiece on Moses' tokens: the student writes in the teacher's own pieces, so that soft labels need no mapping.

A word is cut by the longest piece first; every piece but a word's first starts with "##", so taking " ##" out gives
the tokens back. A word for which that cannot hold becomes [UNK], and is counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json, read_lines
from knnkd.core.integrity import read_listed
from knnkd.corpus.subwords import unescape

VOCABULARY, TOKENIZER = "vocab.txt", "tokenizer_config.json"  # transformers' own names
PAD, UNKNOWN, CLS, SEP, MASK = SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
CONTINUATION = "##"
PRIVATE = 0xF0000  # the first code point of a plane without characters
# BERT's markers and fairseq's: text that holds one would be read as what it is not.
RESERVED = frozenset(SPECIAL) | {"<s>", "<pad>", "</s>", "<unk>"}


@dataclass(frozen=True)
class Vocabulary:
    """The pieces of a teacher in the order of their ids; `lower_case` where it was trained on lower-cased text."""

    pieces: tuple[str, ...]
    lower_case: bool

    @classmethod
    def open(cls, bert: Path) -> "Vocabulary":
        """Read the folder of a teacher; KnnKdError where it lacks its vocabulary or a special piece."""
        pieces = tuple(read_lines(bert / VOCABULARY))
        if missing := [piece for piece in SPECIAL if piece not in pieces]:
            raise KnnKdError(f"{bert / VOCABULARY}: lacks {', '.join(missing)}; is this BERT's vocabulary?")
        if len(set(pieces)) != len(pieces):
            raise KnnKdError(f"{bert / VOCABULARY}: holds a piece twice, so that ids are not lines; make it again")
        return cls(pieces, bool(read_json(bert / TOKENIZER).get("do_lower_case", True)))

    @cached_property
    def ids(self) -> dict[str, int]:
        """Id of each piece."""
        return {piece: number for number, piece in enumerate(self.pieces)}


def read_characters(text: Path, entities: bool) -> list[str]:
    """Return the lines of tokenised text, with `entities` as the characters that Moses' entities stand for."""
    lines = read_listed(text)
    return list(map(unescape, lines)) if entities else lines


def learn_pieces(sentences: Iterable[str], size: int) -> tuple[str, ...]:
    """Return a WordPiece vocabulary of at most `size` pieces: BERT's special ones, the characters, then by merging.

    Each character stands in it as a first and as a continuing piece, so that only words with a character that the
    `sentences` lack are unknown. The same sentences give the same pieces: tokenizers' own WordPieceTrainer numbers
    its "##" characters in the order of a random hash and breaks ties by that number, so each continuing character
    gets a code point of its own here and plain BPE is learned.
    Raises KnnKdError where `size` does not hold the characters.
    """
    words = [word for sentence in sentences for word in sentence.split(" ") if _can_be_cut(word)]
    characters = sorted({character for word in words for character in word if ord(character) < PRIVATE})
    continuing = {character: chr(PRIVATE + number) for number, character in enumerate(characters)}
    alphabet = characters + list(continuing.values())
    if (needed := len(SPECIAL) + len(alphabet)) > size:
        raise KnnKdError(f"a vocabulary of {size} pieces: the characters alone need {needed}; raise its size")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(SPECIAL), initial_alphabet=alphabet, min_frequency=2, show_progress=False
    )
    table = str.maketrans(continuing)
    tokenizer.train_from_iterator((word[0] + word[1:].translate(table) for word in words), trainer)
    vocabulary = tokenizer.get_vocab()
    back = str.maketrans({stand_in: character for character, stand_in in continuing.items()})
    learned = [
        (CONTINUATION if ord(piece[0]) >= PRIVATE else "") + piece.translate(back)
        for piece in sorted(vocabulary, key=vocabulary.__getitem__)
    ]
    return tuple(dict.fromkeys([*SPECIAL, *learned]))


class WordPiece:
    """Cuts tokenised text into one teacher's pieces; the way back is `subwords.join_subwords(line, "wordpiece")`."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Cased, with no normaliser: what the pieces say is what the text says."""
        model = models.WordPiece(vocabulary.ids, unk_token=UNKNOWN, continuing_subword_prefix=CONTINUATION)
        self.lower_case = vocabulary.lower_case
        self.pieces_of = lru_cache(maxsize=1 << 20)(lambda word: _cut(model, word))

    def segment(self, tokens: str) -> str:
        """Return the pieces of one tokenised sentence or phrase, joined by spaces. "" stays ""."""
        return " ".join(self.pieces_of(word) for word in tokens.split(" ") if word)

    def segment_lines(self, lines: Iterable[str]) -> list[str]:
        """Return each line's pieces. An empty line stays empty."""
        return [self.segment(line) for line in lines]

    def refuse_case(self, lines: Sequence[str], name: Path) -> None:
        """Raise KnnKdError for the first line with upper case where the teacher knows lower case alone."""
        for number, line in enumerate(lines, 1):
            if self.lower_case and line != line.lower():
                raise KnnKdError(
                    f"{name}: line {number} has upper case, and this teacher was trained on lower case (do_lower_case);"
                    " take a cased one, or lower-case the text before"
                )


def _can_be_cut(word: str) -> bool:
    # White space other than the blank is inside a word to Moses and between two to fairseq.
    return not word.startswith(CONTINUATION) and word not in RESERVED and word.split() == [word]


def _cut(model: models.WordPiece, word: str) -> str:
    if not _can_be_cut(word):
        return UNKNOWN
    pieces = [token.value for token in model.tokenize(word)]
    return UNKNOWN if RESERVED.intersection(pieces) else " ".join(pieces)


def count_unknown(lines: Iterable[str], segmented: Iterable[str]) -> dict[str, int | float]:
    """Return words, pieces, unknown (words that became [UNK]) and their share (0..1) of some lines of text."""
    words = sum(len([word for word in line.split(" ") if word]) for line in lines)
    pieces = [piece for line in segmented for piece in line.split(" ") if piece]
    unknown = pieces.count(UNKNOWN)
    return {
        "words": words,
        "pieces": len(pieces),
        "unknown": unknown,
        "unknown_share": unknown / words if words else 0.0,
    }
