"""The commands, gathered."""

import click

import stancekit as package
from stancekit.cli.articles import classify, segment
from stancekit.cli.inspect_model import inspect
from stancekit.cli.options import Group
from stancekit.cli.score import score
from stancekit.cli.training import evaluate, train

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group("stancekit", cls=Group, context_settings=_SETTINGS, invoke_without_command=True)
@click.version_option(package.__version__, prog_name="stancekit")
@click.pass_context
def stancekit(ctx: click.Context) -> None:
    """Who says what in a news article, and where they stand toward a target."""
    if ctx.invoked_subcommand is None:
        raise click.UsageError(f"expected a command: {', '.join(stancekit.list_commands(ctx))}", ctx)


for command in (classify, segment, score, train, evaluate, inspect):
    stancekit.add_command(command)
