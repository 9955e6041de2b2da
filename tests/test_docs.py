"""The worked examples of docs/segmentation.md are what the program answers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stancekit import segment

PAGE = (Path(__file__).parent.parent / "docs" / "segmentation.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"((?:^>.*\n)+)\n(\| speaker \|.*\n(?:\|.*\n)+)", PAGE, re.MULTILINE)


def test_the_examples_are_found() -> None:
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize(("quoted", "table"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_worked_example(quoted: str, table: str) -> None:
    text = re.sub(r"(?<!\n)\n(?!\n)", " ", re.sub(r"^> ?", "", quoted, flags=re.MULTILINE)).strip()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().split("\n")[2:]]

    def cut(span: tuple[int, int] | None) -> str:
        return "" if span is None else text[slice(*span)].rstrip(",")

    found = [
        [
            u.speaker.name + (f", {u.speaker.role}" if row[0].endswith(f", {u.speaker.role}") else ""),
            cut(u.source),
            cut(u.cue),
            u.kind,
            " … ".join(text[slice(*span)] for span in u.content),
        ]
        for u, row in zip(segment(text), rows, strict=True)
    ]
    assert found == rows
