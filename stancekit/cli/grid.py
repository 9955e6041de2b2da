"""Cells of styled text -> lines of a table: how wide the columns are, where lines break, what is coloured.

rich has tables too, but to import and draw them takes several times as long as to classify the article; only
how wide a character is on a terminal is asked of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import click
from rich.cells import cell_len

_GAP = 3  # between columns
_NARROW = 12  # so much every column that may be broken keeps, before the others are broken too
_STYLES: dict[str, Any] = {
    "bold": {"bold": True},
    "dim": {"dim": True},
    "green": {"fg": "green"},
    "red": {"fg": "red"},
}
_WORD = re.compile(r"\S+")


class Part(NamedTuple):
    """Text on one line in one style: "bold", "dim", "green", "red" or none."""

    text: str
    style: str = ""


Cell = Sequence[Part]


class Column(NamedTuple):
    """A column with its heading.

    Parameters
    ----------
    widest : in cells of the terminal.
    whole : its lines are not broken as long as there is another way.
    right : it is flush right.
    """

    heading: str
    widest: int = 1000
    whole: bool = False
    right: bool = False


class Grid:
    """Draws for a terminal or page of some width, in cells.

    Parameters
    ----------
    styled : whether styles are written, as ANSI escapes.
    """

    def __init__(self, width: int, *, styled: bool) -> None:
        self.width, self._styled = width, styled

    def paragraph(self, cell: Cell) -> Iterator[str]:
        """The lines of one cell that has the whole width."""
        yield from map(self._painted, _wrapped(cell, self.width))

    def table(self, columns: Sequence[Column], sections: Sequence[Sequence[Sequence[Cell]]]) -> Iterator[str]:
        """The lines of a table; an empty line stands between its sections, and around it.

        Parameters
        ----------
        sections : of rows, each with a cell for every column.
        """
        headings: Sequence[Cell] = [[Part(column.heading, "bold")] for column in columns]
        rows = [headings, *(row for section in sections for row in section)]
        wanted = [
            min(max(map(_width, cells)), column.widest)
            for column, cells in zip(columns, zip(*rows, strict=True), strict=True)
        ]
        room = self.width - 1 - _GAP * (len(columns) - 1)
        widths = _fitting(columns, wanted, room)
        yield ""
        yield from self._row(columns, widths, headings)
        yield (" " + "─" * (sum(widths) + self.width - 1 - room)).rstrip()
        for section in sections:
            for row in section:
                yield from self._row(columns, widths, row)
            yield ""

    def _row(self, columns: Sequence[Column], widths: Sequence[int], row: Sequence[Cell]) -> Iterator[str]:
        wrapped = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
        for n in range(max(map(len, wrapped))):
            line, spaces = "", 1  # nothing but spaces is never at the end of a line
            for column, width, lines in zip(columns, widths, wrapped, strict=True):
                cell = lines[n] if n < len(lines) else ()
                left = width - _width(cell)
                if cell:
                    line += " " * (spaces + left * column.right) + self._painted(cell)
                    spaces = left * (not column.right)
                else:
                    spaces += width
                spaces += _GAP
            yield line

    def _painted(self, cell: Cell) -> str:
        if not self._styled:
            return "".join(part.text for part in cell)
        return "".join(click.style(part.text, **_STYLES.get(part.style, {})) for part in cell)


def _width(cell: Cell) -> int:
    return sum(cell_len(part.text) for part in cell)


def _fitting(columns: Sequence[Column], wanted: Sequence[int], room: int) -> list[int]:
    """Widths of the columns that fit into the room together."""
    whole = sum(width for column, width in zip(columns, wanted, strict=True) if column.whole)
    broken = [width for column, width in zip(columns, wanted, strict=True) if not column.whole]
    narrowed = iter(_narrowed(broken, room - whole, _NARROW))
    widths = [
        width if column.whole else next(narrowed) for column, width in zip(columns, wanted, strict=True)
    ]
    return _narrowed(widths, room, 1)


def _narrowed(widths: Sequence[int], room: int, least: int) -> list[int]:
    """Widths of less than the room together: the widest give way, down to the least."""
    narrowed = list(widths)
    while (excess := sum(narrowed) - room) > 0 and (widest := max(narrowed, default=0)) > least:
        second = max((width for width in narrowed if width < widest), default=0)
        limit = max(second, least, widest - -(-excess // narrowed.count(widest)))
        narrowed = [min(width, limit) for width in narrowed]
    return narrowed


def _wrapped(cell: Cell, width: int) -> list[Cell]:
    """The lines of a cell, broken between words where it can be; none if it is empty."""
    text = "".join(part.text for part in cell)
    return [_cut(cell, start, end) for start, end in _breaks(text, width)]


def _breaks(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Where the lines of a text start and end, in code points."""
    start = end = 0
    for word in _WORD.finditer(text):
        if end > start and cell_len(text[start : word.end()]) <= width:
            end = word.end()
            continue
        if end > start:
            yield start, end
        start, end = word.span()
        while cell_len(text[start:end]) > width:  # a word that is longer than a line
            cut = start + 1
            while cell_len(text[start : cut + 1]) <= width:
                cut += 1
            yield start, cut
            start = cut
    if end > start:
        yield start, end


def _cut(cell: Cell, start: int, end: int) -> Cell:
    """The parts of a cell between two code points."""
    parts, at = [], 0
    for part in cell:
        text = part.text[max(start - at, 0) : max(end - at, 0)]
        if text:
            parts.append(Part(text, part.style))
        at += len(part.text)
    return parts
