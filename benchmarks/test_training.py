"""Labelled utterances -> model: `stancekit train` without the learning curve."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import contests


@pytest.mark.parametrize("n", [500, 1000, 2000])
def test_training(benchmark: BenchmarkFixture, rehearsal: bool, tmp_path: Path, n: int) -> None:
    if rehearsal and n > 500:
        pytest.skip("once is enough to see that it runs")
    contest = contests.training(100 if rehearsal else n, tmp_path)
    report = benchmark.pedantic(contest.contestants["train"], rounds=1 if rehearsal else 3)
    assert report.model.n_features > 100
