"""The labels of a head: in which order they stand, and which are refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stancekit.errors import CorpusError
from stancekit.train.scheme import CODEBOOK, nearest


def head_order(head: str) -> tuple[int, str]:
    """Sorts heads: the codebook's in its order, then the others by name."""
    names = list(CODEBOOK)
    return (names.index(head) if head in CODEBOOK else len(names), head)


def check_labels(
    head: str, labelled: Iterable[tuple[str, str]], allowed: Sequence[str] | None
) -> tuple[str, ...]:
    """The head's labels, in order; every label in use is one of them.

    Parameters
    ----------
    labelled : labels in use, and where they are.
    allowed : all labels there may be; None lets the codebook's or the use decide.
    """
    where: dict[str, str] = {}
    for label, place in labelled:
        where.setdefault(label, place)
    if allowed is None and {label.strip().casefold() for label in where} & set(CODEBOOK.get(head, ())):
        allowed = CODEBOOK[head]
    for label, place in where.items():
        if allowed is not None:
            if label not in allowed:
                choice = ", ".join(allowed)
                raise CorpusError(
                    f"expected a {head} label out of {choice}, found {label!r}",
                    place,
                    nearest(label, allowed)
                    or f"if it is one of them, say so with --rename {label}=LABEL (rename)",
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
