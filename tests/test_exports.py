"""Exports of annotation tools: what is read of them, and what is refused with its place.

The files under ``exports/`` are our own, in the layout of each tool. All that label single utterances hold
the same five, and all that mark articles the same four.
"""

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stancekit.errors import CorpusError, InputError, StancekitError
from stancekit.train import train
from stancekit.train.corpus import Corpus, read_corpus
from tests.conftest import Cli

EXPORTS = Path(__file__).parent / "exports"

# content, cue, source, article, stance, sentiment
UTTERANCES = [
    ("the council has sold our quay", "said", "Bertha Quill", "ferry", "oppose", "negative"),
    ("no berth was ever for sale", "insisted", "Mayor Orlo Venn", "ferry", "support", "neutral"),
    ("the council kept every promise it made", "according to", "Pia Lund", "market", "support", "positive"),
    ("a gift to the landlords", "called it", "Jost Ember", "market", "oppose", "negative"),
    ("the hall opens at nine on Mondays", "said", "the caretaker", "market", "neutral", "neutral"),
]
MARKED = [
    (
        "“The council has sold our quay,” “It will sell the lighthouse next.”",
        "said",
        "Bertha Quill",
        "ferry",
        "oppose",
        "negative",
    ),
    ("that any berth was for sale", "denied", "Mayor Orlo Venn", "ferry", "support", "neutral"),
    ("the council kept every promise it made", "According to", "Pia Lund", "market", "support", "positive"),
    ("“a gift to the landlords”", "called the plan", "Her rival Jost Ember", "market", "oppose", "negative"),
]
SPEAKERS = {"Bertha Quill", "Orlo Venn", "Pia Lund", "Jost Ember"}
STANCE = {"heads": ["stance"]}
POINTS = {"offsets": "code-points"}

CHOICES: dict[str, dict[str, Any]] = {
    "label-studio": {},
    "label-studio-old": {},
    "label-studio-minimal": {},
    "doccano": {},
    "doccano-old": {},
    "prodigy": {},
    "prodigy-binary": STANCE,
}
ARTICLES: dict[str, dict[str, Any]] = {
    "label-studio-spans": {},
    "doccano-relations": POINTS,
    "prodigy-relations": {},
    "brat-relations": {},
    "brat-events": {},
}


def found(corpus: Corpus) -> list[tuple[str, ...]]:
    return [
        (u.fields.content, u.fields.cue, u.fields.source, u.article, *u.labels.values())
        for u in corpus.utterances
    ]


@pytest.mark.parametrize("name", CHOICES)
def test_exports_of_single_utterances(name: str) -> None:
    corpus = read_corpus(EXPORTS / name, **CHOICES[name])
    n = 5 if CHOICES[name] is STANCE else 6
    assert sorted(found(corpus)) == sorted(utterance[:n] for utterance in UTTERANCES)
    assert corpus.articles == ("ferry", "market")
    assert corpus.whole == ()


@pytest.mark.parametrize("name", ARTICLES)
def test_exports_of_marked_articles(name: str) -> None:
    corpus = read_corpus(EXPORTS / name, **ARTICLES[name])
    n = 4 + len(corpus.heads)
    assert sorted(found(corpus)) == sorted(utterance[:n] for utterance in MARKED)
    assert {utterance.speaker for utterance in corpus.utterances} == SPEAKERS
    whole = {article.name: article for article in corpus.whole}
    # An article that somebody read and where nothing is said is there too, if the tool tells.
    assert {name: len(article.utterances) for name, article in whole.items() if name != "tides"} == {
        "ferry": 2,
        "market": 2,
    }
    ferry = whole["ferry"]
    assert [
        [ferry.text[start:end] for start, end in utterance.content] for utterance in ferry.utterances
    ] == [
        ["“The council has sold our quay,”", "“It will sell the lighthouse next.”"],
        ["that any berth was for sale"],
    ]


def test_articles_that_were_read_and_have_no_utterance() -> None:
    for name in ("label-studio-spans", "prodigy-relations"):
        corpus = read_corpus(EXPORTS / name)
        assert "tides" in corpus.articles
        assert [len(article.utterances) for article in corpus.whole if article.name == "tides"] == [0]


def test_span_types_that_are_labels_and_spans_that_need_no_relation() -> None:
    corpus = read_corpus(EXPORTS / "doccano-spans")
    assert [(u.fields.source, u.fields.cue, dict(u.labels)) for u in corpus.utterances] == [
        ("The mayor", "said", {"stance": "support"}),
        ("fishermen", "complained", {"stance": "oppose"}),
    ]
    assert corpus.whole == ()


TOLD = {
    "label-studio": [
        "annotators-disagree: on 2 of 3 utterances that several labelled",
        "left-out: FILE: cancelled annotations 1, drafts of tasks 1, tasks with predictions only 1,"
        " texts without a label 1",
    ],
    "label-studio-old": [
        "annotators-disagree: on 2 of 3 utterances that several labelled",
        "left-out: FILE: cancelled annotations 1",
    ],
    "label-studio-minimal": ["annotators-disagree: on 1 of 2 utterances that several labelled"],
    "doccano": ["left-out: FILE: texts without a label 1"],
    "prodigy": ["left-out: FILE: ignored answers 1, rejected answers 1"],
    "prodigy-binary": ["left-out: FILE: rejected answers 10"],
    "doccano-spans": ["left-out: FILE: texts without a label 1"],
    "brat-events": [],
}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_left_out_is_told(name: str) -> None:
    (file, *_) = sorted((EXPORTS / name).iterdir())
    warnings = read_corpus(EXPORTS / name, **CHOICES.get(name, {})).warnings
    assert [warning.replace(str(file), "FILE") for warning in warnings] == TOLD[name]


# Variants of the samples


def load(name: str) -> tuple[Path, list[dict[str, Any]]]:
    (file,) = (EXPORTS / name).iterdir()
    text = file.read_text(encoding="utf-8")
    return file, json.loads(text) if file.suffix == ".json" else [*map(json.loads, text.splitlines())]


def dump(path: Path, records: list[dict[str, Any]]) -> Path:
    if path.suffix == ".json":
        text = json.dumps(records, indent=1)
    else:
        text = "".join(json.dumps(record) + "\n" for record in records)
    path.write_text(text, encoding="utf-8")
    return path


def at(record: Any, path: str) -> tuple[Any, Any]:
    """The container of what a path such as ``0.data.text`` names, and the key in it."""
    *keys, last = [int(key) if key.lstrip("-").isdigit() else key for key in path.split(".")]
    for key in keys:
        record = record[key]
    return record, last


SPAN = "0.annotations.0.result.0.value"

# sample, what is changed and to what, the message
CHANGED: dict[str, tuple[str, dict[str, Any], str]] = {
    "LS-no-text": ("label-studio", {"0.data": {"quote": "x"}}, r"no column 'text'.*choices.json:2, task 11"),
    "LS-column": ("label-studio", {"0.data.outlet": "Post"}, r"unknown column 'outlet' .*task 11, .*101\)"),
    "LS-two-choices": (
        "label-studio",
        {"0.annotations.0.result.0.value.choices": ["oppose", "neutral"]},
        r"one choice of 'stance', found 'oppose', 'neutral' .*task 11, annotation 101\)",
    ),
    "LS-label": (
        "label-studio",
        {"4.annotations.0.result.0.value.choices": ["Neutral"]},
        r"found 'Neutral' .*task 15, annotation 110\): did you mean 'neutral'",
    ),
    "LS-rating": (
        "label-studio",
        {"4.annotations.0.result.0.type": "rating", "4.annotations.0.result.0.value": {"rating": 4}},
        r"stance label as a string, found 4 .*task 15",
    ),
    "LS-ids-only": (
        "label-studio",
        {"0.annotations": [101]},
        r"annotations as a list of objects, found \[101",
    ),
    "LS-annotation-twice": (
        "label-studio",
        {"0.annotations.1.id": 101},
        r"the id '101' is there twice \(.*annotation 101 and .*annotation 101\)",
    ),
    "LS-tie": (
        "label-studio",
        {"0.annotations.1.result.0.value.choices": ["neutral"]},
        r"^1 text with different labels.*annotation 101 and .*annotation 102\).*--on-conflict",
    ),
    "LS-other-record": (
        "label-studio",
        {"1": {"text": "x", "stance": "oppose"}},
        r"expected a task .*:\d+\)",
    ),
    "E09-past-the-end": ("label-studio-spans", {f"{SPAN}.end": 9999}, r"33 to 9999.*task 40.*region f0c0"),
    "E09-negative": ("label-studio-spans", {f"{SPAN}.start": -1}, "within the 231 code points.*-1 to 65"),
    "E09-other-text": ("label-studio-spans", {f"{SPAN}.text": "“No!”"}, "33 to 65 is '“The .*, not '“No!”'"),
    "E09-text-offsets": ("label-studio-spans", {f"{SPAN}.start": "33"}, "whole numbers .* found '33' to 65"),
    "E11-overlap": (
        "label-studio-spans",
        {
            "0.annotations.0.result.1.value": {
                "start": 34,
                "end": 65,
                "text": "The council has sold our quay,”",
                "labels": ["Content"],
            }
        },
        "expected content spans in order and apart",
    ),
    "LS-html": (
        "label-studio-spans",
        {"0.annotations.0.result.0.type": "hypertextlabels"},
        "plain text, found hypertextlabels",
    ),
    "LS-span-type": (
        "label-studio-spans",
        {f"{SPAN}.labels": ["Contnet"]},
        r"'Contnet' is no label of stance or sentiment .*region f0c0\): did you mean 'content'",
    ),
    "LS-attribute": (
        "label-studio-spans",
        {"0.annotations.0.result.2.from_name": "Irony"},
        r"unknown attribute 'Irony' .*--ignore",
    ),
    "LS-label-of-a-source": (
        "label-studio-spans",
        {"0.annotations.0.result.2.id": "f0s"},
        "labels on contents and cues, found stance 'oppose' on a source",
    ),
    "LS-relation": (
        "label-studio-spans",
        {"0.annotations.0.result.7.labels": ["addresses"]},
        r"unknown relation 'addresses' .*annotation 201\): .*--rename addresses=source .*--ignore",
    ),
    "LS-relation-ends": (
        "label-studio-spans",
        {"0.annotations.0.result.7.labels": ["cue"]},
        "expected a cue and another span, found a 'cue' relation between a content and a source",
    ),
    "LS-relation-to-nothing": (
        "label-studio-spans",
        {"0.annotations.0.result.7.to_id": "gone"},
        "a relation with 'gone', which is no span",
    ),
    "doccano-ids": (
        "doccano",
        {"0.label": [3]},
        r"label as a string, found 3 .*:1, example 20\).*by their names",
    ),
    "doccano-ambiguous": (
        "doccano",
        {"0.label": ["neutral"]},
        r"'neutral' may be a label of stance or sentiment .*stance:neutral.*--head",
    ),
    "doccano-unknown": (
        "doccano",
        {"0.label": ["against"]},
        r"'against' is no label of stance or sent.*--head",
    ),
    "doccano-two": (
        "doccano",
        {"0.label": ["oppose", "support"]},
        "one stance label, found 'oppose' and 'supp",
    ),
    "doccano-id-twice": ("doccano", {"1.id": 20}, r"'20' is there twice \(.*:1, .* and .*:2"),
    "doccano-meta": ("doccano", {"0.meta": {"outlet": "Post"}}, r"unknown column 'outlet' .*:1"),
    "doccano-meta-twice": (
        "doccano",
        {"0.meta": {"article": "x"}},
        "'article' stands beside the text and in meta",
    ),
    "doccano-both": ("doccano", {"0.label": ["oppose", [0, 3, "cue"]]}, "labels of the text or of spans"),
    "doccano-no-list": ("doccano", {"1.label": "oppose"}, r"expected a list of labels, found .*:2"),
    "prodigy-answer": ("prodigy", {"1.answer": "maybe"}, r"accept, reject, ignore, found 'maybe' \(.*:2"),
    "prodigy-option": (
        "prodigy",
        {"0.accept": ["stance:agree"]},
        "expected a choice out of .*'stance:agree'",
    ),
    "prodigy-both": ("prodigy", {"0.spans": [{"start": 0, "end": 3, "label": "x"}]}, "found both.*--ignore"),
    "prodigy-column": ("prodigy", {"0.stance": "neutral"}, r"'stance' is a column beside the labels .*:1"),
    "prodigy-none": ("prodigy-binary", {"2.label": None}, r"a label, a choice or spans, found none .*:3"),
    "prodigy-relation": (
        "prodigy-relations",
        {"0.relations.0.head_span": None},
        "expected a relation with head",
    ),
    "prodigy-span-twice": ("prodigy-relations", {"0.spans.1.start": 33, "0.spans.1.end": 65}, "there twice"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_exports_that_are_refused(tmp_path: Path, name: str) -> None:
    sample, changes, message = CHANGED[name]
    file, records = load(sample)
    for path, value in changes.items():
        container, key = at(records, path)
        container[key] = value
    if name == "prodigy-span-twice":
        records[0]["spans"].append(copy.deepcopy(records[0]["spans"][2]))
    options = {**CHOICES, **ARTICLES}[sample]
    with pytest.raises(CorpusError, match=message):
        read_corpus(dump(tmp_path / file.name, records), **options)


VALUES: tuple[Any, ...] = (None, 1, "x", [], {}, [{}])


def places(value: Any, path: str = "") -> Iterator[str]:
    items = value.items() if isinstance(value, dict) else enumerate(value[:3])
    for key, inner in items:
        yield f"{path}{key}"
        if isinstance(inner, (dict, list)):
            yield from places(inner, f"{path}{key}.")


@pytest.mark.parametrize(
    "name", ["label-studio", "label-studio-spans", "doccano-relations", "prodigy-relations"]
)
def test_damaged_exports_are_refused_by_name(tmp_path: Path, name: str) -> None:
    file, records = load(name)
    records = records[:1]
    damaged = tmp_path / file.name
    for number, path in enumerate(places(records)):
        container, key = at(records, path)
        kept = container[key]
        container[key] = VALUES[number % len(VALUES)]
        dump(damaged, records)
        container[key] = kept
        try:
            read_corpus(damaged, **ARTICLES.get(name, {}))
        except StancekitError as error:
            assert str(damaged) in str(error) or "no labelled utterance" in str(error)  # noqa: PT017


# Several annotators


@pytest.mark.parametrize(
    ("choice", "stances"), [("first", ["oppose"]), ("drop", []), ("keep", ["neutral", "oppose"])]
)
def test_annotators_as_many_for_one_label_as_for_another(
    tmp_path: Path, choice: Any, stances: list[str]
) -> None:
    file, tasks = load("label-studio")
    tasks[0]["annotations"][1]["result"][0]["value"]["choices"] = ["neutral"]
    corpus = read_corpus(dump(tmp_path / file.name, tasks), on_conflict=choice)
    of_task = [u for u in corpus.utterances if u.fields.content == UTTERANCES[0][0]]
    assert sorted(u.labels["stance"] for u in of_task) == stances
    # On the sentiment they agree: it is there once.
    assert [u.labels["sentiment"] for u in of_task if "sentiment" in u.labels] == ["negative"] * bool(stances)


def test_an_annotator_counts_once(tmp_path: Path) -> None:
    file, tasks = load("label-studio")
    task = tasks[1]
    task["annotations"] = [{**task["annotations"][1], "id": n, "completed_by": 7} for n in (1, 2)] + [
        {**task["annotations"][0], "id": n, "completed_by": n} for n in (3, 4)
    ]
    corpus = read_corpus(dump(tmp_path / file.name, [task]))
    assert [utterance.labels["stance"] for utterance in corpus.utterances] == ["support"]


def test_one_export_under_two_layouts_is_not_counted_twice() -> None:
    with pytest.raises(CorpusError, match=r"the id '101' is there twice \(.*choices.json.*minimal.json"):
        read_corpus([EXPORTS / "label-studio", EXPORTS / "label-studio-minimal"])


@pytest.mark.parametrize(("choice", "n"), [("refuse", None), ("keep", None), ("first", 2), ("drop", 0)])
def test_annotators_who_mark_different_spans(tmp_path: Path, choice: Any, n: int | None) -> None:
    for name in ("ann", "bob"):
        shutil.copytree(EXPORTS / "brat-relations", tmp_path / name)
    folders = [tmp_path / "ann", tmp_path / "bob"]
    assert found(read_corpus(folders)) == found(read_corpus(folders[0]))
    file = folders[1] / "ferry.ann"
    file.write_text(
        file.read_text(encoding="utf-8").replace(
            "33 65;100 135\t“The council has sold our quay,” ", "100 135\t"
        )
    )
    if n is None:
        with pytest.raises(
            CorpusError, match=r"different contents in one text \(.*ann/ferry.ann and .*bob/ferry"
        ):
            read_corpus(folders, on_conflict=choice)
    else:
        corpus = read_corpus(folders, on_conflict=choice)
        assert len([u for u in corpus.utterances if u.article == "ferry"]) == n
        assert corpus.warnings[0].endswith("on the spans of 1 text")


def test_a_ground_truth_settles_spans_as_well(tmp_path: Path) -> None:
    file, tasks = load("label-studio-spans")
    other = copy.deepcopy(tasks[0]["annotations"][0])
    other.update(id=7, result=other["result"][-3:-2], completed_by=2)
    tasks[0]["annotations"].append(other)
    tasks[0]["annotations"][0]["ground_truth"] = True
    assert len(read_corpus(dump(tmp_path / file.name, tasks)).utterances) == 4


def test_files_of_doccano_are_annotators(tmp_path: Path) -> None:
    _, records = load("doccano")
    records = records[:1]
    for name, label in (("ann", "oppose"), ("bob", "oppose"), ("cyd", "neutral")):
        records[0]["label"] = [f"stance:{label}"]
        dump(tmp_path / f"{name}.jsonl", records)
    corpus = read_corpus(tmp_path)
    assert [dict(utterance.labels) for utterance in corpus.utterances] == [{"stance": "oppose"}]
    assert corpus.warnings == ("annotators-disagree: on 1 of 1 utterance that several labelled",)


@pytest.mark.parametrize(("name", "key"), [("prodigy", "accept"), ("doccano", "label")])
def test_one_text_of_two_speakers_is_two_utterances(tmp_path: Path, name: str, key: str) -> None:
    file, records = load(name)
    other = {**records[0], "source": "Jost Ember", key: ["stance:support"]}
    other.pop("id", None)
    corpus = read_corpus(dump(tmp_path / file.name, [records[0], other]))
    assert [(u.fields.source, u.labels["stance"]) for u in corpus.utterances] == [
        ("Bertha Quill", "oppose"),
        ("Jost Ember", "support"),
    ]


def test_a_label_that_as_many_reject(tmp_path: Path) -> None:
    file, records = load("prodigy-binary")
    accepted = next(record for record in records if record["answer"] == "accept")
    records.append({**accepted, "answer": "reject", "_session_id": "press-2"})
    corpus = read_corpus(dump(tmp_path / file.name, records), heads=["stance"])
    assert len(corpus.utterances) == 4
    assert "answers that as many rejected 1" in corpus.warnings[0]


# Offsets


def counted(text: str, n: int, unit: str) -> int:
    return {"utf-16": len(text[:n].encode("utf-16-le")) // 2, "utf-8": len(text[:n].encode())}[unit]


@pytest.mark.parametrize(("unit", "shown"), [("utf-16", "UTF-16 units"), ("utf-8", "bytes")])
def test_spans_that_count_something_else(tmp_path: Path, unit: Any, shown: str) -> None:
    file, tasks = load("label-studio-spans")
    for task in tasks:
        for result in task["annotations"][0]["result"]:
            for edge in ("start", "end"):
                if edge in result.get("value", ()):
                    result["value"][edge] = counted(task["data"]["text"], result["value"][edge], unit)
    path = dump(tmp_path / file.name, tasks)
    with pytest.raises(CorpusError, match=f"counts {shown} .*task 40.*--offsets {unit}"):
        read_corpus(path)
    assert found(read_corpus(path, offsets=unit)) == found(read_corpus(file))
    with pytest.raises(CorpusError, match=r"counts code points .*--offsets code-points"):
        read_corpus(file, offsets=unit)


def test_spans_without_a_text_behind_an_emoji_are_refused(tmp_path: Path) -> None:
    place = EXPORTS / "doccano-relations"
    with pytest.raises(
        CorpusError, match=r"behind a character such as an emoji .*:1, example 60\).*--offsets"
    ):
        read_corpus(place)
    # Counted in UTF-16 units, the span of four words begins a character early.
    wrong = read_corpus(place, offsets="utf-16").utterances
    assert "\n“The council" in "".join(utterance.fields.content for utterance in wrong)
    file, records = load("doccano-relations")
    records[0]["text"] = records[0]["text"].replace("\U0001f6a2", "!")
    assert len(read_corpus(dump(tmp_path / file.name, records)).utterances) == 4


def test_line_ends_within_a_span(tmp_path: Path) -> None:
    text = "He said:\n“One\ntwo.”\n"
    for claimed in ("“One\ntwo.”", "“One two.”", "“One\\ntwo.”"):
        value = {"start": 9, "end": 19, "text": claimed, "labels": ["oppose"]}
        result = {"id": "a", "from_name": "part", "to_name": "t", "type": "labels", "value": value}
        task = {"id": 1, "data": {"text": text}, "annotations": [{"id": 2, "result": [result]}]}
        (utterance,) = read_corpus(dump(tmp_path / "tasks.json", [task])).utterances
        assert utterance.fields.content == "“One\ntwo.”"


# brat

BRAT: dict[str, tuple[str, str, str]] = {
    "E15-unknown-relation": (
        "\tsource Arg1:T1",
        "\taddresses Arg1:T1",
        r"relation 'addresses' \(.*ferry.ann:4\)",
    ),
    "E15-relation-to-nothing": ("Arg2:T2", "Arg2:T9", r"found T9, which is not there \(.*ferry.ann:4\)"),
    "E15-shifted": ("71 83", "70 82", r"70 to 82 is ' Bertha Quil', not 'Bertha Quill' \(.*ferry.ann:2\)"),
    "E09-past-the-end": ("71 83", "71 8300", r"within the 231 code points .*71 to 8300 \(.*ferry.ann:2\)"),
    "E11-order": ("33 65;100 135\t“The council has sold our quay,” ", "100 135;33 65\t", "is '“It will"),
    "offsets": ("71 83", "71-83", r"expected TYPE START END, found 'Source 71-83' \(.*ferry.ann:2\)"),
    "line": ("T2\tSource", "Source", r"expected a line of brat's.*ferry.ann:2\)"),
    "id-twice": ("T2\t", "T1\t", r"T1 is there twice \(.*:1 and .*:2\)"),
    "type": ("Source 71", "Person 71", r"'Person' is no label of .*ferry.ann:2\).*--ignore"),
    "attribute": ("Stance T1 oppose", "Irony T1 strong", r"unknown attribute 'Irony' \(.*ferry.ann:1\)"),
    "label": ("Stance T1 oppose", "Stance T1 Oppose", r"found 'Oppose' .*did you mean 'oppose'"),
    "equivalence": ("#1\tAnnotatorNotes T1\tsure of it", "*\tEquiv T2 T5", r"relation 'Equiv' \(.*ann:17\)"),
}


@pytest.mark.parametrize("name", BRAT)
def test_annotations_of_brat_that_are_refused(tmp_path: Path, name: str) -> None:
    old, new, message = BRAT[name]
    place = shutil.copytree(EXPORTS / "brat-relations", tmp_path / "b")
    text = (place / "ferry.ann").read_text(encoding="utf-8")
    assert old in text
    (place / "ferry.ann").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CorpusError, match=message):
        read_corpus(place)


def test_a_text_that_brat_lost(tmp_path: Path) -> None:
    place = shutil.copytree(EXPORTS / "brat-relations", tmp_path / "b")
    (place / "ferry.txt").unlink()
    with pytest.raises(CorpusError, match=r"expected the text ferry.txt, found none \(.*ferry.ann:1\)"):
        read_corpus(place)


def test_line_ends_of_brat(tmp_path: Path) -> None:
    place = shutil.copytree(EXPORTS / "brat-relations", tmp_path / "b")
    text, labels = place / "ferry.txt", place / "ferry.ann"
    labels.write_bytes(labels.read_bytes().replace(b"\n", b"\r\n"))
    assert len(read_corpus(place).utterances) == 4
    text.write_bytes(text.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(CorpusError, match=r"takes CRLF for one character \(.*ferry.ann:1\)"):
        read_corpus(place)


def test_texts_of_brat_without_annotations_are_told(tmp_path: Path) -> None:
    place = shutil.copytree(EXPORTS / "brat-relations", tmp_path / "b")
    (place / "empty.txt").write_text("It rained.\n")
    (place / "empty.ann").write_text("")
    (place / "more.txt").write_text("It rained again.\n")
    warnings = read_corpus(place).warnings
    assert [warning.rpartition("/")[2] for warning in warnings] == [
        "empty.ann: texts without a content 1",
        "more.txt: texts without annotations 1",
    ]


def test_events_that_share_a_trigger(tmp_path: Path) -> None:
    text = "Ann and Bob said yes and no.\n"
    (tmp_path / "a.txt").write_text(text)
    lines = [
        *("T1\tSource 0 3\tAnn", "T2\tSource 8 11\tBob", "T3\tCue 12 16\tsaid"),
        *("T4\tContent 17 20\tyes", "T5\tContent 25 27\tno"),
        *("E1\tCue:T3 Content:T4 Source:T1", "E2\tCue:T3 Content2:T5 Source:T2"),
        *("A1\tStance E1 support", "A2\tStance E2 oppose"),
    ]
    (tmp_path / "a.ann").write_text("\n".join(lines))
    found = [
        (u.fields.content, u.fields.source, u.labels["stance"]) for u in read_corpus(tmp_path).utterances
    ]
    assert found == [("no", "Bob", "oppose"), ("yes", "Ann", "support")]
    (tmp_path / "a.ann").write_text("\n".join([*lines, "R1\tcue Arg1:T4 Arg2:T3"]))
    with pytest.raises(CorpusError, match=r"T3 is the trigger of E1 and E2 \(.*:10\)"):
        read_corpus(tmp_path)


# Names


def test_other_names_by_option(tmp_path: Path) -> None:
    file, tasks = load("label-studio-spans")
    text = json.dumps(tasks).replace('"Content"', '"Quotation"').replace('"Stance"', '"Leaning"')
    text = text.replace('"oppose"', '"against"').replace('"text": "Ferry', '"body": "Ferry')
    text = text.replace('"text": "The', '"body": "The').replace('"continues"', '"same-as"')
    path = tmp_path / file.name
    path.write_text(text, encoding="utf-8")
    names = {"Quotation": "content", "Leaning": "stance", "against": "oppose", "body": "text"}
    corpus = read_corpus(path, rename={**names, "same-as": "continues"})
    assert found(corpus) == found(read_corpus(file))
    with pytest.raises(CorpusError, match=r"nothing is called 'Leanign'.*did you mean 'Leaning'"):
        read_corpus(path, rename={**names, "same-as": "continues", "Leanign": "stance"})


def test_renaming_goes_one_step(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'b' is both"):
        read_corpus(EXPORTS / "doccano", rename={"a": "b", "b": "c"})
    path = tmp_path / "rows.csv"
    path.write_text("text,stance,view\na,support,x\n")
    with pytest.raises(CorpusError, match=r"'view' is another column 'stance' \(.*:1\)"):
        read_corpus(path, rename={"view": "stance"})
    path.write_text("quote,stance\na,for\nb,against\n")
    names = {"quote": "text", "for": "support", "against": "oppose"}
    assert read_corpus(path, rename=names).heads == {"stance": ("support", "oppose")}


def test_what_is_ignored_is_not_read(tmp_path: Path) -> None:
    file, tasks = load("label-studio-spans")
    result = tasks[0]["annotations"][0]["result"]
    result.append(
        {**result[0], "id": "p", "value": {"start": 0, "end": 5, "text": "Ferry", "labels": ["Person"]}}
    )
    result.append({"from_id": "p", "to_id": "f0s", "type": "relation", "labels": ["knows"]})
    path = dump(tmp_path / file.name, tasks)
    assert found(read_corpus(path, ignore=["Person"])) == found(read_corpus(file))


def test_marks_that_belong_to_no_content_are_told(tmp_path: Path) -> None:
    file, tasks = load("label-studio-spans")
    result = tasks[0]["annotations"][0]["result"]
    tasks[0]["annotations"][0]["result"] = [one for one in result if one.get("to_id") != "f0s"]
    corpus = read_corpus(dump(tmp_path / file.name, tasks))
    assert corpus.warnings == (
        f"left-out: {tmp_path / file.name}: source, cue and speaker spans linked to no content 1",
    )
    assert {u.fields.source for u in corpus.utterances} >= {"", "Pia Lund"}


def test_formats_in_one_folder_are_told_apart_by_their_content(tmp_path: Path) -> None:
    shutil.copy(EXPORTS / "label-studio" / "choices.json", tmp_path / "a.csv")
    shutil.copy(EXPORTS / "doccano-spans" / "all.jsonl", tmp_path / "b.json")
    shutil.copytree(EXPORTS / "brat-events", tmp_path, dirs_exist_ok=True)
    (tmp_path / "c.jsonl").write_text("text,stance,article\nso be it,neutral,ferry\n")
    (tmp_path / "d.csv").write_text('[{"text": "not so", "stance": "oppose", "article": "ferry"}]')
    (tmp_path / "notes.md").write_text("not part of the corpus")
    # The article of brat's is all of "ferry"; utterances beside it may be of it too.
    corpus = read_corpus(tmp_path, ignore=["sentiment"])
    assert len(corpus.utterances) == 5 + 2 + 4 + 2


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "[{]",
        '[{"text": "a", "stance": "oppose"} {"text": "b"}]',
        '[{"text": "a", "stance": "oppose"},]',
        "[] x",
    ],
)
def test_arrays_that_are_not_json(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.json"
    path.write_text(text)
    with pytest.raises(CorpusError, match=r"not JSON: .*rows.json:1\)"):
        read_corpus(path)


# From end to end

TRAINED = {
    "label-studio": (),
    "label-studio-spans": (),
    "doccano": (),
    "doccano-relations": ("--offsets", "code-points"),
    "prodigy-binary": ("--head", "stance"),
    "prodigy-relations": (),
    "brat-relations": (),
}


@pytest.mark.parametrize("name", TRAINED)
def test_training_and_evaluation(cli: Cli, tmp_path: Path, name: str) -> None:
    model = tmp_path / "model"
    outcome = cli("train", EXPORTS / name, "-o", model, *TRAINED[name])
    assert outcome.code == 0, outcome.err
    assert "utterances of" in outcome.text
    outcome = cli("evaluate", EXPORTS / name, "--model", model, *TRAINED[name])
    assert outcome.code == 0, outcome.err
    assert "trained-on" in outcome.err


def test_annotators_who_disagree_are_evaluated_if_asked(cli: Cli, tmp_path: Path) -> None:
    file, tasks = load("label-studio")
    tasks[0]["annotations"][1]["result"][0]["value"]["choices"] = ["neutral"]
    path, model = dump(tmp_path / file.name, tasks), tmp_path / "model"
    assert cli("train", path, "-o", model).code == 5
    assert cli("train", path, "-o", model, "--on-conflict", "drop").code == 0
    assert cli("evaluate", path, "--model", model).code == 0
    assert cli("evaluate", path, "--model", model, "--on-conflict", "refuse").code == 5


def test_a_recipe_for_an_export(tmp_path: Path) -> None:
    shutil.copy(EXPORTS / "doccano-relations" / "all.jsonl", tmp_path)
    lines = ['name = "m"', 'version = "1"', 'corpus = ["all.jsonl"]', 'offsets = "code-points"']
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("\n".join([*lines, "[rename]", 'support = "for"', 'oppose = "against"']))
    assert train(recipe).label_counts == {"stance": {"against": 2, "for": 2}}
    for wrong, message in (
        ('offsets = "bytes"', "utf-8, found 'bytes'"),
        ("[rename]\na = 1", "a as a string"),
    ):
        recipe.write_text("\n".join([*lines[:3], wrong]))
        with pytest.raises(InputError, match=message):
            train(recipe)


def test_faults_are_of_the_corpus(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("train", EXPORTS / "doccano-relations", "-o", tmp_path / "m")
    assert outcome.code == 5
    assert "all.jsonl:1, example 60" in outcome.err
    assert not (tmp_path / "m").exists()
    train = ("train", EXPORTS / "doccano", "-o", tmp_path / "m", "--rename")
    for value in ("Quote", "=text", "Quote=", "a=b=c"):
        outcome = cli(*train, value)
        assert outcome.code == 2
        assert "--rename NAME=OURS" in outcome.err
    assert cli(*train, "a=b", "--rename", "b=c").code == 2
    assert cli(*train, "a=b", "--rename", "a=c").code == 2
