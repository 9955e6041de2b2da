"""Document -> utterances; articles of 5,000 characters."""

from __future__ import annotations

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.inputs import articles
from stancekit.document import read_document
from stancekit.utterances import find_utterances


def test_utterances(benchmark: BenchmarkFixture, n_articles: int) -> None:
    documents = [read_document(text) for text in articles(n_articles)]
    found = benchmark(lambda: [find_utterances(document) for document in documents])
    benchmark.extra_info.update(n_articles=len(documents), n_utterances=sum(map(len, found)))
    assert all(found)
