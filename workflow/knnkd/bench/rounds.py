"""Benchmarks in turns: what is compared takes turns within one run, so that a machine's drift falls on all alike."""

from collections.abc import Callable
from typing import TypeAlias

from knnkd.core.files import Progress

# Takes a turn and returns (units of work, seconds).
Turn: TypeAlias = Callable[[], tuple[float, float]]


def take_turns(turns: dict[str, Turn], rounds: int, warm_up: bool = True) -> dict[str, list[float]]:
    """Return {name: rates of each round, in units a second}, with `warm_up` after one round that does not count.

    Each round begins with another one, so that none always follows the same.
    """
    names = list(turns)
    rates: dict[str, list[float]] = {name: [] for name in names}
    skipped = int(warm_up)
    with Progress("rounds", (rounds + skipped) * len(names), " turns") as progress:
        for turn in range(rounds + skipped):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                amount, seconds = turns[name]()
                if turn >= skipped:
                    rates[name].append(amount / seconds)
                progress.add(1)
    return rates
