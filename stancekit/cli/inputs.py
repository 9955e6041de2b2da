"""Arguments -> inputs: files, folders and stdin."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from io import BytesIO
from typing import BinaryIO, NamedTuple

import click

from stancekit.decode import decode, decode_stream, read_bytes
from stancekit.errors import InputError

ARTICLE_SUFFIXES = (".txt", ".text", ".md", ".markdown")
"""What `--recursive` takes for an article; a file that is named is read whatever it is called."""


class Input(NamedTuple):
    """Something to read once.

    Parameters
    ----------
    path : None is stdin.
    """

    path: str | None

    @property
    def id(self) -> str:
        """The path in valid Unicode, bytes of a name that are no UTF-8 spelt out; ``-`` for stdin."""
        return "-" if self.path is None else os.fsencode(self.path).decode("utf-8", "backslashreplace")

    def read_bytes(self, max_bytes: int) -> bytes:
        """Everything in it; `InputError` if it cannot be read or is larger."""
        with self._opened() as stream:
            return read_bytes(stream, max_bytes, self.id)

    def read_text(
        self, max_bytes: int, encoding: str | None = None, force_text: bool = False
    ) -> tuple[str, tuple[str, ...]]:
        """Its text, and warnings about how it was decoded."""
        data = self.read_bytes(max_bytes)
        return decode(data, encoding=encoding, force_text=force_text, where=self.id)

    def read_pieces(
        self, warn: Callable[[tuple[str, ...]], None], encoding: str | None = None
    ) -> Iterator[str]:
        """Its text in pieces, so that memory need not hold all; `warn` is told how it was decoded."""
        with self._opened() as stream:
            yield from decode_stream(stream, warn, encoding=encoding, where=self.id)

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        try:
            with self._open() as stream:
                yield stream
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror or error}", self.id) from error
        except MemoryError:
            raise InputError("not enough memory to read it", self.id, "lower --max-bytes") from None

    def _open(self) -> AbstractContextManager[BinaryIO]:
        if self.path is not None:
            return open(self.path, "rb")
        # Closed by the caller, stdin is as good as empty.
        return nullcontext(BytesIO() if sys.stdin is None else sys.stdin.buffer)


def find_inputs(paths: Sequence[str], *, recursive: bool) -> list[Input]:
    """The inputs that the arguments mean, in their order, folders sorted by name, each real file once.

    Raises
    ------
    click.UsageError
        A folder without `recursive`; no argument and nobody to read from.
    InputError
        Folders that hold no article at all.
    """
    if not paths:
        if sys.stdin is not None and sys.stdin.isatty():
            raise click.UsageError("expected files, or - for stdin; found neither")
        return [Input(None)]
    inputs: list[Input] = []
    seen: set[object] = set()
    for path in paths:
        for one in _expand(path, recursive):
            identity = _identity(one)
            if identity not in seen:
                seen.add(identity)
                inputs.append(one)
    if not inputs:
        kinds = ", ".join(ARTICLE_SUFFIXES)
        raise InputError("nothing to do: no article there", ", ".join(paths), f"articles end in {kinds}")
    return inputs


def _expand(path: str, recursive: bool) -> Iterator[Input]:
    if path == "-":
        yield Input(None)
    elif not os.path.isdir(path):
        yield Input(path)
    elif recursive:
        yield from _walk(path)
    else:
        raise click.UsageError(f"expected a file, found the folder {path!r}; --recursive reads folders")


def _walk(top: str) -> Iterator[Input]:
    """The articles below a folder. Links are followed, each real folder once, so loops end."""
    seen: set[tuple[int, int]] = set()
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            stat = os.stat(folder)
            if (stat.st_dev, stat.st_ino) in seen:
                continue
            seen.add((stat.st_dev, stat.st_ino))
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            yield Input(folder)  # reading it fails in turn, and is reported there
            continue
        shown = [entry for entry in entries if not entry.name.startswith(".")]
        below: list[str] = []
        for entry in shown:
            if os.path.isdir(entry.path):  # unlike entry.is_dir(), False for a link to itself
                below.append(entry.path)
            elif entry.name.lower().endswith(ARTICLE_SUFFIXES):
                yield Input(entry.path)
        folders += reversed(below)


def _identity(one: Input) -> object:
    if one.path is None:
        return None
    try:
        stat = os.stat(one.path)
    except (OSError, ValueError):
        return one.path
    return stat.st_dev, stat.st_ino
