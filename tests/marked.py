"""Tables of marked text: the sentence as a reader sees it, and in it what is expected of it.

A row of a table in ``tests/tables`` is

    == name-of-the-row
    xfail: why, if it is known to fail
    {1d|"The bridge is gone,"} {1s|the mayor} {1q|said}. {2i|Repairs would take a year}, {2s|he} {2q|added}.

with ``{1d|…}`` content of utterance 1, which is direct (``i`` indirect, ``m`` mixed), ``{1s|…}`` its source,
``{1q|…}`` its cue; the number may be left out if there is one utterance only. The codebook leaves it open
whether an adverb or an addressee belongs to the cue: ``{q|told[ the agency]}`` allows both. A cue
or source that may also be missing is marked ``{q?|…}``. Where a cue has no source of its own ("…, adding
that"), that of the utterance before it may stand again. The comma that closes an appositive is left open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stancekit.document import read_document
from stancekit.utterances import find_utterances

TABLES = Path(__file__).parent / "tables"
_MARK = re.compile(r"\{(\d*)([dimsq])(\??)\|([^{}]*)\}")
_KINDS = {"d": "direct", "i": "indirect", "m": "mixed"}
# Words on the border between cue and content, which the codebook gives to neither.
_BORDER = r"(?:that|of|against|about|for)"

Place = tuple[int, str]  # offset and words, so that a failure can be read


@dataclass
class Expected:
    """One utterance; `source` and `cue` list what is allowed, None among it if it may be missing."""

    kind: str = ""
    content: list[Place] = field(default_factory=list)
    source: list[Place | None] = field(default_factory=lambda: [None])
    cue: list[Place | None] = field(default_factory=lambda: [None])


Row = tuple[str, list[Place], Place | None, Place | None]


def read_table(name: str) -> Iterator[tuple[str, str, str]]:
    """Name, reason of a known failure and text of every row."""
    rows = (TABLES / name).read_text(encoding="utf-8").split("\n== ")[1:]
    for row in rows:
        title, text = row.split("\n", 1)
        reason = ""
        if text.startswith("xfail:"):
            line, text = text.split("\n", 1)
            reason = line.removeprefix("xfail:").strip()
        lines = [line for line in text.split("\n") if not line.startswith("## ")]
        yield title.strip(), reason, "\n".join(lines).strip()


def params(name: str, *, with_failures: bool = True) -> list[Any]:
    """The rows of a table for ``pytest.mark.parametrize``; the known failures marked, if asked for."""
    rows = list(read_table(name))
    failing = {title: reason for title, reason, _ in rows if reason and with_failures}
    assert len({title for title, _, _ in rows}) == len(rows), f"{name}: a row's name stands twice"
    return rows_with([(title, text) for title, _, text in rows], failing)


def rows_with(rows: Iterable[tuple[Any, ...]], failing: Mapping[str, str]) -> list[Any]:
    """Rows, each with its name in front, for ``pytest.mark.parametrize``; `failing`: which fail, and why."""
    rows = list(rows)
    assert {row[0] for row in rows} >= set(failing), "a failure is noted for a row that does not exist"
    return [
        pytest.param(
            *row[1:],
            id=row[0],
            marks=[pytest.mark.xfail(strict=True, reason=failing[row[0]])] if row[0] in failing else [],
        )
        for row in rows
    ]


def read_marks(marked: str) -> tuple[str, list[Expected]]:
    """The text without its marks, and the utterances they describe."""
    text, at = "", 0
    found: dict[int, Expected] = {}
    for mark in _MARK.finditer(marked):
        text += marked[at : mark.start()]
        at = mark.end()
        number, letter, maybe, words = int(mark[1] or 1), mark[2], mark[3], mark[4]
        one = found.setdefault(number, Expected())
        if letter in _KINDS:
            assert one.kind in ("", _KINDS[letter])
            one.kind = _KINDS[letter]
            one.content.append((len(text), words))
        else:
            allowed: list[Place | None] = [*_choices(len(text), words)]
            if maybe:
                allowed.append(None)
            if letter == "s":
                one.source = allowed
            else:
                one.cue = allowed
            words = words.replace("[", "").replace("]", "")
        text += words
    text += marked[at:]
    assert "{" not in text, f"a mark that cannot be read in {text!r}"
    utterances = [found[n] for n in sorted(found)]
    for one, before in zip(utterances[1:], utterances, strict=False):
        if one.source == [None] and one.cue != [None]:
            one.source += before.source  # "…, adding that": its source is that of the words before, or null
    return text, utterances


def _choices(start: int, words: str) -> Iterator[Place]:
    """Every reading of ``[later ]said[ on Monday]``: with and without what stands in brackets."""
    match = re.fullmatch(r"(?:\[([^]]*)\])?([^][]*?),?(?:\[([^]]*)\])?", words)
    assert match is not None, words
    before, core, after = match[1] or "", match[2], match[3] or ""
    for front in dict.fromkeys(("", before)):
        for back in dict.fromkeys(("", after)):
            yield start + len(before) - len(front), front + core + back


def _trim_content(place: Place) -> Place:
    start, words = place
    rest = re.sub(rf"^{_BORDER}\s+", "", words, flags=re.IGNORECASE)
    rest = re.sub("[?!]$", "", rest)  # outside quotation marks: a full stop does not belong to the content
    return start + words.index(rest), rest


def _trim_cue(place: Place | None) -> Place | None:
    return place and (place[0], re.sub(rf"\s+{_BORDER}$", "", place[1]))


def expected_rows(expected: list[Expected], found: list[Row]) -> list[Row]:
    """The expectations, each open choice decided as it was found if that is allowed."""
    rows: list[Row] = []
    for i, one in enumerate(expected):
        source, cue = one.source[0], one.cue[0]
        if i < len(found):
            source = found[i][2] if found[i][2] in one.source else source
            allowed = [_trim_cue(choice) for choice in one.cue]
            cue = found[i][3] if found[i][3] in allowed else allowed[0]
        rows.append((one.kind, [_trim_content(piece) for piece in one.content], source, cue))
    return rows


def found_rows(text: str, *, wide: bool = False) -> list[Row]:
    """What the package finds in `text`, in the same form."""
    rows: list[Row] = []
    for u in find_utterances(read_document(text), wide=wide):
        content = [_trim_content((span.start, text[slice(*span)])) for span in u.content]
        source = (u.source.start, text[slice(*u.source)].removesuffix(",")) if u.source else None
        cue = _trim_cue((u.cue.start, text[slice(*u.cue)])) if u.cue else None
        rows.append((u.kind, content, source, cue))
    return rows


def check(marked: str, *, wide: bool = False) -> None:
    """Assert that `marked` is segmented as it is marked."""
    text, expected = read_marks(marked)
    found = found_rows(text, wide=wide)
    assert found == expected_rows(expected, found)
