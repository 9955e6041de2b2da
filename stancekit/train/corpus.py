"""Labelled corpora -> labelled utterances, every record checked.

Read are, told apart by what is in them:

a corpus folder   ``articles/ID.txt`` and ``labels/ID.jsonl``, spans in code points (see docs/retraining.md)
JSON              objects, a line each or in one array: ``text`` and a label a head; optional ``source``,
                  ``cue``, ``speaker``, ``article``, ``id``
CSV               the same as columns, the first line names them
exports           of Label Studio, doccano and Prodigy; of brat, ``ID.ann`` beside ``ID.txt``
a folder of such files

`stancekit.train.sources` finds and reads them, a module of `stancekit.train.formats` each; what they say is
checked here. Nothing is guessed and nothing is left out untold: what is not understood is refused, with file
and line.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple

from stancekit.errors import CorpusError
from stancekit.features import UtteranceFields
from stancekit.tokens import Span
from stancekit.train.annotators import Ballot, settle
from stancekit.train.formats.records import LeftOut, Marked, Reading, Row, Text
from stancekit.train.labels import check_labels, head_order
from stancekit.train.scheme import CODEBOOK, Scheme
from stancekit.train.sources import Sources
from stancekit.train.spans import Offsets, Pieces, locate

OnConflict = Literal["refuse", "first", "drop", "keep"]


@dataclass(frozen=True, slots=True)
class LabelledUtterance:
    """One record of a corpus.

    Parameters
    ----------
    fields : what the model reads.
    article : its article; records of one article are never in training and test at once.
    labels : by head; a head that the record does not answer is missing.
    where : file and line.
    """

    fields: UtteranceFields
    article: str
    speaker: str
    labels: Mapping[str, str]
    where: str


class MarkedUtterance(NamedTuple):
    """Where an utterance stands in its article, and whose it is."""

    content: tuple[Span, ...]
    speaker: str


@dataclass(frozen=True, slots=True)
class WholeArticle:
    """An article with everything that is said in it, and by whom."""

    name: str
    text: str
    utterances: tuple[MarkedUtterance, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """What was read.

    Parameters
    ----------
    utterances : sorted by article, then as in the files: the order of rows and files does not matter.
    heads : labels by head; the codebook's in its order, others sorted.
    articles : all, those without any utterance among them.
    sha256 : of everything that training reads.
    warnings : a code, and more behind a colon.
    whole : the articles with all that is said in them, sorted by name.
    """

    utterances: tuple[LabelledUtterance, ...]
    heads: Mapping[str, tuple[str, ...]]
    articles: tuple[str, ...]
    sha256: str
    warnings: tuple[str, ...]
    whole: tuple[WholeArticle, ...] = ()

    def labelled(self, head: str) -> list[LabelledUtterance]:
        """The utterances that answer a head."""
        return [utterance for utterance in self.utterances if head in utterance.labels]


def read_corpus(
    sources: Sequence[Path] | Path,
    *,
    heads: Sequence[str] | None = None,
    expected_heads: Mapping[str, Sequence[str]] = CODEBOOK,
    labels: Mapping[str, Sequence[str]] | None = None,
    ignore: Sequence[str] = (),
    rename: Mapping[str, str] | None = None,
    offsets: Offsets | None = None,
    on_conflict: OnConflict = "refuse",
) -> Corpus:
    """Everything in some files and folders.

    Parameters
    ----------
    sources : files and folders; together they are one corpus.
    heads : the columns that are labels; None takes those of `expected_heads`, ``stance`` and ``sentiment``
        that there are.
    expected_heads : one of them at least should be there; with the labels that they are known to have.
    labels : the labels allowed, by head, in their order. Without it a head that uses any of the
        codebook's labels must use no others, and no other spelling; any other head may use what it likes,
        but for labels that are numbers, or differ from each other in case and spaces alone.
    ignore : columns, keys, span types, relations and attributes to leave unread; any other that is not
        known is refused.
    rename : what any of these, or a label, is called here, by what it is called in the corpus.
    offsets : what spans count. None is code points, and refuses spans that may count something else.
    on_conflict : for the same text by the same speaker with different labels, and for annotators of whom as
        many are for one label as for another: refuse them, take the first, drop all, or keep all. Where
        annotators mark different spans, not all can be kept.

    Raises
    ------
    CorpusError
        With the file and line.
    InputError
        A source is not there, or cannot be read.
    """
    places = [sources] if isinstance(sources, Path) else list(sources)
    scheme = Scheme(heads, expected_heads, labels, ignore, rename)
    files, reader = Sources(scheme), _Reader(scheme, offsets, on_conflict)
    for place in places:
        for record in files.read(place):
            reader.add(record)
    where = ", ".join(map(str, places))
    reader.settle()
    if not reader.utterances:
        told = f": {'; '.join(reader.warnings)}" if reader.warnings else ""
        raise CorpusError(f"the corpus has no labelled utterance{told}", where)
    scheme.check_renames(where)
    names = sorted({head for utterance in reader.utterances for head in utterance.labels}, key=head_order)
    found = {
        name: [(u.labels[name], u.where) for u in reader.utterances if name in u.labels] for name in names
    }
    checked = {name: check_labels(name, found[name], (labels or {}).get(name)) for name in names}
    utterances = _resolve_conflicts(reader.utterances, on_conflict, reader.warnings)
    return Corpus(
        utterances=tuple(sorted(utterances, key=_row_order)),
        heads=checked,
        articles=tuple(sorted(reader.articles)),
        sha256=hashlib.sha256("".join(sorted(files.digests)).encode()).hexdigest(),
        warnings=(*reader.warnings, *_repeated(utterances)),
        whole=tuple(sorted(reader.whole, key=lambda article: article.name)),
    )


class _MarkedText(NamedTuple):
    """A text whose spans are checked; beside every utterance its labels, None if it has none."""

    text: Text
    article: str
    marked: tuple[MarkedUtterance, ...]
    labelled: tuple[LabelledUtterance | None, ...]


class _Reader:
    """Checks records one by one; then settles what annotators have read more than once."""

    def __init__(self, scheme: Scheme, offsets: Offsets | None, on_conflict: OnConflict) -> None:
        self.scheme, self.offsets, self.on_conflict = scheme, offsets, on_conflict
        self.utterances: list[LabelledUtterance] = []
        self.whole: list[WholeArticle] = []
        self.articles: dict[str, str] = {}
        self.warnings: list[str] = []
        self._ids: dict[tuple[Hashable, str], str] = {}
        self._units: dict[str, Hashable] = {}
        self._columns: frozenset[str] | None = None
        self._order: dict[tuple[type, Hashable], None] = {}
        self._rows: dict[Hashable, list[tuple[LabelledUtterance, Reading]]] = {}
        self._texts: dict[Hashable, list[_MarkedText]] = {}
        self._left_out = Counter[LeftOut]()
        self._without_article: set[Hashable] = set()

    # One by one

    def add(self, record: Row | Text | LeftOut) -> None:
        if isinstance(record, LeftOut):
            self._left_out[record] += 1
            return
        if record.identity is not None:
            if record.identity in self._ids:
                found = f"the id {record.identity[1]!r} is there twice"
                raise CorpusError(found, f"{self._ids[record.identity]} and {record.where}")
            self._ids[record.identity] = record.where
        # What nobody else reads is a unit of its own.
        unit = record.where if record.reading is None else record.reading.unit
        self._order[type(record), unit] = None
        if isinstance(record, Row):
            if (utterance := self._row(record, unit)) is not None:
                reading = record.reading or Reading(unit, "")
                self._rows.setdefault(unit, []).append((utterance, reading))
        else:
            self._texts.setdefault(unit, []).append(self._text(record, unit))

    def _row(self, row: Row, unit: Hashable) -> LabelledUtterance | None:
        where = row.where
        if (columns := frozenset(row.columns)) != self._columns:
            self.scheme.check_columns(list(row.columns), where)
            self._columns = columns
        text = _string(row.columns["text"], "text", where)
        if not text.strip():
            raise CorpusError("the text is empty", where)
        values = {
            name: "" if row.columns.get(name) is None else _string(row.columns[name], name, where)
            for name in ("source", "cue", "speaker")
        }
        labels = self.scheme.labels(row.columns, where)
        if not labels:
            if row.reading is None:
                raise CorpusError("the record has no label", where)
            self._left_out[LeftOut(row.file, "texts without a label")] += 1
            return None
        article = self._article(row.columns.get("article"), text, unit, where)
        self.articles.setdefault(article, where)
        fields = UtteranceFields(text, values["cue"], values["source"])
        return LabelledUtterance(fields, article, values["speaker"], labels, where)

    def _text(self, text: Text, unit: Hashable) -> _MarkedText:
        _string(text.text, "text", text.where)
        article = self._article(text.article, text.text, unit, text.where)
        if text.is_article:
            again = article in self.articles if text.reading is None else article in self._units
            # Another annotator's reading of the same text is no other article.
            if again and self._units.get(article) != unit:
                found = f"article {article!r} is there twice"
                raise CorpusError(found, f"{self.articles[article]} and {text.where}")
            self._units[article] = unit
        self.articles.setdefault(article, text.where)
        taken: list[tuple[Span, str]] = []
        checked = [self._utterance(marked, text, article, taken) for marked in text.utterances]
        return _MarkedText(text, article, tuple(one for one, _ in checked), tuple(one for _, one in checked))

    def _utterance(
        self, marked: Marked, text: Text, article: str, taken: list[tuple[Span, str]]
    ) -> tuple[MarkedUtterance, LabelledUtterance | None]:
        where = marked.where

        def spans(pieces: Sequence[Pieces], name: str) -> tuple[Span, ...]:
            found = [locate(one, text.text, name, self.offsets) for one in pieces]
            return tuple(span for one in found for span in one)

        def cut(pieces: Sequence[Pieces], name: str) -> str:
            return " ".join(text.text[start:end] for start, end in spans(pieces, name))

        content = spans(marked.content, "content")
        if any(left.end > right.start for left, right in pairwise(content)):
            raise CorpusError("expected content spans in order and apart", where)
        for span in content:
            for other, place in taken:
                if span.start < other.end and other.start < span.end:
                    raise CorpusError(
                        "the content overlaps that of another utterance", f"{place} and {where}"
                    )
        taken += [(span, where) for span in content]
        fields = UtteranceFields(
            " ".join(text.text[start:end] for start, end in content),
            cut(marked.cue, "cue"),
            cut(marked.source, "source"),
        )
        # Several spans of a speaker are several who say it together.
        names = [cut([one], "speaker") for one in marked.speakers]
        speaker = _string(marked.speaker or " and ".join(names), "speaker", where)
        labels = self.scheme.labels(marked.labels, where)
        if not labels:
            self._left_out[LeftOut(text.file, "contents without a label")] += 1
        labelled = LabelledUtterance(fields, article, speaker, labels, where) if labels else None
        return MarkedUtterance(content, speaker), labelled

    def _article(self, name: Any, text: str, unit: Hashable, where: str) -> str:
        """The article's name; a text without one stands for itself, the same text twice stays together."""
        if type(name) is int:
            return str(name)
        if name is not None and not isinstance(name, str):
            raise CorpusError(f"expected article as a string or a whole number, found {name!r}", where)
        if name:
            return _string(name, "article", where)
        self._without_article.add(unit)
        return "text-" + hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]

    # All together

    def settle(self) -> None:
        """Turn what was read into utterances, one each, and warnings."""
        counts = Counter[str]()
        for kind, unit in self._order:
            if kind is Text:
                self._settle_text(self._texts[unit], counts)
            elif unit in self._rows:
                self._vote(self._rows[unit], counts)
        if self._without_article:
            self.warnings.append(
                f"no-article: {number_of(len(self._without_article), 'text')} without an article, each taken"
                " for an article of its own: if several are of one article, the figures flatter the model"
            )
        told = []
        if counts["disagreed"]:
            several = number_of(counts["several"], "utterance")
            told.append(f"on {counts['disagreed']} of {several} that several labelled")
        if counts["tied"]:
            told.append(f"as many for one label as for another on {counts['tied']}")
        if counts["other spans"]:
            told.append(f"on the spans of {number_of(counts['other spans'], 'text')}")
        if told:
            self.warnings.append(f"annotators-disagree: {', '.join(told)}")
        by_file: dict[str, list[str]] = {}
        for (file, reason), n in sorted(self._left_out.items()):
            by_file.setdefault(file, []).append(f"{reason} {n}")
        self.warnings += [f"left-out: {file}: {', '.join(reasons)}" for file, reasons in by_file.items()]

    def _vote(self, readings: Sequence[tuple[LabelledUtterance, Reading]], counts: Counter[str]) -> None:
        outcome = settle([Ballot(one.labels, by.annotator, by.decisive) for one, by in readings])
        chosen = [(outcome.labels, outcome.spokesman), *outcome.rivals]
        self.utterances += [replace(readings[number][0], labels=labels) for labels, number in chosen]
        counts["several"] += len(readings) > 1
        counts["disagreed"] += outcome.disagreed
        counts["tied"] += bool(outcome.rivals)

    def _settle_text(self, texts: Sequence[_MarkedText], counts: Counter[str]) -> None:
        decisive = [one for one in texts if one.text.reading is not None and one.text.reading.decisive]
        texts = decisive or texts
        if len({frozenset(marked.content for marked in one.marked) for one in texts}) > 1:
            counts["other spans"] += 1
            if self.on_conflict in ("refuse", "keep"):
                raise CorpusError(
                    "annotators mark different contents in one text",
                    " and ".join(one.text.where for one in texts),
                    "make one the ground truth, or choose first or drop with --on-conflict (on_conflict)",
                )
            texts = texts[:1] if self.on_conflict == "first" else []
        if texts and texts[0].text.whole:
            self.whole.append(WholeArticle(texts[0].article, texts[0].text.text, texts[0].marked))
        by_content: dict[tuple[Span, ...], list[tuple[LabelledUtterance, Reading]]] = {}
        for one in texts:
            reading = one.text.reading or Reading(None, "")
            for marked, labelled in zip(one.marked, one.labelled, strict=True):
                if labelled is not None:
                    by_content.setdefault(marked.content, []).append((labelled, reading))
        for readings in by_content.values():
            self._vote(readings, counts)


def _resolve_conflicts(
    utterances: list[LabelledUtterance], on_conflict: OnConflict, warnings: list[str]
) -> list[LabelledUtterance]:
    first: dict[tuple[UtteranceFields, str], LabelledUtterance] = {}
    conflicts: dict[tuple[UtteranceFields, str], list[LabelledUtterance]] = {}
    for utterance in utterances:
        key = (utterance.fields, utterance.speaker)
        other = first.setdefault(key, utterance)
        if any(other.labels.get(head, label) != label for head, label in utterance.labels.items()):
            conflicts.setdefault(key, [other]).append(utterance)
    if not conflicts:
        return utterances
    pairs = [f"{both[0].where} and {both[1].where}" for both in conflicts.values()]
    if on_conflict == "refuse":
        raise CorpusError(
            f"{number_of(len(pairs), 'text')} with different labels for the same speaker",
            "; ".join(pairs[:5]),
            "correct them, or choose first, drop or keep with --on-conflict (on_conflict)",
        )
    warnings.append(f"conflicting-labels: {len(pairs)}: {'; '.join(pairs[:5])}")
    if on_conflict == "keep":
        return utterances
    kept = []
    for utterance in utterances:
        conflict = conflicts.get((utterance.fields, utterance.speaker))
        if conflict is None or (on_conflict == "first" and utterance is conflict[0]):
            kept.append(utterance)
    return kept


def number_of(n: int, noun: str) -> str:
    """A number and what it counts: "1 article", "2 articles"."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _repeated(utterances: Iterable[LabelledUtterance]) -> list[str]:
    """A warning if there are records with the text, source, cue and article of an earlier one."""
    first: dict[tuple[UtteranceFields, str], LabelledUtterance] = {}
    pairs = [
        f"{other.where} and {utterance.where}"
        for utterance in utterances
        if (other := first.setdefault((utterance.fields, utterance.article), utterance)) is not utterance
    ]
    if not pairs:
        return []
    found = f"{number_of(len(pairs), 'record')} with the text, source, cue and article of another"
    return [f"repeated-records: {found}: {'; '.join(pairs[:5])}"]


def _row_order(utterance: LabelledUtterance) -> tuple[str, UtteranceFields, str, tuple[tuple[str, str], ...]]:
    return (utterance.article, utterance.fields, utterance.speaker, tuple(sorted(utterance.labels.items())))


def _string(value: Any, name: str, where: str) -> str:
    if not isinstance(value, str):
        raise CorpusError(f"expected {name} as a string, found {value!r}", where)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise CorpusError(
            f"the {name} holds half of a surrogate pair", where, "write the text as UTF-8"
        ) from None
    return value
