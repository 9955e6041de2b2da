"""Text of a JSONL or CSV file -> records, one by one; a bad one does not hide the good ones.

JSONL has an object a line; blank lines count for nothing. CSV is as RFC 4180 has it, commas between
cells, the first line naming the columns. Which of the two it is, the first character tells: an object
opens with ``{``.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from stancekit.errors import InputError

_LONGEST_CELL = 1 << 26  # characters; an article may be in a cell, and csv's own limit is 128 KiB


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file.

    Parameters
    ----------
    line : where it begins in the file, from 1.
    values : what it holds; empty if it cannot be read.
    fault : why it cannot be read; empty if it can.
    """

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    fault: str = ""


def read_records(
    text: str, where: str = "", check: Callable[[Collection[str]], str] = lambda names: ""
) -> Iterator[Record]:
    r"""The records of a file, in order.

    Parameters
    ----------
    check : what is wrong with a record's keys, or a table's columns; empty if nothing is.

    Raises
    ------
    InputError
        The file as a whole is something else: a JSON array, a table without proper column names.

    Examples
    --------
    >>> list(read_records('{"text": "Yes."}\n'))
    [Record(line=1, values={'text': 'Yes.'}, fault='')]
    >>> [record.fault for record in read_records("text,cue\nYes.\n")]
    ['expected 2 cells, found 1']
    """
    start = text.lstrip()[:1]
    if start == "[":
        raise InputError("expected JSON Lines, found a JSON array", where, "write one object a line")
    if start == "{":
        return _read_json_lines(text, check)
    return _read_csv(text, where, check) if start else iter(())


def _read_json_lines(text: str, check: Callable[[Collection[str]], str]) -> Iterator[Record]:
    # Only line feeds end a line: U+2028 may stand in a string.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            record = _read_json(number, line)
            yield record if record.fault else replace(record, fault=check(record.values))


def _read_json(number: int, line: str) -> Record:
    try:
        value = _JSON.decode(line.strip())
    except json.JSONDecodeError as error:
        hint = "; write one object a line" if error.msg == "Extra data" else ""
        return Record(number, fault=f"not JSON: {error.msg}, column {error.colno}{hint}")
    except RecursionError:
        return Record(number, fault="not readable: nested too deeply")
    except ValueError as error:
        return Record(number, fault=f"not readable: {error}")
    if not isinstance(value, dict):
        return Record(number, fault=f"expected an object, found {json_name(value)}")
    return Record(number, value)


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


_JSON = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_float=_finite, parse_int=_integer, object_pairs_hook=_unique
)


def _read_csv(text: str, where: str, check: Callable[[Collection[str]], str]) -> Iterator[Record]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    limit = csv.field_size_limit(_LONGEST_CELL)  # it is the whole process'
    try:
        try:
            header = next(filter(None, rows), [])  # as below, blank lines count for nothing
        except csv.Error as error:
            raise InputError(f"not a CSV table: {error}", f"{where}, line 1") from None
        _check_header(header, where)
        if fault := check(header):
            raise InputError(fault, f"{where}, line {rows.line_num}")
        while True:
            line = rows.line_num + 1
            try:
                row = next(rows, None)
            except csv.Error as error:
                yield Record(line, fault=f"not CSV: {error}")
                continue
            if row is None:
                return
            if len(row) == len(header):
                yield Record(line, dict(zip(header, row, strict=True)))
            elif row:
                yield Record(line, fault=f"expected {len(header)} cells, found {len(row)}")
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
