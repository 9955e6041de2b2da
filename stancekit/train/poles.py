"""Labels -> those at the two ends of their scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stancekit.errors import InputError

POLES = (
    ("favor", "against"),
    ("favour", "against"),
    ("positive", "negative"),
    ("pro", "anti"),
    ("support", "oppose"),
)
"""Pairs of labels that are ends of a scale, the positive one first."""


class PolesError(InputError):
    """Poles for a head, or of labels, that the corpus does not have."""


def known_poles(labels: Sequence[str]) -> tuple[str, str] | None:
    """The pair of labels that is known to be ends of a scale, whatever its case; None if there is none.

    >>> known_poles(["AGAINST", "FAVOR", "NONE"])
    ('FAVOR', 'AGAINST')
    """
    spelt = {label.casefold(): label for label in labels}
    return next(((spelt[a], spelt[b]) for a, b in POLES if a in spelt and b in spelt), None)


def poles_of(
    heads: Mapping[str, Sequence[str]], chosen: Mapping[str, tuple[str, str]]
) -> dict[str, tuple[str, str] | None]:
    """The poles of every head, those chosen or those known.

    Parameters
    ----------
    heads : labels by head.
    chosen : by head.

    Raises
    ------
    PolesError
        Poles are chosen for a head, or of labels, that there are not.
    """
    for head, pair in chosen.items():
        if head not in heads:
            raise PolesError(f"poles for {head!r}, which is no head", "", f"heads: {', '.join(heads)}")
        labels = heads[head]
        if len(set(pair)) != 2 or not set(pair) <= set(labels):
            found = f"expected two labels of {head!r} as its poles, found {', '.join(pair)}"
            raise PolesError(found, "", f"labels: {', '.join(labels)}")
    return {head: chosen.get(head) or known_poles(labels) for head, labels in heads.items()}
