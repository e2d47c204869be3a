"""Intervals of figures: over seeds, over independent test sets, over what was chosen; and what they say of a claim."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, mean, stdev
from typing import Self

from scipy.special import stdtrit

NORMAL = NormalDist().inv_cdf(0.975)
REPRODUCED, NOT_REPRODUCED, UNDECIDED, NOT_RUN = "reproduced", "not reproduced", "undecided", "not run"
NOT_CONVERGED = "not converged"


@dataclass(frozen=True)
class Estimate:
    """A figure and its interval, low <= high, in the figure's own unit."""

    value: float
    low: float
    high: float

    def scaled(self, factor: float) -> Self:
        """Return the same figure, its interval `factor` times as wide on either side."""
        low, high = (self.value + factor * (end - self.value) for end in (self.low, self.high))
        return type(self)(self.value, low, high)


@dataclass(frozen=True)
class Region:
    """Where a claim says that a figure lies: above `low` and below `high`."""

    low: float = -math.inf
    high: float = math.inf

    def outcome(self, estimate: Estimate) -> str:
        """Return "reproduced" for an interval wholly inside, "not reproduced" for one wholly outside, else "undecided".

        An end of the interval that lies on the border is neither inside nor outside.
        """
        if self.low < estimate.low and estimate.high < self.high:
            return REPRODUCED
        if estimate.high < self.low or estimate.low > self.high:
            return NOT_REPRODUCED
        return UNDECIDED

    def text(self) -> str:
        """Return "above 0", "below 0.5", "between -0.93 and 0.93"."""
        if math.isinf(self.high):
            return f"above {self.low:.3g}"
        return f"below {self.high:.3g}" if math.isinf(self.low) else f"between {self.low:.3g} and {self.high:.3g}"


def student(degrees: int) -> float:
    """Return the percentile 97.5 of Student's t with that many degrees of freedom, at least 1."""
    return float(stdtrit(degrees, 0.975))


def over_seeds(seeds: Sequence[Estimate]) -> Estimate:
    """Return the mean over n trainings, each with the 95 % bootstrap interval of its difference on one test set.

    The test set is the same for all, so the bootstrap's uncertainty does not shrink with n: its half widths are those
    of the intervals averaged over the seeds. From two seeds on, the spread over trainings comes to it, as variances
    add: half width = sqrt(bootstrap^2 + spread^2), on either side, where spread = t(n - 1) * s / sqrt(n), s is the
    standard deviation of the seeds' differences and t the percentile 97.5 of Student's t. With one seed that spread is
    not known, and not in the interval.
    """
    value = mean(each.value for each in seeds)
    low, high = mean(each.low for each in seeds), mean(each.high for each in seeds)
    n = len(seeds)
    spread = student(n - 1) * stdev(each.value for each in seeds) / math.sqrt(n) if n > 1 else 0.0
    # A percentile interval may leave out its own figure; then that side has no width of its own.
    below, above = max(0.0, value - low), max(0.0, high - value)
    if n == 1:
        return Estimate(value, low, high)
    return Estimate(value, value - math.hypot(below, spread), value + math.hypot(above, spread))


def mean_of(parts: Sequence[Estimate]) -> Estimate:
    """Return the mean of n figures of independent test sets.

    Variances of independent figures add, and so the half widths below and above do in squares: sqrt(sum of w^2) / n.
    """
    if len(parts) == 1:
        return parts[0]
    n, value = len(parts), mean(each.value for each in parts)
    below = math.hypot(*(max(0.0, each.value - each.low) for each in parts)) / n
    above = math.hypot(*(max(0.0, each.high - each.value) for each in parts)) / n
    return Estimate(value, value - below, value + above)


def averaged(parts: Sequence[Estimate]) -> Estimate:
    """Return the mean of n figures whose intervals are quartiles: each end is averaged, as if all erred alike."""
    return Estimate(*(mean(getattr(each, end) for each in parts) for end in ("value", "low", "high")))


def least_of(parts: Sequence[Estimate]) -> Estimate:
    """Return the least of several figures: it is above a border where all are, and below it where any is."""
    return Estimate(*(min(getattr(each, end) for each in parts) for end in ("value", "low", "high")))


def best_of(choices: Sequence[Estimate]) -> Estimate:
    """Return the highest of m figures, its interval widened for the choice among m (Bonferroni).

    The best of many looks better than it is. The half widths grow by z(1 - 0.025 / m) / z(0.975).
    """
    best = max(choices, key=lambda each: each.value)
    return best.scaled(NormalDist().inv_cdf(1 - 0.025 / len(choices)) / NORMAL)


def quotient(over: Estimate, under: Estimate) -> Estimate:
    """Return over / under of two positive figures, the ends where the two err in opposite ways."""
    return Estimate(over.value / under.value, over.low / under.high, over.high / under.low)
