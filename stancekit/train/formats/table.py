"""Rows: CSV with named columns, or JSON objects under the same names."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from stancekit.errors import CorpusError
from stancekit.train.formats.json_records import Records
from stancekit.train.formats.records import Row
from stancekit.train.scheme import Scheme


def read_csv(text: str, file: str, scheme: Scheme) -> Iterator[Row]:
    """A row a line; the first line names the columns."""
    for where, columns in _csv_rows(text, file, scheme):
        yield _row(columns, where, file)


def read_rows(records: Records, file: str, scheme: Scheme) -> Iterator[Row]:
    """A row an object."""
    for where, record in records:
        yield _row(scheme.columns(record, where), where, file)


def _row(columns: dict[str, Any], where: str, file: str) -> Row:
    identity = columns.get("id")
    if identity is None or identity == "":
        return Row(where, file, columns)
    if type(identity) is not int and not isinstance(identity, str):
        raise CorpusError(f"expected id as a string or a whole number, found {identity!r}", where)
    return Row(where, file, columns, (file, str(identity)))


def _csv_rows(text: str, file: str, scheme: Scheme) -> Iterator[tuple[str, dict[str, Any]]]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    # A cell may be as long as an article; csv's own limit is 128 KiB, and it is the whole process'.
    limit = csv.field_size_limit(1 << 26)
    try:
        header = next(rows, None)
        if not header:
            raise CorpusError("expected the columns' names in the first line, found it empty", f"{file}:1")
        repeated = [name for name in header if header.count(name) > 1]
        if repeated:
            raise CorpusError(f"the column {repeated[0]!r} is there twice", f"{file}:1")
        names = list(scheme.columns(dict.fromkeys(header), f"{file}:1"))
        scheme.check_columns(names, f"{file}:1")
        line = rows.line_num + 1
        for row in rows:
            if row:
                if len(row) != len(header):
                    raise CorpusError(f"expected {len(header)} cells, found {len(row)}", f"{file}:{line}")
                yield f"{file}:{line}", dict(zip(names, row, strict=True))
            line = rows.line_num + 1
    except csv.Error as error:
        raise CorpusError(f"not a CSV table: {error}", f"{file}:{rows.line_num}") from error
    finally:
        csv.field_size_limit(limit)
