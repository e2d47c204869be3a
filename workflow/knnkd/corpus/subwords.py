"""What subwords look like, and the way from them back to tokens; Moses' entities, which BERT reads as characters."""

JOINER = "@@"  # stands at the end of a BPE subword that the next one continues
# fairseq's own symbols, which text may hold as words; the last stands for any word that a dictionary lacks.
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
UNKNOWN = SPECIAL[-1]
CONTINUATION = "##"  # stands at the start of a WordPiece subword that continues the one before
# What fairseq and we take out between two subwords of one token.
SEPARATORS = {"bpe": f"{JOINER} ", "wordpiece": f" {CONTINUATION}", "wordpiece_of_characters": f" {CONTINUATION}"}
# Moses' entities stand for characters that BERT knows as characters: they are put back before its pieces are cut.
OF_CHARACTERS = "wordpiece_of_characters"
ENTITIES = {
    "|": "&#124;",
    "<": "&lt;",
    ">": "&gt;",
    "'": "&apos;",
    '"': "&quot;",
    "[": "&#91;",
    "]": "&#93;",
}
_ESCAPES = str.maketrans({"&": "&amp;"} | ENTITIES)


def join_subwords(subwords: str, kind: str = "bpe") -> str:
    """Return the tokens of a sentence in subwords, of one of SEPARATORS: the inverse of the segmentation.

    A hypothesis may end in a subword that should go on, or begin with one that continues: it is a token all the same.
    """
    tokens = f" {subwords} ".replace(SEPARATORS[kind], "").strip(" ")
    return escape(tokens) if kind == OF_CHARACTERS else tokens


def escape(tokens: str) -> str:
    """Return text with Moses' entities in the place of the characters that its formats give a meaning."""
    return tokens.translate(_ESCAPES)


def unescape(tokens: str) -> str:
    """Return text with the characters that Moses' entities stand for; `escape` is the inverse."""
    for character, entity in ENTITIES.items():
        tokens = tokens.replace(entity, character)
    return tokens.replace("&amp;", "&")
