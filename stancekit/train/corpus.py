"""Labelled corpora -> labelled utterances, every record checked.

Read are, told apart by what is in them:

a corpus folder   ``articles/ID.txt`` and ``labels/ID.jsonl``, spans in code points (see docs/retraining.md)
JSONL             an object a line: ``text`` and a label a head; optional ``source``, ``cue``, ``speaker``,
                  ``article``, ``id``
CSV               the same as columns, the first line names them
a folder of JSONL and CSV files

Nothing is guessed and nothing is left out: what is not understood is refused, with file and line.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import hashlib
import io
import itertools
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from stancekit.errors import CorpusError, InputError
from stancekit.features import UtteranceFields
from stancekit.tokens import Span

CODEBOOK: dict[str, tuple[str, ...]] = {
    "stance": ("support", "neutral", "oppose"),
    "sentiment": ("positive", "neutral", "negative"),
}
"""The codebook's heads and labels; a corpus may have others."""

KINDS = ("direct", "indirect", "mixed")

OnConflict = Literal["refuse", "first", "drop", "keep"]

_OPTIONAL = ("id", "article", "speaker", "source", "cue")
_SPAN_RECORD = frozenset(("id", "kind", "content", "source", "cue", "speaker", "role"))
_SPAN = frozenset(("start", "end", "text"))


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
    """An article of a corpus folder, with everything that is said in it."""

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
    whole : the articles of corpus folders, sorted by name.
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
    expected_heads: Sequence[str] = tuple(CODEBOOK),
    labels: Mapping[str, Sequence[str]] | None = None,
    ignore: Sequence[str] = (),
    on_conflict: OnConflict = "refuse",
) -> Corpus:
    """Everything in some files and folders.

    Parameters
    ----------
    sources : files and folders; together they are one corpus.
    heads : the columns that are labels; None takes those of `expected_heads`, ``stance`` and ``sentiment``
        that there are.
    expected_heads : one of them at least should be there.
    labels : the labels allowed, by head, in their order. Without it a head that uses any of the
        codebook's labels must use no others, and no other spelling; any other head may use what it likes,
        but for labels that are numbers, or differ from each other in case and spaces alone.
    ignore : columns and keys to leave unread; any other that is not known is refused.
    on_conflict : for the same text by the same speaker with different labels: refuse them, take the first,
        drop all, or keep all.

    Raises
    ------
    CorpusError
        With the file and line.
    InputError
        A source is not there, or cannot be read.
    """
    places = [sources] if isinstance(sources, Path) else list(sources)
    reader = _Reader(heads, expected_heads, frozenset(ignore))
    for place in places:
        reader.read(place)
    return reader.corpus(labels or {}, on_conflict, ", ".join(map(str, places)))


class _Reader:
    """Collects the records of all sources."""

    def __init__(
        self, heads: Sequence[str] | None, expected_heads: Sequence[str], ignore: frozenset[str]
    ) -> None:
        self.heads, self.expected_heads, self.ignore = heads, expected_heads, ignore
        self.utterances: list[LabelledUtterance] = []
        self.articles: dict[str, str] = {}
        self.ids: dict[tuple[str, str], str] = {}
        self.files: set[str] = set()
        self.digests: list[str] = []
        self.whole: list[WholeArticle] = []
        self.n_without_article = 0

    # Sources

    def read(self, place: Path) -> None:
        if not place.exists():
            raise InputError("no corpus there", str(place), "give a corpus folder, a JSONL or a CSV file")
        if not place.is_dir():
            self.read_table(place)
        elif (place / "articles").is_dir():
            self.read_folder(place)
        else:
            files = sorted(file for file in place.iterdir() if file.suffix in (".jsonl", ".csv"))
            if not files:
                raise CorpusError(
                    "expected articles/ and labels/, or JSONL and CSV files, found neither", str(place)
                )
            for file in files:
                self.read_table(file)

    def read_folder(self, folder: Path) -> None:
        articles = {file.stem: file for file in sorted((folder / "articles").glob("*.txt"))}
        labels = {file.stem: file for file in sorted((folder / "labels").glob("*.jsonl"))}
        for name in sorted(articles.keys() ^ labels.keys()):
            missing = f"labels/{name}.jsonl" if name in articles else f"articles/{name}.txt"
            raise CorpusError(
                f"article {name!r} has no {missing}",
                str(folder),
                "an article without utterances has an empty labels file",
            )
        for name, file in articles.items():
            self.add_article(name, str(file))
            text = self.read_text(file)
            taken: list[tuple[int, int, str]] = []
            marked = [
                self.add_spans(record, name, text, f"{labels[name]}:{line}", taken)
                for line, record in _json_lines(self.read_text(labels[name]), str(labels[name]))
            ]
            self.whole.append(WholeArticle(name, text, tuple(marked)))

    def add_article(self, name: str, where: str) -> None:
        if name in self.articles:
            raise CorpusError(f"article {name!r} is there twice", f"{self.articles[name]} and {where}")
        self.articles[name] = where

    def read_text(self, file: Path) -> str:
        """The text of a UTF-8 file, its line ends as they are, without a byte-order mark."""
        real = os.path.realpath(file)
        if real in self.files:
            raise CorpusError("the file is given twice", str(file), "give each once")
        self.files.add(real)
        try:
            data = file.read_bytes()
        except OSError as error:
            raise InputError(f"the file cannot be read: {error.strerror}", str(file)) from error
        self.digests.append(hashlib.sha256(data).hexdigest())
        try:
            return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise CorpusError(
                f"expected UTF-8, found byte 0x{data[error.start]:02x} at position {error.start}",
                f"{file}:{line}",
                "convert the file to UTF-8",
            ) from None

    def read_table(self, file: Path) -> None:
        text = self.read_text(file)
        is_csv = text.lstrip()[:1] != "{"
        if not is_csv:
            rows: Iterable[tuple[int, dict[str, Any]]] = _json_lines(text, str(file))
        else:
            rows = _csv_rows(text, str(file))
        checked: frozenset[str] = frozenset()
        for line, row in rows:
            where = f"{file}:{line}"
            if row.keys() != checked:
                self.check_columns(list(row), f"{file}:1" if is_csv else where)
                checked = frozenset(row.keys())
            self.add_row(row, file, where)

    # Records

    def head_names(self, columns: Iterable[str], where: str) -> list[str]:
        columns = list(columns)
        if self.heads is not None:
            for head in self.heads:
                if head not in columns:
                    found = f"no column {head!r}, found {_listed(columns)}"
                    raise CorpusError(found, where, _nearest(head, columns))
            return list(self.heads)
        heads = [head for head in dict.fromkeys((*self.expected_heads, *CODEBOOK)) if head in columns]
        if not heads:
            near = filter(None, (_nearest(head, columns) for head in self.expected_heads))
            hint = next(near, "name the columns that are labels with --head (heads)")
            expected = " or ".join(self.expected_heads)
            raise CorpusError(f"expected a column {expected}, found {_listed(columns)}", where, hint)
        return heads

    def check_columns(self, columns: Sequence[str], where: str) -> None:
        heads = self.head_names(columns, where)
        known = {"text", *_OPTIONAL, *heads, *self.ignore}
        unknown = sorted(set(columns) - known)
        if "text" not in columns:
            raise CorpusError(f"no column 'text', found {_listed(columns)}", where, _nearest("text", unknown))
        for column in unknown:
            hint = _nearest(column, known - set(columns)) or (
                "name it with --head (heads) if it is a label, with --ignore (ignore) if not"
            )
            raise CorpusError(f"unknown column {column!r}", where, hint)

    def add_row(self, row: dict[str, Any], file: Path, where: str) -> None:
        text = _string(row, "text", where)
        if not text.strip():
            raise CorpusError("the text is empty", where)
        values = {
            name: _string(row, name, where) if row.get(name) is not None else ""
            for name in ("source", "cue", "speaker")
        }
        identity = row.get("id")
        if identity is not None and identity != "":
            self.add_id(str(file), _scalar(identity, "id", where), where)
        article = row.get("article")
        if article is None or article == "":
            # A text without an article stands for itself; the same text twice stays together.
            name = "text-" + hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
            self.n_without_article += 1
        else:
            name = _scalar(article, "article", where)
        self.articles.setdefault(name, where)
        fields = UtteranceFields(text, values["cue"], values["source"])
        labels = self.labels_of(row, where)
        self.utterances.append(LabelledUtterance(fields, name, values["speaker"], labels, where))

    def add_spans(
        self, record: dict[str, Any], article: str, text: str, where: str, taken: list[tuple[int, int, str]]
    ) -> MarkedUtterance:
        heads = self.head_names(record, where)
        known = _SPAN_RECORD | set(heads) | self.ignore
        for key in sorted(record.keys() - known - set(CODEBOOK)):
            raise CorpusError(
                f"unknown key {key!r}", where, _nearest(key, known - record.keys()) or "leave it out"
            )
        for key in ("id", "kind", "content", "speaker"):
            if key not in record:
                raise CorpusError(f"no {key!r}", where, _nearest(key, record.keys() - known))
        number = record["id"]
        if type(number) is not int or number < 0:
            raise CorpusError(f"expected an id that is a whole number, found {number!r}", where)
        self.add_id(article, str(number), where)
        if record["kind"] not in KINDS:
            raise CorpusError(f"expected a kind out of {', '.join(KINDS)}, found {record['kind']!r}", where)
        where = f"{where}, utterance {number}"
        content = record["content"]
        if not isinstance(content, list) or not content:
            raise CorpusError(f"expected a list of content spans, found {content!r}", where)
        pieces = [_span(span, "content", text, where) for span in content]
        if any(left[1] > right[0] for left, right in itertools.pairwise(pieces)):
            raise CorpusError("expected content spans in order and apart", where)
        for start, end in pieces:
            for other_start, other_end, other in taken:
                if start < other_end and other_start < end:
                    raise CorpusError(f"the content overlaps that of {other}", where)
            taken.append((start, end, f"utterance {number}"))
        named = dict.fromkeys(("cue", "source"), "")
        for key in named:
            if record.get(key) is not None:
                start, end = _span(record[key], key, text, where)
                named[key] = text[start:end]
        fields = UtteranceFields(" ".join(text[start:end] for start, end in pieces), **named)
        speaker = _string(record, "speaker", where)
        self.utterances.append(
            LabelledUtterance(fields, article, speaker, self.labels_of(record, where), where)
        )
        return MarkedUtterance(tuple(Span(*piece) for piece in pieces), speaker)

    def add_id(self, scope: str, identity: str, where: str) -> None:
        if (scope, identity) in self.ids:
            raise CorpusError(
                f"the id {identity!r} is there twice", f"{self.ids[scope, identity]} and {where}"
            )
        self.ids[scope, identity] = where

    def labels_of(self, row: Mapping[str, Any], where: str) -> dict[str, str]:
        labels: dict[str, str] = {}
        for head in self.head_names(row, where):
            value = row[head]
            if value is None:
                continue
            if not isinstance(value, str):
                raise CorpusError(f"expected a {head} label as a string, found {value!r}", where)
            labels[head] = value
        if not labels:
            raise CorpusError("the record has no label", where)
        return labels

    # All together

    def corpus(self, allowed: Mapping[str, Sequence[str]], on_conflict: OnConflict, where: str) -> Corpus:
        if not self.utterances:
            raise CorpusError("the corpus has no labelled utterance", where)
        names = sorted({head for utterance in self.utterances for head in utterance.labels}, key=_head_order)
        heads = {name: _check_labels(name, self.utterances, allowed.get(name)) for name in names}
        warnings: list[str] = []
        if self.n_without_article:
            warnings.append(
                f"no-article: {number_of(self.n_without_article, 'text')} without an article, each taken for"
                " an article of its own: if several are of one article, the figures flatter the model"
            )
        utterances = self.resolve_conflicts(on_conflict, warnings)
        warnings += _repeated(utterances)
        return Corpus(
            utterances=tuple(sorted(utterances, key=_row_order)),
            heads=heads,
            articles=tuple(sorted(self.articles)),
            sha256=hashlib.sha256("".join(sorted(self.digests)).encode()).hexdigest(),
            warnings=tuple(warnings),
            whole=tuple(sorted(self.whole, key=lambda article: article.name)),
        )

    def resolve_conflicts(self, on_conflict: OnConflict, warnings: list[str]) -> list[LabelledUtterance]:
        first: dict[tuple[UtteranceFields, str], LabelledUtterance] = {}
        conflicts: dict[tuple[UtteranceFields, str], list[LabelledUtterance]] = {}
        for utterance in self.utterances:
            key = (utterance.fields, utterance.speaker)
            other = first.setdefault(key, utterance)
            if any(other.labels.get(head, label) != label for head, label in utterance.labels.items()):
                conflicts.setdefault(key, [other]).append(utterance)
        if not conflicts:
            return self.utterances
        pairs = [f"{both[0].where} and {both[1].where}" for both in conflicts.values()]
        if on_conflict == "refuse":
            raise CorpusError(
                f"{number_of(len(pairs), 'text')} with different labels for the same speaker",
                "; ".join(pairs[:5]),
                "correct them, or choose first, drop or keep with --on-conflict (on_conflict)",
            )
        warnings.append(f"conflicting-labels: {len(pairs)}: {'; '.join(pairs[:5])}")
        if on_conflict == "keep":
            return self.utterances
        kept = []
        for utterance in self.utterances:
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


def _head_order(head: str) -> tuple[int, str]:
    names = list(CODEBOOK)
    return (names.index(head) if head in CODEBOOK else len(names), head)


def _row_order(utterance: LabelledUtterance) -> tuple[str, UtteranceFields, str, tuple[tuple[str, str], ...]]:
    return (utterance.article, utterance.fields, utterance.speaker, tuple(sorted(utterance.labels.items())))


def _check_labels(
    head: str, utterances: Sequence[LabelledUtterance], allowed: Sequence[str] | None
) -> tuple[str, ...]:
    """The head's labels, in order; every label in use is one of them."""
    where: dict[str, str] = {}
    for utterance in utterances:
        if head in utterance.labels:
            where.setdefault(utterance.labels[head], utterance.where)
    if allowed is None and {label.strip().casefold() for label in where} & set(CODEBOOK.get(head, ())):
        allowed = CODEBOOK[head]
    for label, place in where.items():
        if allowed is not None:
            if label not in allowed:
                choice = ", ".join(allowed)
                raise CorpusError(
                    f"expected a {head} label out of {choice}, found {label!r}",
                    place,
                    _nearest(label, allowed),
                )
        elif not label or label != label.strip() or _is_number(label):
            hint = "if it is meant, give the allowed labels under [labels] of a recipe (labels)"
            raise CorpusError(f"expected a word as {head} label, found {label!r}", place, hint)
    if allowed is not None:
        return tuple(label for label in allowed if label in where)
    spellings: dict[str, str] = {}
    for label, place in where.items():
        other = spellings.setdefault(" ".join(label.casefold().replace("_", " ").split()), label)
        if other != label:
            raise CorpusError(
                f"the {head} labels {other!r} and {label!r} differ in case or spaces alone",
                f"{where[other]} and {place}",
            )
    return tuple(sorted(where))


def _is_number(label: str) -> bool:
    try:
        float(label.replace(",", ""))
    except ValueError:
        return False
    return True


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "none"


def _nearest(name: str, names: Iterable[str]) -> str:
    known = {other.strip().casefold(): other for other in names if isinstance(other, str)}
    close = difflib.get_close_matches(name.strip().casefold(), sorted(known), n=1, cutoff=0.6)
    return f"did you mean {known[close[0]]!r}?" if close else ""


def _string(row: Mapping[str, Any], name: str, where: str) -> str:
    value = row[name]
    if not isinstance(value, str):
        raise CorpusError(f"expected {name} as a string, found {value!r}", where)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise CorpusError(
            f"the {name} holds half of a surrogate pair", where, "write the text as UTF-8"
        ) from None
    return value


def _scalar(value: Any, name: str, where: str) -> str:
    if type(value) is int:
        return str(value)
    if isinstance(value, str):
        return _string({name: value}, name, where)
    raise CorpusError(f"expected {name} as a string or a whole number, found {value!r}", where)


def _span(span: Any, name: str, text: str, where: str) -> tuple[int, int]:
    if not isinstance(span, dict) or span.keys() != _SPAN:
        raise CorpusError(f"expected a {name} span with start, end and text, found {str(span)[:80]}", where)
    start, end, claimed = span["start"], span["end"], span["text"]
    if type(start) is not int or type(end) is not int:
        raise CorpusError(f"expected whole numbers as {name} span, found {start!r} to {end!r}", where)
    if not isinstance(claimed, str):
        raise CorpusError(f"expected the {name} span's text as a string, found {claimed!r}", where)
    if 0 <= start < end <= len(text) and text[start:end] == claimed:
        return start, end
    for encoding, width, unit in (("utf-8", 1, "bytes"), ("utf-16-le", 2, "UTF-16 units")):
        data = text.encode(encoding)
        if (
            0 <= start < end
            and claimed
            and data[start * width : end * width] == claimed.encode(encoding, "replace")
        ):
            raise CorpusError(
                f"the {name} span {start} to {end} counts {unit}", where, "spans count Unicode code points"
            )
    if not 0 <= start < end <= len(text):
        found = (
            f"expected a {name} span within the {len(text)} characters of the article, found {start} to {end}"
        )
        raise CorpusError(found, where)
    raise CorpusError(
        f"the {name} span {start} to {end} is {text[start:end][:60]!r}, not {claimed[:60]!r}", where
    )


def _json_lines(text: str, where: str) -> Iterator[tuple[int, dict[str, Any]]]:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not a JSON value")

    def finite(digits: str) -> float:
        number = float(digits)
        if not math.isfinite(number):
            raise ValueError(f"{digits} is no finite number")
        return number

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a key is there twice")
        return dict(pairs)

    # Only line feeds end a JSONL line: U+2028 may stand in a string.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line, parse_constant=refuse, parse_float=finite, object_pairs_hook=unique)
        except (ValueError, RecursionError) as error:
            raise CorpusError(f"not a line of JSON: {error}", f"{where}:{number}") from None
        if not isinstance(record, dict):
            raise CorpusError(f"expected a JSON object, found {type(record).__name__}", f"{where}:{number}")
        yield number, record


def _csv_rows(text: str, where: str) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    # A cell may be as long as an article; csv's own limit is 128 KiB, and it is the whole process'.
    limit = csv.field_size_limit(1 << 26)
    try:
        header = next(rows, None)
        if header is None:
            raise CorpusError("the corpus is empty", where)
        repeated = [name for name in header if header.count(name) > 1]
        if repeated:
            raise CorpusError(f"the column {repeated[0]!r} is there twice", f"{where}:1")
        line = rows.line_num + 1
        for row in rows:
            if row:
                if len(row) != len(header):
                    raise CorpusError(f"expected {len(header)} cells, found {len(row)}", f"{where}:{line}")
                yield line, dict(zip(header, row, strict=True))
            line = rows.line_num + 1
    except csv.Error as error:
        raise CorpusError(f"not a CSV table: {error}", f"{where}:{rows.line_num}") from error
    finally:
        csv.field_size_limit(limit)
