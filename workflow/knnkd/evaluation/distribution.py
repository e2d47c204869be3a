"""How far a model's distribution is from what it should be: calibration, and overcorrection against the true p*.

Both are read from teacher-forced log-probabilities on the references of a split. Calibration asks whether the model is
right as often as it is sure. Overcorrection is what "Nearest Neighbor Knowledge Distillation for NMT" argues in its
Section 4.6: a model trained on single references takes mass from acceptable words; where each sentence has its lattice,
p* is known and that mass is counted.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from fairseq.data import Dictionary
from torch import Tensor

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_lines
from knnkd.synthetic.lattice import EOS, Automaton, Lattice, read_lattices

BINS = 15  # equal-width bins of confidence


class Calibration:
    """Expected calibration error (Guo et al. 2017) and mean entropy, summed over batches in float64.

    A bin holds the positions whose top-1 probability is in (b / bins, (b + 1) / bins]; the error is the mean over
    positions of |accuracy - mean confidence| of their bin. A top-1 token is right where it is the reference's.
    """

    def __init__(self, bins: int = BINS) -> None:
        self.positions = 0
        self._entropy = 0.0
        self._edges = torch.arange(1, bins, dtype=torch.float64) / bins
        self._excess = torch.zeros(bins, dtype=torch.float64)  # right answers minus confidence, summed in each bin

    def add(self, log_probs: Tensor, targets: Tensor) -> None:
        """Count n positions: log_probs float [n, V] and targets int64 [n], EOS in and padding out."""
        confidence, predicted = log_probs.max(-1)
        confidence = confidence.double().exp().cpu()
        excess = predicted.eq(targets).cpu().double() - confidence
        self._excess.index_add_(0, torch.bucketize(confidence, self._edges), excess)
        self._entropy += torch.special.entr(log_probs.exp()).sum(dtype=torch.float64).item()
        self.positions += len(targets)

    def means(self) -> dict[str, float]:
        """Return ece (0 to 1) and entropy (nats a position); ZeroDivisionError before the first position."""
        return {"ece": self._excess.abs().sum().item() / self.positions, "entropy": self._entropy / self.positions}


@dataclass(frozen=True)
class TrueDistributions:
    """p*(. | x, y_<t) at every position t of one reference, EOS in: M pairs of a position and a token of its support.

    positions: int64 [M], rising from 0; tokens: int64 [M], no token twice at a position; probabilities: float64 [M],
    all above 0, summing to 1 at each position; targets: int64 [T], the reference's own tokens, each in the support.
    """

    positions: Tensor
    tokens: Tensor
    probabilities: Tensor
    targets: Tensor


def automaton_of(lattice: Lattice, segment: Callable[[str], list[str]], dictionary: Dictionary) -> Automaton:
    """Return the lattice over the symbols that the model knows.

    A subword that the dictionary does not hold is its <unk>, in what was translated so far as in what may follow: the
    model's mass on all unknown acceptable tokens of a position is that of <unk>, and so is p*'s.
    """
    return Automaton(lattice, lambda phrase: [dictionary[dictionary.index(subword)] for subword in segment(phrase)])


def true_distributions(automaton: Automaton, dictionary: Dictionary, target: Tensor) -> TrueDistributions:
    """Return p* along one reference, `target` int64 [T] with its final EOS.

    Raises ValueError where the reference is not acceptable, saying where it leaves the lattice.
    """
    positions: list[int] = []
    support: dict[str, float] = {}
    tokens: list[int] = []
    probabilities: list[float] = []
    reference = [dictionary[index] for index in target.tolist()]
    belief = automaton.start()
    for position, token in enumerate(reference):
        support = automaton.next_token(belief)
        if token not in support or (token == EOS) != (position == len(reference) - 1):
            raise ValueError(f"does not accept {token!r} after {' '.join(reference[:position])!r}")
        positions += [position] * len(support)
        tokens += map(dictionary.index, support)
        probabilities += support.values()
        belief = automaton.advance(belief, token)
    return TrueDistributions(
        torch.tensor(positions), torch.tensor(tokens), torch.tensor(probabilities, dtype=torch.float64), target.long()
    )


TRUTHS = ("kl_true", "mass_acceptable", "mass_above", "true_entropy", "true_mass_acceptable")


class Overcorrection:
    """A model against p* on the references, summed over each sentence in float64.

    A token is acceptable at a position where p* gives it any mass; the others of these are those that are not the
    reference's own. Only the support of p* is read from the model, for all positions of a batch by one gather.
    """

    def __init__(self) -> None:
        self._lengths: list[float] = []
        self._sums: dict[str, list[float]] = {metric: [] for metric in TRUTHS}

    def add(self, log_probs: Tensor, targets: Tensor, truths: Sequence[TrueDistributions]) -> None:
        """Count the n positions of some whole sentences, one after the other, without padding.

        log_probs: float [n, V]; targets: int64 [n]; truths: one for each of these sentences, in the same order.
        Raises ValueError where `truths` belong to other references than `targets`.
        """
        if not torch.equal(torch.cat([truth.targets for truth in truths]), targets.cpu()):
            raise ValueError("the true distributions are not those of these references")
        first, rows = 0, []
        for truth in truths:
            rows.append(truth.positions + first)
            first += len(truth.targets)
        row, tokens = torch.cat(rows).to(log_probs.device), torch.cat([t.tokens for t in truths]).to(log_probs.device)
        log_true = torch.cat([truth.probabilities for truth in truths]).to(log_probs.device).log()
        log_model = log_probs[row, tokens].double()
        true, model = log_true.exp(), log_model.exp()
        gold = tokens.eq(targets.to(log_probs.device)[row])
        values = {
            "kl_true": true * (log_true - log_model),
            "mass_acceptable": model.where(~gold, 0.0),
            "mass_above": (model - true).clamp(min=0).where(gold, 0.0),
            "true_entropy": -true * log_true,
            "true_mass_acceptable": true.where(~gold, 0.0),
        }
        sentence = torch.arange(len(truths)).repeat_interleave(torch.tensor([len(t.tokens) for t in truths]))
        for metric, each in values.items():
            # On the CPU, where sums of one sentence are always added up in the same order.
            sums = torch.zeros(len(truths), dtype=torch.float64).index_add_(0, sentence, each.cpu())
            self._sums[metric] += sums.tolist()
        self._lengths += [len(truth.targets) for truth in truths]

    def means(self) -> dict[str, float]:
        """Return the means over positions; ZeroDivisionError before the first.

        kl_true: KL(p* || model), nats; mass_acceptable: the model's mass on acceptable tokens other than the
        reference's; mass_above: max(0, p(reference) - p*(reference)); true_entropy (nats) and true_mass_acceptable:
        what p* itself has.
        """
        positions = sum(self._lengths)
        return {metric: sum(sums) / positions for metric, sums in self._sums.items()}

    def sentences(self) -> dict[str, list[float]]:
        """Return what was summed, sentence by sentence in the order of adding: every measure, and the positions."""
        return {"positions": self._lengths} | self._sums


def measure(
    batches: Iterable[tuple[Tensor, Tensor, Tensor]], padding: int, truths: Sequence[TrueDistributions] | None = None
) -> tuple[dict[str, float], int, dict[str, list[float]]]:
    """Return each measure's mean over the positions of a split, their number, EOS in, and the sums of each sentence.

    batches: log-probabilities float [B, T, V], targets int64 [B, T] filled up on the right with `padding`, and int64
    [B], which sentence of the corpus each row is; truths: p* of each sentence, in the order of the corpus. The sums are
    those of `Overcorrection.sentences` in the order of the corpus; {} without `truths`.
    """
    calibration, overcorrection, order = Calibration(), Overcorrection(), []
    for log_probs, targets, sentences in batches:
        real = targets.ne(padding)
        flat, gold = log_probs[real.to(log_probs.device)], targets[real]
        calibration.add(flat, gold.to(flat.device))
        if truths is not None:
            overcorrection.add(flat, gold, [truths[sentence] for sentence in sentences.tolist()])
            order += sentences.tolist()
    if truths is None:
        return calibration.means(), calibration.positions, {}
    places = sorted(range(len(order)), key=order.__getitem__)
    sums = {metric: [own[place] for place in places] for metric, own in overcorrection.sentences().items()}
    return calibration.means() | overcorrection.means(), calibration.positions, sums


def cleaned_lattices(lattices: Path, lines: Path) -> list[Lattice]:
    """Return the lattice of each sentence of a cleaned split.

    `lattices` holds those of the raw split; `lines` says for each cleaned sentence which raw one it is, counted from
    0. Raises KnnKdError where a line of `lines` is no such number.
    """
    raw, cleaned = read_lattices(lattices), []
    for number, line in enumerate(read_lines(lines), 1):
        if not (line.isascii() and line.isdigit() and int(line) < len(raw)):
            raise KnnKdError(f"{lines}: line {number}: {line!r} is no line of {lattices} ({len(raw)} lattices)")
        cleaned.append(raw[int(line)])
    return cleaned


def true_distributions_of_split(
    lattices: Sequence[Lattice],
    segment: Callable[[str], list[str]],
    dictionary: Dictionary,
    targets: Sequence[Tensor],
    name: Path,
) -> list[TrueDistributions]:
    """Return p* along every reference of a split: `lattices` and `targets` int64 [T] are in the order of the corpus.

    `segment` cuts a phrase into the model's subwords; `name`, the file that ties lattices to sentences, stands in the
    errors. Raises KnnKdError where the numbers differ or a lattice does not accept its reference.
    """
    if len(lattices) != len(targets):
        raise KnnKdError(f"{name}: {len(lattices)} lines for {len(targets)} binarised references; binarise again")
    segment_once = cache(segment)
    truths = []
    for number, (lattice, target) in enumerate(zip(lattices, targets, strict=True), 1):
        automaton = automaton_of(lattice, segment_once, dictionary)
        try:
            truths.append(true_distributions(automaton, dictionary, target))
        except ValueError as error:
            raise KnnKdError(
                f"{name}: line {number}: the lattice of this reference {error}; "
                "give the lattices and the segmentation of this very corpus"
            ) from error
    return truths


def accepted(hypotheses: Sequence[Sequence[str]], automata: Iterable[Automaton]) -> float:
    """Return the share (0 to 1) of hypotheses, each a list of tokens without EOS, that their automaton accepts.

    The automata are over the same kind of token. Raises ValueError where the numbers differ.
    """
    good = [automaton.accepts(tokens) for tokens, automaton in zip(hypotheses, automata, strict=True)]
    return sum(good) / len(good)
