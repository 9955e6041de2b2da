"""What the formats have in common: an utterance that stands alone, a text with spans, what was left out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stancekit.train.scheme import COLUMNS
from stancekit.train.spans import Pieces


class Reading(NamedTuple):
    """Whose work a record is, where a text may have been labelled more than once.

    Parameters
    ----------
    unit : the same for all readings of the same thing.
    annotator : empty if the file does not say.
    decisive : whether it settles what others say ("ground truth").
    """

    unit: Hashable
    annotator: str
    decisive: bool = False


def unit_of(tool: str, identity: Any, columns: Mapping[str, Any]) -> Hashable:
    """The unit of a reading: two speakers may say one text, and two projects have one id."""
    known = ("text", *COLUMNS)
    return (tool, str(identity), *(str(columns.get(name)) for name in known))


@dataclass(frozen=True, slots=True)
class Row:
    """An utterance that stands alone.

    Parameters
    ----------
    columns : text, labels and the like, unchecked.
    identity : a scope, and what must be unique in it; None if there is nothing.
    reading : None for formats that know no annotators; then the row must have a label.
    """

    where: str
    file: str
    columns: Mapping[str, Any]
    identity: tuple[Hashable, str] | None = None
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """An utterance by its spans.

    Parameters
    ----------
    speaker : a name; empty where `speakers` are spans of it, or nobody is named.
    labels : by head, unchecked.
    """

    where: str
    content: tuple[Pieces, ...]
    source: tuple[Pieces, ...] = ()
    cue: tuple[Pieces, ...] = ()
    speaker: str = ""
    speakers: tuple[Pieces, ...] = ()
    labels: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Text:
    """A text and the utterances marked in it.

    Parameters
    ----------
    article : its name; None if it has none.
    is_article : whether the text is all of that article, so that no other may have its name.
    whole : whether all that is said in it is marked, with speakers.
    """

    where: str
    file: str
    text: str
    article: str | None
    is_article: bool
    utterances: tuple[Marked, ...]
    whole: bool
    identity: tuple[Hashable, str] | None = None
    reading: Reading | None = None


class LeftOut(NamedTuple):
    """One thing that was not read, to be counted and told."""

    file: str
    reason: str
