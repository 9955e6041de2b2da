"""Utterance fields -> log-odds of both heads of the shipped model, from one utterance to a million.

The cost is linear: the time for each utterance stays the same from a hundred on.
"""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import contests
from benchmarks.conftest import RunContest
from benchmarks.inputs import utterances
from benchmarks.models import shipped_model
from stancekit import kernel, model_file

MOST_IN_PYTHON = 10_000


@pytest.mark.benchmark(group="score")
def test_score(benchmark: BenchmarkFixture, n_utterances: int) -> None:
    if not kernel.COMPILED and n_utterances > MOST_IN_PYTHON:
        pytest.skip("takes minutes without the kernel")
    model, texts = shipped_model(), utterances(n_utterances)
    rounds, repeats = (3, 1) if n_utterances > 10_000 else (20, max(1, 1000 // n_utterances))
    scores = benchmark.pedantic(
        model.score, texts, {"calibrated": False}, rounds=rounds, iterations=repeats, warmup_rounds=1
    )
    benchmark.extra_info["n_characters"] = sum(map(len, texts.contents))
    assert scores.shape == (n_utterances, model.n_columns)


def test_beside_scikit_learn(run_contest: RunContest, rehearsal: bool) -> None:
    """Kernel, Python path and scikit-learn on the same features; that they agree is checked first."""
    run_contest(contests.shipped(20 if rehearsal else 2000))


def test_two_threads(run_contest: RunContest, rehearsal: bool) -> None:
    contest = contests.threads(100 if rehearsal else 100_000)
    if contest is None:
        pytest.skip("no kernel, or scoring takes no number of threads")
    run_contest(contest)


def test_load(benchmark: BenchmarkFixture) -> None:
    assert benchmark(model_file.load).n_features > 1000
