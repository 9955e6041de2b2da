"""The commands, gathered; the module of each is imported when it is called."""

import click

import stancekit as package
from stancekit.cli.options import Group

_MODULES = {
    "classify": "stancekit.cli.articles",
    "segment": "stancekit.cli.articles",
    "score": "stancekit.cli.score",
    "train": "stancekit.cli.training",
    "evaluate": "stancekit.cli.training",
    "inspect": "stancekit.cli.inspect_model",
}
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(
    "stancekit", cls=Group, modules=_MODULES, context_settings=_SETTINGS, invoke_without_command=True
)
@click.version_option(package.__version__, prog_name="stancekit")
@click.pass_context
def stancekit(ctx: click.Context) -> None:
    """Who says what in a news article, and where they stand toward a target."""
    if ctx.invoked_subcommand is None:
        raise click.UsageError(f"expected a command: {', '.join(stancekit.list_commands(ctx))}", ctx)
