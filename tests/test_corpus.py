"""Labelled corpora: what is read, and what is refused with its place (rows E of the list of bad inputs)."""

import json
from pathlib import Path
from typing import Any

import pytest

from stancekit.errors import CorpusError, InputError
from stancekit.features import UtteranceFields
from stancekit.train.corpus import read_corpus
from stancekit.train.split import article_folds, article_groups
from tests.labelled import ROWS, write_rows

TEXT = "Clinic hit \U0001f3e5\n\n“It was dawn,” the nurse said. “Then the planes came.”\n"


def span(text: str) -> dict[str, Any]:
    start = TEXT.index(text)
    return {"start": start, "end": start + len(text), "text": text}


DIRECT: dict[str, Any] = {
    "id": 1,
    "kind": "direct",
    "content": [span("“It was dawn,”"), span("“Then the planes came.”")],
    "source": span("the nurse"),
    "cue": span("said"),
    "speaker": "nurse",
    "role": None,
    "stance": "neutral",
    "sentiment": "negative",
}


def folder(path: Path, *records: dict[str, Any], text: str = TEXT) -> Path:
    for name in ("articles", "labels"):
        (path / name).mkdir(parents=True, exist_ok=True)
    (path / "articles" / "a.txt").write_text(text, encoding="utf-8", newline="")
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    (path / "labels" / "a.jsonl").write_text(lines, encoding="utf-8", newline="")
    return path


def table(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_corpus_folder(tmp_path: Path) -> None:
    place = folder(tmp_path, DIRECT)
    (place / "articles" / "b.txt").write_text("Nobody said a word.\n")
    (place / "labels" / "b.jsonl").write_text("")
    corpus = read_corpus(place)
    (utterance,) = corpus.utterances
    assert utterance.fields == UtteranceFields("“It was dawn,” “Then the planes came.”", "said", "the nurse")
    assert (utterance.article, utterance.speaker) == ("a", "nurse")
    assert utterance.labels == {"stance": "neutral", "sentiment": "negative"}
    assert utterance.where.endswith("a.jsonl:1, utterance 1")
    assert corpus.articles == ("a", "b")
    assert corpus.heads == {"stance": ("neutral",), "sentiment": ("negative",)}


def test_rows_as_jsonl_and_as_csv_are_the_same(tmp_path: Path) -> None:
    jsonl = write_rows(tmp_path / "rows.jsonl")
    quoted = ['"{}","{}","{}","{}",{},{}'.format(*row) for row in ROWS]
    csv = tmp_path / "rows.csv"
    header = "article,text,source,cue,stance,sentiment"
    csv.write_text("\ufeff" + "\r\n".join([header, *quoted]), encoding="utf-8", newline="")
    one, other = read_corpus([jsonl]), read_corpus([csv])
    assert len(one.utterances) == len(ROWS)
    assert [u.fields for u in one.utterances] == [u.fields for u in other.utterances]
    assert [u.labels for u in one.utterances] == [u.labels for u in other.utterances]
    assert one.heads == {
        "stance": ("support", "neutral", "oppose"),
        "sentiment": ("positive", "neutral", "negative"),
    }


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    lines = write_rows(tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    shuffled = table(tmp_path / "shuffled.jsonl", *lines[::-1])
    one, other = read_corpus(tmp_path / "rows.jsonl"), read_corpus(shuffled)
    assert [u.fields for u in one.utterances] == [u.fields for u in other.utterances]


def test_a_folder_of_tables_is_read_by_what_is_in_them(tmp_path: Path) -> None:
    table(tmp_path / "a.csv", '{"text": "one", "stance": "support"}')
    table(tmp_path / "b.jsonl", "text,stance", "two,oppose")
    found = [utterance.fields.content for utterance in read_corpus(tmp_path).utterances]
    assert sorted(found) == ["one", "two"]


def test_other_heads_and_labels(tmp_path: Path) -> None:
    rows = ("text,frame,stance", "a dam is planned,economy,for", "a dam drowns us,harm,against")
    path = table(tmp_path / "rows.csv", *rows)
    assert read_corpus(path, heads=["frame"], ignore=["stance"]).heads == {"frame": ("economy", "harm")}
    assert read_corpus(path, ignore=["frame"]).heads == {"stance": ("against", "for")}
    both = read_corpus(path, heads=["frame", "stance"], labels={"stance": ["for", "against", "none"]})
    assert both.heads == {"stance": ("for", "against"), "frame": ("economy", "harm")}
    numbered = table(tmp_path / "n.csv", "text,stance", "one,1", "two,2")
    assert read_corpus(numbered, labels={"stance": ["1", "2"]}).heads == {"stance": ("1", "2")}


def test_null_is_no_label(tmp_path: Path) -> None:
    rows = (
        '{"text": "a", "stance": null, "sentiment": "neutral"}',
        '{"text": "b", "stance": "oppose", "sentiment": null}',
    )
    corpus = read_corpus(table(tmp_path / "rows.jsonl", *rows))
    assert [len(corpus.labelled(head)) for head in ("stance", "sentiment")] == [1, 1]


TABLES: dict[str, tuple[tuple[str, ...], str]] = {
    "E01-empty": (("",), "empty|no labelled"),
    "E01-header-only": (("text,stance",), "no labelled utterance"),
    "E04-ids": (
        ("id,text,stance", "7,a,support", "8,b,oppose", "7,c,oppose"),
        r"'7' is there twice \(.*:2 and .*:4",
    ),
    "E05-conflict": (
        ("text,speaker,stance", "a,x,support", "a,x,oppose"),
        r"^1 text with different labels.*:2 and .*:3.*--on-conflict",
    ),
    "E07-misspelt-text": (("txt,stance", "a,support"), "no column 'text'.*did you mean 'txt'"),
    "E07-misspelt-head": (("text,Stance", "a,support"), r":1\): did you mean 'Stance'"),
    "E07-misspelt-optional": (("text,stance,sorce", "a,support,x"), "'sorce'.*did you mean 'source'"),
    "E07-unknown": (
        ("text,stance,colour", "a,support,x"),
        r"unknown column 'colour' \(.*:1\): .*--head .*--ignore",
    ),
    "E07-no-head": (("text,position", "a,pro"), r"found 'text', 'position' \(.*:1\): .*--head"),
    "E07-twice": (("text,stance,stance", "a,support,oppose"), "'stance' is there twice"),
    "E08-case": (("text,stance", "a,support", "b,Oppose"), r"'Oppose' \(.*:3\): did you mean 'oppose'"),
    "E08-spaces": (("text,stance", "a,support", "b,oppose "), "'oppose '"),
    "E08-synonym": (("text,stance", "a,support", "b,against"), "support, neutral, oppose, found 'against'"),
    "E08-empty": (("text,stance", "a,support", "b,"), "found ''"),
    "E08-number": (("text,stance", "a,1", "b,2"), "found '1'"),
    "E08-own-labels-case": (("text,stance", "a,for", "b,FOR"), "'for' and 'FOR' differ in case"),
    "E12-mixed": (("text,stance", '{"text": "a", "stance": "support"}'), ":2"),
    "cells": (("text,stance", "a,support,x"), "expected 2 cells, found 3"),
    "quote": (("text,stance", '"a,support'), "CSV"),
    "empty-text": (("text,stance", " ,support"), "text is empty"),
    "json-broken": (('{"text": "a", "stance": "support"', ""), "not a line of JSON.*:1"),
    "json-list": (('{"text": "a", "stance": "support"}', "[1]"), "expected a JSON object, found list.*:2"),
    "json-key-twice": (('{"text": "a", "text": "b", "stance": "support"}',), "twice"),
    "json-key-missing": (
        ('{"text": "a", "stance": "support"}', '{"text": "b"}'),
        "expected a column stance or sentiment, found 'text' .*:2",
    ),
    "json-label-number": (('{"text": "a", "stance": 1}',), "as a string, found 1"),
    "json-text-number": (('{"text": 1, "stance": "support"}',), "text as a string"),
    "json-surrogate": (('{"text": "\\ud800", "stance": "support"}',), "surrogate"),
    "json-empty-object": (("{}",), r"expected a column stance or sentiment, found none .*:1"),
    "json-no-label": (('{"text": "a", "stance": null}',), "no label"),
    "E24-nan": (('{"text": "a", "stance": "support", "id": NaN}',), "NaN.*:1"),
    "E24-infinity": (('{"text": "a", "stance": "support", "id": 1e999}',), "1e999.*:1"),
    "E24-float": (('{"text": "a", "stance": "support", "id": 1.5}',), "whole number, found 1.5.*:1"),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_that_are_refused(tmp_path: Path, name: str) -> None:
    lines, message = TABLES[name]
    with pytest.raises(CorpusError, match=message):
        read_corpus(table(tmp_path / "rows", *lines))


def changed(**values: Any) -> dict[str, Any]:
    return {**DIRECT, **values}


def moved(start: Any, end: Any, text: Any = "“It was dawn,”") -> dict[str, Any]:
    return changed(content=[{"start": start, "end": end, "text": text}])


START, END = span("“It was dawn,”")["start"], span("“It was dawn,”")["end"]

RECORDS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "E01": ([], "no labelled utterance"),
    "E04": ([DIRECT, DIRECT], r"'1' is there twice \(.*:1 and .*:2"),
    "E08": ([changed(stance="Neutral")], "neutral"),
    "E09-negative": ([moved(-1, END)], "found -1 to"),
    "E09-empty": ([moved(START, START)], "found 14 to 14|found 13 to 13"),
    "E09-past-the-end": ([moved(START, 10_000)], "to 10000.*utterance 1"),
    "E09-start-after-end": ([moved(END, START)], "within"),
    "E09-other-text": ([moved(START, END, "“It was dusk,”")], "not '“It was dusk,”'"),
    "E09-no-text": ([changed(content=[{"start": START, "end": END}])], "start, end and text"),
    "E09-content-none": ([changed(content=[])], "list of content spans"),
    "E09-content-text": ([changed(content="It was dawn")], "list of content spans"),
    "E09-source": ([changed(source={"start": 0, "end": 4, "text": "nurse"})], "source span 0 to 4"),
    "E10-utf-16": ([moved(START + 1, END + 1)], "counts UTF-16 units"),
    "E10-bytes": (
        [moved(len(TEXT[:START].encode()), len(TEXT[:END].encode()))],
        "counts bytes",
    ),
    "E11-overlap": (
        [DIRECT, changed(id=2, content=[span("It was dawn")])],
        r"overlaps that of another.*:1, .*1 and .*:2",
    ),
    "E11-order": ([changed(content=DIRECT["content"][::-1])], "in order"),
    "E24-text-number": ([moved("1,234", END)], "whole numbers.*'1,234'"),
    "E24-float": ([moved(14.0, END)], "whole numbers.*14.0"),
    "E24-true": ([moved(True, END)], "whole numbers.*True"),
    "kind": ([changed(kind="quoted")], "direct, indirect, mixed"),
    "id": ([changed(id="one")], "whole number"),
    "unknown-key": ([changed(speakr="x")], "'speakr'"),
    "no-kind": ([{key: value for key, value in DIRECT.items() if key != "kind"}], "no 'kind'"),
}


@pytest.mark.parametrize("name", RECORDS)
def test_records_that_are_refused(tmp_path: Path, name: str) -> None:
    records, message = RECORDS[name]
    with pytest.raises(CorpusError, match=message):
        read_corpus(folder(tmp_path, *records))


def test_bad_bytes_are_placed(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"text,stance\na,support\ncaf\xe9,oppose\n")
    with pytest.raises(CorpusError, match=r"0xe9 at position 25 \(.*rows.csv:3\)"):
        read_corpus(path)


def test_byte_order_mark_and_carriage_returns_stay_out_of_spans(tmp_path: Path) -> None:
    place = folder(tmp_path, DIRECT)
    article = place / "articles" / "a.txt"
    article.write_bytes(b"\xef\xbb\xbf" + article.read_bytes())
    assert read_corpus(place).utterances[0].fields.cue == "said"
    article.write_bytes(TEXT.replace("\n", "\r\n").encode())
    with pytest.raises(CorpusError, match="content span"):
        read_corpus(place)


def test_articles_and_labels_belong_together(tmp_path: Path) -> None:
    place = folder(tmp_path, DIRECT)
    (place / "articles" / "b.txt").write_text("x")
    with pytest.raises(CorpusError, match=r"'b' has no labels/b\.jsonl"):
        read_corpus(place)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no corpus there"):
        read_corpus(tmp_path / "absent")
    with pytest.raises(CorpusError, match="found neither"):
        read_corpus(tmp_path)


@pytest.mark.parametrize(("choice", "n"), [("first", 2), ("drop", 1), ("keep", 3)])
def test_conflicts_by_choice(tmp_path: Path, choice: Any, n: int) -> None:
    path = table(tmp_path / "rows.csv", "text,stance", "a,support", "a,oppose", "b,neutral")
    corpus = read_corpus(path, on_conflict=choice)
    assert len(corpus.utterances) == n
    assert any(warning.startswith("conflicting-labels: 1") for warning in corpus.warnings)


def test_columns_named_as_heads_must_be_there(tmp_path: Path) -> None:
    path = table(tmp_path / "rows.csv", "text,position", "a,pro")
    with pytest.raises(CorpusError, match=r"no column 'positon', found 'text', 'position' \(.*:1\)"):
        read_corpus(path, heads=["positon"])


def test_texts_without_an_article_are_counted(tmp_path: Path) -> None:
    path = table(tmp_path / "rows.csv", "text,stance,article", "a,support,", "b,oppose,", "c,oppose,x")
    (warning,) = read_corpus(path).warnings
    assert warning.startswith("no-article: 2 texts without an article")


def test_a_file_given_twice_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path / "rows.csv", "text,stance", "a,support", "b,oppose")
    with pytest.raises(CorpusError, match="given twice"):
        read_corpus([path, tmp_path / "." / "rows.csv"])
    with pytest.raises(CorpusError, match="given twice"):
        read_corpus([tmp_path, path])


def test_repeated_records_are_told(tmp_path: Path) -> None:
    rows = ("text,cue,article,stance", "a,said,x,support", "a,says,x,support", "a,said,y,support")
    path = table(tmp_path / "rows.csv", *rows)
    assert read_corpus(path).warnings == ()
    again = table(tmp_path / "again.csv", *rows, "a,said,x,support")
    (warning,) = read_corpus([path, again]).warnings
    assert warning.startswith("repeated-records: 4 records")
    assert "rows.csv:2 and" in warning


def test_folds_keep_articles_together(tmp_path: Path) -> None:
    utterances = read_corpus(write_rows(tmp_path / "rows.jsonl")).utterances
    groups = article_groups(utterances)
    assert groups == [utterance.article for utterance in utterances]
    folds = article_folds(groups, [[utterance.labels["stance"]] for utterance in utterances], 3)
    assert sorted(folds.tolist()) == [0] * 6 + [1] * 6 + [2] * 6
    assert len({(group, fold) for group, fold in zip(groups, folds.tolist(), strict=True)}) == len(
        set(groups)
    )


def test_articles_that_repeat_each_other_are_one_group(tmp_path: Path) -> None:
    text = "the convoy of nine trucks left the town before noon"
    rows = [f'{{"text": "{text}", "article": "{name}", "stance": "neutral"}}' for name in "bca"]
    other = '{"text": "it was late", "article": "d", "stance": "oppose"}'
    utterances = read_corpus(table(tmp_path / "rows.jsonl", *rows, other)).utterances
    assert article_groups(utterances) == ["a", "a", "a", "d"]
