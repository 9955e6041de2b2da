"""What the benchmarks share: how large inputs may be, and how a contest is run.

With `--benchmark-disable` everything runs once on small inputs, to see that it runs.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.rounds import MOST_ROUNDS, Contest, Outcome

RunContest = Callable[[Contest], Outcome]


def is_rehearsal(config: pytest.Config) -> bool:
    """Whether nothing is to be timed."""
    return bool(config.getoption("benchmark_disable"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Numbers of utterances, 1, 10 … 1,000,000; of a rehearsal at most 100."""
    if "n_utterances" in metafunc.fixturenames:
        most = 2 if is_rehearsal(metafunc.config) else 6
        metafunc.parametrize("n_utterances", [10**power for power in range(most + 1)])


@pytest.fixture(scope="session")
def rehearsal(request: pytest.FixtureRequest) -> bool:
    return is_rehearsal(request.config)


@pytest.fixture(scope="session")
def n_articles(rehearsal: bool) -> int:
    return 2 if rehearsal else 20


@pytest.fixture
def run_contest(benchmark: BenchmarkFixture, rehearsal: bool) -> RunContest:
    """Time a contest in interleaved rounds; what pytest-benchmark shows is its first contestant's time."""

    def run(contest: Contest) -> Outcome:
        outcome = contest.run(1 if rehearsal else MOST_ROUNDS, 60)
        benchmark.extra_info.update(outcome.summary())
        benchmark.pedantic(next(iter(contest.contestants.values())), rounds=1 if rehearsal else 3)
        first, *others = outcome.seconds
        ratios = {name: outcome.times_as_long(name, first).median for name in others}
        print(
            "\n" + "".join(f"{ratio:10.2f} times {first}: {name}\n" for name, ratio in ratios.items()), end=""
        )
        return outcome

    return run
