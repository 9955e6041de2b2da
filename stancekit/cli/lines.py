"""A value -> a line of JSON or CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from stancekit.cli.escape import spreadsheet_cell, visible, visible_json
from stancekit.judgement import Cell

_JSON: Any = {"ensure_ascii": False, "allow_nan": False, "check_circular": False}
_ENCODER = json.JSONEncoder(**_JSON)  # kept, since making one takes as long as a line


def dumps(value: Mapping[str, Any], indent: int | None = None) -> str:
    """JSON that no terminal obeys, on one line unless indented; NaN and infinity are refused."""
    encoder = _ENCODER if indent is None else json.JSONEncoder(**_JSON, indent=indent)
    return visible_json(encoder.encode(value))


def csv_line(cells: Sequence[Cell], *, terminal: bool = False) -> str:
    """One record as RFC 4180 has it, formulas disarmed; on a terminal, controls are spelt out."""
    line = StringIO(newline="")
    # A lone "-" is standard input's name and no formula.
    safe = [spreadsheet_cell(cell) if isinstance(cell, str) and cell != "-" else cell for cell in cells]
    if terminal:
        safe = [visible(cell) if isinstance(cell, str) else cell for cell in safe]
    csv.writer(line).writerow(safe)
    return line.getvalue()
