"""What a corpus calls its columns, spans and labels, and what they are called here."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stancekit.errors import CorpusError, InputError

CODEBOOK: dict[str, tuple[str, ...]] = {
    "stance": ("support", "neutral", "oppose"),
    "sentiment": ("positive", "neutral", "negative"),
}
"""The codebook's heads and labels; a corpus may have others."""

COLUMNS = ("id", "article", "speaker", "source", "cue")
"""Columns that a row may have besides its text and its labels."""


class Scheme:
    """The heads that are read, and the names that stand for them and for other things.

    Parameters
    ----------
    heads : the names of the labels; None takes those of `expected` and the codebook that there are.
    expected : labels by head; one of these heads at least should be there.
    labels : the labels allowed, by head.
    ignore : columns, controls, span types, relations, attributes and keys to leave unread.
    rename : what the corpus calls otherwise, by the corpus' name: any of these, and labels as well.

    Raises
    ------
    InputError
        A name is renamed to one that is renamed itself.
    """

    def __init__(
        self,
        heads: Sequence[str] | None = None,
        expected: Mapping[str, Sequence[str]] = CODEBOOK,
        labels: Mapping[str, Sequence[str]] | None = None,
        ignore: Iterable[str] = (),
        rename: Mapping[str, str] | None = None,
    ) -> None:
        self.expected = tuple(expected)
        self.named = heads is not None
        self.heads = tuple(dict.fromkeys((*expected, *CODEBOOK) if heads is None else heads))
        known = {**CODEBOOK, **expected, **(labels or {})}
        self.labels_of_head = {head: tuple(known.get(head, ())) for head in self.heads}
        self.ignore, self.rename = frozenset(ignore), dict(rename or {})
        if chained := sorted(set(self.rename.values()) & self.rename.keys()):
            raise InputError(f"{chained[0]!r} is both a name to rename and one to rename to")
        self.seen: set[str] = set()

    # Names of any kind

    def name(self, name: str) -> str:
        """What it is called here."""
        self.seen.add(name)
        return self.rename.get(name, name)

    def ignores(self, name: str) -> bool:
        """Whether it is left unread, under either name."""
        return not self.ignore.isdisjoint((name, self.name(name)))

    def check_renames(self, where: str) -> None:
        """Refuse a name to rename that nothing in the corpus has: it is misspelt."""
        for name in sorted(self.rename.keys() - self.seen):
            raise CorpusError(f"nothing is called {name!r}, to be renamed", where, nearest(name, self.seen))

    # Columns

    def columns(self, row: Mapping[str, Any], where: str) -> dict[str, Any]:
        """A row under the names of its columns here."""
        renamed: dict[str, Any] = {}
        for column, value in row.items():
            name = self.name(column)
            if name in renamed:
                raise CorpusError(f"{column!r} is another column {name!r}", where, "leave one out")
            renamed[name] = value
        return renamed

    def heads_among(self, columns: Iterable[str], where: str) -> list[str]:
        """The heads that a record answers, or might; columns are those of its names here."""
        columns = list(columns)
        if self.named:
            for head in self.heads:
                if head not in columns:
                    found = f"no column {head!r}, found {listed(columns)}"
                    raise CorpusError(found, where, nearest(head, columns))
            return list(self.heads)
        heads = [head for head in self.heads if head in columns]
        if not heads:
            near = filter(None, (nearest(head, columns) for head in self.expected))
            hint = next(near, "name the columns that are labels with --head (heads)")
            expected = " or ".join(self.expected)
            raise CorpusError(f"expected a column {expected}, found {listed(columns)}", where, hint)
        return heads

    def check_columns(self, columns: Sequence[str], where: str) -> None:
        """Refuse a row with a column that is not known, or without a text or a head."""
        heads = self.heads_among(columns, where)
        known = {"text", *COLUMNS, *heads, *self.ignore}
        unknown = sorted(set(columns) - known)
        if "text" not in columns:
            raise CorpusError(f"no column 'text', found {listed(columns)}", where, nearest("text", unknown))
        for column in unknown:
            hint = nearest(column, known - set(columns)) or (
                "name it with --head (heads) if it is a label, with --ignore (ignore) if not"
            )
            raise CorpusError(f"unknown column {column!r}", where, hint)

    # Labels

    def head(self, name: str) -> str:
        """The head that a control or an attribute is, whatever its case; otherwise the name itself."""
        name = self.name(name)
        alike = [head for head in self.heads if head.casefold() == name.casefold()]
        return name if name in self.heads or len(alike) != 1 else alike[0]

    def label(self, value: Any, where: str) -> tuple[str, str]:
        """Head and label of a label that stands without its head, as ``oppose`` or ``stance:oppose``.

        It is a label of the only head named; or of the only head that is known to have it.
        """
        if not isinstance(value, str):
            hint = "export labels by their names"
            raise CorpusError(f"expected a label as a string, found {value!r}", where, hint)
        name = self.name(value)
        prefix, mark, rest = (part.strip() for part in _PREFIXED.match(name).groups())  # type: ignore[union-attr]
        if mark and self.head(prefix) in self.heads:
            return self.head(prefix), self.name(rest)
        having = [head for head, labels in self.labels_of_head.items() if name in labels]
        if len(having) != 1 and self.named and len(self.heads) == 1:
            having = list(self.heads)
        if len(having) == 1:
            return having[0], name
        if having:
            hint = f"write it as {having[0]}:{name}, or name one head with --head (heads)"
            raise CorpusError(f"{name!r} may be a label of {' or '.join(having)}", where, hint)
        known = {label for labels in self.labels_of_head.values() for label in labels}
        hint = nearest(name, known) or (
            "name its head with --head (heads), rename it with --rename (rename), or leave it out with"
            " --ignore (ignore)"
        )
        raise CorpusError(f"{name!r} is no label of {' or '.join(self.heads)}", where, hint)

    def with_labels(self, columns: Mapping[str, Any], labels: Iterable[Any], where: str) -> dict[str, Any]:
        """A row with labels that stand without their heads; None for a head that none of them is of."""
        found: dict[str, str | None] = dict.fromkeys(self.heads)
        for one in labels:
            if isinstance(one, str) and self.ignores(one):
                continue
            head, label = self.label(one, where)
            if found[head] not in (None, label):
                raise CorpusError(f"expected one {head} label, found {found[head]!r} and {label!r}", where)
            found[head] = label
        for head in found.keys() & columns.keys():
            hint = f"call one otherwise with --rename {head}=NAME (rename)"
            raise CorpusError(f"{head!r} is a column beside the labels", where, hint)
        return {**columns, **found}

    def labels(self, values: Mapping[str, Any], where: str) -> dict[str, str]:
        """The labels that are given, by head."""
        labels: dict[str, str] = {}
        for head in self.heads:
            value = values.get(head)
            if value is None:
                continue
            if not isinstance(value, str):
                raise CorpusError(f"expected a {head} label as a string, found {value!r}", where)
            labels[head] = self.name(value)
        return labels


_PREFIXED = re.compile(r"([^:=]*)([:=]?)(.*)", re.DOTALL)


def listed(names: Iterable[str]) -> str:
    """Names for a message."""
    return ", ".join(map(repr, names)) or "none"


def nearest(name: str, names: Iterable[str]) -> str:
    """A hint at the name that is probably meant; empty if none is near."""
    known = {other.strip().casefold(): other for other in names if isinstance(other, str)}
    close = difflib.get_close_matches(name.strip().casefold(), sorted(known), n=1, cutoff=0.6)
    return f"did you mean {known[close[0]]!r}?" if close else ""
