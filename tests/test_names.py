"""A name swapped for another of its kind hardly ever changes the stance."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import stancekit
from stancekit.features import UtteranceFields
from stancekit.train.corpus import read_corpus

TABLE = Path(__file__).parent / "tables" / "names.txt"
CORPUS = Path(__file__).parents[1] / "models" / "assad-en" / "corpus"


def read_names() -> dict[str, str]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("|") for line in lines if line and not line.startswith("#")]
    return {name.strip(): other.strip() for name, other in pairs}


def test_swapped_names_change_few_labels() -> None:
    names = read_names()
    one = re.compile(rf"\b({'|'.join(names)})\b")

    def swapped(fields: UtteranceFields) -> UtteranceFields:
        return UtteranceFields(*(one.sub(lambda name: names[name[1]], field) for field in fields))

    corpus = read_corpus([CORPUS, CORPUS / "utterances.jsonl"])
    before = [u.fields for u in corpus.utterances if swapped(u.fields) != u.fields]
    after = [swapped(fields) for fields in before]
    assert len(before) > 1000
    model = stancekit.load()

    def labels(utterances: list[UtteranceFields]) -> list[int]:
        contents, cues, sources = zip(*utterances, strict=True)
        scores = model.score(contents, cues=cues, sources=sources)
        best: list[int] = scores["stance"].argmax(axis=1).tolist()
        return best

    changed = float(np.mean(np.array(labels(before)) != np.array(labels(after))))
    assert changed < 0.03, f"{changed:.3f} of {len(before)}"


@pytest.mark.parametrize(("name", "other"), read_names().items())
def test_names_of_the_table_are_single_words(name: str, other: str) -> None:
    assert name != other
    assert name.isalpha()
    assert other.isalpha()
