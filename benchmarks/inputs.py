"""The corpus -> utterances and articles in any number, the same ones every time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from itertools import islice, zip_longest
from pathlib import Path
from typing import NamedTuple

from stancekit.features import UtteranceFields

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "models" / "assad-en" / "corpus"
ARTICLE_LENGTH = 5000
"""Code points of an article, within a few hundred."""


class Columns(NamedTuple):
    """Utterances, a list a field; an empty list of cues or sources is none."""

    contents: list[str]
    cues: list[str]
    sources: list[str]

    def rows(self) -> list[UtteranceFields]:
        return [UtteranceFields(*row) for row in zip_longest(*self, fillvalue="")]

    def every(self, step: int) -> Columns:
        return Columns(*(column[::step] for column in self))


@cache
def corpus_rows() -> tuple[dict[str, str], ...]:
    """The corpus' utterances that stand alone: text, cue, source, stance, sentiment."""
    lines = (CORPUS / "utterances.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


@cache
def utterances(n: int | None = None) -> Columns:
    """The first utterances of the corpus; None is all of them.

    Beyond its end come others made of two: the first half of the words of one, the second half of the words
    of another, so that a million are a million different strings. Their words are those of the corpus.
    """
    rows = [(row["text"], row.get("cue", ""), row.get("source", "")) for row in corpus_rows()]
    n = len(rows) if n is None else n
    words = [content.split() for content, _, _ in rows] if n > len(rows) else []
    for number in range(len(rows), n):
        turn, first = divmod(number, len(words))
        second = (first + 101 * turn) % len(words)
        head, tail = words[first], words[second]
        content = " ".join((*head[: len(head) // 2], *tail[len(tail) // 2 :]))
        rows.append((content, rows[first][1], rows[second][2]))
    return Columns(*(list(column) for column in zip(*rows[:n], strict=True)))


def with_new_words(columns: Columns, turn: int) -> Columns:
    """The utterances with every tenth word made one that nobody has seen, another one for every `turn`."""
    contents = []
    n = 0
    for content in columns.contents:
        words = content.split()
        for place in range(-n % 10, len(words), 10):
            words[place] += f"{turn}x{n + place}"
        n += len(words)
        contents.append(" ".join(words))
    return Columns(contents, columns.cues, columns.sources)


@cache
def articles(n: int) -> tuple[str, ...]:
    """Articles of about `ARTICLE_LENGTH`: paragraphs of the corpus' articles, one after the other."""
    return tuple(islice(_articles(), n))


def _articles() -> Iterable[str]:
    paragraphs: list[str] = []
    length = 0
    for path in sorted((CORPUS / "articles").glob("*.txt")):
        for paragraph in path.read_text(encoding="utf-8").split("\n\n"):
            if length and length + len(paragraph) / 2 > ARTICLE_LENGTH:
                yield "\n\n".join(paragraphs)
                paragraphs, length = [], 0
            paragraphs.append(paragraph)
            length += len(paragraph) + 2
    # What is left at the end of the corpus is shorter, and left out.


def write_jsonl(columns: Columns, path: Path) -> Path:
    """The utterances as `stancekit score` reads them."""
    with path.open("w", encoding="utf-8") as file:
        for text, cue, source in zip(*columns, strict=True):
            row = {"text": text, "cue": cue, "source": source}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path
