"""stderr: errors, warnings and progress, one line each."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import click

from stancekit.cli.escape import visible_line
from stancekit.errors import InputError

T = TypeVar("T")

_PROGRESS_AFTER = 2.0  # seconds; what is done sooner needs no progress
_PROGRESS_EVERY = 0.2


def print_error(message: str) -> None:
    """One line on stderr, whatever its encoding, and none if there is no stderr."""
    _print(f"stancekit: error: {visible_line(message)}\n")


def _print(line: str) -> None:
    if sys.stderr is None:
        return
    encoding = sys.stderr.encoding or "utf-8"
    try:
        sys.stderr.write(line.encode(encoding, "backslashreplace").decode(encoding))
        sys.stderr.flush()
    except OSError:
        pass  # nobody is there to tell


class Talk:
    """What a command says while it works, and how many inputs failed.

    Parameters
    ----------
    quiet : neither warnings nor progress; errors always.
    strict : a warning makes the input fail.
    """

    def __init__(self, *, quiet: bool, strict: bool) -> None:
        self.quiet, self.strict = quiet, strict
        self.n_failed = 0
        self._progress_shown = False

    def fail(self, error: InputError) -> None:
        """One input failed; the others go on."""
        self.n_failed += 1
        self._clear_progress()
        print_error(str(error))

    def warn(self, warnings: Sequence[str], where: str) -> None:
        """Tell the warnings of an input.

        Raises
        ------
        InputError
            There is one, and the command is strict.
        """
        if warnings and self.strict:
            raise InputError(f"warning {'; '.join(warnings)}", where, "--strict makes it an error")
        if not self.quiet:
            for warning in warnings:
                self._clear_progress()
                _print(f"stancekit: warning: {visible_line(warning)} ({visible_line(where)})\n")

    @contextmanager
    def bar(self, label: str) -> Iterator[Callable[[int, int], None]]:
        """A function that is told how much is done of how much, and draws it while somebody is watching."""
        advance: Callable[[int], None] | None = None
        at = 0
        with ExitStack() as stack:

            def draw(n_done: int, n: int) -> None:
                nonlocal advance, at
                if not self._watched():
                    return
                if advance is None:
                    bar = click.progressbar(length=n, label=label, file=sys.stderr)
                    advance, at = stack.enter_context(bar).update, 0
                advance(n_done - at)
                at = n_done
                if n_done == n:
                    stack.close()  # what is told next begins a line
                    advance = None

            yield draw

    def _watched(self) -> bool:
        return not self.quiet and sys.stderr is not None and sys.stderr.isatty()

    def progress(self, items: Sequence[T]) -> Iterator[T]:
        """The items, with a line that counts them once it takes long and somebody is watching."""
        if not self._watched():
            yield from items
            return
        due = time.monotonic() + _PROGRESS_AFTER
        for n, item in enumerate(items):
            if (now := time.monotonic()) >= due:
                _print(f"\r{n} of {len(items)} done")
                self._progress_shown, due = True, now + _PROGRESS_EVERY
            yield item
        self._clear_progress()

    def _clear_progress(self) -> None:
        if self._progress_shown:
            _print("\r" + " " * 40 + "\r")
            self._progress_shown = False
