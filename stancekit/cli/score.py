"""``stancekit score``: utterances that are already cut, one line out per line in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Protocol

import click

from stancekit import model_file
from stancekit.cli.inputs import Input, find_inputs
from stancekit.cli.lines import csv_line, dumps
from stancekit.cli.options import (
    Command,
    ignore_option,
    input_options,
    min_probability_option,
    model_option,
    output_options,
    talk_options,
)
from stancekit.cli.output import Output, open_output
from stancekit.cli.talk import Talk
from stancekit.errors import InputError
from stancekit.features import UtteranceFields
from stancekit.judgement import Cell, HeadInfo, Judgement, judgement_columns, row_columns
from stancekit.model import Model
from stancekit.records import Record, json_name, read_records

_BATCH = 512  # records that are scored together
_READ = ("text", "source", "cue")
_KNOWN = frozenset((*row_columns(()), "article"))  # what `segment` gives, and corpora have, may come in


@dataclass(frozen=True, slots=True)
class _Scored:
    """A record and what became of it: judgements or a fault."""

    record: Record
    judgements: dict[str, Judgement]
    fault: str = ""
    warnings: tuple[str, ...] = ()


@click.command(cls=Command)
@click.argument("file", metavar="FILE|-", required=False, type=click.Path())
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    show_default=True,
    help="What to write; what is read may be either.",
)
@ignore_option
@output_options
@model_option
@min_probability_option
@input_options
@talk_options
def score(
    file: str | None,
    format_name: str,
    ignore: tuple[str, ...],
    output: str | None,
    force: bool,
    model: str | None,
    min_probability: float,
    encoding: str | None,
    max_bytes: int,
    strict: bool,
    quiet: bool,
) -> None:
    """Stance and sentiment of utterances that are already cut.

    FILE is JSON Lines or CSV with text and, where known, source and cue; - is standard input. Line k of the
    output answers record k: it gives the record's line, its id if it has one, and a judgement of each head.
    """
    talk = Talk(quiet=quiet, strict=strict)
    [one] = inputs = find_inputs([file] if file else [], recursive=False)
    with open_output(output, force=force, inputs=inputs) as opened:
        loaded = model_file.load(model)
        heads = [HeadInfo(head.name, head.labels, head.poles, min_probability) for head in loaded.heads]
        writer = _writer(format_name, opened, heads)
        writer.begin()
        try:
            text, warnings = one.read_text(max_bytes, encoding)
            talk.warn(warnings, one.id)
            for scored in _score(loaded, heads, _checked(text, one, talk, ignore), one, talk):
                writer.add(scored)
        except InputError as error:
            talk.fail(error)
    click.get_current_context().exit(1 if talk.n_failed else 0)


def _checked(text: str, one: Input, talk: Talk, ignore: tuple[str, ...]) -> Iterator[Record]:
    """The records, each with its fault if it cannot be scored."""
    found = False
    for record in read_records(text, one.id, partial(_names_fault, ignore)):
        found = True
        values = {name: value for name, value in record.values.items() if name not in ignore}
        yield Record(record.line, values, record.fault or _fault(values))
    if not found:
        talk.warn(("empty-text: no records",), one.id)


def _names_fault(ignore: tuple[str, ...], names: Collection[str]) -> str:
    """What is wrong with a record's keys, or a table's columns."""
    names = set(names) - set(ignore)
    from difflib import get_close_matches

    if unknown := sorted(names - _KNOWN):
        near = get_close_matches(unknown[0].strip().lower(), sorted(_KNOWN - names), 1, 0.75)
        hint = f"did you mean {near[0]!r}?" if near else "--ignore leaves a column unread"
        return f"unknown column{'s' * (len(unknown) > 1)} {', '.join(map(repr, unknown))}; {hint}"
    return "" if "text" in names else "expected 'text', found none"


def _fault(values: dict[str, Any]) -> str:
    for name in _READ:
        value = values.get(name)
        if not isinstance(value, str) and not (value is None and name != "text"):
            return f"expected {name!r} as a string, found {json_name(value)}"
    return "" if re.search(r"\w", values["text"]) else "expected words in 'text', found none"


def _score(
    model: Model, heads: Sequence[HeadInfo], records: Iterator[Record], one: Input, talk: Talk
) -> Iterator[_Scored]:
    while batch := list(islice(records, _BATCH)):
        good = [[record.values.get(name) or "" for name in _READ] for record in batch if not record.fault]
        whole = [[_whole(value) for value in values] for values in good]
        judged = model.judge([UtteranceFields(text, cue, source) for text, source, cue in whole])
        rows = iter(range(len(good)))
        for record in batch:
            where = f"{one.id}:{record.line}"
            try:
                if record.fault:
                    raise InputError(record.fault, where)
                row = next(rows)
                warnings = () if whole[row] == good[row] else ("lone-surrogate",)
                talk.warn(warnings, where)
            except InputError as error:
                talk.fail(error)
                yield _Scored(record, {}, error.what)
            else:
                judgements = {head.name: Judgement.of(head, judged[row][head.name]) for head in heads}
                yield _Scored(record, judgements, warnings=warnings)


def _whole(text: str) -> str:
    """Text with U+FFFD for what JSON's escapes let through and no encoding can write."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Writer(Protocol):
    def begin(self) -> None: ...

    def add(self, scored: _Scored) -> None: ...


class _JsonLines:
    def __init__(self, output: Output) -> None:
        self._output = output

    def begin(self) -> None:
        pass

    def add(self, scored: _Scored) -> None:
        entry: dict[str, Any] = {"line": scored.record.line}
        if "id" in scored.record.values:
            entry["id"] = scored.record.values["id"]
        if scored.fault:
            entry["error"] = scored.fault
        if scored.warnings:
            entry["warnings"] = list(scored.warnings)
        entry.update((name, judgement.to_dict()) for name, judgement in scored.judgements.items())
        self._output.write(dumps(entry) + "\n")


class _Csv:
    def __init__(self, output: Output, heads: Sequence[HeadInfo]) -> None:
        self._output, self._columns = output, judgement_columns(heads)

    def begin(self) -> None:
        self._output.write(csv_line(["line", "id", *self._columns, "error"]))

    def add(self, scored: _Scored) -> None:
        identity = scored.record.values.get("id")
        cells: list[Cell] = [scored.record.line, identity if isinstance(identity, (str, int)) else None]
        judged = [cell for judgement in scored.judgements.values() for cell in judgement.to_cells()]
        cells += judged or [None] * len(self._columns)
        self._output.write(csv_line([*cells, scored.fault or None], terminal=self._output.terminal))


def _writer(format_name: str, output: Output, heads: Sequence[HeadInfo]) -> _Writer:
    return _Csv(output, heads) if format_name == "csv" else _JsonLines(output)
