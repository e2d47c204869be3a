"""A small BERT over six pairs, for the tests of its training and of what it teaches."""

import torch

from knnkd.distil.bert.pairs import pack_pairs
from knnkd.distil.bert.pretraining import new_model
from knnkd.distil.bert.wordpiece import Vocabulary, WordPiece, learn_pieces

CPU = torch.device("cpu")
GERMAN = ["ein Hund läuft", "der Hund schläft im Haus", "Hunde", "eine Katze sieht den Hund", "", "das Haus"]
ENGLISH = ["a dog runs", "the dog sleeps in the house", "dogs", "a cat sees the dog that sleeps", "nothing", ""]
VOCABULARY = Vocabulary(learn_pieces(GERMAN + ENGLISH, 90), lower_case=False)
PIECES = WordPiece(VOCABULARY)
IDS = VOCABULARY.ids
PAIRS = pack_pairs(PIECES.segment_lines(GERMAN), PIECES.segment_lines(ENGLISH), VOCABULARY, 64, "text")


def untrained(seed=1):
    """A model whose weights are so large that its predictions differ from one place to the next."""
    model = new_model(VOCABULARY, layers=2, hidden=16, heads=2, ffn=32, max_positions=64, dropout=0.1, seed=seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.3)
    return model.eval()


def alone(model, sequence, start, masked):
    """Log-odds float32 [length, V] of one sequence, unpadded, with [MASK] at the positions `masked`."""
    ids = torch.tensor(sequence)[None]
    ids[0, sorted(masked)] = IDS["[MASK]"]
    segments = (torch.arange(ids.shape[1]) >= start).long()[None]
    with torch.no_grad():
        return model(input_ids=ids, token_type_ids=segments).logits[0]
