"""Segmentation, stage by stage, over every article of the shipped corpus in one call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stancekit.document import read_document
from stancekit.speakers import resolve_speakers
from stancekit.utterances import find_utterances

ARTICLES = Path(__file__).parent.parent / "models" / "assad-en" / "corpus" / "articles"


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(ARTICLES.glob("*.txt"))]


@pytest.mark.benchmark(group="segmentation, all articles of the corpus")
@pytest.mark.parametrize("stage", ["document", "document, utterances", "document, utterances, speakers"])
def test_segmentation(benchmark: Any, texts: list[str], stage: str) -> None:
    """Each stage with those before it: the differences are what one costs."""

    def run() -> int:
        n = 0
        for text in texts:
            document = read_document(text)
            if stage != "document":
                utterances = find_utterances(document)
                n += len(utterances)
                if stage.endswith("speakers"):
                    resolve_speakers(document, utterances)
        return n

    benchmark.extra_info.update(n_articles=len(texts), n_characters=sum(map(len, texts)))
    n = benchmark(run)
    assert stage == "document" or n > len(texts)
