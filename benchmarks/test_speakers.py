"""Utterances -> their speakers; articles of 5,000 characters."""

from __future__ import annotations

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.inputs import articles
from stancekit.document import read_document
from stancekit.speakers import resolve_speakers
from stancekit.utterances import find_utterances


def test_speakers(benchmark: BenchmarkFixture, n_articles: int) -> None:
    documents = [read_document(text) for text in articles(n_articles)]
    drafts = [(document, find_utterances(document)) for document in documents]
    resolved = benchmark(lambda: [resolve_speakers(*draft) for draft in drafts])
    benchmark.extra_info.update(n_articles=len(documents), n_speakers=sum(len(one[0]) for one in resolved))
    assert all(len(of) == len(found) for (_, of), (_, found) in zip(resolved, drafts, strict=True))
