"""Label Studio: the JSON export, old layout and new, and JSON-MIN.

A task is an utterance to be labelled by choices, whose ``from_name`` is the head, or a text with spans to be
labelled; which of the two, the file's results tell. What annotators submitted counts; cancelled annotations,
drafts and predictions do not. A ground truth settles what several annotators say.

Source of the layout: labelstud.io/guide/task_format; of JSON-MIN, Label Studio's converter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from stancekit.errors import CorpusError
from stancekit.train.formats.json_records import Records, objects
from stancekit.train.formats.markup import Link, Mark, Markup, read_markup
from stancekit.train.formats.records import LeftOut, Reading, Row, Text, unit_of
from stancekit.train.scheme import Scheme, listed
from stancekit.train.spans import Pieces, read_range

_ANNOTATIONS = ("annotations", "completions")
_TASK = frozenset((*_ANNOTATIONS, "predictions", "drafts"))
_MIN = frozenset(("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"))
_NOT_TEXT = ("hypertextlabels", "paragraphlabels", "timeserieslabels", "rectanglelabels")


class _Work(NamedTuple):
    """One annotation: what the task is, and what somebody made of it."""

    where: str
    data: dict[str, Any]
    answers: dict[str, Any]
    marks: tuple[Mark, ...]
    links: tuple[Link, ...]
    identity: tuple[str, str] | None
    reading: Reading


def is_task(record: Mapping[str, Any]) -> bool:
    """Whether it is a task of the JSON export."""
    return isinstance(record.get("data"), dict) and not _TASK.isdisjoint(record)


def is_minimal(record: Mapping[str, Any]) -> bool:
    """Whether it is a record of JSON-MIN."""
    return record.keys() >= {"annotator", "annotation_id"} or record.keys() >= {"annotator", "lead_time"}


def read_tasks(records: Records, file: str, scheme: Scheme) -> Iterator[Row | Text | LeftOut]:
    """The JSON export."""
    works: list[_Work] = []
    for where, task in records:
        if not is_task(task):
            raise CorpusError("expected a task with data and annotations", where)
        data = scheme.columns(task["data"], where)
        name = task.get("id")
        where = where if name is None else f"{where}, task {name}"
        given = [one for key in _ANNOTATIONS for one in objects(task, key, where)]
        if task.get("drafts"):
            yield LeftOut(file, "drafts of tasks")
        elif not given:
            only = "predictions only" if task.get("predictions") else "no annotation"
            yield LeftOut(file, f"tasks with {only}")
        for annotation in given:
            if annotation.get("was_cancelled") or annotation.get("skipped"):
                yield LeftOut(file, "cancelled annotations")
            else:
                works.append(_annotation(annotation, data, name, where, scheme))
    yield from _read(works, file, scheme)


def read_minimal(records: Records, file: str, scheme: Scheme) -> Iterator[Row | Text | LeftOut]:
    """JSON-MIN, where answers stand among the data under the names of their controls."""
    works: list[_Work] = []
    for where, record in records:
        if not is_minimal(record):
            raise CorpusError("expected a record with annotator and annotation_id", where)
        if record.get("annotation_id") is None and record.get("lead_time") is None:
            yield LeftOut(file, "tasks with no annotation")
            continue
        task, number = record.get("id"), record.get("annotation_id")
        where = f"{where}, task {task}, annotation {number}"
        columns = {name: value for name, value in record.items() if name not in _MIN}
        regions = {name: value for name, value in columns.items() if _is_regions(value)}
        data = scheme.columns({name: columns[name] for name in columns.keys() - regions.keys()}, where)
        data = {scheme.head(name): value for name, value in data.items()}
        for name, value in data.items():
            if isinstance(value, dict) and "choices" in value and not scheme.ignores(name):
                data[name] = _single(value["choices"], name, where)
        works.append(
            _Work(
                where,
                data,
                {},
                _marks(
                    [
                        {
                            "id": f"{one['start']} to {one.get('end')}",
                            "from_name": name,
                            "value": one,
                            "type": kind,
                        }
                        for name, value in regions.items()
                        for one in value
                        for kind in sorted(one.keys() - {"start", "end", "text"}) or ["textarea"]
                    ],
                    where,
                    scheme,
                ),
                (),
                _identity(task, data, number),
                Reading(unit_of("label studio", task, data), _annotator(record.get("annotator"))),
            )
        )
    yield from _read(works, file, scheme)


def _read(works: list[_Work], file: str, scheme: Scheme) -> Iterator[Row | Text | LeftOut]:
    marked = any(work.marks for work in works)
    answered = {name for work in works for name in (*work.answers, *work.data) if name in scheme.heads}
    for work in works:
        if not marked:
            # A choice that was not made leaves no trace.
            columns = {**dict.fromkeys(answered), **work.data, **work.answers}
            yield Row(work.where, file, columns, work.identity, work.reading)
            continue
        for name in work.answers:
            if not scheme.ignores(name):
                hint = "leave it out with --ignore (ignore): labels are those of spans here"
                raise CorpusError(f"{name!r} is about the whole text, which has spans", work.where, hint)
        markup = Markup(
            work.where,
            file,
            _text(work),
            work.marks,
            work.links,
            work.data,
            reviewed=True,
            identity=work.identity,
            reading=work.reading,
        )
        yield from read_markup(markup, scheme)


def _annotation(
    annotation: dict[str, Any], data: dict[str, Any], task: Any, where: str, scheme: Scheme
) -> _Work:
    number = annotation.get("id")
    where = where if number is None else f"{where}, annotation {number}"
    results = objects(annotation, "result", where)
    regions: list[dict[str, Any]] = []
    links: list[Link] = []
    answers: dict[str, Any] = {}
    for result in results:
        if result.get("type") == "relation":
            names = _strings(result["labels"], where) if result.get("labels") else [""]
            ends = (str(result.get("from_id")), str(result.get("to_id")))
            links += [Link(where, name, ends) for name in names]
            continue
        value = result.get("value")
        if not isinstance(value, dict) or not isinstance(result.get("from_name"), str):
            raise CorpusError(f"expected a result with from_name and value, found {str(result)[:60]}", where)
        if "start" in value or result.get("type") in _NOT_TEXT:
            regions.append(result)
        else:
            name = scheme.head(result["from_name"])
            if name in answers or name in data:
                raise CorpusError(f"{name!r} is answered twice, or a column as well", where)
            answers[name] = None if scheme.ignores(name) else _answer(result, where)
    return _Work(
        where,
        data,
        answers,
        _marks(regions, where, scheme),
        tuple(links),
        _identity(task, data, number),
        Reading(
            unit_of("label studio", task, data),
            _annotator(annotation.get("completed_by")),
            bool(annotation.get("ground_truth") or annotation.get("honeypot")),
        ),
    )


def _marks(regions: list[dict[str, Any]], where: str, scheme: Scheme) -> tuple[Mark, ...]:
    """The spans; the results of one region have its id, and say each one thing about it."""
    by_region: dict[str, list[dict[str, Any]]] = {}
    for number, region in enumerate(regions):
        by_region.setdefault(str(region.get("id", number)), []).append(region)
    marks: list[Mark] = []
    for identity, results in by_region.items():
        place = f"{where}, region {identity}"
        types: list[str] = []
        attributes: list[tuple[str, Any]] = []
        for result in results:
            kind, value = result.get("type"), result["value"]
            if kind in _NOT_TEXT:
                hint = "label plain text, with Text and Labels"
                raise CorpusError(f"expected spans of plain text, found {kind}", place, hint)
            if kind == "labels":
                types += _strings(value.get("labels"), place)
            elif not scheme.ignores(result["from_name"]):
                attributes.append((result["from_name"], _answer(result, place)))
        value = results[0]["value"]
        texts = [one["value"]["text"] for one in results if isinstance(one["value"].get("text"), str)]
        # In some versions a line end within a span's text is a backslash and an n.
        text = texts[0].replace("\\n", "\n") if texts else None
        ranges = (read_range(value.get("start"), value.get("end"), "labelled", place),)
        marks.append(Mark(place, identity, tuple(types), Pieces(ranges, text, place), tuple(attributes)))
    return tuple(marks)


def _answer(result: Mapping[str, Any], where: str) -> Any:
    """What was chosen, or written, in one control."""
    kind, name = str(result.get("type")), result["from_name"]
    value = result["value"].get("text" if kind == "textarea" else kind)
    if value is None:
        raise CorpusError(f"expected {kind} of {name!r}, found none", where)
    return _single(value, name, where)


def _single(values: Any, name: str, where: str) -> Any:
    if not isinstance(values, list):
        return values
    if len(values) != 1:
        hint = "let one be chosen only, or leave it out with --ignore (ignore)"
        raise CorpusError(f"expected one choice of {name!r}, found {listed(values)}", where, hint)
    return values[0]


def _strings(values: Any, where: str) -> list[str]:
    if not isinstance(values, list) or not values or not all(isinstance(one, str) for one in values):
        raise CorpusError(f"expected the labels of a span, found {str(values)[:60]}", where)
    return values


def _is_regions(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and "start" in one for one in value)


def _text(work: _Work) -> str:
    if not isinstance(work.data.get("text"), str):
        hint = "name the text's column with --rename COLUMN=text (rename)"
        raise CorpusError(f"expected data with a text, found {listed(work.data)}", work.where, hint)
    return str(work.data["text"])


def _identity(task: Any, data: Mapping[str, Any], number: Any) -> tuple[str, str] | None:
    return None if number is None else (repr(unit_of("label studio", task, data)), str(number))


def _annotator(given: Any) -> str:
    """Who it was: an id, a mail address, or an object with both."""
    if isinstance(given, dict):
        given = given.get("id", given.get("email"))
    return "" if given is None else str(given)
