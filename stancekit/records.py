"""Text of a JSONL or CSV file -> records, one by one; a bad one does not hide the good ones.

JSONL has an object a line; blank lines count for nothing. CSV is as RFC 4180 has it, commas between
cells, the first line naming the columns. Which of the two it is, the first character tells: an object
opens with ``{``. The text comes in pieces, and no more than a piece and a record is held.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from io import StringIO
from itertools import chain
from typing import Any, NamedTuple

from stancekit.errors import InputError

DEFAULT_MAX_BYTES = 8 * 2**20
"""Largest record that is read by default, in bytes of UTF-8. An utterance has a few hundred."""


class Record(NamedTuple):
    """One record of a file.

    Parameters
    ----------
    line : where it begins in the file, from 1.
    values : what it holds; empty if it cannot be read.
    fault : why it cannot be read; empty if it can.
    n_bytes : its size in UTF-8, with its line end.
    """

    line: int
    values: dict[str, Any]
    fault: str = ""
    n_bytes: int = 0


def read_records(
    pieces: Iterable[str],
    where: str = "",
    check: Callable[[Collection[str]], str] = lambda names: "",
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Iterator[Record]:
    r"""The records of a file, in order.

    Parameters
    ----------
    pieces : the file's text, cut anywhere.
    check : what is wrong with a record's keys, or a table's columns; empty if nothing is.
    max_bytes : of one record.

    Raises
    ------
    InputError
        The file as a whole is something else: a JSON array, a table without proper column names. A record
        is larger than `max_bytes`: its end may be nowhere.

    Examples
    --------
    >>> [record.values for record in read_records(['{"text": "Yes', '."}\n'])]
    [{'text': 'Yes.'}]
    >>> [record.fault for record in read_records(["text,cue\nYes.\n"])]
    ['expected 2 cells, found 1']
    """
    pieces = iter(pieces)
    blank: list[str] = []
    n_blank, start = 0, ""
    while not start and (piece := next(pieces, None)) is not None:
        blank.append(piece)
        start = piece.lstrip()[:1]
        n_blank += len(piece)
        if not start and n_blank > max_bytes:
            raise _too_large(max_bytes, where, 1)
    if start == "[":
        raise InputError("expected JSON Lines, found a JSON array", where, "write one object a line")
    is_json = start == "{"
    # Only line feeds end a line of JSONL: U+2028 may stand in a string.
    lines = _Lines(chain(blank, pieces), "\n" if is_json else "", max_bytes, where)
    if is_json:
        return _read_json_lines(lines, check)
    return _read_csv(lines, where, check) if start else iter(())


class _Lines:
    r"""The lines of a text in pieces, with their ends; those of one record have `max_bytes` at most.

    Parameters
    ----------
    newline : as `io.StringIO` has it: ``"\n"`` for line feeds only, ``""`` for line ends of every kind.
    """

    def __init__(self, pieces: Iterable[str], newline: str, max_bytes: int, where: str) -> None:
        self._lines = self._split(pieces, newline)
        self._max_bytes, self._where = max_bytes, where
        self.number = self.n_bytes = 0  # of the last line; of the lines since the record began
        self.first = 1  # line of the record

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self.n_bytes += _size(line)
        self._check(self.n_bytes)
        return line

    def begin_record(self) -> None:
        """The next line is the first of a record."""
        self.first, self.n_bytes = self.number + 1, 0

    def _split(self, pieces: Iterable[str], newline: str) -> Iterator[str]:
        rest: list[str] = []
        n_bytes = 0  # of the rest
        for piece in pieces:
            rest.append(piece)
            n_bytes += _size(piece)
            if "\n" in piece or (not newline and "\r" in piece):
                lines = list(StringIO("".join(rest), newline))
                # A carriage return at the end may be half of a line end.
                rest = [] if lines[-1].endswith("\n") else [lines.pop()]
                yield from lines
                n_bytes = sum(map(_size, rest))
            self._check(self.n_bytes + n_bytes)
        yield from StringIO("".join(rest), newline)

    def _check(self, n_bytes: int) -> None:
        if n_bytes > self._max_bytes:
            raise _too_large(self._max_bytes, self._where, self.first)


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _too_large(max_bytes: int, where: str, line: int) -> InputError:
    return InputError(
        f"a record is larger than {max_bytes} bytes",
        f"{where}:{line}",
        "raise --max-bytes if it is one record",
    )


def _read_json_lines(lines: _Lines, check: Callable[[Collection[str]], str]) -> Iterator[Record]:
    for line in lines:
        if stripped := line.strip():
            values, fault = _read_json(stripped)
            yield Record(lines.number, values, fault or check(values), lines.n_bytes)
        lines.begin_record()


def _read_json(line: str) -> tuple[dict[str, Any], str]:
    """The object of a line, and what is wrong with it."""
    try:
        value = _JSON.decode(line)
    except json.JSONDecodeError as error:
        hint = "; write one object a line" if error.msg == "Extra data" else ""
        return {}, f"not JSON: {error.msg}, column {error.colno}{hint}"
    except RecursionError:
        return {}, "not readable: nested too deeply"
    except ValueError as error:
        return {}, f"not readable: {error}"
    if not isinstance(value, dict):
        return {}, f"expected an object, found {json_name(value)}"
    return value, ""


_JSON_NAMES: dict[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def json_name(value: object) -> str:
    """What JSON calls the kind of a value that was read from it."""
    return _JSON_NAMES[type(value)]


def no_string(values: Mapping[str, Any], names: Iterable[str]) -> str:
    """What is wrong with the first of some values that should be a string; empty if nothing is.

    All but ``text`` may be null or missing.
    """
    for name in names:
        value = values.get(name)
        if not isinstance(value, str) and not (value is None and name != "text"):
            found = json_name(value) if name in values else "none"
            return f"expected {name!r} as a string, found {found}"
    return ""


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"the number {digits[:20]} is too large")
    return number


def _integer(digits: str) -> int:
    if len(digits) > 1000:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(n for n in names if names.count(n) > 1)!r} is there twice")
    return found


_NO_LIMIT = 2**31 - 1  # characters of a cell

_JSON = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_float=_finite, parse_int=_integer, object_pairs_hook=_unique
)


def _read_csv(lines: _Lines, where: str, check: Callable[[Collection[str]], str]) -> Iterator[Record]:
    rows = csv.reader(lines, strict=True)
    limit = csv.field_size_limit(_NO_LIMIT)  # it is the whole process', and 128 KiB; records have their own
    try:
        header: list[str] = []
        try:
            for header in rows:
                lines.begin_record()
                if header:  # as below, blank lines count for nothing
                    break
        except csv.Error as error:
            raise InputError(f"not a CSV table: {error}", f"{where}, line 1") from None
        _check_header(header, where)
        if fault := check(header):
            raise InputError(fault, f"{where}, line {rows.line_num}")
        while True:
            line = lines.first
            try:
                row = next(rows, None)
            except csv.Error as error:
                yield Record(line, {}, f"not CSV: {error}", lines.n_bytes)
                row = []
            if row is None:
                return
            if len(row) == len(header):
                yield Record(line, dict(zip(header, row, strict=True)), n_bytes=lines.n_bytes)
            elif row:
                fault = f"expected {len(header)} cells, found {len(row)}"
                yield Record(line, {}, fault, lines.n_bytes)
            lines.begin_record()
    finally:
        csv.field_size_limit(limit)


def _check_header(header: list[str], where: str) -> None:
    for name in header:
        if header.count(name) > 1:
            raise InputError(f"the column {name!r} is there twice", where)
    if len(header) == 1:
        for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if mark in header[0]:
                hint = "write the table with commas"
                raise InputError(f"expected columns separated by commas, found {name}", where, hint)
