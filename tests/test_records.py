"""Text in pieces -> records: wherever it is cut, the records are the same."""

from __future__ import annotations

import csv
import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.errors import InputError
from stancekit.records import read_records

JSONL = '\n\r\n{"text": "one\u2028 \u0085 two"}\r\n{"text": \n[3]\n\n \x0b \n{"text": "“три” 😀", "id": 1}'
TABLE = (
    'text,cue\r\n"two\r\nlines\n\r",said\r\n\r\none\rthree,"x ""y"", z"\nragged,a,b\r\n“три” 😀,\r\n"open,x\n'
)


def cut(text: str, places: list[int]) -> list[str]:
    bounds = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[start:end] for start, end in pairwise(bounds)]


@pytest.mark.parametrize("text", [JSONL, TABLE])
@given(places=st.lists(st.integers(0, 200)))
def test_it_matters_not_where_the_text_is_cut(text: str, places: list[int]) -> None:
    whole = list(read_records([text]))
    assert list(read_records(cut(text, places))) == whole
    assert list(read_records(text)) == whole  # a piece a character


def test_lines_are_those_of_the_file() -> None:
    found = [(record.line, bool(record.fault)) for record in read_records([JSONL])]
    assert found == [(3, False), (4, True), (5, True), (8, False)]
    found = [(record.line, bool(record.fault)) for record in read_records([TABLE])]
    assert found == [(2, False), (7, True), (8, False), (9, True), (10, False), (11, True)]


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2)))
def test_a_table_reads_back_as_csv_wrote_it(rows: list[list[str]]) -> None:
    table = io.StringIO(newline="")
    csv.writer(table).writerows([["text", "id"], *rows])
    found = [list(record.values.values()) for record in read_records(table.getvalue())]
    assert found == rows


@pytest.mark.parametrize(
    "record", ['{"text": "%s"}\n', '{"text": "%s"}', 'text\n"\n%s\n"\n', 'text\n"\n\n%s', "%s,text\nx,y\n"]
)
@pytest.mark.parametrize("length", [1, 7, 10_000])
def test_a_record_past_the_limit_ends_the_reading(record: str, length: int) -> None:
    text = record % ("é" * 100)
    pieces = [text[at : at + length] for at in range(0, len(text), length)]
    with pytest.raises(InputError, match=r"larger than 150 bytes \(x:[12]\): raise --max-bytes"):
        list(read_records(pieces, "x", max_bytes=150))
    list(read_records(pieces, "x", max_bytes=250))


def test_an_endless_record_ends_too() -> None:
    def endless(piece: str) -> list[str]:
        return [*(['{"text": "'] if piece == "x" else []), *[piece] * 1000]

    for piece in ("x", " ", "\t"):
        with pytest.raises(InputError, match="--max-bytes"):
            list(read_records(endless(piece), max_bytes=500))
    with pytest.raises(InputError, match="--max-bytes"):
        list(read_records(["text\n", '"', *["x\n"] * 1000], max_bytes=500))


def test_the_records_before_it_are_given_first() -> None:
    records = read_records(['{"text": "a"}\n{"text": "b"}\n', '{"text": "', "c" * 100], "x", max_bytes=50)
    assert [next(records).line, next(records).line] == [1, 2]
    with pytest.raises(InputError, match=r"\(x:3\)"):
        next(records)
