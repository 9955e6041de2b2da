"""What is compared with what: each function prepares the input and gives a `Contest`."""

from __future__ import annotations

import inspect
import json
import subprocess
import time
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.inputs import Columns, articles, corpus_rows, utterances, with_new_words
from benchmarks.models import native_union, native_words, scikit_learn_of, shipped_model, word_model
from benchmarks.peers import quotation_peers, word_peers
from benchmarks.processes import children_cpu_seconds, cold_commands
from benchmarks.rounds import MOST_ROUNDS, Contest
from stancekit import kernel
from stancekit.classifier import Classifier, segment_article
from stancekit.document import read_document
from stancekit.features import UtteranceFields
from stancekit.model import Model
from stancekit.speakers import trace_speakers
from stancekit.train.fit import train
from stancekit.utterances import find_utterances

KERNEL = "stancekit"
NEW = "stancekit, every tenth word new to it"
PYTHON = "stancekit in Python"
SAME = "scikit-learn, same features"
NATIVE = "scikit-learn, its own words"
UNION = "scikit-learn, its own words and characters"


def shipped(n: int) -> Contest:
    """The shipped model's features, both heads; beside it simpler features that scikit-learn has itself."""
    model, texts = shipped_model(), utterances().every(max(1, len(utterances().contents) // n))
    contest, union = _sides(model, texts), native_union()
    contestants = dict(contest.contestants)
    if KERNEL in contestants:
        variants = cycle([with_new_words(texts, turn) for turn in range(MOST_ROUNDS + 1)])
        contestants[NEW] = lambda: model.score(*next(variants), calibrated=False)
    contestants[UNION] = lambda: union(texts.contents)
    return Contest(contest.n, contestants, contest.equal)


def words(n: int) -> Contest:
    """A model of one and two words, beside peers that read as much of an utterance."""
    model, texts = word_model(), utterances().every(max(1, len(utterances().contents) // n))
    contest, native = _sides(model, Columns(texts.contents, [], [])), native_words()
    contestants = {**contest.contestants, NATIVE: lambda: native(texts.contents)}
    for name, read in word_peers().items():
        contestants[name] = _call(read, texts.contents)
    return Contest(contest.n, contestants, contest.equal)


def alone(n: int, *, again: bool = False) -> Contest:
    """Utterances one by one, a call each: what a program feels that asks for one.

    `again` asks for one of middle length again and again, which leaves everything it needs in the caches.
    """
    rows = utterances().every(max(1, len(utterances().contents) // n)).rows()
    if again:
        rows = [sorted(rows, key=lambda row: len(row.content))[len(rows) // 2]] * len(rows)
    singles = [[row] for row in rows]
    contestants: dict[str, Callable[[], Any]] = {}
    for model, told in ((shipped_model(), ""), (word_model(), ", words alone")):
        if model.kernel is not None:
            columns = [([row.content], [row.cue], [row.source]) for row in rows]
            contestants[KERNEL + told] = _each_of_several(model.score, columns)
        contestants[PYTHON + told] = _each(model.scorer, singles)
        contestants[SAME + told] = _each(scikit_learn_of(model), singles)
    texts = [[row.content] for row in rows]
    for name, read in {NATIVE: native_words(), UNION: native_union(), **word_peers()}.items():
        contestants[name] = _each(read, texts)
    return Contest(len(rows), contestants)


def threads(n: int) -> Contest | None:
    """One thread and two; None if this model has no method for it."""
    model, texts = shipped_model(), utterances(n)
    if model.kernel is None or "n_threads" not in inspect.signature(model.score).parameters:
        return None
    score: Callable[..., Any] = model.score
    names = {f"{count} thread{'s' * (count > 1)}": count for count in (1, 2)}
    contestants = {name: _score(score, texts, n_threads=count) for name, count in names.items()}
    return Contest(n, contestants, tuple(names), time.perf_counter)


def scaling(n: int, *names: str) -> Contest:
    """Some of `KERNEL`, `PYTHON` and `SAME` on the shipped model's features."""
    return _sides(shipped_model(), utterances(n), names)


def stages(n: int) -> Contest:
    """An article from text to report, stage by stage and whole, and the peers."""
    texts = articles(n)
    model = shipped_model()
    classifier, same = Classifier(model), scikit_learn_of(model)
    documents = [read_document(text) for text in texts]
    drafts = [(document, find_utterances(document)) for document in documents]
    fields = [article_fields(text) for text in texts]
    contestants: dict[str, Callable[[], Any]] = {
        "document": _each(read_document, texts),
        "utterances": _each(find_utterances, documents),
        "speakers": _each_of_several(trace_speakers, drafts),
        "score": _each(model.judge, fields),
        "classify": _each(classifier.classify, texts),
        SAME: _each(same, fields),
    }
    for name, read in quotation_peers().items():
        contestants[name] = _call(read, texts)
    return Contest(n, contestants)


def cold_start(one: Path, article: Path) -> Contest:
    """Fresh processes, and what Python costs by itself; the clock is their CPU time, user and system."""
    commands = cold_commands(one, article)
    return Contest(1, {name: _run(command) for name, command in commands.items()}, clock=children_cpu_seconds)


def training(n: int, folder: Path) -> Contest:
    """`stancekit train` on the first utterances of the corpus, without the learning curve."""
    path = folder / f"labelled-{n}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in corpus_rows()[:n]), encoding="utf-8")
    out = folder / f"model-{n}"
    return Contest(n, {"train": lambda: train([path], out=out, learning_curve=False)})


def article_fields(text: str) -> list[UtteranceFields]:
    """What the model reads of an article."""

    def at(span: tuple[int, int] | None) -> str:
        return "" if span is None else text[slice(*span)]

    found = segment_article(text).utterances
    return [UtteranceFields(one.text, at(one.cue), at(one.source)) for one in found]


def _sides(model: Model, texts: Columns, names: Sequence[str] = (KERNEL, PYTHON, SAME)) -> Contest:
    """The kernel, the Python path and scikit-learn on the same features: log-odds of all heads."""
    contestants: dict[str, Callable[[], Any]] = {}
    if KERNEL in names and kernel.COMPILED:
        contestants[KERNEL] = _score(model.score, texts, calibrated=False)
    if PYTHON in names:
        contestants[PYTHON] = _call(model.scorer, texts.rows())
    if SAME in names:
        contestants[SAME] = _call(scikit_learn_of(model), texts.rows())
    return Contest(len(texts.contents), contestants, tuple(contestants))


def _score(score: Callable[..., Any], texts: Columns, **options: Any) -> Callable[[], Any]:
    contents, cues, sources = texts
    return lambda: score(contents, cues or None, sources or None, **options)


def _run(command: list[str]) -> Callable[[], Any]:
    return lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def _call(read: Callable[[Any], Any], items: Sequence[Any]) -> Callable[[], Any]:
    return lambda: read(items)


def _each(read: Callable[[Any], Any], items: Sequence[Any]) -> Callable[[], Any]:
    """One call an item, which keeps nothing."""

    def call() -> None:
        for item in items:
            read(item)

    return call


def _each_of_several(read: Callable[..., Any], items: Sequence[tuple[Any, ...]]) -> Callable[[], Any]:
    """The same with several arguments an item."""

    def call() -> None:
        for item in items:
            read(*item)

    return call
