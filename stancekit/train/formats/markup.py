"""Spans, their attributes and the relations between them -> utterances.

What the spans are, their types say, whatever their case: ``content``, ``source``, ``cue`` and ``speaker``;
a type that is a label, such as ``oppose``, is a content with that label. A relation gives a content its
source, its cue and its speaker, in either direction, and also by way of another: the source of a cue is
that of the cue's contents. Spans that the tool cannot join are joined by the relation ``continues``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from stancekit.errors import CorpusError
from stancekit.train.formats.records import LeftOut, Marked, Reading, Text
from stancekit.train.scheme import Scheme, nearest
from stancekit.train.spans import Pieces

ROLES = ("content", "source", "cue", "speaker")

UNLINKED = "source, cue and speaker spans linked to no content"
UNMARKED = "texts without a content"


class Mark(NamedTuple):
    """A span as a tool has it.

    Parameters
    ----------
    types : one, or several where the tool allows them.
    attributes : names and values; True where the tool only says that it is there.
    """

    where: str
    identity: str
    types: tuple[str, ...]
    pieces: Pieces
    attributes: tuple[tuple[str, Any], ...] = ()


class Link(NamedTuple):
    """A relation; its name is empty where the tool gives it none."""

    where: str
    name: str
    ends: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Markup:
    """A text and what is marked in it.

    Parameters
    ----------
    columns : what else is known of the text, under the names used here: ``article`` and ``id`` may be.
    is_article : as `Text` has it.
    reviewed : whether somebody said that it is done, so that nothing marked means that nothing is said.
    """

    where: str
    file: str
    text: str
    marks: tuple[Mark, ...]
    links: tuple[Link, ...] = ()
    columns: Mapping[str, Any] = field(default_factory=dict)
    is_article: bool = False
    reviewed: bool = False
    identity: tuple[Hashable, str] | None = None
    reading: Reading | None = None


class _Part(NamedTuple):
    """A span whose role is known."""

    where: str
    role: str
    pieces: Pieces
    labels: dict[str, str]
    speaker: str


def read_markup(markup: Markup, scheme: Scheme) -> Iterator[Text | LeftOut]:
    """The text with its utterances, and what of it was left out.

    Raises
    ------
    CorpusError
        A type, attribute or relation that is not known, or that says two things at once.
    """
    for column in sorted(markup.columns.keys() - {"text", "article", "id"}):
        if not scheme.ignores(column):
            hint = "leave it out with --ignore (ignore): spans tell whose words they are"
            raise CorpusError(f"unknown column {column!r} of a text with spans", markup.where, hint)
    article = markup.columns.get("article")
    if article is not None and type(article) is not int and not isinstance(article, str):
        found = f"expected article as a string or a whole number, found {article!r}"
        raise CorpusError(found, markup.where)
    marked = {mark.identity for mark in markup.marks}
    if len(marked) < len(markup.marks):
        raise CorpusError("a span is there twice", markup.where, "leave one out")
    parts = {mark.identity: part for mark in markup.marks if (part := _part(mark, scheme)) is not None}
    neighbours, first = _linked(markup.links, parts, marked, scheme)
    contents: dict[str, list[str]] = {}
    for one, part in parts.items():
        if part.role == "content":
            contents.setdefault(first(one), []).append(one)
    others = [one for one, part in parts.items() if part.role != "content"]
    roles = [parts[one].role for one in others]
    if len(contents) == 1 and len(set(roles)) == len(roles) and not any(neighbours.values()):
        # With one content, one source and one cue in a text there is only one way to link them.
        (only,) = contents
        neighbours[only] = set(others)
    used: set[str] = set()
    utterances = [_utterance(members, parts, neighbours, used) for members in contents.values()]
    yield from (LeftOut(markup.file, UNLINKED) for one in others if one not in used)
    if not utterances and not markup.reviewed:
        yield LeftOut(markup.file, UNMARKED)
        return
    yield Text(
        markup.where,
        markup.file,
        markup.text,
        str(article) if article not in (None, "") else None,
        markup.is_article,
        tuple(sorted(utterances, key=lambda utterance: utterance.content[0].ranges)),
        whole=all(utterance.speaker or utterance.speakers for utterance in utterances),
        identity=markup.identity,
        reading=markup.reading,
    )


def _part(mark: Mark, scheme: Scheme) -> _Part | None:
    """None for a span whose types are all ignored."""
    types = [name for name in mark.types if not scheme.ignores(name)]
    if not types and mark.types:
        return None
    roles: set[str] = set()
    labels: dict[str, str] = {}
    for name in types:
        role = scheme.name(name).casefold()
        if role not in ROLES:
            role = "content"
            try:
                _add(labels, *scheme.label(name, mark.where), mark.where)
            except CorpusError as error:
                hint = nearest(name, ROLES) or error.hint
                raise CorpusError(f"a span type that is not known: {error.what}", mark.where, hint) from None
        roles.add(role)
    if len(roles) != 1:
        found = " and ".join(sorted(roles)) or "none"
        raise CorpusError(f"expected a span of one type out of {', '.join(ROLES)}, found {found}", mark.where)
    speaker = ""
    for name, value in mark.attributes:
        if scheme.ignores(name):
            continue
        ours = scheme.head(name)
        if ours in scheme.heads:
            for head, label in scheme.labels({ours: value}, mark.where).items():
                _add(labels, head, label, mark.where)
        elif ours.casefold() == "speaker" and isinstance(value, str):
            speaker = value
        elif value is True:
            _add(labels, *scheme.label(name, mark.where), mark.where)
        else:
            hint = nearest(name, (*scheme.heads, "speaker")) or (
                "name it with --head (heads) if it is a label, with --ignore (ignore) if not"
            )
            raise CorpusError(f"unknown attribute {name!r}", mark.where, hint)
    (role,) = roles
    if labels and role not in ("content", "cue"):
        found = ", ".join(f"{head} {label!r}" for head, label in labels.items())
        raise CorpusError(f"expected labels on contents and cues, found {found} on a {role}", mark.where)
    return _Part(mark.where, role, mark.pieces, labels, speaker)


def _linked(
    links: Iterable[Link], parts: Mapping[str, _Part], marked: set[str], scheme: Scheme
) -> tuple[dict[str, set[str]], Callable[[str], str]]:
    """Which span is linked to which; and a function to the first of the contents that continue each other."""
    neighbours: dict[str, set[str]] = {one: set() for one in parts}
    leader = {one: one for one in parts}

    def first(one: str) -> str:
        while leader[one] != one:
            one = leader[one]
        return one

    for link in links:
        if link.name and scheme.ignores(link.name):
            continue
        for end in link.ends:
            if end not in marked:
                raise CorpusError(f"a relation with {end!r}, which is no span", link.where)
        if any(end not in parts for end in link.ends):
            continue
        one, other = link.ends
        name = scheme.name(link.name).casefold() if link.name else ""
        roles = (parts[one].role, parts[other].role)
        shown = f"a {link.name or 'nameless'!r} relation between a {roles[0]} and a {roles[1]}"
        if name == "continues":
            if roles != ("content", "content"):
                raise CorpusError(f"expected two contents, found {shown}", link.where)
            leader[first(other)] = first(one)
        elif name and name not in ROLES:
            raise CorpusError(
                f"unknown relation {link.name!r}",
                link.where,
                nearest(name, (*ROLES, "continues"))
                or f"say what it is with --rename {link.name}=source (rename), or leave it out with --ignore",
            )
        elif roles[0] == roles[1] or (name and name not in roles):
            expected = f"a {name} and another span" if name else "a content and its source, cue or speaker"
            raise CorpusError(f"expected {expected}, found {shown}", link.where)
        else:
            neighbours[one].add(other)
            neighbours[other].add(one)
    return neighbours, first


def _utterance(
    members: list[str],
    parts: Mapping[str, _Part],
    neighbours: Mapping[str, set[str]],
    used: set[str],
) -> Marked:
    """The utterance of contents that continue each other; what belongs to them is marked as used."""

    def around(ones: Iterable[str], role: str) -> list[str]:
        found = {other for one in ones for other in neighbours[one] if parts[other].role == role}
        return sorted(found, key=lambda other: parts[other].pieces.ranges)

    members = sorted(members, key=lambda one: parts[one].pieces.ranges)
    cues = around(members, "cue")
    sources = around([*members, *cues], "source")
    speakers = around([*members, *cues, *sources], "speaker")
    used.update(cues, sources, speakers)
    labels: dict[str, str] = {}
    for one in (*members, *cues):
        for head, label in parts[one].labels.items():
            _add(labels, head, label, parts[one].where)
    names = dict.fromkeys(parts[one].speaker for one in chain(members, cues, sources) if parts[one].speaker)
    return Marked(
        parts[members[0]].where,
        content=tuple(parts[one].pieces for one in members),
        source=tuple(parts[one].pieces for one in sources),
        cue=tuple(parts[one].pieces for one in cues),
        speaker=" and ".join(names),
        speakers=tuple(parts[one].pieces for one in speakers),
        labels=labels,
    )


def _add(labels: dict[str, str], head: str, label: str, where: str) -> None:
    if labels.setdefault(head, label) != label:
        raise CorpusError(f"expected one {head} label, found {labels[head]!r} and {label!r}", where)
