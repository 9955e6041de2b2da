"""The corpus folder's labels: a JSON object an utterance, with its spans (see docs/retraining.md)."""

from __future__ import annotations

from typing import Any

from stancekit.errors import CorpusError
from stancekit.train.formats.json_records import read_records
from stancekit.train.formats.records import Marked, Text
from stancekit.train.scheme import CODEBOOK, Scheme, nearest
from stancekit.train.spans import Pieces, read_range

KINDS = ("direct", "indirect", "mixed")

_RECORD = frozenset(("id", "kind", "content", "source", "cue", "speaker", "role"))
_SPAN = frozenset(("start", "end", "text"))


def read_labels(labels: str, file: str, article: str, text: str, where: str, scheme: Scheme) -> Text:
    """An article and the utterances of its labels file.

    Parameters
    ----------
    labels, file : the text of the labels file, and its path.
    article, text, where : the article's name, its text, and its path.
    """
    ids: dict[int, str] = {}
    marked: list[Marked] = []
    for place, given in read_records(labels, file):
        record = scheme.columns(given, place)
        _check_keys(record, place, scheme)
        number = record["id"]
        if type(number) is not int or number < 0:
            raise CorpusError(f"expected an id that is a whole number, found {number!r}", place)
        if number in ids:
            raise CorpusError(f"the id '{number}' is there twice", f"{ids[number]} and {place}")
        ids[number] = place
        marked.append(_utterance(record, f"{place}, utterance {number}", scheme))
    return Text(where, file, text, article, is_article=True, utterances=tuple(marked), whole=True)


def _check_keys(record: dict[str, Any], where: str, scheme: Scheme) -> None:
    known = _RECORD | set(scheme.heads_among(record, where)) | scheme.ignore
    for key in sorted(record.keys() - known - set(CODEBOOK)):
        raise CorpusError(
            f"unknown key {key!r}", where, nearest(key, known - record.keys()) or "leave it out"
        )
    for key in ("id", "kind", "content", "speaker"):
        if key not in record:
            raise CorpusError(f"no {key!r}", where, nearest(key, record.keys() - known))
    if record["kind"] not in KINDS:
        raise CorpusError(f"expected a kind out of {', '.join(KINDS)}, found {record['kind']!r}", where)


def _utterance(record: dict[str, Any], where: str, scheme: Scheme) -> Marked:
    content = record["content"]
    if not isinstance(content, list) or not content:
        raise CorpusError(f"expected a list of content spans, found {content!r}", where)
    if not isinstance(record["speaker"], str):
        raise CorpusError(f"expected speaker as a string, found {record['speaker']!r}", where)
    labels = scheme.labels(record, where)
    if not labels:
        raise CorpusError("the record has no label", where)
    return Marked(
        where,
        content=tuple(_pieces(span, "content", where) for span in content),
        source=_optional(record, "source", where),
        cue=_optional(record, "cue", where),
        speaker=record["speaker"],
        labels=labels,
    )


def _optional(record: dict[str, Any], key: str, where: str) -> tuple[Pieces, ...]:
    return () if record.get(key) is None else (_pieces(record[key], key, where),)


def _pieces(span: Any, name: str, where: str) -> Pieces:
    if not isinstance(span, dict) or span.keys() != _SPAN:
        raise CorpusError(f"expected a {name} span with start, end and text, found {str(span)[:80]}", where)
    if not isinstance(span["text"], str):
        raise CorpusError(f"expected the {name} span's text as a string, found {span['text']!r}", where)
    return Pieces((read_range(span["start"], span["end"], name, where),), span["text"], where)
