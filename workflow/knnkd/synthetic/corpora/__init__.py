"""The corpora: one module each, with its sentence frames and its lexicon."""
