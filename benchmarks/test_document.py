"""Text -> document: sentences, tokens, quotation marks; articles of 5,000 characters."""

from __future__ import annotations

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.inputs import articles
from stancekit.document import read_document


def test_document(benchmark: BenchmarkFixture, n_articles: int) -> None:
    texts = articles(n_articles)
    benchmark.extra_info.update(n_articles=len(texts), n_characters=sum(map(len, texts)))
    documents = benchmark(lambda: [read_document(text) for text in texts])
    assert [document.text for document in documents] == list(texts)
