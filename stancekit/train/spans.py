"""Spans as a corpus has them -> spans of code points that are the text they claim to be."""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple, get_args

from stancekit.errors import CorpusError
from stancekit.tokens import Span

Offsets = Literal["code-points", "utf-16", "utf-8"]
OFFSETS: tuple[Offsets, ...] = get_args(Offsets)
"""What spans may count: Unicode code points, UTF-16 units as JavaScript does, bytes of UTF-8."""

_UNITS = {
    "code-points": ("utf-32-le", 4, "code points"),
    "utf-16": ("utf-16-le", 2, "UTF-16 units"),
    "utf-8": ("utf-8", 1, "bytes"),
}


class Pieces(NamedTuple):
    """A span as it was read: where its pieces begin and end, in the corpus' own unit.

    `text` is what they claim to be, joined by spaces; None if the corpus does not say. `where` is the place
    in the corpus.
    """

    ranges: tuple[tuple[int, int], ...]
    text: str | None
    where: str


def read_range(start: Any, end: Any, name: str, where: str) -> tuple[int, int]:
    """Two whole numbers, as yet of any size."""
    if type(start) is not int or type(end) is not int:
        raise CorpusError(f"expected whole numbers as {name} span, found {start!r} to {end!r}", where)
    return start, end


def locate(pieces: Pieces, text: str, name: str, offsets: Offsets | None = None) -> tuple[Span, ...]:
    """The spans of code points that the pieces are.

    Parameters
    ----------
    text : of the article.
    name : what the span is, for messages.
    offsets : the unit that the pieces are counted in. None is code points; then pieces that claim no text
        must not stand behind a character that other units count otherwise.

    Raises
    ------
    CorpusError
        They are not within the text, not the text they claim, or their unit is in doubt; the message names
        the unit, or the line ends, with which they would fit.
    """
    unit, where = offsets or "code-points", pieces.where
    shown = ", ".join(f"{start} to {end}" for start, end in pieces.ranges)
    found = _converted(pieces, text, unit)
    if found is not None and (pieces.text is None or _same(_cut(found, text), pieces.text)):
        if pieces.text is None and offsets is None and max(text[: found[-1].end]) > "\uffff":
            raise CorpusError(
                f"the {name} span {shown} stands behind a character such as an emoji and does not say its"
                " text: it may count code points or UTF-16 units",
                where,
                "tell which with --offsets code-points or --offsets utf-16 (offsets)",
            )
        return found
    if pieces.text:
        for other in OFFSETS:
            fitting = None if other == unit else _converted(pieces, text, other)
            if fitting is not None and _same(_cut(fitting, text), pieces.text):
                hint = f"spans count Unicode code points; read others with --offsets {other} (offsets)"
                raise CorpusError(f"the {name} span {shown} counts {_UNITS[other][2]}", where, hint)
        without = text.replace("\r\n", "\n")
        fitting = _converted(pieces, without, unit)
        if fitting is not None and _same(_cut(fitting, without), pieces.text):
            hint = "give the text the line ends that it had when it was annotated"
            raise CorpusError(f"the {name} span {shown} takes CRLF for one character", where, hint)
    if found is None:
        size = _size(text, unit)
        raise CorpusError(
            f"expected a {name} span within the {size} {_UNITS[unit][2]} of the text, found {shown}", where
        )
    claimed = (pieces.text or "")[:60]
    raise CorpusError(f"the {name} span {shown} is {_cut(found, text)[:60]!r}, not {claimed!r}", where)


def _converted(pieces: Pieces, text: str, unit: str) -> tuple[Span, ...] | None:
    """The pieces in code points; None if one is empty, outside the text, or cuts a character."""
    if not all(0 <= start < end <= _size(text, unit) for start, end in pieces.ranges):
        return None
    if unit == "code-points":
        return tuple(Span(start, end) for start, end in pieces.ranges)
    encoding, width, _ = _UNITS[unit]
    data = text.encode(encoding)
    try:
        return tuple(
            Span(*(len(data[: edge * width].decode(encoding)) for edge in edges)) for edges in pieces.ranges
        )
    except UnicodeDecodeError:
        return None


def _size(text: str, unit: str) -> int:
    encoding, width, _ = _UNITS[unit]
    return len(text) if unit == "code-points" else len(text.encode(encoding)) // width


def _cut(spans: tuple[Span, ...], text: str) -> str:
    return " ".join(text[start:end] for start, end in spans)


def _same(found: str, claimed: str) -> bool:
    """Tools write the line ends within a span as spaces."""
    return found == claimed or re.sub(r"\s", " ", found) == re.sub(r"\s", " ", claimed)
