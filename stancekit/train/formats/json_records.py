"""JSON Lines, or one JSON array -> objects and the lines where they begin; nothing that JSON has not."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from stancekit.errors import CorpusError

Records = list[tuple[str, dict[str, Any]]]
"""Where an object is (file and line), and the object."""


def read_records(text: str, file: str) -> Records:
    """All objects of a file.

    Raises
    ------
    CorpusError
        Not JSON, a key twice, a number that is none, or something other than an object.
    """
    found = _elements(text, file) if text.lstrip().startswith("[") else _lines(text, file)
    records: Records = []
    for where, value in found:
        if not isinstance(value, dict):
            raise CorpusError(f"expected a JSON object, found {type(value).__name__}", where)
        records.append((where, value))
    return records


def objects(record: Mapping[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    """The objects in the list under a key; none if the key is absent or null."""
    found = record.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise CorpusError(f"expected {key} as a list of objects, found {str(found)[:60]}", where)
    return found


def _lines(text: str, file: str) -> Iterator[tuple[str, Any]]:
    # Only line feeds end a JSONL line: U+2028 may stand in a string.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            where = f"{file}:{number}"
            try:
                yield where, _DECODER.decode(line)
            except (ValueError, RecursionError) as error:
                raise CorpusError(f"not a line of JSON: {error}", where) from None


def _elements(text: str, file: str) -> Iterator[tuple[str, Any]]:
    """The elements of an array, one by one: json alone would not tell on which line each begins."""
    place = _SPACE.match(text, text.index("[") + 1).end()  # type: ignore[union-attr]
    line, counted = 1, 0
    closed = text.startswith("]", place)
    while not closed:
        line, counted = line + text.count("\n", counted, place), place
        where = f"{file}:{line}"
        try:
            value, place = _DECODER.raw_decode(text, place)
        except json.JSONDecodeError as error:
            raise CorpusError(f"not JSON: {error.msg}", f"{file}:{error.lineno}") from None
        except (ValueError, RecursionError) as error:
            raise CorpusError(f"not JSON: {error}", where) from None
        yield where, value
        place = _SPACE.match(text, place).end()  # type: ignore[union-attr]
        closed = text.startswith("]", place)
        if not closed:
            if not text.startswith(",", place):
                found = f"not JSON: expected ',' or ']' behind the element that begins in line {line}"
                raise CorpusError(found, f"{file}:{text.count(chr(10), 0, place) + 1}")
            place = _SPACE.match(text, place + 1).end()  # type: ignore[union-attr]
    if text[place + 1 :].strip():
        raise CorpusError("not JSON: more behind the array", f"{file}:{text.count(chr(10), 0, place) + 1}")


_SPACE = re.compile(r"[ \t\r\n]*")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits} is no finite number")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key is there twice")
    return dict(pairs)


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_unique)
