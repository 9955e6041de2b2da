"""Articles of 5,000 characters -> reports, stage by stage and whole, beside peers."""

from __future__ import annotations

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import contests
from benchmarks.conftest import RunContest
from benchmarks.inputs import articles
from benchmarks.models import shipped_model
from stancekit.classifier import Classifier


def test_classify(benchmark: BenchmarkFixture, n_articles: int) -> None:
    classifier, texts = Classifier(shipped_model()), articles(n_articles)
    reports = benchmark(lambda: [classifier.classify(text) for text in texts])
    benchmark.extra_info.update(
        n_articles=len(texts), n_utterances=sum(len(one.utterances) for one in reports)
    )
    assert all(report.summaries for report in reports)


def test_stages(run_contest: RunContest, rehearsal: bool) -> None:
    run_contest(contests.stages(1 if rehearsal else 10))
