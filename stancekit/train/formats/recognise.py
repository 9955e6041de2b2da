"""Which format a file has: its content tells, whatever its name."""

from __future__ import annotations

from collections.abc import Iterator

from stancekit.train.formats import doccano, label_studio, prodigy
from stancekit.train.formats.json_records import read_records
from stancekit.train.formats.records import LeftOut, Row, Text
from stancekit.train.formats.table import read_csv, read_rows
from stancekit.train.scheme import Scheme


def read_file(text: str, file: str, scheme: Scheme) -> Iterator[Row | Text | LeftOut]:
    """The records of a file that stands alone.

    The first record of a JSON file decides; one of another format behind it is refused.
    """
    if text.lstrip()[:1] not in ("{", "["):
        return read_csv(text, file, scheme)
    records = read_records(text, file)
    first = records[0][1] if records else {}
    if label_studio.is_task(first):
        return label_studio.read_tasks(records, file, scheme)
    if label_studio.is_minimal(first):
        return label_studio.read_minimal(records, file, scheme)
    if prodigy.is_answer(first) and "answer" not in scheme.heads:
        return prodigy.read_answers(records, file, scheme)
    if doccano.is_example(first):
        return doccano.read_examples(records, file, scheme)
    return read_rows(records, file, scheme)
