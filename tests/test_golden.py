"""Whole articles, and all that is read out of them.

``pytest --update-golden`` writes the expectations anew from what is found now; read the difference before
you commit it. What is known to be wrong in an article is corrected by hand and noted in FAILING.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stancekit.document import Document, read_document
from stancekit.speakers import resolve_speakers
from stancekit.tokens import Span
from stancekit.utterances import find_utterances
from tests.marked import rows_with

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.txt"))
FAILING: dict[str, str] = {}


def segmentation(text: str) -> dict[str, Any]:
    """Everything that is found in `text`, each span as its offsets and its words."""

    def shown(span: Span | None) -> list[Any] | None:
        return None if span is None else [span.start, span.end, text[slice(*span)]]

    document: Document = read_document(text)
    utterances = find_utterances(document)
    speakers, owners = resolve_speakers(document, utterances)
    return {
        "title": shown(document.title),
        "byline": shown(document.byline),
        "date": shown(document.date),
        "warnings": list(document.warnings),
        "n_paragraphs": len(document.paragraphs),
        "n_sentences": len(document.sentences),
        "utterances": [
            {
                "content": [shown(span) for span in u.content],
                "source": shown(u.source),
                "cue": shown(u.cue),
                "kind": u.kind,
                "speaker": speakers[owner].name,
                "role": speakers[owner].role,
            }
            for u, owner in zip(utterances, owners, strict=True)
        ],
    }


def test_there_are_articles() -> None:
    assert len(NAMES) >= 4


@pytest.mark.parametrize("name", rows_with([(name, name) for name in NAMES], FAILING))
def test_golden(name: str, update_golden: bool) -> None:
    text = (GOLDEN / f"{name}.txt").read_bytes().decode("utf-8")
    found = json.loads(json.dumps(segmentation(text)))
    file = GOLDEN / f"{name}.json"
    if update_golden:
        file.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="")
    assert found == json.loads(file.read_text(encoding="utf-8"))
