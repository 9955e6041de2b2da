"""The command line: the only part that prints, sets exit codes and handles signals.

Exit codes: 0 every input was done; 1 at least one input failed; 2 wrong usage; 3 the model is refused;
4 output cannot be written; 5 the labelled corpus is refused; 70 a bug; 129, 130, 143 stopped by SIGHUP,
Ctrl-C, SIGTERM; 141 the reader of stdout went away.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from types import FrameType
from typing import NoReturn


class Stopped(BaseException):
    """A signal asks to stop; like KeyboardInterrupt, nothing but `run` catches it."""

    def __init__(self, exit_code: int) -> None:
        self.exit_code = exit_code


def main() -> NoReturn:
    """Run the command line of this process and exit."""
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(number) != signal.SIG_IGN:  # under nohup, SIGHUP stays ignored
            signal.signal(number, _stop)
    gc.set_threshold(50_000)  # modules and models are no garbage; to look through them takes a while
    code = run(sys.argv[1:])
    # Whatever is still buffered after a failed write must not fail once more at the end of the process.
    if code in (4, 141) and sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command; returns its exit code. Everything that goes wrong is one line on stderr."""
    try:
        # Here and not on top, so that Ctrl-C while numpy is loading is handled too.
        import click

        from stancekit import errors
        from stancekit.cli.commands import stancekit
        from stancekit.cli.talk import print_error
    except (KeyboardInterrupt, Stopped) as stop:
        return _stopped(stop)
    codes = {errors.ModelError: 3, errors.OutputError: 4, errors.CorpusError: 5, errors.StancekitError: 1}
    # The traceback must be there for errors in reading the options too.
    debug = "--debug" in arguments
    try:
        try:
            with stancekit.make_context("stancekit", list(arguments)) as context:
                stancekit.invoke(context)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.UsageError as error:
        print_error(_usage(error))
        return 2
    except (KeyboardInterrupt, Stopped) as stop:
        return _stopped(stop)
    except BrokenPipeError:
        return 141
    except errors.StancekitError as error:
        if debug:
            _print_traceback()
        print_error(str(error))
        return next(code for kind, code in codes.items() if isinstance(error, kind))
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:  # from stdout, where --help is printed
            print_error(f"cannot write to stdout: {error.strerror or error}")
            return 4
        if debug:
            _print_traceback()
        notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
        print_error(
            f"a bug in stancekit: {type(error).__name__}: {error}{notes}: "
            "please report it, with what --debug prints"
        )
        return 70
    return 0


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)  # the second one ends the process at once
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise Stopped(128 + number)


def _stopped(stop: KeyboardInterrupt | Stopped) -> int:
    return stop.exit_code if isinstance(stop, Stopped) else 130


def _path(error: object) -> str:
    context = getattr(error, "ctx", None)
    return context.command_path if context is not None else "stancekit"


def _usage(error: object) -> str:
    import click

    assert isinstance(error, click.UsageError)
    message = error.format_message().rstrip(".")
    message = message[:1].lower() + message[1:]
    return f"{message} (in '{_path(error)}'): see '{_path(error)} --help'"


def _print_traceback() -> None:
    import traceback

    traceback.print_exc()
