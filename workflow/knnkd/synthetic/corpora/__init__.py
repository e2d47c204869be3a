"""The corpora: one module each with its sentence frames, and its words in the file beside it."""
