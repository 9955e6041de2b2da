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


def _print_version(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from stancekit import kernel

    runs = "compiled kernel" if kernel.COMPILED else "no compiled kernel: scores in Python"
    click.echo(f"stancekit {package.__version__} ({runs})")
    ctx.exit()


@click.group(
    "stancekit", cls=Group, modules=_MODULES, context_settings=_SETTINGS, invoke_without_command=True
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version, and whether the compiled kernel runs.",
)
@click.pass_context
def stancekit(ctx: click.Context) -> None:
    """Who says what in a news article, and where they stand toward a target."""
    if ctx.invoked_subcommand is None:
        raise click.UsageError(f"expected a command: {', '.join(stancekit.list_commands(ctx))}", ctx)
