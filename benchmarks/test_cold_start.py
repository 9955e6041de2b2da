"""Whole commands in fresh processes: CPU time from nothing, and peak memory of a stream."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import contests
from benchmarks.conftest import RunContest
from benchmarks.inputs import articles, utterances, write_jsonl
from benchmarks.processes import Usage, streams, usage
from stancekit import kernel


def test_cold_start(run_contest: RunContest, tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_text(articles(1)[0], encoding="utf-8")
    run_contest(contests.cold_start(write_jsonl(utterances(1), tmp_path / "one.jsonl"), article))


@pytest.mark.parametrize("name", streams(Path(), Path()))
def test_memory(benchmark: BenchmarkFixture, tmp_path: Path, rehearsal: bool, name: str) -> None:
    n = 100 if rehearsal else 1_000_000
    if not rehearsal and not kernel.COMPILED:
        pytest.skip("takes minutes without the kernel")
    path = write_jsonl(utterances(n), tmp_path / "utterances.jsonl")
    command = streams(path, tmp_path / "scores.jsonl")[name]
    used: Usage = benchmark.pedantic(usage, (command,), rounds=1)
    benchmark.extra_info.update(n_utterances=n, peak_bytes=used.peak, cpu_seconds=used.cpu)
    print(f"{name}: {n:,} utterances, peak {used.peak / 1e6:.0f} MB, {used.cpu:.1f} s of CPU")
    assert used.peak > 10_000_000
