"""Models trained side by side, each in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

T = TypeVar("T")
R = TypeVar("R")

OnProgress = Callable[[int, int], None]
"""Called with the models that are trained and with how many there will be."""


class Runner:
    """Runs functions over items, and tells how far it is.

    Parameters
    ----------
    n_jobs : processes; -1 takes as many as there are cores. What comes out does not depend on it.
    on_progress : told of every item.
    """

    def __init__(self, n_jobs: int = 1, on_progress: OnProgress | None = None) -> None:
        if n_jobs != -1 and n_jobs < 1:
            raise ValueError(f"expected n_jobs of 1 or more, or -1, found {n_jobs}")
        self.n_jobs = n_jobs
        self._on_progress = on_progress
        self._n_done = self._n_items = 0

    def expect(self, n_items: int) -> None:
        """Tell how many items there will be, and that none is done."""
        self._n_done, self._n_items = 0, n_items
        self._report()

    def finish(self) -> None:
        """Tell that all is done, whatever had to be left out."""
        self._n_done = self._n_items
        self._report()

    def run(self, function: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """What the function gives for each item, in the order of the items.

        Notes
        -----
        The function and the items go to the processes by pickle. In each a sum runs in one thread, as it
        does here: more would sum in another order.
        """
        results: Iterable[R] = (_alone(function, item) for item in items)
        if self.n_jobs != 1 and len(items) > 1:
            jobs = (delayed(_alone)(function, item) for item in items)
            results = Parallel(n_jobs=self.n_jobs, return_as="generator")(jobs)
        done: list[R] = []
        for result in results:
            done.append(result)
            self._n_done += 1
            self._report()
        return done

    def _report(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self._n_done, self._n_items)


def _alone(function: Callable[[T], R], item: T) -> R:
    with threadpool_limits(limits=1):
        return function(item)
