"""What the commands have in common: their options, and how strictly these are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, TypeVar

import click

from stancekit.decode import DEFAULT_MAX_BYTES, check_encoding

F = TypeVar("F", bound=Callable[..., Any])


class Command(click.Command):
    """A command that takes no option twice: ``--format csv --format json`` would leave one in silence."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse repeated options, then go on as usual."""
        _, _, given = self.make_parser(ctx).parse_args(args=list(args))
        once = [p for p in given if isinstance(p, click.Option) and not (p.multiple or p.is_flag or p.count)]
        for option in once:
            if once.count(option) > 1:
                raise click.UsageError(f"{option.opts[-1]} is given more than once", ctx)
        return super().parse_args(ctx, args)


class Group(click.Group):
    """A group that imports a command when it is called, and knows which one was meant.

    Parameters
    ----------
    modules : where each command is.
    """

    command_class = Command

    def __init__(self, *args: Any, modules: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, sorted."""
        return sorted(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None if there is none."""
        if cmd_name not in self._modules:
            return None
        command: click.Command = getattr(import_module(self._modules[cmd_name]), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As usual, but a name that is no command is answered with the nearest one."""
        name = args[0]
        if not name.startswith("-") and name not in self._modules:
            from difflib import get_close_matches

            near = get_close_matches(name, self.list_commands(ctx), 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(self.list_commands(ctx))}"
            raise click.UsageError(f"no such command {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)


def _encoding(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    try:
        return check_encoding(value)
    except LookupError:
        hint = "expected a text encoding such as utf-8, windows-1252 or utf-16"
        raise click.BadParameter(f"{value!r} is none; {hint}", ctx, parameter) from None


def _stacked(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def _probability(ctx: click.Context, parameter: click.Parameter, value: float) -> float:
    if not 0 <= value <= 1:  # NaN is in no range
        raise click.BadParameter(f"{value:g} is not from 0 to 1", ctx, parameter)
    return value


talk_options = _stacked(
    click.option("--strict", is_flag=True, help="Warnings make an input fail."),
    click.option("-q", "--quiet", is_flag=True, help="Neither warnings nor progress on stderr."),
    click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error."),
)

encoding_option = click.option(
    "--encoding",
    callback=_encoding,
    metavar="NAME",
    help="Encoding of the input; by default the bytes tell.",
)


def max_bytes_option(default: int, help: str) -> Callable[[F], F]:
    """How much is read at once."""
    return click.option(
        "--max-bytes",
        type=click.IntRange(min=1),
        default=default,
        show_default=True,
        metavar="N",
        help=help,
    )


input_options = _stacked(
    encoding_option, max_bytes_option(DEFAULT_MAX_BYTES, "Refuse inputs larger than this.")
)

output_options = _stacked(
    click.option(
        "-o", "--output", metavar="FILE", help="Write there, whole or not at all, instead of stdout."
    ),
    click.option("--force", is_flag=True, help="Replace the output if it exists."),
)

model_option = click.option(
    "--model", metavar="FOLDER", help="A model folder or file; by default the one that comes with stancekit."
)


def _least_probability_option(name: str, help: str) -> Callable[[F], F]:
    return click.option(
        name, type=float, callback=_probability, default=0.0, show_default=True, metavar="P", help=help
    )


min_attribution_option = _least_probability_option(
    "--min-attribution", 'Speakers who are less probable, 0 to 1, become "unknown".'
)

min_probability_option = _least_probability_option(
    "--min-probability", 'Judgements whose most probable label has less, 0 to 1, become "unclear".'
)

ignore_option = click.option(
    "--ignore",
    multiple=True,
    metavar="COLUMN",
    help="A column to leave unread; others that are unknown are refused.",
)
