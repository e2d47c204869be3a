"""Forward passes and beam search: decoding, filling a datastore, kNN-MT."""
