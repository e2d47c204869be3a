"""The settings of beam search, the same for every engine; torch, which takes seconds to import, is not needed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Beam:
    """Settings of the search; a hypothesis has at most max_len_a * source length + max_len_b subwords."""

    beam: int = 5
    lenpen: float = 1.0
    max_len_a: float = 1.2
    max_len_b: int = 10

    def longest(self, source: int, positions: int) -> int:
        """Return the most subwords that a hypothesis may have, EOS out, as fairseq counts them.

        source: subwords of the longest source in the batch, EOS in; positions: how many the decoder has.
        """
        return min(int(self.max_len_a * source + self.max_len_b), positions - 1)


@dataclass(frozen=True)
class FixedLength(Beam):
    """A search whose hypotheses all have `min_len` subwords and an EOS: systems do the same steps, however they end."""

    min_len: int = 1


def fixed_length(beam: Beam, length: int) -> FixedLength:
    """Return the same search for hypotheses of `length` subwords; fairseq alone knows how."""
    return FixedLength(beam.beam, beam.lenpen, max_len_a=0.0, max_len_b=length, min_len=length)
