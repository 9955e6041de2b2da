"""Contestants in turn, round by round -> medians, quartiles and ratios within the rounds.

A slow moment of the machine falls on all contestants of a round, and a ratio is taken within the round: it
holds where the times themselves do not.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

TOLERANCE = 1e-9
MOST_ROUNDS = 15
FEWEST_ROUNDS = 3


class Spread(NamedTuple):
    """A median between its quartiles."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        if len(values) < 2:
            return cls(values[0], values[0], values[0])
        return cls(*statistics.quantiles(values, n=4, method="inclusive"))


@dataclass(frozen=True)
class Contest:
    """What is to be compared.

    Parameters
    ----------
    n : items (utterances, articles) that one call of a contestant handles.
    contestants : by name; a call does the whole work once and returns its result.
    equal : names of those whose results must be the same numbers, within `TOLERANCE`.
    clock : CPU time counts every thread of the process and no pause, so it compares single threads;
        wall time compares numbers of threads.
    """

    n: int
    contestants: Mapping[str, Callable[[], Any]]
    equal: tuple[str, ...] = ()
    clock: Callable[[], float] = time.process_time

    def run(self, rounds: int = MOST_ROUNDS, budget: float = math.inf) -> Outcome:
        """Call each once to warm up and check that results agree; then time the rounds.

        Parameters
        ----------
        rounds : at most so many.
        budget : seconds, after which no round begins; but there are at least three.

        Raises
        ------
        AssertionError
            Results that should agree do not.
        """
        results = {name: call() for name, call in self.contestants.items()}
        for name in self.equal[1:]:
            first = self.equal[0]
            np.testing.assert_allclose(
                results[name], results[first], rtol=0, atol=TOLERANCE, err_msg=f"{name} is not {first}"
            )
        seconds: dict[str, list[float]] = {name: [] for name in self.contestants}
        end = time.monotonic() + budget
        for number in range(rounds):
            if number >= FEWEST_ROUNDS and time.monotonic() > end:
                break
            names = list(self.contestants)
            first_place = number % len(names)  # nobody always follows the one who emptied the caches
            for name in names[first_place:] + names[:first_place]:
                call = self.contestants[name]
                began = self.clock()
                call()
                seconds[name].append(self.clock() - began)
        return Outcome(self.n, seconds)


@dataclass(frozen=True)
class Outcome:
    """Seconds of every call, by contestant, a round each."""

    n: int
    seconds: Mapping[str, Sequence[float]]

    @property
    def rounds(self) -> int:
        return min(map(len, self.seconds.values()))

    def each(self, name: str) -> Spread:
        """Seconds an item."""
        return Spread.of([seconds / self.n for seconds in self.seconds[name]])

    def rate(self, name: str) -> Spread:
        """Items a second."""
        return Spread.of([self.n / seconds for seconds in self.seconds[name]])

    def times_as_long(self, name: str, as_: str) -> Spread:
        """How many times as long one takes as another, of each round."""
        pairs = zip(self.seconds[name], self.seconds[as_], strict=True)
        return Spread.of([one / other for one, other in pairs])

    def summary(self) -> dict[str, float]:
        """Median seconds an item by contestant, as pytest-benchmark's `extra_info` keeps it."""
        return {name: self.each(name).median for name in self.seconds}
