"""``stancekit classify`` and ``stancekit segment``: articles in, reports out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import click

from stancekit.classifier import load, segment_article
from stancekit.cli.formats import CsvWriter, JsonLinesWriter, JsonWriter, Writer
from stancekit.cli.inputs import Input, find_inputs
from stancekit.cli.options import (
    Command,
    input_options,
    min_attribution_option,
    min_probability_option,
    model_option,
    output_options,
    talk_options,
)
from stancekit.cli.output import Output, open_output
from stancekit.cli.talk import Talk
from stancekit.errors import InputError
from stancekit.judgement import ModelInfo
from stancekit.report import Report

Read = Callable[[str, str], Report]

_files = click.argument("files", nargs=-1, metavar="FILES…|-", type=click.Path())
_recursive = click.option("-r", "--recursive", is_flag=True, help="Read the .txt and .md files in folders.")
_format = click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(["table", "json", "jsonl", "csv"]),
    default="table",
    show_default=True,
    help="For people; one object; a line a document; a line an utterance.",
)
_force_text = click.option("--force-text", is_flag=True, help="Read what looks like HTML, a PDF, an image …")


@click.command(cls=Command)
@_files
@_recursive
@_format
@output_options
@model_option
@click.option("--explain", is_flag=True, help="Also give the words that weighed, with their places.")
@min_attribution_option
@min_probability_option
@input_options
@_force_text
@talk_options
def classify(
    model: str | None, explain: bool, min_attribution: float, min_probability: float, **settings: Any
) -> None:
    """Who says what in each article, with stance and sentiment.

    FILES are plain text or Markdown, one article each; - is standard input.
    """

    def start() -> tuple[Read, ModelInfo]:
        classifier = load(model)
        read = partial(
            classifier.classify,
            explain=explain,
            min_attribution=min_attribution,
            min_probability=min_probability,
        )
        return read, replace(classifier.model, heads=classifier.heads(min_probability))

    _report(start, **settings)


@click.command(cls=Command)
@_files
@_recursive
@_format
@output_options
@min_attribution_option
@input_options
@_force_text
@talk_options
def segment(min_attribution: float, **settings: Any) -> None:
    """Who says what in each article, without the model's part."""
    _report(lambda: (partial(segment_article, min_attribution=min_attribution), None), **settings)


def _report(
    start: Callable[[], tuple[Read, ModelInfo | None]],
    *,
    files: tuple[str, ...],
    recursive: bool,
    format_name: str,
    output: str | None,
    force: bool,
    encoding: str | None,
    max_bytes: int,
    force_text: bool,
    strict: bool,
    quiet: bool,
) -> None:
    """Report on every input that can be read; exit code 1 if one could not."""
    talk = Talk(quiet=quiet, strict=strict)
    inputs = find_inputs(files, recursive=recursive)
    with open_output(output, force=force, inputs=inputs) as opened:
        read, model = start()
        writer = _writer(format_name, opened, model)
        writer.begin()
        for one in talk.progress(inputs):
            try:
                text, warnings = one.read_text(max_bytes, encoding, force_text)
                report = _read(read, text, one)
                report = replace(report, warnings=(*warnings, *report.warnings))
                talk.warn(report.warnings, one.id)
            except InputError as error:
                talk.fail(error)
            else:
                writer.add(report)
        writer.end()
    click.get_current_context().exit(1 if talk.n_failed else 0)


def _read(read: Read, text: str, one: Input) -> Report:
    try:
        return read(text, one.id)
    except MemoryError:
        raise InputError("not enough memory for this article", one.id, "lower --max-bytes") from None
    except Exception as error:
        error.add_note(f"while reading {one.id}")
        raise


def _writer(format_name: str, output: Output, model: ModelInfo | None) -> Writer:
    if format_name == "table":
        # rich takes longer to import than everything else here; only the table needs it
        from stancekit.cli.table import TableWriter

        return TableWriter(output, model)
    writers: dict[str, type[JsonWriter | JsonLinesWriter | CsvWriter]] = {
        "json": JsonWriter,
        "jsonl": JsonLinesWriter,
        "csv": CsvWriter,
    }
    return writers[format_name](output, model)
