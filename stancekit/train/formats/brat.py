"""brat standoff: ``NAME.ann`` with the annotations of ``NAME.txt``.

Read are spans (T), relations (R), events (E), attributes (A, in old files M), normalizations (N) and
equivalences (*); notes (#) are not. An event links its trigger to its arguments, by their roles. The name
that a normalization gives is a speaker's.

Source of the layout: brat.nlplab.org/standoff.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from stancekit.errors import CorpusError
from stancekit.train.formats.markup import Link, Mark, Markup, read_markup
from stancekit.train.formats.records import LeftOut, Reading, Text
from stancekit.train.scheme import Scheme
from stancekit.train.spans import Pieces

_LINE = re.compile(r"(?:[TREAMN]\d+|[#]\d*|\*)\t")
_SPAN = re.compile(r"(\S+) (\d+ \d+(?:;\d+ \d+)*)")
_RELATION = re.compile(r"(\S+) \S+?:(\S+) \S+?:(\S+)\s*")
_EVENT = re.compile(r"(\S+?):(\S+)((?: \S+?:\S+)*)\s*")
_ATTRIBUTE = re.compile(r"(\S+) (\S+)(?: (.+?))?\s*")
_REFERENCE = re.compile(r"\S+ (\S+) \S+")


def is_standoff(text: str) -> bool:
    """Whether a file looks like annotations; an empty one does not."""
    return _LINE.match(text) is not None


class _File:
    """What the lines of one file say, before it is known what they mean."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.spans: dict[str, tuple[str, str, Pieces]] = {}
        self.events: dict[str, str] = {}
        self.attributes: list[tuple[str, str, str, str | bool]] = []
        self.links: list[tuple[str, str, str, str]] = []
        self.places: dict[str, str] = {}

    def add(self, line: str, where: str) -> None:
        identity, tab, rest = line.partition("\t")
        kind = identity[:1]
        if kind == "#":
            return
        if not tab or not _LINE.match(line):
            found = f"expected a line of brat's, such as T1, a tab and a type, found {line[:60]!r}"
            raise CorpusError(found, where)
        if kind == "*":
            name, *members = rest.split() or [""]
            self.links += [(where, name, *pair) for pair in pairwise(members)]
            return
        if identity in self.places:
            raise CorpusError(f"{identity} is there twice", f"{self.places[identity]} and {where}")
        self.places[identity] = where
        body, _, text = rest.partition("\t")
        if kind == "T":
            name, ranges = _matched(_SPAN, body, "TYPE START END", where)
            edges = [int(edge) for edge in re.split("[ ;]", ranges)]
            pieces = Pieces(tuple(zip(edges[::2], edges[1::2], strict=True)), text, where)
            self.spans[identity] = (where, name, pieces)
        elif kind == "R":
            name, one, other = _matched(_RELATION, body, "TYPE Arg1:ID Arg2:ID", where)
            self.links.append((where, name, one, other))
        elif kind == "E":
            _, trigger, arguments = _matched(_EVENT, body, "TYPE:ID ROLE:ID", where)
            self.events[identity] = trigger
            for argument in arguments.split():
                role, _, target = argument.partition(":")
                # A role that an event has more than once is numbered.
                self.links.append((where, role.rstrip("0123456789"), identity, target))
        elif kind == "N":
            (target,) = _matched(_REFERENCE, body, "Reference ID RESOURCE:ID", where)
            self.attributes.append((where, "speaker", target, text))
        else:
            name, target, value = _matched(_ATTRIBUTE, body, "NAME ID VALUE", where)
            self.attributes.append((where, name, target, value or True))

    def mark_of(self, identity: str, where: str) -> str:
        """The ID of the mark that stands for a span or an event.

        An event is a mark of its own, where its trigger is: two may have one trigger and other arguments.
        """
        if identity in self.events:
            return identity
        if identity not in self.spans:
            hint = "every ID that a line names must have a line"
            raise CorpusError(
                f"expected a span or an event, found {identity}, which is not there", where, hint
            )
        events = [event for event, trigger in self.events.items() if trigger == identity]
        if len(events) > 1:
            found = f"{identity} is the trigger of {' and '.join(events)}"
            raise CorpusError(found, where, "name the event instead")
        return events[0] if events else identity

    def marks(self) -> Iterator[tuple[str, tuple[str, str, Pieces]]]:
        """Spans that are no triggers, and events."""
        triggers = set(self.events.values())
        yield from ((one, span) for one, span in self.spans.items() if one not in triggers)
        for event, trigger in self.events.items():
            if trigger not in self.spans:
                found = f"expected the trigger of {event}, found {trigger}, which is not there"
                raise CorpusError(found, self.places[event])
            yield event, self.spans[trigger]


def read_standoff(
    annotations: str, file: str, name: str, text: str, folder: str, scheme: Scheme
) -> Iterator[Text | LeftOut]:
    """An article and what is marked in it.

    Parameters
    ----------
    annotations, file : the text of the ``.ann`` file, and its path.
    name, text : of the article.
    folder : stands for the annotator, where several have annotated one article.
    """
    found = _File(file)
    for number, line in enumerate(annotations.split("\n"), 1):
        line = line.removesuffix("\r")
        if line.strip():
            found.add(line, f"{file}:{number}")
    attributes: dict[str, list[tuple[str, str | bool]]] = {}
    for where, attribute, target, value in found.attributes:
        attributes.setdefault(found.mark_of(target, where), []).append((attribute, value))
    markup = Markup(
        file,
        file,
        text,
        tuple(
            Mark(where, identity, (kind,), pieces, tuple(attributes.get(identity, ())))
            for identity, (where, kind, pieces) in found.marks()
        ),
        tuple(
            Link(where, kind, (found.mark_of(one, where), found.mark_of(other, where)))
            for where, kind, one, other in found.links
        ),
        {"article": name},
        is_article=True,
        reading=Reading(("brat", name, text), folder),
    )
    yield from read_markup(markup, scheme)


def _matched(pattern: re.Pattern[str], body: str, expected: str, where: str) -> tuple[str, ...]:
    match = pattern.fullmatch(body)
    if match is None:
        raise CorpusError(f"expected {expected}, found {body[:60]!r}", where)
    return match.groups()
