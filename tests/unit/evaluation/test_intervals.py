"""Intervals by hand and by simulation: they hold what is true as often as they say."""

import math
import random
from statistics import NormalDist, mean, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knnkd.evaluation.intervals import (
    NORMAL,
    Estimate,
    Region,
    averaged,
    best_of,
    least_of,
    mean_of,
    over_seeds,
    quotient,
    student,
)

NUMBERS = st.floats(-50, 50)
ESTIMATES = st.tuples(NUMBERS, st.floats(0, 5), st.floats(0, 5)).map(lambda x: Estimate(x[0], x[0] - x[1], x[0] + x[2]))


@pytest.mark.parametrize("degrees", [1, 2, 3, 5, 10, 11, 12, 20, 60, 200])
def test_students_percentile_by_integration_of_its_density(degrees):
    x = np.linspace(0, student(degrees), 200_001)
    density = (1 + x**2 / degrees) ** (-(degrees + 1) / 2)
    scale = math.gamma((degrees + 1) / 2) / math.gamma(degrees / 2) / math.sqrt(degrees * math.pi)
    assert scale * np.trapezoid(density, x) == pytest.approx(0.475, abs=2e-5)


def test_one_seed_keeps_its_interval():
    assert over_seeds([Estimate(1.0, 0.4, 1.8)]) == Estimate(1.0, 0.4, 1.8)


def test_two_seeds_by_hand():
    """Bootstrap: 0.5 below and 0.8 above; seeds 1 and 2: s = 0.7071, t(1) = 12.7062, spread = 6.3531."""
    found = over_seeds([Estimate(1.0, 0.4, 1.7), Estimate(2.0, 1.6, 2.9)])
    assert found.value == 1.5
    assert found.low == pytest.approx(1.5 - math.hypot(0.5, 6.3531), abs=1e-3)
    assert found.high == pytest.approx(1.5 + math.hypot(0.8, 6.3531), abs=1e-3)


@given(st.lists(ESTIMATES, min_size=1, max_size=5))
def test_seeds_never_make_the_interval_narrower_than_the_bootstraps(seeds):
    found = over_seeds(seeds)
    assert found.value == pytest.approx(mean(each.value for each in seeds))
    assert found.low <= mean(each.low for each in seeds) + 1e-9
    assert found.high >= mean(each.high for each in seeds) - 1e-9


def test_the_interval_over_seeds_holds_the_truth():
    """Two methods differ by 1; a test set errs by 0.3, a training by 0.4: three trainings on one test set."""
    rng, held, alone = random.Random(3), 0, 0
    for _ in range(4000):
        of_test_set = rng.gauss(0, 0.3)
        values = [1 + of_test_set + rng.gauss(0, 0.4) for _ in range(3)]
        found = over_seeds([Estimate(value, value - NORMAL * 0.3, value + NORMAL * 0.3) for value in values])
        held += found.low <= 1 <= found.high
        alone += abs(values[0] - 1) <= NORMAL * 0.3
    assert 0.93 * 4000 <= held <= 0.99 * 4000
    assert alone < 0.8 * 4000, "one training's bootstrap knows nothing of the spread over trainings"


def test_means_of_independent_test_sets_by_hand_and_by_simulation():
    found = mean_of([Estimate(1, 0.4, 1.3), Estimate(3, 2.2, 3.4)])
    assert (found.value, found.low, found.high) == pytest.approx((2, 2 - 1.0 / 2, 2 + 0.5 / 2))
    assert mean_of([Estimate(1, 0.9, 1.5)]) == Estimate(1, 0.9, 1.5)
    rng, held = random.Random(4), 0
    for _ in range(4000):
        parts = [rng.gauss(1, error) for error in (0.2, 0.5, 1.0)]
        found = mean_of(
            [
                Estimate(value, value - NORMAL * error, value + NORMAL * error)
                for value, error in zip(parts, (0.2, 0.5, 1.0), strict=True)
            ]
        )
        held += found.low <= 1 <= found.high
    assert 0.935 * 4000 <= held <= 0.965 * 4000


def test_the_best_of_many_equal_ones_is_not_better():
    """Six points, all as good as what they are held against: chosen by their own figure, one in twenty is "above 0"."""
    rng, chosen, plain = random.Random(5), 0, 0
    for _ in range(4000):
        values = [rng.gauss(0, 0.3) for _ in range(6)]
        points = [Estimate(value, value - NORMAL * 0.3, value + NORMAL * 0.3) for value in values]
        chosen += best_of(points).low > 0
        plain += max(points, key=lambda each: each.value).low > 0
    assert chosen <= 0.06 * 4000
    assert plain > 0.1 * 4000
    assert best_of(points[:1]) == points[0]
    assert best_of(points).value == max(values)
    widened = NormalDist().inv_cdf(1 - 0.025 / 6) * 0.3
    assert best_of(points).high == pytest.approx(max(values) + widened)


@given(st.lists(ESTIMATES, min_size=1, max_size=5))
def test_the_least_is_above_a_border_where_all_are(parts):
    least, above = least_of(parts), Region(low=0)
    outcomes = [above.outcome(part) for part in parts]
    assert (above.outcome(least) == "reproduced") == all(outcome == "reproduced" for outcome in outcomes)
    assert (above.outcome(least) == "not reproduced") == ("not reproduced" in outcomes)


def test_quotients_and_averages():
    assert quotient(Estimate(1.0, 0.9, 1.2), Estimate(0.5, 0.4, 0.6)) == Estimate(2.0, 0.9 / 0.6, 1.2 / 0.4)
    found = averaged([Estimate(1.0, 0.9, 1.2), Estimate(2.0, 1.5, 2.2)])
    assert (found.value, found.low, found.high) == pytest.approx((1.5, 1.2, 1.7))


@pytest.mark.parametrize(
    ("region", "low", "high", "outcome"),
    [
        (Region(low=0), 0.1, 0.4, "reproduced"),
        (Region(low=0), -0.4, -0.1, "not reproduced"),
        (Region(low=0), -0.1, 0.4, "undecided"),
        (Region(low=0), 0, 0, "undecided"),
        (Region(low=0), 0, 1, "undecided"),
        (Region(high=0), -0.4, -0.1, "reproduced"),
        (Region(high=0), 0.1, 0.4, "not reproduced"),
        (Region(high=0.5), 0.4, 0.6, "undecided"),
        (Region(-1, 1), -0.5, 0.9, "reproduced"),
        (Region(-1, 1), 1.1, 2, "not reproduced"),
        (Region(-1, 1), -3, -2, "not reproduced"),
        (Region(-1, 1), 0.5, 2, "undecided"),
        (Region(-1, 1), -2, 2, "undecided"),
    ],
)
def test_outcomes(region, low, high, outcome):
    assert region.outcome(Estimate((low + high) / 2, low, high)) == outcome


@given(ESTIMATES, st.floats(-5, 5))
def test_a_claim_and_its_opposite_have_opposite_outcomes(estimate, border):
    opposite = {"reproduced": "not reproduced", "not reproduced": "reproduced", "undecided": "undecided"}
    assert Region(high=border).outcome(estimate) == opposite[Region(low=border).outcome(estimate)]


def test_what_a_region_says():
    assert Region(low=0).text() == "above 0"
    assert Region(low=0.95).text() == "above 0.95"
    assert Region(high=0.5).text() == "below 0.5"
    assert Region(-0.925, 0.925).text() == "between -0.925 and 0.925"


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=6))
def test_the_spread_over_seeds_is_students(values):
    found = over_seeds([Estimate(value, value, value) for value in values])
    width = student(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    assert (found.low, found.high) == pytest.approx((mean(values) - width, mean(values) + width), abs=1e-9)
