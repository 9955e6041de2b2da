"""Utterances as users of scikit-learn hold them -> `UtteranceFields`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from stancekit.features import UtteranceFields

_COLUMNS = {"content": "content", "text": "content", "cue": "cue", "source": "source"}
_EXPECTED = "texts, (content, cue, source) of strings, or a data frame with text, cue and source"


def read_fields(utterances: Any) -> list[UtteranceFields]:
    """The fields of several utterances.

    Parameters
    ----------
    utterances : strings; or of each (content,), (content, cue) or (content, cue, source); or a data frame
        with the columns ``text`` (or ``content``) and, if known, ``cue`` and ``source``. A cue or a source
        may be missing (None, NaN), a content may not.

    Raises
    ------
    TypeError
        One utterance instead of several, or something else than strings; the message tells where.
    ValueError
        No utterance at all, a content that is missing, columns that are not known.
    """
    if isinstance(utterances, (str, bytes, UtteranceFields)):
        found = type(utterances).__name__
        raise TypeError(f"expected several utterances, found one {found}: pass a list, [utterance]")
    if hasattr(utterances, "columns"):
        rows: Iterable[Any] = _rows_of(utterances)
    elif isinstance(utterances, (Mapping, set, frozenset)) or not isinstance(utterances, Iterable):
        raise TypeError(f"expected {_EXPECTED}, found {type(utterances).__name__}")
    else:
        rows = utterances
    fields = [_fields_of(row, n) for n, row in enumerate(rows)]
    if not fields:
        raise ValueError("expected at least one utterance, found none (0 samples)")
    return fields


def is_missing(value: Any) -> bool:
    """Whether a value is None, NaN or pandas' NA."""
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):  # NA is neither true nor false; an array is both
        return not isinstance(value, np.ndarray)


def _rows_of(frame: Any) -> Iterable[tuple[Any, ...]]:
    names = list(frame.columns)
    known = [_COLUMNS.get(name) if isinstance(name, str) else None for name in names]
    if None in known or known.count("content") != 1 or len(set(known)) != len(known):
        raise ValueError(
            "expected the columns text (or content) and, if known, cue and source, each once; found "
            f"{', '.join(map(repr, names)) or 'none'}: pass those columns only"
        )
    columns = {field: list(frame[name]) for field, name in zip(known, names, strict=True)}
    nothing = [""] * len(columns["content"])
    return zip(columns["content"], columns.get("cue", nothing), columns.get("source", nothing), strict=True)


def _fields_of(row: Any, n: int) -> UtteranceFields:
    parts = (row,) if isinstance(row, str) or not isinstance(row, (tuple, list, np.ndarray)) else tuple(row)
    if not 1 <= len(parts) <= 3:
        raise TypeError(f"expected {_EXPECTED}, found {len(parts)} values at position {n}")
    if is_missing(parts[0]):
        raise ValueError(f"expected a text at position {n}, found {parts[0]!r}: leave out what has no text")
    content, *others = parts
    known = [content, *("" if is_missing(part) else part for part in others)]
    for part in known:
        if not isinstance(part, str):
            raise TypeError(f"expected {_EXPECTED}, found {type(part).__name__} at position {n}")
    return UtteranceFields(*known)
