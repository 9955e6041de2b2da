"""Columns of strings -> pieces that a scorer takes: lists as they are, Arrow's arrays without a copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from stancekit.errors import InputError

Column = Any
"""A list or tuple of strings; or an Array or ChunkedArray of pyarrow, of strings."""


class Piece(NamedTuple):
    """Rows of the columns content, cue and source.

    Parameters
    ----------
    start, stop : which rows.
    columns : their cells: sequences, or the buffers of Arrow arrays; None where nothing is known.
    """

    start: int
    stop: int
    columns: tuple[Any, Any, Any]
    arrow: bool = False

    def score(self, kernel: Any, out: Any, calibrated: bool) -> None:
        """The scores of these rows, into `out`."""
        if self.arrow:
            kernel.score_utf8(self.stop - self.start, *self.columns, out, calibrated)
        else:
            kernel.score(*self.columns, out, calibrated)


def is_arrow(column: Any) -> bool:
    """Whether it is an Array or ChunkedArray of pyarrow, which is never imported here."""
    return type(column).__module__.partition(".")[0] == "pyarrow" and hasattr(column, "null_count")


def check_lengths(columns: Sequence[Column | None]) -> None:
    """Raise ValueError if they are of different lengths."""
    lengths = [len(column) for column in columns if column is not None]
    if len(set(lengths)) > 1:
        raise ValueError(f"expected columns of one length, found {lengths}")


def as_list(column: Column | None, n: int) -> list[str]:
    """The strings of a column, one by one; empty ones where there is no column."""
    if column is None:
        return [""] * n
    return column.to_pylist() if is_arrow(column) else list(column)


def cut_columns(columns: Sequence[Column | None], size: int | None) -> Iterator[Piece]:
    """Pieces of at most `size` rows, in order; None cuts only where Arrow's chunks end."""
    given = [column for column in columns if column is not None]
    n = len(given[0])
    arrow = any(map(is_arrow, given))
    if arrow:
        columns = [None if column is None else _chunks(column) for column in columns]
    ends = {end for chunks in columns if chunks is not None for end in _ends(chunks)} if arrow else {n}
    if size is not None:
        ends |= set(range(size, n, size))
    start = 0
    for stop in sorted(ends):
        if stop > start:
            cut = _buffers if arrow else _slice
            cells = tuple(None if column is None else cut(column, start, stop) for column in columns)
            yield Piece(start, stop, cells, arrow)  # type: ignore[arg-type]
        start = stop


def _slice(column: Column, start: int, stop: int) -> Column:
    return column if stop - start == len(column) else column[start:stop]


def check_arrow(column: Any, name: str) -> Any:
    """An Arrow array of strings without nulls.

    Raises
    ------
    TypeError
        It holds something else.
    InputError
        A text is null; in other columns null is an empty string.
    """
    kind = str(column.type)
    if kind.startswith("dictionary") or kind == "string_view":
        column = column.cast("large_string")
    elif kind not in ("string", "large_string"):
        raise TypeError(f"expected {name} as strings, found an Arrow array of {kind}")
    if column.null_count:
        if name == "texts":
            first = column.is_null().to_pylist().index(True)
            raise InputError(f"expected texts[{first}] as a string, found null", hint="leave nulls out")
        column = column.fill_null("")
    return column


def _chunks(column: Any) -> list[Any]:
    if is_arrow(column):
        return list(column.chunks) if hasattr(column, "chunks") else [column]
    pyarrow: Any = import_module("pyarrow")  # whoever has an Arrow array has it
    return [pyarrow.array(["" if cell is None else cell for cell in column], pyarrow.large_string())]


def _ends(chunks: Sequence[Any]) -> Iterator[int]:
    end = 0
    for chunk in chunks:
        end += len(chunk)
        yield end


def _buffers(chunks: Sequence[Any], start: int, stop: int) -> tuple[Any, Any, int, int]:
    """Offsets, data, bytes of an offset, number of the first offset: as the kernel takes them."""
    del stop  # no piece reaches over the end of a chunk
    for chunk in chunks:
        if start < len(chunk):
            _, offsets, data = chunk.buffers()
            width = 8 if str(chunk.type) == "large_string" else 4
            return offsets, b"" if data is None else data, width, chunk.offset + start
        start -= len(chunk)
    raise IndexError(start)
