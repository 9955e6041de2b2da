"""Prodigy: the JSON Lines that ``db-out`` writes, of classification, choice, spans and relations.

Accepted answers count. Ignored ones do not, nor rejected ones: they say what a text is not, which no label
says. What one input is accepted for as often as it is rejected for it is not a label either.

Source of the layout: prodi.gy/docs/api-interfaces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from typing import Any, NamedTuple

from stancekit.errors import CorpusError
from stancekit.train.formats.json_records import Records, objects
from stancekit.train.formats.markup import Link, Mark, Markup, read_markup
from stancekit.train.formats.records import LeftOut, Reading, Row, Text, unit_of
from stancekit.train.scheme import Scheme
from stancekit.train.spans import Pieces, read_range

ANSWERS = ("accept", "reject", "ignore")

_UNREAD = frozenset(
    "answer label accept options spans relations tokens meta config html priority score".split()
)


def is_answer(record: Mapping[str, Any]) -> bool:
    """Whether it is an answer of Prodigy's."""
    return "_task_hash" in record or "_input_hash" in record or record.get("answer") in ANSWERS


def read_answers(records: Records, file: str, scheme: Scheme) -> Iterator[Row | Text | LeftOut]:
    """A dataset as ``db-out`` writes it."""
    tasks = [_Task(where, record, _columns(record, where, scheme)) for where, record in records]
    votes = Counter[tuple[Hashable, str]]()
    for task in tasks:
        votes[task.unit, task.asked] += {"accept": 1, "reject": -1}.get(task.record["answer"], 0)
    for task in tasks:
        if task.record["answer"] != "accept":
            rejected = task.record["answer"] == "reject"
            yield LeftOut(file, "rejected answers" if rejected else "ignored answers")
        elif task.asked and votes[task.unit, task.asked] <= 0:
            yield LeftOut(file, "answers that as many rejected")
        else:
            yield from _read(task, file, scheme)


class _Task(NamedTuple):
    where: str
    record: Mapping[str, Any]
    columns: dict[str, Any]

    @property
    def unit(self) -> Hashable:
        return unit_of("prodigy", self.record.get("_input_hash"), self.columns)

    @property
    def asked(self) -> str:
        """The label that was to be accepted or rejected; empty if it was something else."""
        label = self.record.get("label")
        return label if isinstance(label, str) else ""


def _columns(record: Mapping[str, Any], where: str, scheme: Scheme) -> dict[str, Any]:
    if record.get("answer") not in ANSWERS:
        found = f"expected an answer out of {', '.join(ANSWERS)}, found {record.get('answer')!r}"
        raise CorpusError(found, where)
    own = {key: value for key, value in record.items() if key not in _UNREAD and not key.startswith("_")}
    return scheme.columns({key: value for key, value in own.items() if not scheme.ignores(key)}, where)


def _read(task: _Task, file: str, scheme: Scheme) -> Iterator[Row | Text | LeftOut]:
    where, record, columns = task
    labels = None if scheme.ignores("label") else _chosen(record, where)
    has_spans = "spans" in record and not scheme.ignores("spans")
    spans = objects(record, "spans", where) if has_spans else []
    reading = Reading(task.unit, str(record.get("_annotator_id") or record.get("_session_id") or ""))
    if labels is not None and spans:
        hint = "leave one out with --ignore label or --ignore spans (ignore)"
        raise CorpusError("expected a label or spans, found both", where, hint)
    if labels is None and not has_spans:
        raise CorpusError("expected a label, a choice or spans, found none", where)
    if labels is not None:
        yield Row(where, file, scheme.with_labels(columns, labels, where), reading=reading)
        return
    if not isinstance(columns.get("text"), str):
        raise CorpusError(f"expected the text as a string, found {columns.get('text')!r}", where)
    marks = tuple(_mark(span, record, where) for span in spans)
    links = () if scheme.ignores("relations") else tuple(_links(record, where))
    markup = Markup(where, file, columns["text"], marks, links, columns, reviewed=True, reading=reading)
    yield from read_markup(markup, scheme)


def _chosen(record: Mapping[str, Any], where: str) -> list[Any] | None:
    """The labels of the text: the options that were ticked, or the one that was asked about."""
    if "accept" not in record:
        return [record["label"]] if record.get("label") is not None else None
    ticked = record["accept"] if isinstance(record["accept"], list) else [record["accept"]]
    options = [option.get("id") for option in objects(record, "options", where)]
    for one in ticked:
        if options and one not in options:
            raise CorpusError(f"expected a choice out of {options}, found {one!r}", where)
    return ticked


def _mark(span: dict[str, Any], record: Mapping[str, Any], where: str) -> Mark:
    if not isinstance(span.get("label"), str):
        raise CorpusError(f"expected a span with start, end and label, found {str(span)[:60]}", where)
    start, end = read_range(span.get("start"), span.get("end"), "labelled", where)
    return Mark(
        where,
        _named(span),
        (span["label"],),
        Pieces(((start, end),), _claimed(span, record, where), where),
    )


def _claimed(span: Mapping[str, Any], record: Mapping[str, Any], where: str) -> str | None:
    """The text of a span, as it says or as its tokens do; None if neither does."""
    if isinstance(span.get("text"), str):
        return str(span["text"])
    start, end = span["start"], span["end"]
    try:
        tokens = [
            (one["start"], one["end"], one["text"], bool(one.get("ws", True)))
            for one in objects(record, "tokens", where)
            if start <= one["start"] and one["end"] <= end
        ]
        if not tokens or (tokens[0][0], tokens[-1][1]) != (start, end):
            return None
        return "".join(text + " " * spaced for _, _, text, spaced in tokens[:-1]) + str(tokens[-1][2])
    except (KeyError, TypeError):
        raise CorpusError("expected tokens with start, end and text", where) from None


def _links(record: Mapping[str, Any], where: str) -> Iterator[Link]:
    for relation in objects(record, "relations", where):
        ends = [relation.get(key) for key in ("head_span", "child_span")]
        one, other = (_named(end) if isinstance(end, dict) else "" for end in ends)
        if not one or not other or not isinstance(relation.get("label"), str):
            found = f"expected a relation with head_span, child_span and label, found {str(relation)[:60]}"
            raise CorpusError(found, where)
        yield Link(where, relation["label"], (one, other))


def _named(span: Mapping[str, Any]) -> str:
    """Spans have no ids; a relation repeats those that it joins."""
    return f"{span.get('label')} {span.get('start')} to {span.get('end')}"
