"""Where results go: stdout, or a file that is there whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import BinaryIO

import click

from stancekit.cli.inputs import Input
from stancekit.errors import OutputError


class Output:
    """Takes text; every failure to write it is an `OutputError`, but for a reader who went away.

    Parameters
    ----------
    stream : where the bytes go.
    where : the file's name, for messages.
    terminal : somebody reads along; then characters that the terminal cannot show are spelt out.
    """

    def __init__(
        self, stream: BinaryIO, where: str, *, terminal: bool = False, encoding: str = "utf-8"
    ) -> None:
        self._stream, self._where, self.terminal, self._encoding = stream, where, terminal, encoding

    def write(self, *texts: str) -> None:
        """Write and hand over to the system, so that only whole texts are ever seen."""
        try:
            for text in texts:
                self._stream.write(text.encode(self._encoding, "backslashreplace"))
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _not_written(error, self._where) from error


@contextmanager
def open_output(path: str | None, *, force: bool, inputs: Sequence[Input] = ()) -> Iterator[Output]:
    """Stdout for None or ``-``; otherwise a file under a temporary name that gets its own when all went well.

    Raises
    ------
    click.UsageError
        The path is a folder or one of the inputs, or exists and `force` is not given. Nothing is touched.
    OutputError
        Nothing lies under the name, or what was there before.
    """
    if path is None or path == "-":
        yield _stdout()
        return
    with _file(path, force, inputs) as stream:
        yield Output(stream, path)


def _stdout() -> Output:
    if sys.stdout is None:
        raise OutputError("cannot write to stdout: it is closed", hint="give -o FILE")
    terminal = sys.stdout.isatty()
    encoding = sys.stdout.encoding if terminal else "utf-8"  # a file or pipe gets UTF-8 whatever LANG says
    return Output(sys.stdout.buffer, "stdout", terminal=terminal, encoding=encoding)


@contextmanager
def _file(path: str, force: bool, inputs: Sequence[Input]) -> Iterator[BinaryIO]:
    mode = _check_target(path, force, inputs)
    if mode is not None and not stat.S_ISREG(mode):
        # A device or a pipe is written to; renaming a file over it would destroy it.
        try:
            with open(path, "wb") as stream:
                yield stream
        except OSError as error:
            raise _not_written(error, path) from error
        return
    target = os.path.realpath(path)  # a link stays a link
    temporary = os.path.join(os.path.dirname(target), f".stancekit-{os.getpid()}.part")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except OSError as error:
        raise _not_written(error, path) from error
    try:
        with open(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if mode is not None:
            os.chmod(temporary, stat.S_IMODE(mode))
        os.replace(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise _not_written(error, path) from error
        raise


def _check_target(path: str, force: bool, inputs: Sequence[Input]) -> int | None:
    """The mode of what lies there, None if nothing does."""
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _not_written(error, path) from error
    if stat.S_ISDIR(there.st_mode):
        raise click.UsageError(f"expected an output file, found the folder {path!r}")
    for one in inputs:
        with suppress(OSError):
            if one.path is not None and os.path.samestat(there, os.stat(one.path)):
                raise click.UsageError(f"the output {path!r} is one of the inputs")
    if stat.S_ISREG(there.st_mode) and not force:
        raise click.UsageError(f"the output {path!r} exists; --force replaces it")
    return there.st_mode


def _not_written(error: OSError, where: str) -> OutputError:
    return OutputError(f"cannot be written: {error.strerror or error}", where)
