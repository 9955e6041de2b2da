"""A model of one- and two-word n-grams beside peers: all at once, and one utterance alone.

Peers that are not installed are left out: `python -m pip install -e '.[test,compare]'`.
"""

from __future__ import annotations

from benchmarks import contests
from benchmarks.conftest import RunContest


def test_words(run_contest: RunContest, rehearsal: bool) -> None:
    run_contest(contests.words(20 if rehearsal else 12_000))


def test_one_after_another(run_contest: RunContest, rehearsal: bool) -> None:
    run_contest(contests.alone(3 if rehearsal else 100))


def test_the_same_again(run_contest: RunContest, rehearsal: bool) -> None:
    run_contest(contests.alone(3 if rehearsal else 100, again=True))
