"""A file of JSON Lines -> the utterances in it, read where they lie."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from types import TracebackType
from typing import Any, NamedTuple

from stancekit.errors import InputError
from stancekit.features import UtteranceFields
from stancekit.records import no_string, read_records

_BOM = b"\xef\xbb\xbf"


class LinesPiece(NamedTuple):
    """Some lines that are not blank: their rows, and the first byte of the first one."""

    start: int
    stop: int
    begin: int


class JsonLines:
    r"""Utterances in a file: an object a line with ``text`` and, where known, ``source`` and ``cue``.

    The file is mapped into memory: archives larger than it can be scored. Blank lines count for nothing;
    other keys are left unread. Only line feeds end a line. The encoding is UTF-8.

    Parameters
    ----------
    path : the file, which must not change while it is open.

    Raises
    ------
    InputError
        There is no such file, or it cannot be mapped: a pipe, a device, a folder.

    Examples
    --------
    >>> import tempfile, stancekit
    >>> with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
    ...     _ = file.write('{"text": "The army shelled the town.", "cue": "said"}\n')
    ...     file.flush()
    ...     with stancekit.JsonLines(file.name) as lines:
    ...         stancekit.load().score(lines).stance.shape
    (1, 3)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        try:
            with open(self.path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                self._data: Any = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        except (OSError, ValueError) as error:
            what = getattr(error, "strerror", None) or error
            raise InputError(f"expected a file of JSON Lines: {what}", self.path) from error
        self._begin = len(_BOM) if self._data[: len(_BOM)] == _BOM else 0

    def __enter__(self) -> JsonLines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back."""
        if isinstance(self._data, mmap.mmap):
            self._data.close()
        self._data = b""

    @property
    def data(self) -> Any:
        """The bytes of the file: a buffer."""
        return self._data

    def pieces(self, kernel: Any, size: int) -> Iterator[LinesPiece]:
        """The lines, `size` at a time, as a kernel counts them."""
        row, begin = 0, self._begin
        while True:
            found, end = kernel.skip_lines(self._data, begin, size)
            if not found:
                return
            yield LinesPiece(row, row + found, begin)
            row, begin = row + found, end

    def fields(self) -> Iterator[UtteranceFields]:
        """What is read of each utterance, line by line.

        Raises
        ------
        InputError
            A line is no JSON object with the right strings; names it.
        """
        begin = self._begin
        while begin < len(self._data):
            end = self._data.find(b"\n", begin) + 1 or len(self._data)
            if self._data[begin:end].strip(b" \t\r\n"):
                yield self.read(begin, end - begin)
            begin = end

    def read(self, begin: int, length: int) -> UtteranceFields:
        """What is read of the line there; raises as `fields`."""
        try:
            line = str(self._data[begin : begin + length], "utf-8")
        except UnicodeDecodeError as error:
            raise self._refusal(begin, f"not UTF-8: {error.reason}") from None
        if not line.lstrip(" \t\r").startswith("{"):
            raise self._refusal(begin, "expected a JSON object")
        [record] = read_records(line.strip(" \t\r\n"))
        names = ("text", "cue", "source")
        if fault := record.fault or no_string(record.values, names):
            raise self._refusal(begin, fault)
        return UtteranceFields(*(record.values.get(name) or "" for name in names))

    def _refusal(self, begin: int, what: str) -> InputError:
        number = self._data[:begin].count(b"\n") + 1
        return InputError(what, f"{self.path}:{number}")
