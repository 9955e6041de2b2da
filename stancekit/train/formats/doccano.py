"""doccano: JSON Lines of texts with labels, or with spans and relations; field names old and new.

doccano keeps labels without a head; `Scheme.label` finds it. An export has a file an annotator, so that
files are taken for annotators. The texts of spans are not exported: they count UTF-16 units or code points,
depending on the version.

Source of the layout: doccano's exporter (backend/data_export), and for the old names its issues.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stancekit.errors import CorpusError
from stancekit.train.formats.json_records import Records, objects
from stancekit.train.formats.markup import Link, Mark, Markup, read_markup
from stancekit.train.formats.records import LeftOut, Reading, Row, Text, unit_of
from stancekit.train.scheme import Scheme
from stancekit.train.spans import Pieces, read_range

_LABELS = ("label", "labels", "annotations", "entities")
_IDS = ("id", "doc_id")
_META = ("meta", "metadata")
_UNREAD = frozenset(("Comments", "comments", "annotation_approver", "approver", "username", "user"))


def is_example(record: Mapping[str, Any]) -> bool:
    """Whether it is an example of doccano's: what names its labels is a list."""
    return any(isinstance(record.get(key), list) for key in _LABELS)


def read_examples(records: Records, file: str, scheme: Scheme) -> Iterator[Row | Text | LeftOut]:
    """One of the files that doccano exports."""
    for where, record in records:
        lists = [record[key] for key in _LABELS if key in record]
        if not lists or not all(isinstance(one, list) for one in lists):
            found = f"expected a list of labels, found {str(lists)[:60]}"
            raise CorpusError(found, where, "export JSONL")
        given = [one for labels in lists for one in labels]
        columns = _columns(record, where, scheme)
        number = next((record[key] for key in _IDS if key in record), None)
        where = where if number is None else f"{where}, example {number}"
        if not given:
            yield LeftOut(file, "texts without a label")
            continue
        identity = None if number is None else (file, str(number))
        reading = Reading(unit_of("doccano", number, columns), file)
        spans = [_span(one, n, where) for n, one in enumerate(given)]
        marks = tuple(span for span in spans if isinstance(span, Mark))
        if not marks:
            yield Row(where, file, scheme.with_labels(columns, spans, where), identity, reading)
            continue
        if len(marks) < len(spans):
            raise CorpusError("expected labels of the text or of spans in it, found both", where)
        markup = Markup(
            where,
            file,
            _text(columns, where),
            marks,
            tuple(_links(record, where)),
            columns,
            identity=identity,
            reading=reading,
        )
        yield from read_markup(markup, scheme)


def _columns(record: Mapping[str, Any], where: str, scheme: Scheme) -> dict[str, Any]:
    """What was imported with the text: beside it, or in old versions together under ``meta``."""
    known = _UNREAD.union(_LABELS, _IDS, _META, ("relations",))
    found = {key: value for key, value in record.items() if key not in known}
    for key in _META:
        more = record.get(key) or {}
        if not isinstance(more, dict):
            raise CorpusError(f"expected {key} as an object, found {str(more)[:60]}", where)
        for name, value in more.items():
            if found.setdefault(name, value) != value:
                raise CorpusError(f"{name!r} stands beside the text and in {key}", where)
    if "text" not in found and isinstance(found.get("data"), str):
        found["text"] = found.pop("data")
    return scheme.columns(found, where)


def _span(given: Any, number: int, where: str) -> Mark | Any:
    """A span with its label, or else the label of a text; new exports have lists, old ones objects."""
    if isinstance(given, dict):
        label = given.get("label")
        if "start_offset" not in given:
            return label
        start, end, number = given["start_offset"], given.get("end_offset"), given.get("id", number)
    elif isinstance(given, list):
        if len(given) != 3:
            raise CorpusError(f"expected a span as [start, end, label], found {str(given)[:60]}", where)
        start, end, label = given
    else:
        return given
    if not isinstance(label, str):
        hint = "export labels by their names"
        raise CorpusError(f"expected a label as a string, found {label!r}", where, hint)
    return Mark(
        where, str(number), (label,), Pieces((read_range(start, end, "labelled", where),), None, where)
    )


def _links(record: Mapping[str, Any], where: str) -> Iterator[Link]:
    for relation in objects(record, "relations", where):
        if not isinstance(relation.get("type"), str):
            found = f"expected a relation with from_id, to_id and type, found {str(relation)[:60]}"
            raise CorpusError(found, where)
        yield Link(where, relation["type"], (str(relation.get("from_id")), str(relation.get("to_id"))))


def _text(columns: Mapping[str, Any], where: str) -> str:
    if not isinstance(columns.get("text"), str):
        hint = "name its column with --rename COLUMN=text (rename)"
        raise CorpusError(f"expected the text as a string, found {columns.get('text')!r}", where, hint)
    return str(columns["text"])
