"""``stancekit score``: utterances that are already cut, one line out per line in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

import click

from stancekit import model_file
from stancekit.cli.inputs import Input, find_inputs
from stancekit.cli.lines import csv_line, dumps
from stancekit.cli.options import (
    Command,
    encoding_option,
    ignore_option,
    max_bytes_option,
    min_probability_option,
    model_option,
    output_options,
    talk_options,
)
from stancekit.cli.output import open_output
from stancekit.cli.talk import Talk
from stancekit.errors import InputError
from stancekit.features import UtteranceFields
from stancekit.judgement import Cell, HeadInfo, Judgement, judgement_columns, row_columns
from stancekit.model import Model
from stancekit.records import DEFAULT_MAX_BYTES, Record, no_string, read_records

_BATCH = 512  # records that are scored together
_BATCH_BYTES = 1 << 20  # and what they may hold: more is no faster
_READ = ("text", "source", "cue")
_KNOWN = frozenset((*row_columns(()), "article"))  # what `segment` gives, and corpora have, may come in
_WORD = re.compile(r"\w")


class _Scored(NamedTuple):
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
@encoding_option
@max_bytes_option(DEFAULT_MAX_BYTES, "Refuse records larger than this.")
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
        writer: _Writer
        writer = _Csv(heads, terminal=opened.terminal) if format_name == "csv" else _JsonLines()
        opened.write(*writer.begin())
        pieces = one.read_pieces(partial(talk.warn, where=one.id), encoding)
        records = read_records(pieces, one.id, partial(_names_fault, ignore), max_bytes)
        for batch in _batches(_checked(records, one, talk, ignore)):
            opened.write(*map(writer.line, _score(loaded, heads, batch, one, talk)))
    click.get_current_context().exit(1 if talk.n_failed else 0)


def _checked(records: Iterator[Record], one: Input, talk: Talk, ignore: Collection[str]) -> Iterator[Record]:
    """The records, each with its fault if it cannot be scored."""
    found = False
    for record in records:
        found = True
        for name in ignore:
            record.values.pop(name, None)
        if not record.fault and (fault := _fault(record.values)):
            record = record._replace(fault=fault)
        yield record
    if not found:
        talk.warn(("empty-text: no records",), one.id)


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    """Records that are scored together. Where reading ends with an error, what came before is given first."""
    batch: list[Record] = []
    n_bytes = 0
    try:
        for record in records:
            batch.append(record)
            n_bytes += record.n_bytes
            if len(batch) == _BATCH or n_bytes >= _BATCH_BYTES:
                yield batch
                batch, n_bytes = [], 0
    except InputError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _names_fault(ignore: Collection[str], names: Collection[str]) -> str:
    """What is wrong with a record's keys, or a table's columns."""
    names = set(names).difference(ignore)
    if unknown := sorted(names - _KNOWN):
        from difflib import get_close_matches

        near = get_close_matches(unknown[0].strip().lower(), sorted(_KNOWN - names), 1, 0.75)
        hint = f"did you mean {near[0]!r}?" if near else "--ignore leaves a column unread"
        return f"unknown column{'s' * (len(unknown) > 1)} {', '.join(map(repr, unknown))}; {hint}"
    return "" if "text" in names else "expected 'text', found none"


def _fault(values: dict[str, Any]) -> str:
    if fault := no_string(values, _READ):
        return fault
    return "" if _WORD.search(values["text"]) else "expected words in 'text', found none"


def _score(
    model: Model, heads: Sequence[HeadInfo], batch: Sequence[Record], one: Input, talk: Talk
) -> Iterator[_Scored]:
    good = [[record.values.get(name) or "" for name in _READ] for record in batch if not record.fault]
    whole = [[_whole(value) for value in values] for values in good]
    judged = model.judge([UtteranceFields(text, cue, source) for text, source, cue in whole])
    rows = zip(judged, good, whole, strict=True)
    for record in batch:
        warnings: tuple[str, ...] = ()
        try:
            if record.fault:
                raise InputError(record.fault, _where(record, one))
            probabilities, read, scored = next(rows)
            if scored != read:
                warnings = ("lone-surrogate",)
                talk.warn(warnings, _where(record, one))
        except InputError as error:
            talk.fail(error)
            yield _Scored(record, {}, error.what)
        else:
            judgements = {head.name: Judgement.of(head, probabilities[head.name]) for head in heads}
            yield _Scored(record, judgements, warnings=warnings)


def _where(record: Record, one: Input) -> str:
    return f"{one.id}:{record.line}"


def _whole(text: str) -> str:
    """Text with U+FFFD for what JSON's escapes let through and no encoding can write."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class _Writer(Protocol):
    def begin(self) -> list[str]: ...

    def line(self, scored: _Scored) -> str: ...


class _JsonLines:
    def begin(self) -> list[str]:
        return []

    def line(self, scored: _Scored) -> str:
        entry: dict[str, Any] = {"line": scored.record.line}
        if "id" in scored.record.values:
            entry["id"] = scored.record.values["id"]
        if scored.fault:
            entry["error"] = scored.fault
        if scored.warnings:
            entry["warnings"] = list(scored.warnings)
        for name, judgement in scored.judgements.items():
            entry[name] = judgement.to_dict()
        return dumps(entry) + "\n"


class _Csv:
    def __init__(self, heads: Sequence[HeadInfo], *, terminal: bool) -> None:
        self._columns, self._terminal = judgement_columns(heads), terminal

    def begin(self) -> list[str]:
        return [csv_line(["line", "id", *self._columns, "error"])]

    def line(self, scored: _Scored) -> str:
        identity = scored.record.values.get("id")
        cells: list[Cell] = [scored.record.line, identity if isinstance(identity, (str, int)) else None]
        judged = [cell for judgement in scored.judgements.values() for cell in judgement.to_cells()]
        cells += judged or [None] * len(self._columns)
        return csv_line([*cells, scored.fault or None], terminal=self._terminal)
