"""``stancekit train`` and ``stancekit evaluate``: the only commands that import scikit-learn."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stancekit import model_file
from stancekit.cli.escape import visible
from stancekit.cli.lines import dumps
from stancekit.cli.options import Command, ignore_option, model_option, output_options, talk_options
from stancekit.cli.output import Output, open_output
from stancekit.cli.talk import Talk
from stancekit.errors import CorpusError, InputError
from stancekit.judgement import RESERVED_HEADS

if TYPE_CHECKING:
    from stancekit.train import EvaluationReport, TrainingReport


def _n_jobs(ctx: click.Context, parameter: click.Parameter, value: int) -> int:
    if value < 1 and value != -1:
        raise click.BadParameter(f"{value} is neither -1 nor 1 or more", ctx, parameter)
    return value


_sources = click.argument("sources", nargs=-1, required=True, metavar="SOURCES…", type=click.Path())
_heads = click.option(
    "--head", "heads", multiple=True, metavar="NAME", help="A column that is a label; repeat it for several."
)
_rename = click.option(
    "--rename",
    multiple=True,
    metavar="NAME=OURS",
    help="What the corpus calls NAME is OURS: a column, a span type, a relation, an attribute, a label.",
)
_offsets = click.option(
    "--offsets",
    type=click.Choice(["code-points", "utf-16", "utf-8"]),
    help="What spans count; without it code points, and what may count otherwise is refused.",
)


def _on_conflict(default: str) -> Callable[[Any], Any]:
    return click.option(
        "--on-conflict",
        type=click.Choice(["refuse", "first", "drop", "keep"]),
        default=default,
        show_default=True,
        help="The same words by the same speaker under different labels; annotators who disagree.",
    )


_format = click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    show_default=True,
    help="The report for people, as an object, as a page with charts.",
)
_REPORT_FORMATS = {".txt": "text", ".json": "json", ".html": "html"}


@click.command(cls=Command)
@_sources
@click.option(
    "-o", "--output", metavar="FOLDER", help="Where the model goes; for a recipe, by default its own folder."
)
@click.option(
    "--report", metavar="FILE", help="Write the report there too: .html, .json or .txt tells its format."
)
@click.option("--force", is_flag=True, help="Replace the model and the report that are there.")
@click.option("--name", help="What the model is called; without it, as its folder.")
@click.option("--target", metavar="WORDS|FILE.toml", help="Whom the stance is toward.")
@_heads
@click.option(
    "--poles",
    multiple=True,
    metavar="HEAD=POS,NEG",
    help="The ends of a head's scale; support and oppose, positive and negative need no naming.",
)
@ignore_option
@_rename
@_offsets
@_on_conflict("refuse")
@click.option(
    "--learning-curve/--no-learning-curve",
    default=True,
    show_default=True,
    help="Measure models of an eighth, a quarter and half of the articles as well.",
)
@click.option(
    "--n-jobs",
    type=int,
    callback=_n_jobs,
    default=1,
    show_default=True,
    metavar="N",
    help="Processes for the cross-validation, -1 for one a core; the model is the same.",
)
@_format
@talk_options
def train(
    sources: tuple[str, ...],
    output: str | None,
    report: str | None,
    force: bool,
    name: str | None,
    target: str | None,
    heads: tuple[str, ...],
    poles: tuple[str, ...],
    ignore: tuple[str, ...],
    rename: tuple[str, ...],
    offsets: str | None,
    on_conflict: str,
    learning_curve: bool,
    n_jobs: int,
    format_name: str,
    strict: bool,
    quiet: bool,
) -> None:
    """Train a model on labelled utterances, or rebuild one from its recipe.

    SOURCES are corpus folders, JSON Lines and CSV files, exports of Label Studio, doccano, Prodigy and brat,
    or one recipe.toml.
    """
    talk = Talk(quiet=quiet, strict=strict)
    pairs, names = _poles(poles), _renamed(rename)
    _refuse_repeated(sources)
    is_recipe = any(source.endswith(".toml") for source in sources)
    if reserved := sorted(RESERVED_HEADS.intersection(heads)):
        raise click.UsageError(f"{reserved[0]!r} is a field of the report; name the head otherwise")
    if output is None and not is_recipe:
        raise click.UsageError("expected -o FOLDER for the model, found none")
    if output is not None:
        _check_output(output, sources, force=force)
    with ExitStack() as stack:
        # Opened first: a report that cannot be written must not be found out after training.
        page = None if report is None else stack.enter_context(_open_report(report, sources, output, force))
        with _as_corpus_errors(poles_are_options=bool(pairs)), talk.bar("training") as on_progress:
            from stancekit.train import train as train_model

            options: dict[str, Any] = {"offsets": offsets, "on_conflict": on_conflict}
            trained = train_model(
                [Path(source) for source in sources],
                out=None if output is None else Path(output),
                heads=heads or None,
                name=name,
                target=target,
                poles=pairs or None,
                ignore=ignore,
                rename=names,
                on_warnings=lambda warnings: talk.warn(warnings, ", ".join(sources)),
                learning_curve=learning_curve,
                n_jobs=n_jobs,
                on_progress=on_progress,
                **options,
            )
        if page is not None and report is not None:
            page.write(_shown(_REPORT_FORMATS[Path(report).suffix], trained))
    with open_output(None, force=False) as opened:
        opened.write(_shown(format_name, trained))


@click.command(cls=Command)
@_sources
@model_option
@_heads
@ignore_option
@_rename
@_offsets
@_on_conflict("keep")
@_format
@output_options
@talk_options
def evaluate(
    sources: tuple[str, ...],
    model: str | None,
    heads: tuple[str, ...],
    ignore: tuple[str, ...],
    rename: tuple[str, ...],
    offsets: str | None,
    on_conflict: str,
    format_name: str,
    output: str | None,
    force: bool,
    strict: bool,
    quiet: bool,
) -> None:
    """How well a model labels utterances that were labelled by hand.

    SOURCES are as for training.
    """
    talk = Talk(quiet=quiet, strict=strict)
    names = _renamed(rename)
    _refuse_repeated(sources)
    with open_output(output, force=force) as opened, _as_corpus_errors():
        from stancekit.train import evaluate as evaluate_model

        places = [Path(source) for source in sources]
        options: dict[str, Any] = {"offsets": offsets, "on_conflict": on_conflict}
        report = evaluate_model(
            model_file.load(model), places, heads=heads or None, ignore=ignore, rename=names, **options
        )
        talk.warn(report.warnings, ", ".join(sources))
        opened.write(_shown(format_name, report))


def _open_report(
    report: str, sources: tuple[str, ...], output: str | None, force: bool
) -> AbstractContextManager[Output]:
    if Path(report).suffix not in _REPORT_FORMATS:
        known = ", ".join(_REPORT_FORMATS)
        raise click.UsageError(f"expected a file that ends in one of {known} for --report, found {report!r}")
    if os.path.realpath(report) in map(os.path.realpath, sources):
        raise click.UsageError(f"the report {report!r} is one of the sources")
    return open_output(report, force=force)


def _refuse_repeated(sources: tuple[str, ...]) -> None:
    places = [os.path.realpath(source) for source in sources]
    for source, place in zip(sources, places, strict=True):
        if places.count(place) > 1:
            raise click.UsageError(f"the source {source!r} is given more than once")


def _check_output(output: str, sources: tuple[str, ...], *, force: bool) -> None:
    file = model_file.place_of(output)
    places = {os.path.realpath(output), os.path.realpath(file)}
    if not places.isdisjoint(map(os.path.realpath, sources)):
        raise click.UsageError(f"the output {output!r} is one of the sources")
    if Path(output) != file and os.path.isfile(output):
        raise click.UsageError(f"expected a folder or a .safetensors file for -o, found the file {output!r}")
    if os.path.exists(file) and not force:
        raise click.UsageError(f"there is a model in {output!r} already; --force replaces it")


@contextmanager
def _as_corpus_errors(*, poles_are_options: bool = False) -> Iterator[None]:
    """What cannot be read here is the labelled corpus, whatever is wrong with it, but for --poles."""
    from stancekit.train.poles import PolesError

    try:
        yield
    except InputError as error:
        if poles_are_options and isinstance(error, PolesError):
            raise click.UsageError(f"--poles: {error}") from error
        raise CorpusError(error.what, error.where, error.hint) from error


def _poles(values: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    pairs: dict[str, tuple[str, str]] = {}
    for value in values:
        head, _, labels = value.partition("=")
        ends = [label.strip() for label in labels.split(",")]
        if not head or len(ends) != 2 or not all(ends) or ends[0] == ends[1]:
            raise click.UsageError(f"expected --poles HEAD=POSITIVE,NEGATIVE, found {value!r}")
        pairs[head] = (ends[0], ends[1])
    return pairs


def _renamed(values: tuple[str, ...]) -> dict[str, str]:
    names: dict[str, str] = {}
    for value in values:
        name, _, ours = (part.strip() for part in value.partition("="))
        if not name or not ours or "=" in ours:
            raise click.UsageError(f"expected --rename NAME=OURS, found {value!r}")
        if names.setdefault(name, ours) != ours:
            raise click.UsageError(f"--rename {name} is given more than once")
    if chained := sorted(set(names.values()) & names.keys()):
        raise click.UsageError(f"--rename {chained[0]}: it is both renamed and renamed to")
    return names


def _shown(format_name: str, report: TrainingReport | EvaluationReport) -> str:
    if format_name == "html":
        return report.to_html()
    if format_name == "json":
        return dumps(report.to_dict(), indent=2) + "\n"
    return "".join(visible(line) + "\n" for line in report.to_text().split("\n"))
